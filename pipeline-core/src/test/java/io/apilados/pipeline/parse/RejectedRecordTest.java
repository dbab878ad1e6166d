// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.parse.CsvDialect.BareQuotes;
import io.apilados.pipeline.parse.RecordReader.Step;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourcePosition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a rejected record keeps for the reject file, and what it tells everybody else. */
class RejectedRecordTest {

    private static final CsvParser PARSER = CsvParser.withHeader();
    private static final CsvParser STRICT = PARSER.dialect(CsvDialect.RFC_4180.withBareQuotes(BareQuotes.REJECT));
    private static final CsvParser OTHER =
            PARSER.dialect(CsvDialect.RFC_4180.withDelimiter(';').withQuote('\''));
    private static final CsvParser ESCAPING = PARSER.dialect(CsvDialect.RFC_4180.withEscape('\\'));

    @ParameterizedTest
    @ValueSource(strings = {"one", "\"o\"\"ne\" ", "1,2,3", "\"1\",\"2,\n2\",3,4", " ", "bare\"quote"})
    void aWrongCountKeepsTheRawText(String row) throws IOException {
        for (String lineEnd : List.of("\n", "\r\n", "\r", "")) {
            assertThat(raw(PARSER, row + lineEnd)).isEqualTo(row);
        }
    }

    @Test
    void theRawTextIsRightAfterALookForTheWayBackThatReadOn() throws IOException {
        byte[] bytes = ("h,h\n1,a\n\"b\n\"\n2," + "c".repeat(1_000) + "\n").getBytes(StandardCharsets.UTF_8);
        for (int maxRead = 1; maxRead < 20; maxRead++) {
            CsvRecords read = CsvRecords.read(PARSER, CsvRecords.source(bytes, 1, maxRead), SourcePosition.START);

            assertThat(read.codes()).containsExactly("too-few-fields");
            assertThat(CsvRecords.latin(read.rejected().get(0).rawCsv())).isEqualTo("\"b\n\"");
            assertThat(read.rows()).hasSize(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1,\"2", "1,\"2\"x", "\"1\n1\",\"2"})
    void aBrokenQuoteKeepsTheTextAsOneQuotedField(String row) throws IOException {
        for (String lineEnd : List.of("\n", "\r\n", "\r", "")) {
            assertThat(raw(PARSER, row + lineEnd)).isEqualTo('"' + row.replace("\"", "\"\"") + '"');
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {"1 | 1", "'1' | 1", "1,2 | \"1,2\"", "1;2;3 | 1,2,3", "';';'';x\"y | ;,,\"x\"\"y\"", "'a''b' | a'b"
            })
    void aWrongCountInAnotherDialectKeepsItsFieldsAsRfc4180(String row, String kept) throws IOException {
        assertThat(raw(OTHER, row)).isEqualTo(kept);
    }

    @Test
    void aWrongCountInADialectWithAnEscapeKeepsItsFieldsAsRfc4180() throws IOException {
        assertThat(raw(ESCAPING, "a\\,b,\"c\\\"d\",e\\\nf")).isEqualTo("\"a,b\",\"c\"\"d\",\"e\nf\"");
    }

    @Test
    void whatADialectWithAnEscapeCannotDecodeIsKeptAsOneQuotedField() throws IOException {
        CsvRecords read = CsvRecords.read(ESCAPING, "h,h\nneighbour,a\nb,c\\");

        assertThat(read.codes()).containsExactly("malformed");
        assertThat(CsvRecords.latin(read.rejected().get(0).rawCsv())).isEqualTo("\"b,c\\\"");
    }

    @Test
    void bareQuotesRejectTheirRecordIfTheyMust() throws IOException {
        String text = "h,h\nMARY\"S,a\n\"all \"\"well\"\"\",b\nc,5\"\n";

        CsvRecords strict = CsvRecords.read(STRICT, text);
        assertThat(strict.codes()).containsExactly("bare-quote", "bare-quote");
        assertThat(strict.values()).containsExactly(List.of("all \"well\"", "b"));
        assertThat(CsvRecords.latin(strict.rejected().get(0).rawCsv())).isEqualTo("MARY\"S,a");
        assertThat(strict.rejected()).extracting(r -> r.position().line()).containsExactly(2L, 4L);
        assertThat(strict.oddities()).isZero();

        CsvRecords literal = CsvRecords.read(PARSER, text);
        assertThat(literal.rejected()).isEmpty();
        assertThat(literal.values()).contains(List.of("MARY\"S", "a"), List.of("c", "5\""));
        assertThat(literal.oddities()).isEqualTo(2);
    }

    @Test
    void noMessageHoldsTheRecordsText() throws IOException {
        List<RejectedRecord> all = new ArrayList<>();
        for (CsvParser parser : List.of(PARSER, STRICT, OTHER, ESCAPING, PARSER.maxRecordBytes(12))) {
            String text = "h,h\nsecret\nsecret,secret,secret\n\"secret\"secret,x\nsecret,\u00ff\nsec\"ret,x\n"
                    + "secret,secretsecretsecret\nx,\"secret\n";
            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
            all.addAll(CsvRecords.read(parser, bytes).rejected());
        }
        assertThat(all).hasSizeGreaterThan(20);
        assertThat(all).allSatisfy(rejected -> {
            assertThat(CsvRecords.latin(rejected.rawCsv())).contains("sec");
            assertThat(rejected.toString()).doesNotContain("sec");
            assertThat(rejected.message()).doesNotContain("sec");
            assertThat(rejected.stage()).isEqualTo("parse");
        });
    }

    @Test
    void aRowThatWasAcceptedGivesItsRawTextForALaterRejection() throws IOException {
        assertThat(rawOfRow(PARSER, "1,\"2 \"\"x\"\"\"")).isEqualTo("1,\"2 \"\"x\"\"\"");
        assertThat(rawOfRow(OTHER, "1;'2,3'")).isEqualTo("1,\"2,3\"");
        assertThat(rawOfRow(ESCAPING, "1,2\\,3")).isEqualTo("1,\"2,3\"");
    }

    private static String rawOfRow(CsvParser parser, String row) throws IOException {
        String header = parser == OTHER ? "h;h\n" : "h,h\n";
        ByteSource source = CsvRecords.source((header + row + "\n").getBytes(StandardCharsets.UTF_8), 1, 5);
        try (RecordReader<CsvRow> reader = parser.open(source, source.version(), SourcePosition.START)) {
            assertThat(reader.advance()).isEqualTo(Step.RECORD);
            assertThat(CsvRecords.latin(reader.rawHeader())).isEqualTo("h,h");
            return CsvRecords.latin(reader.rawCsv());
        }
    }

    /** The raw text of the first thing after a header of two columns, which must be rejected. */
    private static String raw(CsvParser parser, String rows) throws IOException {
        String header = parser == OTHER ? "h;h\n" : "h,h\n";
        CsvRecords read = CsvRecords.read(parser, header + rows);
        assertThat(read.starts().get(0)).isEqualTo(read.rejected().get(0).position());
        return CsvRecords.latin(read.rejected().get(0).rawCsv());
    }
}
