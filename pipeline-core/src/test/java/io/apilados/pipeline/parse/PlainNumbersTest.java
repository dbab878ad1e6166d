// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainNumbersTest {

    private static final int CASES = 200_000;

    private static long integer(String text) {
        byte[] bytes = (";" + text + ";").getBytes(StandardCharsets.ISO_8859_1);
        return PlainNumbers.integer(bytes, 1, bytes.length - 1);
    }

    private static double decimal(String text) {
        byte[] bytes = ("7" + text + "7").getBytes(StandardCharsets.ISO_8859_1);
        return PlainNumbers.decimal(bytes, 1, bytes.length - 1);
    }

    private static String digits(Random random, int count) {
        StringBuilder digits = new StringBuilder();
        for (int i = 0; i < count; i++) {
            digits.append((char) ('0' + random.nextInt(10)));
        }
        return digits.toString();
    }

    private static String sign(Random random) {
        return new String[] {"", "-", "+"}[random.nextInt(3)];
    }

    @Test
    void aWholeNumberIsWhatJavaReads() {
        Random random = new Random(1);
        for (int i = 0; i < CASES; i++) {
            String text = sign(random) + digits(random, 1 + random.nextInt(9));
            assertThat(integer(text)).as(text).isEqualTo(Integer.parseInt(text));
        }
    }

    @Test
    void aDecimalNumberIsToTheLastBitWhatJavaReads() {
        Random random = new Random(2);
        for (int i = 0; i < CASES; i++) {
            int whole = random.nextInt(16);
            int fraction = random.nextInt(16 - whole);
            String text = sign(random) + digits(random, whole) + (fraction > 0 ? "." + digits(random, fraction) : "");
            if (whole + fraction > 0) {
                assertThat(Double.doubleToRawLongBits(decimal(text)))
                        .as(text)
                        .isEqualTo(Double.doubleToRawLongBits(Double.parseDouble(text)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-", "+", "--1", "1-", "1 ", " 1", "a", "1a", "0x1", "1234567890", "\u00b9"})
    void leavesAnyOtherWholeNumberToOthers(String text) {
        assertThat(integer(text)).isEqualTo(PlainNumbers.NONE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "+",
                ".",
                "-.",
                "1.",
                "1..2",
                "1.2.3",
                "1e3",
                "NaN",
                "1d",
                "1234567890123456",
                "1,5",
                " 1",
                "0.1234567890123456"
            })
    void leavesAnyOtherDecimalNumberToOthers(String text) {
        assertThat(decimal(text)).isNaN();
    }
}
