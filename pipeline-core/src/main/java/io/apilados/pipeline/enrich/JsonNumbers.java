// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import java.math.BigDecimal;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which text is a number in JSON (RFC 8259, section 6), and how to write one that is a number elsewhere. */
final class JsonNumbers {

    /** More digits do not fit a {@code long} for certain. */
    private static final int MOST_DIGITS = 18;

    private static final int MOST_CHARACTERS = 64;

    /** In a class of their own, so that they are compiled only where a number is written in another way. */
    private static final class Written {
        /** What people write for a decimal number: a sign, digits before or after a point, an exponent. */
        static final Pattern DECIMAL = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,3})?");

        static final Pattern INTEGER = Pattern.compile("[+-]?\\d+");
    }

    private JsonNumbers() {}

    /** Whether the bytes are a number as JSON has it, without an exponent. */
    static boolean isNumber(byte[] bytes, int from, int to, boolean decimal) {
        int p = from;
        if (p < to && bytes[p] == '-') {
            p++;
        }
        int digits = p;
        while (p < to && bytes[p] >= '0' && bytes[p] <= '9') {
            p++;
        }
        int count = p - digits;
        if (count == 0 || count > MOST_DIGITS || (bytes[digits] == '0' && count > 1)) {
            return false;
        }
        if (p == to) {
            return true;
        }
        if (!decimal || bytes[p] != '.') {
            return false;
        }
        int fraction = ++p;
        while (p < to && bytes[p] >= '0' && bytes[p] <= '9') {
            p++;
        }
        return p == to && p > fraction;
    }

    /** A whole number that is written in another way, as JSON has it; null if it is none. */
    static @Nullable String integer(String text) {
        String stripped = text.strip();
        if (stripped.length() > MOST_CHARACTERS
                || !Written.INTEGER.matcher(stripped).matches()) {
            return null;
        }
        try {
            return Long.toString(Long.parseLong(stripped));
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** A decimal number that is written in another way, as JSON has it; null if it is none that a double holds. */
    static @Nullable String decimal(String text) {
        String stripped = text.strip();
        if (stripped.length() > MOST_CHARACTERS
                || !Written.DECIMAL.matcher(stripped).matches()) {
            return null;
        }
        BigDecimal number = new BigDecimal(stripped);
        return Double.isInfinite(number.doubleValue()) ? null : number.toString();
    }
}
