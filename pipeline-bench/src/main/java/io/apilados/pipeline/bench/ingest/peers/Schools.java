// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.ingest.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** The catalog in a map. */
final class Schools {

    private static final CSVFormat FORMAT =
            CSVFormat.DEFAULT.builder().setHeader().setSkipHeaderRecord(true).get();

    private Schools() {}

    static Map<String, Integer> load(Path catalog) throws IOException {
        Map<String, Integer> ids = new HashMap<>();
        try (BufferedReader in = Files.newBufferedReader(catalog);
                CSVParser rows = parse(in)) {
            for (CSVRecord row : rows) {
                ids.put(row.get(1), Integer.valueOf(row.get(0)));
            }
        }
        return ids;
    }

    /** A CSV file whose first record is a header. */
    static CSVParser parse(Reader in) throws IOException {
        return FORMAT.parse(in);
    }
}
