// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes are text of their charset or they reject their record; they are never made into something else. */
class EncodingTest {

    private static final Charset WINDOWS_1252 = Charset.forName("windows-1252");

    @ParameterizedTest
    @CsvSource({
        "c3, a lead without its second byte",
        "e282, a lead without its third byte",
        "f09f98, a lead without its fourth byte",
        "80, a second byte without a lead",
        "c0af, an overlong slash",
        "c1bf, an overlong delete",
        "e080af, an overlong slash of three bytes",
        "e09fbf, the last overlong of three bytes",
        "f08080af, an overlong slash of four bytes",
        "f08fbfbf, the last overlong of four bytes",
        "eda080, the first surrogate",
        "edbfbf, the last surrogate",
        "f4908080, the first code point after the last",
        "f5808080, a lead beyond the last code point",
        "fe, never in UTF-8",
        "ff, never in UTF-8",
    })
    void invalidUtf8RejectsItsRecordAndNoOther(String hex, String what) throws IOException {
        byte[] bad = HexFormat.of().parseHex(hex);
        for (String quote : List.of("", "\"")) {
            byte[] raw = join(quote, bad, quote + ",x");
            byte[] file = join("h,h\n1,a\n", raw, "\n2,\u00f1\n");

            CsvRecords read = CsvRecords.read(CsvParser.withHeader(), file);

            assertThat(read.codes()).as(what).containsExactly("invalid-encoding");
            assertThat(read.rejected().get(0).position().line()).isEqualTo(3);
            assertThat(read.rejected().get(0).rawCsv()).isEqualTo(raw);
            assertThat(read.values()).containsExactly(List.of("1", "a"), List.of("2", "\u00f1"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"c280", "dfbf", "e0a080", "ed9fbf", "ee8080", "efbfbd", "efbfbf", "f0908080", "f48fbfbf"})
    void theFirstAndLastCodePointsOfEachLengthAreText(String hex) throws IOException {
        byte[] good = HexFormat.of().parseHex(hex);

        CsvRecords read = CsvRecords.read(CsvParser.withHeader(), join("h,h\n1,", good, "\n"));

        assertThat(read.rejected()).isEmpty();
        assertThat(read.values().get(0).get(1).getBytes(StandardCharsets.UTF_8)).isEqualTo(good);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\\u00ff,x", "\"\\\u00ff\",x", "x,a\\\u00ff\\\\", "\"\\\"\u00ff\",x"})
    void anEscapeBeforeAnInvalidByteDoesNotHideIt(String row) throws IOException {
        CsvParser escaping = CsvParser.withHeader().dialect(CsvDialect.RFC_4180.withEscape('\\'));
        byte[] file = ("h,h\n1,a\n" + row + "\n2,b\n").getBytes(StandardCharsets.ISO_8859_1);

        CsvRecords read = CsvRecords.read(escaping, file);

        assertThat(read.codes()).containsExactly("invalid-encoding");
        assertThat(CsvRecords.latin(read.rejected().get(0).rawCsv())).isEqualTo('"' + row.replace("\"", "\"\"") + '"');
        assertThat(read.values()).containsExactly(List.of("1", "a"), List.of("2", "b"));
    }

    @Test
    void everyByteOfLatin1IsText() throws IOException {
        for (int b = 0x80; b <= 0xff; b++) {
            byte[] file = join("h\n", new byte[] {(byte) b}, "\n");

            CsvRecords read = CsvRecords.read(CsvParser.withHeader().charset(StandardCharsets.ISO_8859_1), file);

            assertThat(read.values()).containsExactly(List.of(String.valueOf((char) b)));
        }
    }

    @Test
    void theFiveUndefinedBytesOfWindows1252RejectTheirRecord() throws IOException {
        List<Integer> undefined = List.of(0x81, 0x8d, 0x8f, 0x90, 0x9d);
        for (int b = 0x80; b <= 0xff; b++) {
            byte[] file = join("h\n", new byte[] {(byte) b}, "\nlast\n");

            CsvRecords read = CsvRecords.read(CsvParser.withHeader().charset(WINDOWS_1252), file);

            assertThat(read.codes().equals(List.of("invalid-encoding"))).isEqualTo(undefined.contains(b));
            assertThat(read.values()).doesNotContain(List.of("\ufffd")).endsWith(List.of("last"));
        }
        CsvRecords euro = CsvRecords.read(
                CsvParser.withHeader().charset(WINDOWS_1252), join("h\n", new byte[] {(byte) 0x80}, ""));
        assertThat(euro.values()).containsExactly(List.of("\u20ac"));
    }

    @Test
    void agreesWithTheDecoderOfTheJdkOnRandomBytes() {
        Random random = new Random(3);
        TextEncoding utf8 = TextEncoding.of(StandardCharsets.UTF_8);
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        int valid = 0;
        for (int i = 0; i < 200_000; i++) {
            byte[] bytes = nearlyUtf8(random);
            boolean expected = decodes(decoder, bytes);
            byte[] within = join("\u00f1", bytes, "\u00f1");

            assertThat(isText(utf8, within, 2, within.length - 2))
                    .as(HexFormat.of().formatHex(bytes))
                    .isEqualTo(expected);
            valid += expected ? 1 : 0;
        }
        assertThat(valid).isBetween(20_000, 180_000);
    }

    private static boolean isText(TextEncoding encoding, byte[] bytes, int from, int to) {
        int i = from;
        while (i >= 0 && i < to) {
            int end = bytes[i] < 0 ? encoding.endOfCharacter(bytes, i, to) : i;
            i = end < 0 ? -1 : end + 1;
        }
        return i == to;
    }

    @Test
    void onlyUtf8AndOneByteExtensionsOfAsciiAreAccepted() {
        CsvParser parser = CsvParser.withHeader();
        List<Charset> framed =
                List.of(StandardCharsets.UTF_8, StandardCharsets.ISO_8859_1, StandardCharsets.US_ASCII, WINDOWS_1252);
        assertThat(framed)
                .allSatisfy(charset -> assertThat(parser.charset(charset)).isNotNull());

        for (String name : List.of("UTF-16", "UTF-16LE", "UTF-32", "Shift_JIS", "GB18030", "ISO-2022-JP", "IBM037")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> parser.charset(Charset.forName(name)))
                    .withMessageContaining(name)
                    .withMessageContaining("convert the file");
        }
    }

