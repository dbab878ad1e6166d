// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;

/**
 * Whether the live set grows without end, with the figures it was judged by.
 *
 * @param verdict the judgement
 * @param bytesPerSecond how fast the live set grows: the median slope between any two parts of the window; below zero if
 *     it shrinks, 0 without data
 * @param growthBytes that slope over the time for which there is data
 * @param risingShare of all pairs of parts of the window, the share in which the later is higher, 0 to 1
 * @param fit how much of the variance a straight line explains, 0 to 1
 * @param window how far back was looked; zero without data
 * @param collections how many collections of the old generation it rests on
 */
public record LeakVerdict(
        Verdict verdict,
        double bytesPerSecond,
        long growthBytes,
        double risingShare,
        double fit,
        Duration window,
        int collections) {

    /** The judgement. */
    public enum Verdict {
        /** Too few collections of the old generation to tell; a process that needs none is no suspect. */
        INSUFFICIENT_DATA,
        /** It does not grow, or by little, or ceases to. */
        STABLE,
        /** It has grown over a whole window: a leak, or a cache that fills. */
        GROWING,
        /** It has gone on growing. Take a heap dump, or let JFR sample old objects, to see what holds the memory. */
        SUSPECTED_LEAK
    }

    /** The verdict before there is data. */
    static final LeakVerdict UNKNOWN = new LeakVerdict(Verdict.INSUFFICIENT_DATA, 0, 0, 0, 0, Duration.ZERO, 0);
}
