// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** A folder with a small input and a catalog that fits it. */
record IngestFolder(Path folder) {

    static final String HEADER = "id,cct,nombre,edad";

    /** Number i has the id 1000 + i. */
    static final List<String> KEYS = List.of("01DPR0001V", "01DPR0002U", "01DPR0003T", "22FCJ0001J", "04KPR12119");

    Path input() {
        return folder.resolve("input.csv");
    }

    Path catalog() {
        return folder.resolve("catalog.csv");
    }

    Path rejects() {
        return folder.resolve("rejects.csv");
    }

    /** A good input of so many rows, and the catalog. */
    IngestFolder withRows(int rows) throws IOException {
        StringBuilder text = new StringBuilder(HEADER).append('\n');
        for (int i = 1; i <= rows; i++) {
            text.append(row(i)).append('\n');
        }
        return withInput(text.toString());
    }

    IngestFolder withInput(String text) throws IOException {
        return withInput(text, StandardCharsets.UTF_8);
    }

    IngestFolder withInput(String text, Charset charset) throws IOException {
        Files.writeString(input(), text, charset);
        StringBuilder keys = new StringBuilder("id,clave\n");
        for (int i = 0; i < KEYS.size(); i++) {
            keys.append(1000 + i).append(',').append(KEYS.get(i)).append('\n');
        }
        return withCatalog(keys.toString());
    }

    IngestFolder withCatalog(String text) throws IOException {
        Files.writeString(catalog(), text);
        return this;
    }

    /** A good row. */
    static String row(int number) {
        return "P" + number + "," + KEYS.get(number % KEYS.size()) + ",Nombre " + number + "," + (6 + number % 60);
    }

    /** The command line for it, and then {@code more}. */
    List<String> arguments(String target, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "--input", input().toString(),
                "--catalog", catalog().toString(),
                "--target", target,
                "--rejects", rejects().toString()));
        arguments.addAll(List.of(more));
        return arguments;
    }

    IngestRun run(CountingApi api, String... more) {
        return IngestRun.of(arguments(api.url(), more));
    }

    /** The lines on which rejected records start, as the reject file has them; none if there is no such file. */
    List<Long> rejectedLines() throws IOException {
        return rejected().stream()
                .map(record -> Long.parseLong(record.get("line")))
                .toList();
    }

    List<CSVRecord> rejected() throws IOException {
        if (!Files.exists(rejects())) {
            return List.of();
        }
        CSVFormat format = CSVFormat.RFC4180
                .builder()
                .setHeader()
                .setSkipHeaderRecord(true)
                .setAllowMissingColumnNames(true)
                .get();
        try (CSVParser parser = CSVParser.parse(rejects(), StandardCharsets.UTF_8, format)) {
            return parser.getRecords();
        }
    }
}
