// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Eight bytes at a time, in a {@code long}: the first byte stands lowest. */
final class Words {

    /** One in each byte. */
    static final long ONES = 0x0101010101010101L;

    /** The highest bit of each byte. */
    static final long HIGHS = 0x8080808080808080L;

    /** All other bits. */
    static final long LOWS = ~HIGHS;

    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Times a word that holds 0 or 1 in each byte it has these bits in its highest byte, the first one's lowest. */
    private static final long GATHER = 0x0102040810204080L;

    private Words() {}

    /** The eight bytes from {@code p} on. */
    static long at(byte[] bytes, int p) {
        return (long) WORDS.get(bytes, p);
    }

    /** The highest bit of each byte that is zero in {@code word} (Warren, Hacker's Delight, 2nd ed., section 6-1). */
    static long zeros(long word) {
        return ~(((word & LOWS) + LOWS) | word) & HIGHS;
    }

    /** The highest bits of the eight bytes as the lowest eight of a number; no other bit may be set. */
    static long gathered(long highs) {
        return ((highs >>> 7) * GATHER) >>> 56;
    }

    /** All bits of the bytes of a word that come at or after {@code p}, where the word begins at a multiple of eight. */
    static long from(int p) {
        return -1L << (p << 3);
    }
}
