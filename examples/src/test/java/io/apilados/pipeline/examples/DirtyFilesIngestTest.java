// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files of 200 rows with one thing wrong: it costs its own row at most. */
@Timeout(120)
class DirtyFilesIngestTest {

    private static final int ROWS = 200;

    @TempDir
    private Path folder;

    /** The file, row by row, and what is to become of it. */
    private static final class Dirty {
        private final String name;
        private String before = "";
        private final List<String> rows = new ArrayList<>();
        private final List<Map<String, String>> expected = new ArrayList<>();
        private final Map<Long, String> rejections = new LinkedHashMap<>();

        Dirty(String name) {
            this.name = name;
            for (int i = 1; i <= ROWS; i++) {
                rows.add(IngestFolder.row(i));
                expected.add(record("P" + i, i, "Nombre " + i, Integer.toString(6 + i % 60)));
            }
        }

        private static Map<String, String> record(String id, int number, String name, String age) {
            int key = number % IngestFolder.KEYS.size();
            Map<String, String> record = new LinkedHashMap<>();
            record.put("id", id);
            record.put("cct", IngestFolder.KEYS.get(key));
            record.put("nombre", name);
            record.put("edad", age);
            record.put("cctId", Integer.toString(1000 + key));
            return record;
        }

        Dirty startingWith(String text) {
            before = text;
            return this;
        }

        /** Row {@code number} is another, and is delivered with these members. */
        Dirty delivered(int number, String row, String id, String nombre, String age) {
            rows.set(number - 1, row);
            expected.set(number - 1, record(id, number, nombre, age));
            return this;
        }

        /** Row {@code number} is another, and is rejected. */
        Dirty rejected(int number, long line, String row, String code) {
            rows.set(number - 1, row);
            expected.set(number - 1, Map.of());
            rejections.put(line, code);
            return this;
        }

        /** A line without a record before row {@code number}. */
        Dirty blankBefore(int number) {
            rows.set(number - 1, "\n" + rows.get(number - 1));
            return this;
        }

        String text(String lineEnd) {
            return before + (IngestFolder.HEADER + "\n" + String.join("\n", rows) + "\n").replace("\n", lineEnd);
        }

        List<Map<String, String>> expected(String lineEnd) {
            return expected.stream()
                    .filter(record -> !record.isEmpty())
                    .map(record -> {
                        Map<String, String> withLineEnd = new LinkedHashMap<>(record);
                        withLineEnd.replaceAll((name, value) -> value.replace("\n", lineEnd));
                        return withLineEnd;
                    })
                    .toList();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Dirty> files() {
        String key = IngestFolder.KEYS.get(0);
        return List.of(
                new Dirty("open quote at row 10").rejected(10, 11, "P10," + key + ",\"Nombre 10,16", "broken-quote"),
                new Dirty("too few fields").rejected(50, 51, "P50," + key + ",Nombre 50", "too-few-fields"),
                new Dirty("too many fields").rejected(200, 201, "P200," + key + ",N,6,7", "too-many-fields"),
                // After a record of three lines and one of two, the lines are three ahead of the records.
                new Dirty("quoted newline")
                        .delivered(20, "P20," + key + ",\"Nombre\n\n20\",26", "P20", "Nombre\n\n20", "26")
                        .delivered(30, "P30," + key + ",\"Nombre\n30\",36", "P30", "Nombre\n30", "36")
                        .rejected(150, 154, "P150," + key, "too-few-fields"),
                new Dirty("row that starts with #").delivered(35, "#35," + key + ",N,41", "#35", "N", "41"),
                new Dirty("bad integer").delivered(40, "P40," + key + ",N,doce", "P40", "N", "doce"),
                new Dirty("doubled quote")
                        .delivered(45, "P45," + key + ",\"Ana \"\"La\"\" \",51", "P45", "Ana \"La\" ", "51")
                        .delivered(55, "P55," + key + ",\"\"\"\"\"\",61", "P55", "\"\"", "61"),
                new Dirty("byte order mark").startingWith("\ufeff"),
                new Dirty("blank lines")
                        .blankBefore(1)
                        .blankBefore(100)
                        .rejected(180, 183, "P180,,N,6", "missing-key"));
    }

    static Stream<Arguments> filesWithEachLineEnd() {
        return files().stream()
                .flatMap(file -> Stream.of("\n", "\r\n", "\r").map(lineEnd -> Arguments.of(file, lineEnd)));
    }

    @ParameterizedTest
    @MethodSource("filesWithEachLineEnd")
    void oneFaultCostsItsOwnRowAtMost(Dirty file, String lineEnd) throws IOException {
        IngestFolder place = new IngestFolder(folder).withInput(file.text(lineEnd));
        try (CountingApi api = CountingApi.start()) {
            IngestRun run = place.run(api, "--json");

            assertThat(run.exit())
                    .as(run.err())
                    .isEqualTo(file.rejections.isEmpty() ? Ingest.COMPLETED : Ingest.COMPLETED_WITH_REJECTS);
            assertThat(run.assertBalanced().number("read")).isEqualTo(ROWS);
            assertThat(run.number("delivered"))
                    .isGreaterThanOrEqualTo(ROWS - 1)
                    .isEqualTo(ROWS - file.rejections.size());
            assertThat(api.faults()).isEmpty();
            assertThat(CountingApi.counts(api.records())).isEqualTo(CountingApi.counts(file.expected(lineEnd)));
            Map<Long, String> rejected = new LinkedHashMap<>();
            for (CSVRecord record : place.rejected()) {
                rejected.put(Long.valueOf(record.get("line")), record.get("code"));
            }
            assertThat(rejected).isEqualTo(file.rejections);
        }
    }
}
