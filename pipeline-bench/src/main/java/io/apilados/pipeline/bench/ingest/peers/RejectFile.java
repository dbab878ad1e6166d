// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.ingest.peers;

import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/** Where a job puts what it does not deliver: on which line it is, why it is there, and its fields. */
final class RejectFile implements Closeable {

    static final String TOO_FEW_FIELDS = "too-few-fields";
    static final String UNKNOWN_KEY = "unknown-key";

    private final CSVPrinter out;

    RejectFile(Path file) throws IOException {
        BufferedWriter writer = Files.newBufferedWriter(file);
        out = new CSVPrinter(writer, CSVFormat.DEFAULT);
        out.printRecord("line", "code", "fields");
    }

    void reject(long line, String code, List<String> fields) throws IOException {
        out.print(line);
        out.print(code);
        out.printRecord(fields);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
