// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.parse.RecordReader.Step;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourcePosition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of 200 rows with one thing wrong in them: what is wrong costs its own row and no other. */
class DirtyFilesTest {

    private static final int ROWS = 200;

    /** The rows' line ends, and what all rows look like where nothing is wrong. */
    enum Shape {
        PLAIN("\n", false),
        PLAIN_CRLF("\r\n", false),
        PLAIN_CR("\r", false),
        ALL_QUOTED("\n", true),
        ALL_QUOTED_CRLF("\r\n", true);

        private final String lineEnd;
        private final boolean quoted;

        Shape(String lineEnd, boolean quoted) {
            this.lineEnd = lineEnd;
            this.quoted = quoted;
        }

        /** Row {@code i} stands on line {@code i + 1}, after the header. */
        private List<String> file() {
            List<String> lines = new ArrayList<>();
            lines.add(line("id", "name", "cct"));
            for (int i = 1; i <= ROWS; i++) {
                lines.add(line("" + i, "pupil " + i, "09DPR%04dA".formatted(i)));
            }
            return lines;
        }

        private String line(String... fields) {
            return quoted ? '"' + String.join("\",\"", fields) + '"' : String.join(",", fields);
        }

        private CsvRecords read(List<String> lines) throws IOException {
            byte[] bytes = (String.join(lineEnd, lines) + lineEnd).getBytes(StandardCharsets.UTF_8);
            CsvRecords whole = CsvRecords.read(CsvParser.withHeader(), bytes);
            ByteSource slow = CsvRecords.source(bytes, 1, 3);
            assertThat(CsvRecords.read(CsvParser.withHeader(), slow, SourcePosition.START)
                            .steps())
                    .isEqualTo(whole.steps());
            return whole;
        }

