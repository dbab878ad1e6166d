// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.apilados.pipeline.parse.CsvDialect.BareQuotes;
import io.apilados.pipeline.parse.RecordReader.Step;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourcePosition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvRowTest {

    private static final CsvParser PARSER = CsvParser.withHeader();

    @Test
    void givesTextByNameAndByPosition() throws IOException {
        withRow(PARSER, "a,b c,d\n1,\"2 \"\"x\"\"\",ñ\n", row -> {
            assertThat(row.text("a")).isEqualTo("1").isEqualTo(row.text(0));
            assertThat(row.text("b c")).isEqualTo("2 \"x\"").isEqualTo(row.text(1));
            assertThat(row.text("d")).isEqualTo("ñ").isEqualTo(row.text(2));
            assertThat(row.header().names()).containsExactly("a", "b c", "d");
        });
    }

    @Test
    void aRepeatedNameMeansTheFirstOfItsColumns() throws IOException {
        withRow(PARSER, "a,,a,\n1,2,3,4\n", row -> {
            assertThat(row.text("a")).isEqualTo("1");
            assertThat(row.text("")).isEqualTo("2");
            assertThat(row.text(2)).isEqualTo("3");
            assertThat(row.text(3)).isEqualTo("4");
            assertThat(row.header().indexOf("a")).isZero();
            assertThat(row.header().indexOf("b")).isEqualTo(-1);
        });
    }

    @Test
    void aColumnThatIsNotThereIsAnErrorThatNamesIt() throws IOException {
        withRow(PARSER, "a,b\nsecret,2\n", row -> {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> row.text("cct"))
                    .withMessageContaining("'cct'")
                    .withMessageContaining("2 columns");
            for (int column : new int[] {-1, 2}) {
                for (Consumer<Integer> access : List.<Consumer<Integer>>of(
                        row::text,
                        row::textOrNull,
                        row::isNull,
                        row::isBlank,
                        row::integer,
                        row::decimalOrNull,
                        row::from,
                        row::to,
                        row::isPlainAscii,
                        row::isPlainJson)) {
                    assertThatExceptionOfType(IndexOutOfBoundsException.class)
                            .isThrownBy(() -> access.accept(column))
                            .withMessageContaining("column was " + column)
                            .withMessageNotContaining("secret");
                }
            }
        });
    }

    @Test
    void readsNumbersWithBlanksAroundThem() throws IOException {
        withRow(PARSER, "i,d,e\n 42\t, -1.5 ,-2147483648\n", row -> {
            assertThat(row.integer("i")).isEqualTo(42);
            assertThat(row.decimal("d")).isEqualTo(-1.5);
            assertThat(row.integer("e")).isEqualTo(Integer.MIN_VALUE);
            assertThat(row.decimal("i")).isEqualTo(42.0);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "x7531x", "7531.5", "75317531753", "7531 1", "0x7531", "7,531"})
    void aBadNumberIsRejectedByColumnAndNeverByValue(String value) throws IOException {
        withRow(PARSER, "points,rest\n\"" + value + "\",0\n", row -> {
            assertThatExceptionOfType(RejectedRecordException.class)
                    .isThrownBy(() -> row.integer("points"))
                    .satisfies(e -> assertThat(e.code()).isEqualTo("bad-integer"))
                    .withMessage("column points: expected a whole number")
                    .withNoCause();
        });
        withRow(PARSER, "points,rest\n\"" + value + "x\",0\n", row -> {
            assertThatExceptionOfType(RejectedRecordException.class)
                    .isThrownBy(() -> row.decimal("points"))
                    .satisfies(e -> assertThat(e.code()).isEqualTo("bad-decimal"))
                    .withMessage("column points: expected a decimal number")
                    .withNoCause();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "Infinity", "0x1p3", "1d", "1f", "1e999", "-1e999", "1e", "--1", "1,5", "١"})
    void whatJavaAloneReadsIsNoDecimalNumber(String value) throws IOException {
        withRow(
                PARSER,
                "points,rest\n\"" + value + "\",0\n",
                row -> assertThatExceptionOfType(RejectedRecordException.class)
                        .isThrownBy(() -> row.decimal("points")));
    }

    @Test
    void decimalNumbersMayHaveASignAndAnExponent() throws IOException {
        withRow(PARSER, "a,b,c,d\n+1.5,.5,2.,1e-3\n", row -> {
            assertThat(row.decimal("a")).isEqualTo(1.5);
            assertThat(row.decimal("b")).isEqualTo(0.5);
            assertThat(row.decimal("c")).isEqualTo(2.0);
            assertThat(row.decimal("d")).isEqualTo(0.001);
        });
    }

    @Test
    void tellsWhatIsBlank() throws IOException {
        withRow(PARSER, "a,b,c\n,\" \t\",x\n", row -> {
            assertThat(row.isBlank("a")).isTrue();
            assertThat(row.isBlank("b")).isTrue();
            assertThat(row.isBlank("c")).isFalse();
        });
        withRow(PARSER, "a,b,c\n\u2003,\"\"\"\",\" \"\" \"\n", row -> {
            assertThat(row.isBlank(0)).isTrue();
            assertThat(row.isBlank(1)).isFalse();
            assertThat(row.isBlank(2)).isFalse();
        });
    }

    @Test
    void theEmptyFieldIsNullAndWordsAreIfTheParserSaysSo() throws IOException {
        String csv = "a,b,c,d,e,f\n,NA,na,NAN,\"NA\",\" NA\"\n";
        withRow(PARSER, csv, row -> assertThat(plain(row, row::isNull)).isEqualTo("+-----"));
        withRow(PARSER.nulls("NA", "sin_dato"), csv, row -> {
            assertThat(plain(row, row::isNull)).isEqualTo("+++-+-");
            assertThat(row.isNull("b")).isTrue();
            assertThat(row.textOrNull("b")).isNull();
            assertThat(row.textOrNull(3)).isEqualTo("NAN");
            assertThat(row.text("b")).as("what was read stays").isEqualTo("NA");
            assertThat(plain(row.copy(), row.copy()::isNull)).isEqualTo("+++-+-");
        });
    }

    @Test
    void givesNumbersThatMayBeMissing() throws IOException {
        withRow(PARSER.nulls("NA"), "i,d,n,e,x\n42,-1.5,NA,,7x\n", row -> {
            assertThat(row.integerOrNull("i")).isEqualTo(42);
            assertThat(row.decimalOrNull("d")).isEqualTo(-1.5);
            for (String missing : List.of("n", "e")) {
                assertThat(row.integerOrNull(missing)).isNull();
                assertThat(row.decimalOrNull(missing)).isNull();
            }
            assertThatExceptionOfType(RejectedRecordException.class)
                    .isThrownBy(() -> row.integerOrNull("x"))
                    .withMessage("column x: expected a whole number");
            assertThatExceptionOfType(RejectedRecordException.class)
                    .isThrownBy(() -> row.decimalOrNull("x"))
                    .withMessage("column x: expected a decimal number");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "N A", "ñ", "N\u0000"})
    void aNullWordIsPrintableAsciiWithoutBlanks(String word) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PARSER.nulls("NA", word))
                .withMessageContaining("null word was '" + word + "'");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCopyStaysWhenTheReaderGoesOn(boolean escapes) throws IOException {
        CsvDialect dialect = CsvDialect.RFC_4180.withEscape(escapes ? '\\' : null);
        StringBuilder text = new StringBuilder("a,b,c\n\"1\",\"ñ\"\"x\",\n");
        for (int i = 0; i < 1_000; i++) {
            text.append("overwritten,yyyyyyyy,zzzzzzzz\n");
        }
        ByteSource source = CsvRecords.source(text.toString().getBytes(StandardCharsets.UTF_8), 1, 10);
        try (RecordReader<CsvRow> reader =
                PARSER.dialect(dialect).open(source, source.version(), SourcePosition.START)) {
            assertThat(reader.advance()).isEqualTo(Step.RECORD);
            CsvRow copy = reader.record().copy();
            while (reader.advance() != Step.END) {
                assertThat(reader.record().text(0)).isEqualTo("overwritten");
            }
            assertThat(CsvRecords.values(copy)).containsExactly("1", "ñ\"x", "");
            assertThat(copy.position()).isEqualTo(new SourcePosition(6, 1, 2));
            assertThat(copy.isPlainAscii(0)).isTrue();
            assertThat(copy.isPlainAscii(1)).isFalse();
            assertThat(copy.bytes()).hasSizeLessThan(16);
            assertThat(CsvRecords.values(copy.copy())).isEqualTo(CsvRecords.values(copy));
        }
    }

    @Test
    void plainAsciiIsWhatNeedsNoDecoding() throws IOException {
        withRow(PARSER, "a,b,c,d,e,f\nx,\"x,\nx\",\"x\"\"\",ñ,x\"x,\\\n", row -> {
            assertThat(plain(row, row::isPlainAscii)).isEqualTo("++--++");
            assertThat(plain(row, row::isPlainJson)).isEqualTo("+--+--");
        });
    }

    @Test
    void plainJsonIsWhatJsonTakesAsItIs() throws IOException {
        String controls = "a,b,c,d\n\u0000,\u001f,\u007f,\t\n";
        withRow(
                PARSER,
                controls,
                row -> assertThat(plain(row, row::isPlainJson)).isEqualTo("--+-"));

        CsvParser latin1 = PARSER.charset(StandardCharsets.ISO_8859_1);
        withRow(
                latin1,
                "a,b\nñ,n\n",
                row -> assertThat(plain(row, row::isPlainJson)).isEqualTo("-+"));

        CsvParser apostrophe = PARSER.dialect(CsvDialect.RFC_4180.withQuote('\''));
        withRow(apostrophe, "a,b,c\n'x','\"','x''x'\n", row -> {
            assertThat(plain(row, row::isPlainJson)).isEqualTo("+--");
            assertThat(row.text(2)).isEqualTo("x'x");
        });
    }

    @ParameterizedTest
    @ValueSource(chars = {'\t', '\\', '"'})
    void aDelimiterInsideOfQuotesIsNotPlainJsonIfJsonEscapesIt(char delimiter) throws IOException {
        CsvDialect dialect = new CsvDialect(delimiter, '\'', null, BareQuotes.LITERAL);

        withRow(PARSER.dialect(dialect), "a" + delimiter + "b\n'1" + delimiter + "2'" + delimiter + "3\n", row -> {
            assertThat(row.text(0)).isEqualTo("1" + delimiter + "2");
            assertThat(plain(row, row::isPlainJson)).isEqualTo("-+");
        });
    }

    @Test
    void theBytesOfAPlainFieldAreItsValue() throws IOException {
        withRow(PARSER, "a,b\n1,\"x,y\"\n", row -> {
            String bytes = new String(row.bytes(), row.from(1), row.to(1) - row.from(1), StandardCharsets.US_ASCII);
            assertThat(bytes).isEqualTo("x,y");
        });
    }

    @Test
    void neverShowsWhatItHolds() throws IOException {
        withRow(PARSER, "a\nsecret\n", row -> assertThat(row).hasToString("row at line 2 (byte 2)"));
    }

    private static String plain(CsvRow row, IntPredicate is) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < row.header().size(); i++) {
            plain.append(is.test(i) ? '+' : '-');
        }
        return plain.toString();
    }

    /** Shows the first row of the text, in the parser's charset, to the test. */
    private static void withRow(CsvParser parser, String text, Consumer<CsvRow> test) throws IOException {
        ByteSource source = CsvRecords.source(text.getBytes(parser.encoding.charset), 1, 3);
        try (RecordReader<CsvRow> reader = parser.open(source, source.version(), SourcePosition.START)) {
            assertThat(reader.advance()).isEqualTo(Step.RECORD);
            test.accept(reader.record());
        }
    }
}
