// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Ten characters of {@code 0-9A-Z}, the form of a school key, as one {@code long}: six bits each. */
final class PackedKey {

    /** Stands for whatever is not ten such characters. */
    static final long NONE = -1;

    /** How many characters a key of the usual form has. */
    static final int LENGTH = 10;

    private static final byte[] DIGITS = new byte[256];

    /** The highest of the six bits of every digit. */
    private static final long HIGHEST_BITS = 0x820820820820820L;

    private static final long UNUSED_BITS = 0xfL << 60;

    static {
        Arrays.fill(DIGITS, (byte) -1);
        for (int i = 0; i < 10; i++) {
            DIGITS['0' + i] = (byte) i;
        }
        for (int i = 0; i < 26; i++) {
            DIGITS['A' + i] = (byte) (10 + i);
        }
    }

    private PackedKey() {}

    static long pack(byte[] bytes, int from, int to) {
        if (to - from != LENGTH) {
            return NONE;
        }
        // The sign of one wrong digit stays in the key, which is looked at once at the end: no branch for each.
        long key = 0;
        for (int i = 0; i < LENGTH; i++) {
            key = key << 6 | DIGITS[bytes[from + i] & 0xff];
        }
        return key < 0 ? NONE : key;
    }

    static long pack(CharSequence text, int from, int to) {
        if (to - from != LENGTH) {
            return NONE;
        }
        long key = 0;
        for (int i = 0; i < LENGTH; i++) {
            char c = text.charAt(from + i);
            key = key << 6 | (c < DIGITS.length ? DIGITS[c] : -1);
        }
        return key < 0 ? NONE : key;
    }

    /** Whether a number is what {@link #pack} makes of some key: ten digits below 36 and nothing above them. */
    static boolean isKey(long packed) {
        // A digit of 32 or more is too large if one of its bits for 16, 8 and 4 is set, too.
        long tooLarge = packed & (packed << 1 | packed << 2 | packed << 3) & HIGHEST_BITS;
        return (tooLarge | (packed & UNUSED_BITS)) == 0;
    }

    /** The ten characters of a packed key. */
    static String unpack(long key) {
        byte[] text = new byte[LENGTH];
        long rest = key;
        for (int i = LENGTH - 1; i >= 0; i--) {
            int digit = (int) rest & 0x3f;
            text[i] = (byte) (digit < 10 ? '0' + digit : 'A' + digit - 10);
            rest >>>= 6;
        }
        return new String(text, StandardCharsets.ISO_8859_1);
    }
}
