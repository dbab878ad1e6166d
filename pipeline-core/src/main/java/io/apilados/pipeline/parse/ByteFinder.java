// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

/**
 * Finds the next byte that means something to a scan of a dialect, eight bytes at a time. A word holds a byte of value
 * {@code v} where {@code w ^ (v repeated)} has a zero byte; the test for one is that of Mycroft, exact for the lowest
 * zero byte (Warren, Hacker's Delight, 2nd ed., section 6-1). Immutable.
 */
final class ByteFinder {

    private static final long LINE_FEEDS = Words.ONES * '\n';
    private static final long RETURNS = Words.ONES * '\r';

    private final boolean escapes;
    private final byte quote;
    private final byte escape;
    private final long quotes;
    private final long escapeWords;
    private final byte delimiter;
    private final long delimiters;

    ByteFinder(CsvDialect dialect) {
        Character q = dialect.quote();
        Character e = dialect.escape();
        // What a dialect does not have is looked for as a line feed, which is looked for anyway.
        quote = q == null ? (byte) '\n' : (byte) q.charValue();
        escape = e == null ? quote : (byte) e.charValue();
        escapes = e != null;
        quotes = Words.ONES * quote;
        escapeWords = Words.ONES * escape;
        delimiter = (byte) dialect.delimiter();
        delimiters = Words.ONES * delimiter;
    }

    /** The place of the next line feed, carriage return, quote or escape; {@code to} if there is none before it. */
    int next(byte[] b, int from, int to) {
        return next(b, from, to, quote, quotes);
    }

    /** The place of the next delimiter, line feed, carriage return or escape; {@code to} if there is none before it. */
    int nextInField(byte[] b, int from, int to) {
        return next(b, from, to, delimiter, delimiters);
    }

    private int next(byte[] b, int from, int to, byte one, long ones) {
        int p = from;
        int lastWord = to - Long.BYTES;
        while (p <= lastWord) {
            long w = Words.at(b, p);
            long lf = w ^ LINE_FEEDS;
            long cr = w ^ RETURNS;
            long o = w ^ ones;
            long hit = ((lf - Words.ONES) & ~lf) | ((cr - Words.ONES) & ~cr) | ((o - Words.ONES) & ~o);
            if (escapes) {
                long e = w ^ escapeWords;
                hit |= (e - Words.ONES) & ~e;
            }
            hit &= Words.HIGHS;
            if (hit != 0) {
                return p + (Long.numberOfTrailingZeros(hit) >>> 3);
            }
            p += Long.BYTES;
        }
        while (p < to && b[p] != '\n' && b[p] != '\r' && b[p] != one && !(escapes && b[p] == escape)) {
            p++;
        }
        return p;
    }

    /** The place of the next quote or escape of a dialect that has quotes; {@code to} if there is none before it. */
    int nextInQuotes(byte[] b, int from, int to) {
        int p = from;
        int lastWord = to - Long.BYTES;
        while (p <= lastWord) {
            long w = Words.at(b, p);
            long q = w ^ quotes;
            long e = w ^ escapeWords;
            long hit = (((q - Words.ONES) & ~q) | ((e - Words.ONES) & ~e)) & Words.HIGHS;
            if (hit != 0) {
                return p + (Long.numberOfTrailingZeros(hit) >>> 3);
            }
            p += Long.BYTES;
        }
        while (p < to && b[p] != quote && b[p] != escape) {
            p++;
        }
        return p;
    }
}
