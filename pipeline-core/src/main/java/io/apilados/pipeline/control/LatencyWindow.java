// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.util.Arrays;

/** What came back since a limit last moved: the latency in the middle and how sure it is, goodput and refusals. */
final class LatencyWindow {

    /** Fewest samples; the median of fewer says little. */
    private static final int MIN_SAMPLES = 8;

    /** A median this sure, as a share of itself, is taken as it is; so is one of {@link #MANY_SAMPLES}. */
    private static final double PRECISE = 0.07;

    private static final int MANY_SAMPLES = 100;

    /** How many times its slow latencies a window lasts: sooner, only the fast ones have come back. */
    private static final double SLOW_LATENCIES = 2;

    private static final double SLOW_QUANTILE = 0.9;

    /** The standard deviation of a normal sample is its interquartile range over this. */
    private static final double QUARTILES_TO_DEVIATION = 1.349;

    /** The standard error of a normal sample's median is this times that of its mean: the root of half of pi. */
    private static final double MEDIAN_ERROR = 1.2533;

    private long[] latencies = new long[64];
    private int samples;
    private int drops;
    private int nextLook;
    private long begun;
    private boolean limitReached;

    /** How many times as long as those compared the latest work took. */
    private double stretch = 1;

    /** In units of the work compared. */
    private double done;

    void clear() {
        samples = 0;
        drops = 0;
        done = 0;
        nextLook = 0;
        limitReached = false;
    }

    /** @param scale how many times as long as the work compared this takes */
    void add(long startNanos, long endNanos, double scale, boolean dropped, boolean atLimit) {
        if (samples + drops == 0) {
            begun = startNanos;
        }
        limitReached |= atLimit;
        if (dropped) {
            drops++;
            return;
        }
        if (samples == latencies.length) {
            latencies = Arrays.copyOf(latencies, 2 * samples);
        }
        latencies[samples++] = (long) ((endNanos - startNanos) / scale);
        stretch = scale;
        done += scale;
    }

    /**
     * Whether there is enough to look at: as many samples as are let in flight, over one latency. Looks come every few
     * samples, for each look sorts.
     */
    boolean isDue(long now, int limit) {
        if (samples + drops < Math.max(Math.max(MIN_SAMPLES, limit), nextLook)) {
            return false;
        }
        Arrays.sort(latencies, 0, samples);
        if (samples > 0 && now - begun < stretch * median()) {
            return false;
        }
        nextLook = samples + drops + MIN_SAMPLES;
        return true;
    }

    /** Whether slow work had its time to come back too. */
    boolean isLong(long now) {
        return now - begun >= SLOW_LATENCIES * stretch * quantile(SLOW_QUANTILE);
    }

    boolean isPrecise(int limit) {
        return samples >= Math.max(MANY_SAMPLES, limit) || error() <= PRECISE;
    }

    /** Of the work that was served, at least one; as of the last look. */
    long median() {
        return quantile(0.5);
    }

    private long quantile(double share) {
        return samples == 0 ? 0 : latencies[(int) (samples * share)];
    }

    /** The standard error of the median as a share of it, from the quartiles, as if latencies were lognormal. */
    double error() {
        double spread = Math.log((double) quantile(0.75) / Math.max(1, quantile(0.25)));
        return MEDIAN_ERROR * spread / QUARTILES_TO_DEVIATION / Math.sqrt(samples);
    }

    /** Work served each nanosecond. */
    double goodput(long now) {
        return done / Math.max(1, now - begun);
    }

    int answers() {
        return samples + drops;
    }

    int drops() {
        return drops;
    }

    double droppedShare() {
        return (double) drops / (drops + samples);
    }

    boolean limitReached() {
        return limitReached;
    }
}
