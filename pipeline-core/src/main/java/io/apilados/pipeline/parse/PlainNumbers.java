// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

/** Reads numbers from bytes where they are written as nearly all are: digits of ASCII, with a sign and a point. */
final class PlainNumbers {

    /** What {@link #integer} returns for anything else. */
    static final long NONE = Long.MIN_VALUE;

    /** So many digits fit an {@code int} whatever they are. */
    private static final int MOST_INTEGER_DIGITS = 9;

    /**
     * So many digits fit the 53 bits of a {@code double}'s fraction whatever they are. As powers of ten up to the 22nd do,
     * too, one division rounds right: W. D. Clinger, How to Read Floating Point Numbers Accurately, 1990.
     */
    private static final int MOST_DECIMAL_DIGITS = 15;

    private static final double[] POWERS_OF_TEN = new double[MOST_DECIMAL_DIGITS + 1];

    static {
        double power = 1;
        for (int i = 0; i < POWERS_OF_TEN.length; i++) {
            POWERS_OF_TEN[i] = power;
            power *= 10;
        }
    }

    private PlainNumbers() {}

    /** A whole number; {@link #NONE} if it is none, or written in another way. */
    static long integer(byte[] bytes, int from, int to) {
        int first = from < to && isSign(bytes[from]) ? from + 1 : from;
        int count = to - first;
        if (count < 1 || count > MOST_INTEGER_DIGITS) {
            return NONE;
        }
        int number = 0;
        for (int i = first; i < to; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return NONE;
            }
            number = 10 * number + digit;
        }
        return bytes[from] == '-' ? -number : number;
    }

    /** A decimal number, as {@link Double#parseDouble} has it; not a number if it is none, or written in another way. */
    static double decimal(byte[] bytes, int from, int to) {
        int first = from < to && isSign(bytes[from]) ? from + 1 : from;
        int afterPoint = to;
        int count = 0;
        long digits = 0;
        for (int i = first; i < to; i++) {
            int digit = bytes[i] - '0';
            if (digit >= 0 && digit <= 9 && count < MOST_DECIMAL_DIGITS) {
                digits = 10 * digits + digit;
                count++;
            } else if (bytes[i] == '.' && afterPoint == to && i + 1 < to) {
                afterPoint = i + 1;
            } else {
                return Double.NaN;
            }
        }
        if (count == 0) {
            return Double.NaN;
        }
        double number = digits / POWERS_OF_TEN[to - afterPoint];
        return bytes[from] == '-' ? -number : number;
    }

    private static boolean isSign(byte b) {
        return b == '-' || b == '+';
    }
}