        private CsvRecords readWith(int row, String line) throws IOException {
            List<String> lines = file();
            lines.set(row, line);
            return read(lines);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 199, 200})
    void anOpenQuoteCostsItsRowWhereverItStands(int row) throws IOException {
        for (Shape shape : Shape.values()) {
            for (String broken :
                    List.of("\"%d,a,b", "%d,\"pupil %<d,b", "%d,a,\"b", "%d,a,\"", "\"%d\",\"a\"\"\",\"b\"\"")) {
                assertOnlyRejected(shape.readWith(row, broken.formatted(row)), row, "broken-quote");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStrayQuoteInsideAQuotedFieldCostsItsRow(Shape shape) throws IOException {
        for (String broken : List.of("10,\"a\"b\",c", "10,a,\"b\"c\"", "\"1\"0,a,c", "\"10\",\"a \"b\" c\",\"d\"")) {
            assertOnlyRejected(shape.readWith(10, broken), 10, "broken-quote");
        }
    }

    @ParameterizedTest
    @EnumSource
    void tooFewOrTooManyFieldsCostTheirRow(Shape shape) throws IOException {
        assertOnlyRejected(shape.readWith(10, "10,pupil 10"), 10, "too-few-fields");
        assertOnlyRejected(shape.readWith(10, "\"10\""), 10, "too-few-fields");
        assertOnlyRejected(shape.readWith(10, " "), 10, "too-few-fields");
        assertOnlyRejected(shape.readWith(10, "10,pupil 10,09DPR0010A,more"), 10, "too-many-fields");
        assertOnlyRejected(shape.readWith(10, "\"10\",\"pupil 10\",\"09DPR0010A\","), 10, "too-many-fields");
        assertOnlyRejected(shape.readWith(10, "10,\"over\ntwo lines\""), 10, "too-few-fields");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'10,\"pupil\n10\",09DPR0010A' | 'pupil\n10'",
                "'10,\"\r\n\n\r\",09DPR0010A'  | '\r\n\n\r'",
                "'#10,pupil 10,09DPR0010A'     | pupil 10",
                "'10,\"pupil \"\"10\"\"\",x'   | pupil \"10\"",
                "'10,pupil \"10\",x'           | pupil \"10\"",
                "'10,\"a,b\" \t ,x'            | 'a,b'",
                "',,'                          | ''",
            })
    void whatLooksOddButIsARowIsAccepted(String line, String name) throws IOException {
        for (Shape shape : Shape.values()) {
            CsvRecords read = shape.readWith(10, line);

            assertThat(read.rejected()).isEmpty();
            assertThat(read.rows()).hasSize(ROWS);
            assertThat(read.values().get(9).get(1)).isEqualTo(name);
            assertThat(read.values().get(10)).containsExactly("11", "pupil 11", "09DPR0011A");
            long linesInside = line.replace("\r\n", "\n")
                    .chars()
                    .filter(c -> c == '\n' || c == '\r')
                    .count();
            assertThat(read.rows().get(10).position().line()).isEqualTo(12 + linesInside);
        }
    }

    @ParameterizedTest
    @EnumSource
    void byteOrderMarkAndBlankLinesAreNoPartOfAnyRow(Shape shape) throws IOException {
        List<String> lines = shape.file();
        lines.set(0, "\ufeff" + lines.get(0));
        lines.set(10, lines.get(10) + shape.lineEnd + shape.lineEnd);
        lines.add("");

        CsvRecords read = shape.read(lines);

        assertThat(read.columns()).containsExactly("id", "name", "cct");
        assertThat(read.rejected()).isEmpty();
        assertThat(read.values()).isEqualTo(shape.read(shape.file()).values());
        assertThat(read.rows().get(10).position().line()).isEqualTo(14);
    }

    @Test
    void aBadIntegerIsForTheReaderOfTheRowToReject() throws IOException {
        List<String> lines = Shape.PLAIN.file();
        lines.set(10, "ten,pupil 10,09DPR0010A");
        byte[] bytes = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
        List<SourcePosition> bad = new ArrayList<>();
        int sum = 0;
        ByteSource source = CsvRecords.source(bytes);
        try (RecordReader<CsvRow> reader =
                CsvParser.withHeader().open(source, source.version(), SourcePosition.START)) {
            for (Step step = reader.advance(); step != Step.END; step = reader.advance()) {
                assertThat(step).isEqualTo(Step.RECORD);
                try {
                    sum += reader.record().integer("id");
                } catch (RejectedRecordException e) {
                    assertThat(e.code()).isEqualTo("bad-integer");
                    bad.add(reader.position());
                }
            }
        }
        assertThat(bad).hasSize(1);
        assertThat(bad.get(0).line()).isEqualTo(11);
        assertThat(sum).isEqualTo(ROWS * (ROWS + 1) / 2 - 10);
    }

    @ParameterizedTest
    @EnumSource
    void anOpenQuoteCostsItsRowAmongRowsWithLineEndsInside(Shape shape) throws IOException {
        UnaryOperator<String> twoLines = line -> line.replaceFirst("\"?pupil (\\d+)\"?", "\"pupil\n$1\"");
        List<String> lines = shape.file();
        lines.replaceAll(twoLines);
        lines.set(10, "10,\"pupil 10,09DPR0010A");

        CsvRecords read = shape.read(lines);

        assertThat(read.rejected()).hasSize(1);
        RejectedRecord reject = read.rejected().get(0);
        assertThat(reject.position().recordNumber()).isEqualTo(10);
        assertThat(reject.position().line()).isEqualTo(2 + 9 * 2);
        assertThat(read.values()).hasSize(ROWS - 1);
        assertThat(read.values().get(8)).containsExactly("9", "pupil\n9", "09DPR0009A");
        assertThat(read.values().get(9)).containsExactly("11", "pupil\n11", "09DPR0011A");
    }

    @Test
    void aRowWhoseFirstFieldsRightlyHoldLineEndsIsRejectedInOnePiece() throws IOException {
        CsvRecords read = Shape.PLAIN.readWith(10, "\"1\n0\",\"pupil\n\n10\",\"09DPR0010A");

        assertThat(read.codes()).containsExactly("broken-quote");
        assertThat(read.rejected().get(0).position().line()).isEqualTo(11);
        assertThat(CsvRecords.latin(read.rejected().get(0).rawCsv()))
                .isEqualTo("\"\"\"1\n0\"\",\"\"pupil\n\n10\"\",\"\"09DPR0010A\"");
        assertThat(read.values().get(9)).containsExactly("11", "pupil 11", "09DPR0011A");
        assertThat(read.rows()).hasSize(ROWS - 1);
    }

    @Test
    void twoStrayQuotesThatSwallowTheRowsBetweenThemCostTheirTwoRows() throws IOException {
        List<String> lines = Shape.PLAIN.file();
        lines.set(10, "10,\"pupil 10,09DPR0010A");
        lines.set(20, "20,pupil 20\",09DPR0020A,x");

        CsvRecords read = Shape.PLAIN.read(lines);

        assertThat(read.codes()).containsExactly("broken-quote", "too-many-fields");
        assertThat(read.rejected()).extracting(r -> r.position().line()).containsExactly(11L, 21L);
        assertThat(read.rows()).hasSize(ROWS - 2);
    }

    @Test
    void theWayBackIsTheFirstLineThatIsARecord() throws IOException {
        List<String> lines = Shape.PLAIN.file();
        lines.set(10, "10,\"pupil 10,09DPR0010A");
        lines.set(11, "short");
        lines.set(12, "");
        lines.set(20, "20,pupil 20\",09DPR0020A,x");

        CsvRecords read = Shape.PLAIN.read(lines);

        assertThat(read.codes()).containsExactly("broken-quote", "too-many-fields");
        assertThat(CsvRecords.latin(read.rejected().get(0).rawCsv())).endsWith("09DPR0010A\nshort\"");
        assertThat(read.values().get(9)).containsExactly("13", "pupil 13", "09DPR0013A");
    }

    @Test
    void aBlankLineInsideAFieldIsNoWayBack() throws IOException {
        CsvRecords read = CsvRecords.read(CsvParser.withHeader(), "h\n\"a\n\nb\",c\nd\n");

        assertThat(read.codes()).containsExactly("too-many-fields");
        assertThat(read.values()).containsExactly(List.of("d"));
    }

    private static void assertOnlyRejected(CsvRecords read, int row, String code) {
        assertThat(read.codes()).containsExactly(code);
        SourcePosition at = read.rejected().get(0).position();
        assertThat(at.line()).isEqualTo(row + 1);
        assertThat(at.recordNumber()).isEqualTo(row);
        List<String> ids = read.values().stream().map(values -> values.get(0)).toList();
        assertThat(ids).hasSize(ROWS - 1).doesNotContain("" + row);
        assertThat(read.starts()).hasSize(ROWS).isSortedAccordingTo((a, b) -> Long.compare(a.line(), b.line()));
    }
}
