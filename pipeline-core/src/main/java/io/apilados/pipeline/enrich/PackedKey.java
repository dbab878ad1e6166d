// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import java.util.Arrays;

/** Ten characters of {@code 0-9A-Z}, the form of a school key, as one {@code long}: six bits each. */
final class PackedKey {

    /** Stands for whatever is not ten such characters. */
    static final long NONE = -1;

    private static final int LENGTH = 10;
    private static final byte[] DIGITS = new byte[128];

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
        long key = 0;
        for (int i = from; i < to; i++) {
            int c = bytes[i];
            int digit = c < 0 ? -1 : DIGITS[c];
            if (digit < 0) {
                return NONE;
            }
            key = key << 6 | digit;
        }
        return key;
    }

    static long pack(CharSequence text, int from, int to) {
        if (to - from != LENGTH) {
            return NONE;
        }
        long key = 0;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            int digit = c >= DIGITS.length ? -1 : DIGITS[c];
            if (digit < 0) {
                return NONE;
            }
            key = key << 6 | digit;
        }
        return key;
    }
}
