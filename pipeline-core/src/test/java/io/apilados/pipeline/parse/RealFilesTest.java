// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.source.SourcePosition;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Official catalogs and test results as they were published, against two readers that share no code with ours. */
class RealFilesTest {

    private static final Path DATA = Path.of("..", "..", "shared", "data");

    @BeforeAll
    static void needsTheData() {
        Assumptions.assumeTrue(Files.isDirectory(DATA), () -> "the folder " + DATA + " is missing");
    }

    @ParameterizedTest
    @CsvSource({
        "cct22_queretaro_activos.csv, 5375, 82, 23",
        "enlace_escuelas_10_entidades.csv, 18864, 11, 0",
        "comipems_enlace-mx10.csv, 1204, 24, 0",
        "comipems_enlace-df10.csv, 459, 24, 0",
        "comipems_enlace2012-df-mx.csv, 1731, 10, 0",
        "comipems_school-list.csv, 569, 15, 0",
    })
    void everyRowIsRead(String name, int rows, int columns, int odd) throws IOException {
        CsvRecords read = CsvRecords.read(CsvParser.withHeader(), DATA.resolve(name));

        assertThat(read.rejected()).isEmpty();
        assertThat(read.rows()).hasSize(rows);
        assertThat(read.columns()).hasSize(columns);
        assertThat(read.oddities()).isEqualTo(odd);
    }

    @ParameterizedTest
    @CsvSource({
        "cct22_queretaro_activos.csv",
        "enlace_escuelas_10_entidades.csv",
        "comipems_enlace-mx10.csv",
        "comipems_enlace-df10.csv",
        "comipems_enlace2012-df-mx.csv",
        "comipems_school-list.csv",
    })
    void everyValueHasTheBytesThatCommonsCsvReads(String name) throws IOException {
        byte[] bytes = Files.readAllBytes(DATA.resolve(name));
        List<List<String>> expected;
        try (CSVParser parser = CSVParser.parse(new String(bytes, StandardCharsets.UTF_8), CSVFormat.RFC4180)) {
            expected = parser.getRecords().stream().map(CSVRecord::toList).toList();
        }

        CsvRecords read = CsvRecords.read(CsvParser.withHeader(), bytes);

        assertThat(utf8(List.of(read.columns()))).isEqualTo(utf8(expected.subList(0, 1)));
        assertThat(utf8(read.values())).isEqualTo(utf8(expected.subList(1, expected.size())));
    }

    @ParameterizedTest
    @CsvSource({
        "cct22_queretaro_activos.csv",
        "enlace_escuelas_10_entidades.csv",
        "comipems_enlace-mx10.csv",
        "comipems_enlace-df10.csv",
        "comipems_enlace2012-df-mx.csv",
        "comipems_school-list.csv",
    })
    void everyRowStandsWhereANaiveScanFindsIt(String name) throws IOException {
        byte[] bytes = Files.readAllBytes(DATA.resolve(name));
        List<NaiveRecord> expected = naiveScan(bytes);

        CsvRecords read =
                CsvRecords.read(CsvParser.withHeader(), CsvRecords.source(bytes, 1, 5_000), SourcePosition.START);

        assertThat(read.starts())
                .isEqualTo(expected.stream().skip(1).map(NaiveRecord::position).toList());
        assertThat(utf8(read.values()))
                .isEqualTo(expected.stream().skip(1).map(NaiveRecord::values).toList());
        assertThat(read.end().byteOffset()).isEqualTo(bytes.length);
    }

    @ParameterizedTest
    @CsvSource({"cct22_queretaro_activos.csv", "enlace_escuelas_10_entidades.csv", "comipems_school-list.csv"})
    void goesOnInTheMiddleOfTheFile(String name) throws IOException {
        byte[] bytes = Files.readAllBytes(DATA.resolve(name));
        CsvRecords all = CsvRecords.read(CsvParser.withHeader(), bytes);
        int middle = all.rows().size() / 2;

        CsvRecords rest = CsvRecords.read(
                CsvParser.withHeader(),
                CsvRecords.source(bytes),
                all.rows().get(middle).position());

        assertThat(rest.rows()).isEqualTo(all.rows().subList(middle, all.rows().size()));
        assertThat(rest.columns()).isEqualTo(all.columns());
    }

    /** The values with one character for each byte of their UTF-8. */
    private static List<List<String>> utf8(List<List<String>> records) {
        return records.stream()
                .map(values -> values.stream()
                        .map(value -> CsvRecords.latin(value.getBytes(StandardCharsets.UTF_8)))
                        .toList())
                .toList();
    }

    private record NaiveRecord(SourcePosition position, List<String> values) {}

    /** RFC 4180 byte by byte: slow, without line ends of a lone carriage return, which these files do not have. */
    private static List<NaiveRecord> naiveScan(byte[] bytes) {
        List<NaiveRecord> records = new ArrayList<>();
        List<String> values = new ArrayList<>();
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        boolean quoted = false;
        boolean atStart = true;
        int start = 0;
        int startLine = 1;
        int line = 1;
        for (int i = 0; i < bytes.length; i++) {
            byte b = bytes[i];
            line += b == '\n' ? 1 : 0;
            if (quoted) {
                boolean doubled = b == '"' && i + 1 < bytes.length && bytes[i + 1] == '"';
                quoted = b != '"' || doubled;
                i += doubled ? 1 : 0;
                if (quoted) {
                    value.write(b);
                }
            } else if (b == '"' && atStart) {
                quoted = true;
            } else if (b == ',' || b == '\n') {
                values.add(value.toString(StandardCharsets.ISO_8859_1));
                value.reset();
                if (b == '\n') {
                    records.add(
                            new NaiveRecord(new SourcePosition(start, Math.max(1, records.size()), startLine), values));
                    values = new ArrayList<>();
                    start = i + 1;
                    startLine = line;
                }
            } else if (b != '\r') {
                value.write(b);
            }
            atStart = !quoted && (b == ',' || b == '\n');
        }
        return records;
    }
}
