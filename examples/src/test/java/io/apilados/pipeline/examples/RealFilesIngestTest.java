// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Official school files as they are, checked against another reader of CSV. */
@Timeout(120)
class RealFilesIngestTest {

    /** Where the build has them: beside the repository. */
    private static final Path DATA = Path.of("..", "..", "shared", "data");

    private static final String ENLACE = "enlace_escuelas_10_entidades.csv";
    private static final String ENLACE_KEY = "CLAVE DE LA ESCUELA";
    private static final int ENLACE_ROWS = 18_864;
    private static final int ENLACE_KEYS = 18_493;

    private static final String QUERETARO = "cct22_queretaro_activos.csv";
    private static final String QUERETARO_KEY = "CV_CCT";
    private static final int QUERETARO_ROWS = 5_375;
    private static final int QUERETARO_BARE_QUOTES = 23;

    @TempDir
    private Path folder;

    @BeforeEach
    void needData() {
        Assumptions.assumeTrue(
                Files.isDirectory(DATA),
                () -> "the real files are not there: no folder " + DATA + " beside the module's");
    }

    @Test
    void everySchoolArrivesExactlyOnceWithItsId() throws IOException {
        Table schools = Table.read(DATA.resolve(ENLACE));
        Map<String, Integer> ids = schools.ids(ENLACE_KEY, key -> true);
        assertThat(schools.rows).hasSize(ENLACE_ROWS);
        assertThat(ids).hasSize(ENLACE_KEYS);
        try (CountingApi api = CountingApi.start()) {
            IngestRun run = ingest(ENLACE, ENLACE_KEY, ids, api);

            assertThat(run.exit()).as(run.err()).isEqualTo(Ingest.COMPLETED);
            assertThat(run.summary()).containsEntry("status", "COMPLETED");
            assertThat(run.assertBalanced().number("delivered")).isEqualTo(ENLACE_ROWS);
            assertThat(run.number("rejected")).isZero();
            assertThat(rejects()).doesNotExist();
            assertThat(api.faults()).isEmpty();
            assertThat(CountingApi.counts(api.records()))
                    .isEqualTo(CountingApi.counts(schools.enriched(ENLACE_KEY, ids)));
        }
    }

    @Test
    void exactlyTheRowsOfUnknownSchoolsAreRejectedWithTheirLines() throws IOException {
        Table schools = Table.read(DATA.resolve(ENLACE));
        List<String> keys = List.copyOf(schools.ids(ENLACE_KEY, key -> true).keySet());
        Set<String> missing = new LinkedHashSet<>();
        for (int i = 0; i < keys.size(); i += 185) {
            missing.add(keys.get(i));
        }
        assertThat(missing).hasSize(100);
        Map<String, Integer> ids = schools.ids(ENLACE_KEY, key -> !missing.contains(key));
        List<Integer> unknown = schools.rowsWhere(ENLACE_KEY, missing::contains);
        try (CountingApi api = CountingApi.start()) {
            IngestRun run = ingest(ENLACE, ENLACE_KEY, ids, api);

            assertThat(run.exit()).as(run.err()).isEqualTo(Ingest.COMPLETED_WITH_REJECTS);
            assertThat(run.assertBalanced().number("rejected")).isEqualTo(unknown.size());
            assertThat(run.number("delivered")).isEqualTo(ENLACE_ROWS - unknown.size());
            assertThat(CountingApi.counts(api.records()))
                    .isEqualTo(CountingApi.counts(schools.enriched(ENLACE_KEY, ids)));
            assertRejected(schools, unknown);
        }
    }

    /** No record of this file takes two lines, so row number n (from 0) stands on line n + 2. */
    private void assertRejected(Table schools, List<Integer> unknown) throws IOException {
        byte[] file = Files.readAllBytes(DATA.resolve(ENLACE));
        List<String> lines = new String(file, StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).hasSize(ENLACE_ROWS + 1);
        List<CSVRecord> rejected = new IngestFolder(folder).rejected();
        assertThat(rejected).hasSameSizeAs(unknown);
        for (int i = 0; i < rejected.size(); i++) {
            CSVRecord record = rejected.get(i);
            int row = unknown.get(i);
            assertThat(record.get("line")).isEqualTo(Integer.toString(row + 2));
            assertThat(record.get("stage")).isEqualTo("enrich");
            assertThat(record.get("code")).isEqualTo("unknown-key");
            assertThat(record.toList().subList(5, record.size())).isEqualTo(schools.rows.get(row));
            byte[] line = lines.get(row + 1).getBytes(StandardCharsets.UTF_8);
            int offset = Integer.parseInt(record.get("byte_offset"));
            assertThat(Arrays.copyOfRange(file, offset, offset + line.length)).isEqualTo(line);
        }
        assertThat(rejected.get(0).getParser().getHeaderNames())
                .startsWith("line", "byte_offset", "stage", "code", "message")
                .endsWith(schools.names.toArray(String[]::new));
    }

