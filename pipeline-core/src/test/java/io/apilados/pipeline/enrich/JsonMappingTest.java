// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.parse.CsvDialect;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RecordReader;
import io.apilados.pipeline.parse.RejectedRecordException;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.testing.TextSource;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonMappingTest {

    private static final Charset WINDOWS_1252 = Charset.forName("windows-1252");

    private final CCTsCache schools = CCTsCache.preloaded(
            CCTsCatalog.builder().put("01DPR0001V", 42).put("ñ", 5).put("0", 0).build());

    private static CsvRow row(CsvParser parser, byte[] csv) throws IOException {
        TextSource source = new TextSource(csv);
        RecordReader<CsvRow> reader = parser.open(source, source.version(), SourcePosition.START);
        assertThat(reader.advance()).isEqualTo(RecordReader.Step.RECORD);
        return reader.record();
    }

    private static CsvRow row(String csv) throws IOException {
        return row(CsvParser.withHeader(), csv.getBytes(StandardCharsets.UTF_8));
    }

    private static String json(JsonMapping.Builder mapping, String csv) throws IOException {
        return mapping.build().enrich(row(csv)).asText();
    }

    private static JsonMapping.Builder mapping() {
        return JsonMapping.builder();
    }

    /** One column {@code n} with this value. */
    private static CsvRow only(String value) throws IOException {
        return row(CsvParser.withColumns(List.of("n")), ("\"" + value + "\"\n").getBytes(StandardCharsets.UTF_8));
    }

    private static void assertRejects(JsonMapping.Builder mapping, CsvRow row, String code, String message) {
        assertThatThrownBy(() -> mapping.build().enrich(row))
                .isInstanceOfSatisfying(
                        RejectedRecordException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessage(message);
    }

    @Test
    void theNullWordsOfTheParserCountWhereTheMappingHasNone() throws IOException {
        CsvRow row = row(CsvParser.withHeader().nulls("NA"), "a,b,c,d\nNA,-,na,\n".getBytes(StandardCharsets.UTF_8));

        assertThat(mapping().text("a", "b", "c", "d").build().enrich(row).asText())
                .isEqualTo("{\"a\":null,\"b\":\"-\",\"c\":null,\"d\":null}");
        assertThat(mapping()
                        .nulls("-")
                        .text("a", "b", "c", "d")
                        .build()
                        .enrich(row)
                        .asText())
                .isEqualTo("{\"a\":\"NA\",\"b\":null,\"c\":\"na\",\"d\":null}");
    }

    @Test
    void aWordForNullThatIsANumberIsNullAndNoNumber() throws IOException {
        assertThat(json(
                        mapping().nulls("999", "-1.0").integer("a", "b").decimal("c", "d"),
                        "a,b,c,d\n999,99,-1.0,999.0\n"))
                .isEqualTo("{\"a\":null,\"b\":99,\"c\":null,\"d\":999.0}");
        assertThat(json(mapping().nulls("999").decimal("a"), "a\n0.0000001\n"))
                .as("other numbers stay as they are written")
                .isEqualTo("{\"a\":0.0000001}");
        assertRejects(
                mapping().nulls("999").integer("n").required(),
                only("999"),
                "missing-value",
                "column n: expected a value");
    }

    @Test
    void membersStandInTheOrderInWhichTheyAreDeclared() throws IOException {
        assertThat(json(
                        mapping()
                                .nulls("NA")
                                .integer("edad")
                                .text("id")
                                .as("id_externo")
                                .required()
                                .key("cct", schools)
                                .as("escuela")
                                .decimal("mod1", "mod2")
                                .present("asistencias", "asist_1", "asist_2", "asist_3")
                                .values("materias", "mod1", "asist_2", "nombre")
                                .text("nombre"),
                        "id,cct,nombre,edad,mod1,mod2,asist_1,asist_2,asist_3\n"
                                + "7,01DPR0001V,\"Zo\"\"é\",12,8.5,na,,sí,x\n"))
                .isEqualTo("{\"edad\":12,\"id_externo\":\"7\",\"escuela\":42,\"mod1\":8.5,\"mod2\":null,"
                        + "\"asistencias\":[\"asist_2\",\"asist_3\"],\"materias\":[\"8.5\",\"sí\",\"Zo\\\"é\"],"
                        + "\"nombre\":\"Zo\\\"é\"}");
    }

    @Test
    void anEmptyFieldIsNullAndBlanksAreText() throws IOException {
        assertThat(json(mapping().text("a", "b", "c").integer("d").decimal("e"), "a,b,c,d,e\n,\"\",\"  \",,\n"))
                .isEqualTo("{\"a\":null,\"b\":null,\"c\":\"  \",\"d\":null,\"e\":null}");
        assertThat(json(mapping().present("p", "a", "b", "c").values("v", "a", "b", "c"), "a,b,c\n,\"\",\" \"\n"))
                .isEqualTo("{\"p\":[\"c\"],\"v\":[\" \"]}");
        assertThat(json(mapping().present("p", "a").values("v", "b"), "a,b\n,\n"))
                .isEqualTo("{\"p\":[],\"v\":[]}");
    }

    @Test
    void theWordsForNullCountInAnyCaseAndOnlyAsWholeFields() throws IOException {
        JsonMapping.Builder words = mapping().nulls("NA", "Sin Dato".replace(" ", "-"), "-");
        assertThat(json(
                        words.text("a", "b", "c", "d", "e", "f").integer("g").decimal("h"),
                        "a,b,c,d,e,f,g,h\nna,NA,\"nA\",sin-dato,SIN-DATO,-,Na,na\n"))
                .isEqualTo("{\"a\":null,\"b\":null,\"c\":null,\"d\":null,\"e\":null,\"f\":null,\"g\":null,\"h\":null}");
        assertThat(json(
                        mapping().nulls("NA", "ninguno").text("a", "b", "c", "d", "e"),
                        "a,b,c,d,e\nNAN,N,\" na\",ningun0,ningunos\n"))
                .isEqualTo("{\"a\":\"NAN\",\"b\":\"N\",\"c\":\" na\",\"d\":\"ningun0\",\"e\":\"ningunos\"}");
        assertThat(json(mapping().text("a"), "a\nnull\n")).isEqualTo("{\"a\":\"null\"}");
        // Upper case is a matter of letters: the neighbours of A and Z have no other case.
        assertThat(json(mapping().nulls("a`{").text("a", "b"), "a,b\na@[,A`{\n"))
                .isEqualTo("{\"a\":\"a@[\",\"b\":null}");
    }

    @Test
    void aWordForNullMayBeOfAnyLength() throws IOException {
        String letters = "noDisponible-todavia_EN_esteCiclo";
        for (int length = 1; length <= letters.length(); length++) {
            String word = letters.substring(0, length);
            String other = letters.substring(0, length - 1) + "#";
            String longer = word + word;
            String rows = "a,b,c,d\n" + word + "," + word.toUpperCase(Locale.ROOT) + "," + other + "," + longer + "\n";
            assertThat(json(mapping().nulls(word).text("a", "b", "c", "d"), rows))
                    .isEqualTo("{\"a\":null,\"b\":null,\"c\":\"" + other + "\",\"d\":\"" + longer + "\"}");
            String first = "#" + letters.substring(1, length);
            assertThat(json(mapping().nulls(word, "x").text("a"), "a\n" + first + "\n"))
                    .isEqualTo("{\"a\":\"" + first + "\"}");
        }
    }

    @Test
    void refusesWordsForNullThatNoFieldCanBe() {
        for (String word : List.of("", " ", "sin dato", "año", "\t", "\u007f")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> mapping().nulls(word))
                    .withMessageContaining("it must be printable ASCII without blanks");
        }
    }

    @Test
    void aRequiredColumnThatHoldsNullRejectsTheRow() throws IOException {
        String message = "column n: expected a value";
        assertRejects(mapping().text("n").required(), only(""), "missing-value", message);
        assertRejects(mapping().nulls("na").integer("n").required(), only("NA"), "missing-value", message);
        assertRejects(mapping().decimal("n").as("other").required(), only(""), "missing-value", message);
        assertRejects(mapping().decimal("n").required().as("other"), only(""), "missing-value", message);
        assertThat(mapping().text("n").required().build().enrich(only(" ")).asText())
                .isEqualTo("{\"n\":\" \"}");
        assertThat(json(mapping().text("a", "b").required(), "a,b\n,1\n")).isEqualTo("{\"a\":null,\"b\":\"1\"}");
    }

    @Test
    void aKeyThatIsMissingOrUnknownRejectsTheRowWithoutTellingIt() throws IOException {
        JsonMapping.Builder key = mapping().key("n", schools);
        assertRejects(key, only("99SECRET9X"), "unknown-key", "column n: the key is not in the catalog");
        assertRejects(key, only(""), "missing-key", "column n: expected a key, it is empty");
        assertRejects(key, only(" \u00a0\t"), "missing-key", "column n: expected a key, it is empty");
        assertThat(key.build().enrich(only(" 01DPR0001V ")).asText()).isEqualTo("{\"n\":42}");
        assertThat(key.build().enrich(only("\u00a0ñ")).asText()).isEqualTo("{\"n\":5}");
        assertThat(key.build().enrich(only("0")).asText()).isEqualTo("{\"n\":0}");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "0,0",
                "-0,-0",
                "7,7",
                "-12,-12",
                "123456789012345678,123456789012345678",
                "1234567890123456789,1234567890123456789",
                "9223372036854775807,9223372036854775807",
                "-9223372036854775808,-9223372036854775808",
                " 7,7",
                "7 ,7",
                "\t-7\t,-7",
                "\u20037,7",
                "+7,7",
                "007,7",
                "-007,-7",
                "+0,0",
                "00000000000000000000000000001,1"
            })
    void wholeNumbersAreWrittenAsJsonHasThem(String text, String json) throws IOException {
        assertThat(mapping().integer("n").build().enrich(only(text)).asText()).isEqualTo("{\"n\":" + json + "}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "abc",
                " ",
                "-",
                "+",
                "--1",
                "+-1",
                "1 2",
                "1,2",
                "1.0",
                "1.",
                ".1",
                "1e3",
                "0x10",
                "NaN",
                "Infinity",
                "9223372036854775808",
                "-9223372036854775809",
                "12a",
                "٣",
                "１",
                "1\u0000",
                "1_000",
                "1L",
                "-\n1"
            })
    void whatIsNoWholeNumberRejectsTheRow(String text) throws IOException {
        assertRejects(mapping().integer("n"), only(text), "bad-integer", "column n: expected a whole number");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "0,0",
                "-0,-0",
                "-0.0,-0.0",
                "8.5,8.5",
                "8.50,8.50",
                "-12,-12",
                "0.000000000000000000000000000000000001,0.000000000000000000000000000000000001",
                "1234567890123456789.25,1234567890123456789.25",
                " 8.5 ,8.5",
                "+8.5,8.5",
                "08.5,8.5",
                "-00.5,-0.5",
                ".5,0.5",
                "-.5,-0.5",
                "5.,5",
                "1e3,1E+3",
                "1E3,1E+3",
                "1.5e-3,0.0015",
                "1e-9,1E-9",
                "12e+05,1.2E+6"
            })
    void decimalsAreWrittenAsJsonHasThem(String text, String json) throws IOException {
        JsonRecord record = mapping().decimal("n").build().enrich(only(text));
        assertThat(record.asText()).isEqualTo("{\"n\":" + json + "}");
        assertThatCode(() -> JsonTree.of(record.asText().getBytes(StandardCharsets.UTF_8)))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "abc",
                " ",
                ".",
                "-",
                "-.",
                "+",
                "1..2",
                "1.2.3",
                "1,5",
                "1e",
                "1e+",
                "e5",
                "1e999",
                "-1e309",
                "1e1000",
                "1e-1000",
                "NaN",
                "nan",
                "Infinity",
                "-Infinity",
                "0x1p3",
                "0x10",
                "1d",
                "1f",
                "1 5",
                "1.5e",
                "٣",
                "1_0",
                "--1",
                "1.\n5"
            })
    void whatIsNoDecimalRejectsTheRow(String text) throws IOException {
        assertRejects(mapping().decimal("n"), only(text), "bad-decimal", "column n: expected a decimal number");
    }

    @Test
    void numbersInAnotherFormAreTakenUpTo64Characters() throws IOException {
        String zeros = "0".repeat(63);
        assertThat(mapping().integer("n").build().enrich(only(zeros + "7")).asText())
                .isEqualTo("{\"n\":7}");
        assertThat(mapping().decimal("n").build().enrich(only("9".repeat(64))).asText())
                .isEqualTo("{\"n\":" + "9".repeat(64) + "}");
        assertRejects(mapping().integer("n"), only(zeros + "77"), "bad-integer", "column n: expected a whole number");
        assertRejects(
                mapping().decimal("n"), only("9".repeat(65)), "bad-decimal", "column n: expected a decimal number");
    }

    @Test
    void quotedFieldsAreEscapedAsJsonAsks() throws IOException {
        assertThat(json(
                        mapping().text("a", "b").values("v", "c"),
                        "a,b,c\n\"q\"\"\\\n\r\t\u0001\u001f\",\"\"\"\",\"\\\"\"\\\"\n"))
                .isEqualTo("{\"a\":\"q\\\"\\\\\\n\\r\\t\\u0001\\u001f\",\"b\":\"\\\"\",\"v\":[\"\\\\\\\"\\\\\"]}");
        assertThat(json(mapping().text("a"), "a\nx\"y\\z\n")).isEqualTo("{\"a\":\"x\\\"y\\\\z\"}");
    }

    @Test
    void namesOfMembersAndColumnsAreEscapedToo() throws IOException {
        String csv = "\"a\"\"ñ\",b\n1,2\n";
        assertThat(json(mapping().text("a\"ñ").text("b").as("x\\\n").present("p", "a\"ñ"), csv))
                .isEqualTo("{\"a\\\"ñ\":\"1\",\"x\\\\\\n\":\"2\",\"p\":[\"a\\\"ñ\"]}");
    }

    @Test
    void writesUtf8WhateverTheFileIsIn() throws IOException {
        for (Charset charset : List.of(StandardCharsets.UTF_8, StandardCharsets.ISO_8859_1, WINDOWS_1252)) {
            String nombre = charset.equals(StandardCharsets.ISO_8859_1) ? "Íñigo \"" : "Íñigo € “x” \"";
            byte[] csv = ("año,cct\n\"" + nombre.replace("\"", "\"\"") + "\",\u00a0ñ\n").getBytes(charset);
            JsonRecord record = mapping()
                    .text("año")
                    .key("cct", schools)
                    .values("v", "cct")
                    .build()
                    .enrich(row(CsvParser.withHeader().charset(charset), csv));
            assertThat(record.asText())
                    .as(charset.name())
                    .isEqualTo("{\"año\":\"" + nombre.replace("\"", "\\\"") + "\",\"cct\":5,\"v\":[\"\u00a0ñ\"]}");
        }
    }

    @Test
    void otherQuotesAndEscapesAreUndoneBeforeJsonsAreMade() throws IOException {
        CsvDialect single = CsvDialect.RFC_4180.withDelimiter(';').withQuote('\'');
        assertThat(mapping()
                        .nulls("na")
                        .text("a", "b")
                        .integer("c")
                        .text("d")
                        .build()
                        .enrich(row(
                                CsvParser.withHeader().dialect(single),
                                "a;b;c;d\n'it''s \"x\"';\"y\";'7';'NA'\n".getBytes(StandardCharsets.UTF_8)))
                        .asText())
                .isEqualTo("{\"a\":\"it's \\\"x\\\"\",\"b\":\"\\\"y\\\"\",\"c\":7,\"d\":null}");
        CsvDialect escaping = CsvDialect.RFC_4180.withEscape('\\');
        assertThat(mapping()
                        .text("a")
                        .decimal("b")
                        .build()
                        .enrich(row(
                                CsvParser.withHeader().dialect(escaping),
                                "a,b\n\"q\\\"\\\\ñ\",1.5\n".getBytes(StandardCharsets.UTF_8)))
                        .asText())
                .isEqualTo("{\"a\":\"q\\\"\\\\ñ\",\"b\":1.5}");
        CsvDialect unquoted = CsvDialect.RFC_4180.withDelimiter('\t').withQuote(null);
        assertThat(mapping()
                        .text("a", "b")
                        .build()
                        .enrich(row(
                                CsvParser.withHeader().dialect(unquoted),
                                "a\tb\n\"x\"\t'y\n".getBytes(StandardCharsets.UTF_8)))
                        .asText())
                .isEqualTo("{\"a\":\"\\\"x\\\"\",\"b\":\"'y\"}");
        CsvDialect tabs = CsvDialect.RFC_4180.withDelimiter('\t');
        assertThat(mapping()
                        .text("a")
                        .build()
                        .enrich(row(
                                CsvParser.withHeader().dialect(tabs),
                                "a\tb\n\"x\ty\"\tz\n".getBytes(StandardCharsets.UTF_8)))
                        .asText())
                .isEqualTo("{\"a\":\"x\\ty\"}");
    }

    @Test
    void oneMappingServesFilesOfOtherHeaders() throws IOException {
        JsonMapping mapping = mapping().text("a").integer("b").build();
        CsvRow first = row("a,b\nx,1\n");
        CsvRow second = row("z,b,a\n,2,y\n");
        for (int i = 0; i < 3; i++) {
            assertThat(mapping.enrich(first).asText()).isEqualTo("{\"a\":\"x\",\"b\":1}");
            assertThat(mapping.enrich(second).asText()).isEqualTo("{\"a\":\"y\",\"b\":2}");
        }
    }

    @Test
    void asksForEveryColumnOnceAndTellsTheOneThatIsMissing() throws IOException {
        JsonMapping mapping = mapping()
                .text("a")
                .as("x")
                .key("cct", schools)
                .present("p", "b", "a")
                .values("v", "c", "b")
                .build();
        assertThat(mapping.requiredColumns()).containsExactly("a", "cct", "b", "c");
        CsvRow without = row("a,cct,b\n1,01DPR0001V,2\n");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mapping.enrich(without))
                .withMessage("no column is named 'c' among the 3 columns of the header");
    }

    @Test
    void aColumnMayBecomeSeveralMembersHoweverLongItIs() throws IOException {
        JsonMapping mapping = mapping()
                .text("n", "n")
                .as("a")
                .text("n")
                .as("b")
                .values("v", "n", "n", "n")
                .build();
        for (int length = 1; length < 5_000; length += 1 + length / 10) {
            for (String value : List.of("x".repeat(length), "\\".repeat(length), "é\t".repeat(length))) {
                JsonBuffer out = new JsonBuffer();
                mapping.encode(only(value), out);
                assertThat(JsonTree.object(out.copy(0, out.length())))
                        .isEqualTo(Map.of("a", value, "b", value, "v", List.of(value, value, value), "n", value));
            }
        }
    }

    @Test
    void aWordForNullIsComparedWithTheValueAndNotWithItsQuotes() throws IOException {
        assertThat(json(mapping().nulls("\"\"").text("a"), "a\n\"\"\"\"\n")).isEqualTo("{\"a\":\"\\\"\"}");
    }

    @Test
    void aBuilderTellsWhatItCannotDo() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mapping().text("a").integer())
                .withMessageContaining("at least one must be named");
        assertThatThrownBy(() -> mapping().present("p", "a").required())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("member p is an array");
        assertThatIllegalArgumentException().isThrownBy(() -> mapping().build()).withMessageContaining("no members");
        assertThatThrownBy(() -> mapping().as("x")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> mapping().required()).isInstanceOf(IllegalStateException.class);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mapping().text("a").integer("a").build())
                .withMessageContaining("member a was declared twice");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mapping().text("a", "b").as("a").build())
                .withMessageContaining("member a was declared twice");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mapping().present("p"))
                .withMessageContaining("has no columns");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mapping().key("a", schools).key("b", schools))
                .withMessageContaining("key was set to column a");
    }

    @Test
    void preparesTheKeysOfItsRowsTogether() throws IOException, InterruptedException {
        List<Set<String>> calls = new ArrayList<>();
        CCTsCache onDemand = CCTsCache.onDemand(keys -> {
                    calls.add(Set.copyOf(keys));
                    return Map.of("01DPR0001V", 42, "ñ", 5);
                })
                .build();
        JsonMapping mapping = mapping().text("id").key("cct", onDemand).build();
        List<CsvRow> rows = List.of(row("cct,id\n01DPR0001V,1\n"), row("id,cct\n2,ñ\n"), row("cct,id\nnone,3\n"));
        mapping.prepare(rows);
        assertThat(mapping.enrich(rows.get(0)).asText()).isEqualTo("{\"id\":\"1\",\"cct\":42}");
        assertThat(mapping.enrich(rows.get(1)).asText()).isEqualTo("{\"id\":\"2\",\"cct\":5}");
        assertThatThrownBy(() -> mapping.enrich(rows.get(2))).isInstanceOf(RejectedRecordException.class);
        assertThat(calls).containsExactly(Set.of("01DPR0001V", "ñ", "none"));
        assertThat(mapping.chunk()).isEqualTo(onDemand.chunk());
        assertThat(mapping.notes()).isEqualTo(onDemand.notes());
        JsonMapping plain = mapping().text("id").build();
        plain.prepare(rows);
        assertThat(plain.chunk()).isZero();
        assertThat(plain.notes()).isEmpty();
    }

    @Test
    void writesAfterWhatIsThereAndLeavesItAsItIs() throws IOException {
        JsonBuffer out = new JsonBuffer().raw("[1,");
        mapping().text("n").build().encode(only("x".repeat(2_000)), out);
        out.raw("]");
        assertThat(new String(out.copy(0, out.length()), StandardCharsets.UTF_8))
                .isEqualTo("[1,{\"n\":\"" + "x".repeat(2_000) + "\"}]");
    }
}
