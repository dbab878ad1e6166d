// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import io.apilados.pipeline.control.LeakVerdict.Verdict;
import java.time.Duration;
import java.util.Arrays;

/**
 * One time scale of the {@link LeakDetector}: the last seven parts of equal length, the lowest live set seen in each, and
 * a judgement whenever a part ends. Confined to one thread.
 */
final class LeakWindow {

    static final int PARTS = 7;

    /** A line needs points, and time between the first and the last. */
    private static final int LEAST_FILLED = 4;

    private static final int LEAST_SPAN = PARTS - 2;

    /** Below either, growth is noise. */
    private static final long LEAST_GROWTH = 8L << 20;

    private static final double LEAST_GROWTH_SHARE = 0.10;

    private static final double RISING_PAIRS = 0.80;

    /**
     * So much of the variance has to be explained by a straight line that rises (R squared): of noise, seven parts do that
     * once in 300 times. Four would do it once in 19, and have to be nearer to the line: once in 80.
     */
    private static final double FIT = 0.80;

    private static final double FIT_OF_FEW = 0.95;
    private static final int FEW_PAIRS = LEAST_FILLED * (LEAST_FILLED - 1) / 2;

    /** A cache that fills up slows down: of late the live set must have grown at so much of the pace of the whole. */
    private static final double LATE_PACE = 0.5;

    private static final int LATE_PARTS = 4;

    /** How many windows in a row, each a part later than the one before. */
    private static final int TO_SUSPECT = 2;

    private static final long EMPTY = Long.MAX_VALUE;

    private final long partNanos;
    private final long[] lowest = new long[PARTS];
    private final int[] collections = new int[PARTS];
    private final double[] slopes = new double[PARTS * (PARTS - 1) / 2];
    private boolean begun;
    private long partStart;
    private long current = EMPTY;
    private int currentCollections;
    private int growing;
    private LeakVerdict verdict = LeakVerdict.UNKNOWN;

    LeakWindow(Duration part) {
        this.partNanos = part.toNanos();
        Arrays.fill(lowest, EMPTY);
    }

    LeakVerdict verdict() {
        return verdict;
    }

    void add(long nanos, long liveSet) {
        pass(nanos);
        if (!begun) {
            begun = true;
            partStart = nanos;
        }
        current = Math.min(current, liveSet);
        currentCollections++;
    }

    /** Time has passed, whether or not anything was collected. */
    void pass(long nanos) {
        if (!begun) {
            return;
        }
        long parts = (nanos - partStart) / partNanos;
        for (long i = 0; i < Math.min(parts, PARTS + 1); i++) {
            endPart();
        }
        partStart += parts * partNanos;
    }

    private void endPart() {
        System.arraycopy(lowest, 1, lowest, 0, PARTS - 1);
        System.arraycopy(collections, 1, collections, 0, PARTS - 1);
        lowest[PARTS - 1] = current;
        collections[PARTS - 1] = currentCollections;
        boolean news = current != EMPTY;
        current = EMPTY;
        currentCollections = 0;
        judge(news);
    }

    private void judge(boolean news) {
        int first = oldestOf(PARTS);
        int filled = filledFrom(first);
        if (filled == 0) {
            // Nothing is known any more, so it begins anew with the next collection.
            begun = false;
        }
        if (filled < LEAST_FILLED) {
            growing = 0;
            verdict = LeakVerdict.UNKNOWN;
        } else if (news && PARTS - 1 - first >= LEAST_SPAN) {
            judge(first);
        }
    }

    private void judge(int first) {
        int pairs = slopesFrom(first);
        double rising = risingShare(pairs);
        double slope = median(pairs);
        double growth = slope * (PARTS - 1 - first);
        double late = median(slopesFrom(oldestOf(LATE_PARTS)));
        double fit = fitFrom(first);
        boolean matters = growth >= LEAST_GROWTH && growth >= LEAST_GROWTH_SHARE * lowest[PARTS - 1];
        boolean line = rising >= RISING_PAIRS && fit >= (pairs > FEW_PAIRS ? FIT : FIT_OF_FEW);
        growing = matters && line && late >= LATE_PACE * slope ? growing + 1 : 0;
        Verdict said = growing == 0 ? Verdict.STABLE : growing < TO_SUSPECT ? Verdict.GROWING : Verdict.SUSPECTED_LEAK;
        verdict = new LeakVerdict(
                said,
                slope * 1e9 / partNanos,
                (long) growth,
                rising,
                fit,
                Duration.ofNanos(partNanos * PARTS),
                Arrays.stream(collections).sum());
    }

    /** The place of the oldest of the last {@code parts} that hold something; that of the oldest at all if they are fewer. */
    private int oldestOf(int parts) {
        int place = PARTS;
        int seen = 0;
        for (int i = PARTS - 1; i >= 0 && seen < parts; i--) {
            if (lowest[i] != EMPTY) {
                place = i;
                seen++;
            }
        }
        return place;
    }

    private int filledFrom(int first) {
        int filled = 0;
        for (int i = first; i < PARTS; i++) {
            filled += lowest[i] == EMPTY ? 0 : 1;
        }
        return filled;
    }

    /** Writes down the slope of every pair from {@code first} on, in bytes a part. */
    private int slopesFrom(int first) {
        int pairs = 0;
        for (int i = first; i < PARTS; i++) {
            for (int j = i + 1; j < PARTS; j++) {
                if (lowest[i] != EMPTY && lowest[j] != EMPTY) {
                    slopes[pairs++] = (double) (lowest[j] - lowest[i]) / (j - i);
                }
            }
        }
        return pairs;
    }

    private double risingShare(int pairs) {
        int rising = 0;
        for (int i = 0; i < pairs; i++) {
            rising += slopes[i] > 0 ? 1 : 0;
        }
        return (double) rising / pairs;
    }

    /** The square of the correlation of place and live set. */
    private double fitFrom(int first) {
        int n = 0;
        double sumX = 0;
        double sumY = 0;
        for (int i = first; i < PARTS; i++) {
            if (lowest[i] != EMPTY) {
                n++;
                sumX += i;
                sumY += lowest[i];
            }
        }
        double xx = 0;
        double yy = 0;
        double xy = 0;
        for (int i = first; i < PARTS; i++) {
            if (lowest[i] != EMPTY) {
                double x = i - sumX / n;
                double y = lowest[i] - sumY / n;
                xx += x * x;
                yy += y * y;
                xy += x * y;
            }
        }
        return yy > 0 ? xy * xy / (xx * yy) : 0;
    }

    private double median(int pairs) {
        Arrays.sort(slopes, 0, pairs);
        return (slopes[(pairs - 1) / 2] + slopes[pairs / 2]) / 2;
    }
}
