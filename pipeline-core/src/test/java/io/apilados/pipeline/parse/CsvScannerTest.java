// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is found by words of eight bytes is what is found a byte at a time. */
class CsvScannerTest {

    private static final int CASES = 60_000;

    /** Pieces of files, as bytes in ISO-8859-1: whole characters of UTF-8, and parts of some. */
    private static final String[] PIECES = {
        ",",
        ",",
        ",",
        ",,",
        ";",
        "|",
        "\t",
        "a",
        "bc",
        "Querétaro",
        "0123456789",
        " ",
        "\"",
        "\"\"",
        "'",
        "\\",
        "\u0001",
        "\u007f",
        "\r\n",
        "\r",
        "\n",
        "\u00c3\u00a9",
        "\u00e2\u0082\u00ac",
        "\u00e0\u00a4\u0085",
        "\u00ed\u0095\u009c",
        "\u00f0\u009f\u0098\u0080",
        "\u00c0\u00af",
        "\u00c1\u0081",
        "\u00e0\u0080\u00af",
        "\u00ed\u00a0\u0080",
        "\u00f4\u0090\u0080\u0080",
        "\u00c3",
        "\u00a9",
        "\u00e2\u0082",
        "\u00ff",
        "\u0081"
    };

    private static byte[] bytes(Random random, int start, int limit) {
        byte[] all = new byte[limit + ByteWindow.BEYOND];
        random.nextBytes(all);
        // Few kinds of pieces in one record: with all of them hardly any would get far.
        int kinds = 1 + random.nextInt(4);
        String[] chosen = new String[kinds + 1];
        chosen[0] = ",";
        for (int i = 1; i < chosen.length; i++) {
            chosen[i] = PIECES[random.nextInt(PIECES.length)];
        }
        int p = start;
        while (p < limit) {
            byte[] piece = chosen[random.nextInt(chosen.length)].getBytes(StandardCharsets.ISO_8859_1);
            int length = Math.min(piece.length, limit - p);
            System.arraycopy(piece, 0, all, p, length);
            p += length;
        }
        if (limit > start && random.nextBoolean()) {
            all[start + random.nextInt(limit - start)] = '\n';
        }
        all[limit] = '\n';
        return all;
    }

    private static String described(CsvScanner scanner, int next, byte[] bytes) {
        StringBuilder text = new StringBuilder();
        text.append("next ").append(next).append(", lines ").append(scanner.lines);
        text.append(", inside quotes ").append(scanner.insideQuotes);
        if (next == CsvScanner.BROKEN || scanner.insideQuotes) {
            return text.append(", broken at ").append(scanner.brokenField).toString();
        }
        if (next == CsvScanner.NEED_MORE) {
            return text.toString();
        }
        text.append(", text ").append(scanner.isText());
        text.append(", bare quotes ").append(scanner.bareQuotes());
        text.append(", end ").append(scanner.end).append(": ");
        for (int i = 0; i < scanner.fields; i++) {
            int from = scanner.from[i];
            int to = scanner.to[i];
            int flag = scanner.flags[i];
            if ((flag & CsvRow.MAY_BE_WIDE) != 0) {
                flag -= CsvRow.MAY_BE_WIDE;
                for (int p = from; p < to; p++) {
                    flag |= bytes[p] < 0 ? CsvRow.WIDE : 0;
                }
            }
            text.append(from).append('-').append(to).append('/').append(flag).append(' ');
        }
        return text.toString();
    }

    @ParameterizedTest
    @CsvSource(value = {"44,34", "59,34", "9,34", "44,0", "92,34"})
    void findsTheSameByWordsAsByBytes(int delimiter, int quote) {
        CsvDialect dialect =
                CsvDialect.RFC_4180.withDelimiter((char) delimiter).withQuote(quote == 0 ? null : (char) quote);
        TextEncoding encoding = TextEncoding.of(StandardCharsets.UTF_8);
        CsvScanner byWords = new CsvScanner(dialect, encoding, true);
        CsvScanner byBytes = new CsvScanner(dialect, encoding, false);
        Random random = new Random(delimiter + quote);
        for (int i = 0; i < CASES; i++) {
            int start = random.nextInt(20);
            int limit = start + random.nextInt(i % 50 == 0 ? 1000 : 200);
            boolean last = random.nextBoolean();
            byte[] bytes = bytes(random, start, limit);
            byte[] before = bytes.clone();

            String expected = described(byBytes, byBytes.scan(bytes, start, limit, last), bytes);
            String found = described(byWords, byWords.scan(bytes, start, limit, last), bytes);

            assertThat(found)
                    .as("%s from %d to %d", Arrays.toString(bytes), start, limit)
                    .isEqualTo(expected);
            assertThat(bytes).isEqualTo(before);
        }
    }
}