    @Test
    void officialCatalogWithBareQuotesArrivesWhole() throws IOException {
        Table schools = Table.read(DATA.resolve(QUERETARO));
        Map<String, Integer> ids = schools.ids(QUERETARO_KEY, key -> true);
        assertThat(schools.rows).hasSize(QUERETARO_ROWS);
        try (CountingApi api = CountingApi.start()) {
            IngestRun run = ingest(QUERETARO, QUERETARO_KEY, ids, api);

            assertThat(run.exit()).as(run.err()).isEqualTo(Ingest.COMPLETED);
            assertThat(run.assertBalanced().number("delivered")).isEqualTo(QUERETARO_ROWS);
            assertThat(run.number("oddities")).isEqualTo(QUERETARO_BARE_QUOTES);
            assertThat(api.faults()).isEmpty();
            assertThat(CountingApi.counts(api.records()))
                    .isEqualTo(CountingApi.counts(schools.enriched(QUERETARO_KEY, ids)));
        }
    }

    private Path rejects() {
        return folder.resolve("rejects.csv");
    }

    private IngestRun ingest(String file, String keyColumn, Map<String, Integer> ids, CountingApi api)
            throws IOException {
        StringBuilder catalog = new StringBuilder("id,clave\r\n");
        ids.forEach((key, id) -> catalog.append(id).append(',').append(key).append("\r\n"));
        Path catalogFile = Files.writeString(folder.resolve("catalog.csv"), catalog);
        return IngestRun.of(
                "--input",
                DATA.resolve(file).toString(),
                "--catalog",
                catalogFile.toString(),
                "--target",
                api.url(),
                "--key-column",
                keyColumn,
                "--rejects",
                rejects().toString(),
                "--json");
    }

    /** A file as Commons CSV reads it. */
    private record Table(List<String> names, List<List<String>> rows) {

        static Table read(Path file) throws IOException {
            try (CSVParser parser = CSVParser.parse(file, StandardCharsets.UTF_8, CSVFormat.RFC4180)) {
                List<List<String>> rows = new ArrayList<>();
                for (CSVRecord record : parser) {
                    rows.add(List.of(record.values()));
                }
                return new Table(rows.get(0), rows.subList(1, rows.size()));
            }
        }

        /** The distinct keys in the order in which they first occur, with ids from 1. */
        Map<String, Integer> ids(String keyColumn, Predicate<String> wanted) {
            int column = names.indexOf(keyColumn);
            Map<String, Integer> ids = new LinkedHashMap<>();
            for (List<String> row : rows) {
                if (wanted.test(row.get(column))) {
                    ids.putIfAbsent(row.get(column), ids.size() + 1);
                }
            }
            return ids;
        }

        List<Integer> rowsWhere(String keyColumn, Predicate<String> wanted) {
            int column = names.indexOf(keyColumn);
            List<Integer> numbers = new ArrayList<>();
            for (int i = 0; i < rows.size(); i++) {
                if (wanted.test(rows.get(i).get(column))) {
                    numbers.add(i);
                }
            }
            return numbers;
        }

        /** What should be delivered. */
        List<Map<String, String>> enriched(String keyColumn, Map<String, Integer> ids) {
            int column = names.indexOf(keyColumn);
            List<Map<String, String>> records = new ArrayList<>();
            for (List<String> row : rows) {
                Integer id = ids.get(row.get(column));
                if (id != null) {
                    Map<String, String> record = new LinkedHashMap<>();
                    for (int i = 0; i < names.size(); i++) {
                        record.put(names.get(i), row.get(i));
                    }
                    record.put("cctId", id.toString());
                    records.add(record);
                }
            }
            return records;
        }
    }
}
