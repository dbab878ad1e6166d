// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.enrich;

import java.nio.charset.StandardCharsets;

/** Ten characters of 0-9 and A-Z as one number, as a service does it that uses somebody's map or cache of numbers. */
final class PackedKeys {

    static final int KEY_BYTES = 10;

    private static final byte[] DIGITS = new byte[128];

    static {
        for (char c = '0'; c <= '9'; c++) {
            DIGITS[c] = (byte) (c - '0' + 1);
        }
        for (char c = 'A'; c <= 'Z'; c++) {
            DIGITS[c] = (byte) (c - 'A' + 11);
        }
    }

    private PackedKeys() {}

    /** The number; -1 if another character is among them. */
    static long pack(byte[] bytes, int from) {
        long key = 0;
        for (int i = from; i < from + KEY_BYTES; i++) {
            int c = bytes[i];
            int digit = c < 0 ? 0 : DIGITS[c];
            if (digit == 0) {
                return -1;
            }
            key = key << 6 | digit - 1;
        }
        return key;
    }

    static long pack(String key) {
        return pack(key.getBytes(StandardCharsets.US_ASCII), 0);
    }

    /** The key as a string, as one needs it for a map of strings. */
    static String text(byte[] bytes, int from) {
        return new String(bytes, from, KEY_BYTES, StandardCharsets.ISO_8859_1);
    }
}