    @Test
    void theByteOrderMarkIsDroppedOnceAndOnlyAtTheStart() throws IOException {
        CsvRecords read = CsvRecords.read(CsvParser.withHeader(), "\ufeff\ufeffa,b\n\ufeff1,2\n");

        assertThat(read.columns()).containsExactly("\ufeffa", "b");
        assertThat(read.values()).containsExactly(List.of("\ufeff1", "2"));
        assertThat(read.rows().get(0).position().byteOffset()).isEqualTo(10);
    }

    @Test
    void theBytesOfTheMarkAreTextInAnotherCharset() throws IOException {
        CsvParser latin1 = CsvParser.withHeader().charset(StandardCharsets.ISO_8859_1);

        assertThat(CsvRecords.read(latin1, "\ufeffa\n").columns()).containsExactly("\u00ef\u00bb\u00bfa");
    }

    @Test
    void theByteOrderMarkIsNoPartOfTheFirstRowWhereTheColumnsAreGiven() throws IOException {
        CsvParser parser = CsvParser.withColumns(List.of("a"));

        assertThat(CsvRecords.read(parser, "\ufeff").rows()).isEmpty();
        assertThat(CsvRecords.read(parser, "\ufeff\"1\"\n").values()).containsExactly(List.of("1"));
        assertThat(CsvRecords.read(parser, "12").values()).containsExactly(List.of("12"));
    }

    @Test
    void aHeaderThatIsNotTextIsAnErrorThatDoesNotShowIt() {
        byte[] file = join("\nsecret", new byte[] {(byte) 0xff}, "\n1\n");

        assertThatThrownBy(() -> CsvRecords.read(CsvParser.withHeader(), file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("memory line 2")
                .hasMessageContaining("UTF-8")
                .hasMessageNotContaining("secret");
    }

    private static boolean decodes(CharsetDecoder decoder, byte[] bytes) {
        try {
            CharBuffer unused = decoder.decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /** From 1 to 6 bytes; leads are followed by as many bytes as they ask for more often than by chance. */
    private static byte[] nearlyUtf8(Random random) {
        byte[] bytes = new byte[1 + random.nextInt(6)];
        for (int i = 0; i < bytes.length; i++) {
            int kind = random.nextInt(8);
            int b = random.nextInt(256);
            bytes[i] = (byte) (kind < 3 ? b : kind < 7 ? 0x80 | (b & 0x3f) : b & 0x7f);
        }
        return random.nextInt(3) == 0 ? codePointDamaged(random) : bytes;
    }

    private static byte[] codePointDamaged(Random random) {
        byte[] bytes = Character.toString(random.nextInt(0x110000)).getBytes(StandardCharsets.UTF_8);
        if (random.nextBoolean()) {
            bytes[random.nextInt(bytes.length)] += (byte) (1 - random.nextInt(3));
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, Math.max(1, bytes.length - 1)) : bytes;
    }

    private static byte[] join(String before, byte[] bytes, String after) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(before.getBytes(StandardCharsets.UTF_8));
        out.writeBytes(bytes);
        out.writeBytes(after.getBytes(StandardCharsets.UTF_8));
        return out.toByteArray();
    }
}
