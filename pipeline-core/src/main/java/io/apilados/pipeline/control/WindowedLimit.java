// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.util.Arrays;

/**
 * Finds the limit at which the destination just begins to queue.
 *
 * <p>Why this shape: a limit judged by single samples chases noise, and one that grows until something breaks fills the
 * destination's queue first (AIMD) or never notices refusals (gradient). Here samples are gathered in windows, and only
 * those count that began after the limit last moved, because earlier ones measured another limit. The median of a
 * window against the best median of late gives the length of the queue, {@code q = L (1 - R0 / R)}, as in TCP Vegas
 * (Brakmo and Peterson, 1995); the band in which it is left alone widens with the logarithm of the limit. Refusals
 * shrink the limit whatever the latency says, and the place where they began is remembered as a ceiling for a while.
 *
 * <p>The best median goes stale when the destination slows down for good, and a queue that never drains hides it; so
 * now and then one window runs at half the limit.
 */
final class WindowedLimit implements ConcurrencyLimit {

    /** Fewest samples in a window; the median of fewer says little. */
    private static final int MIN_SAMPLES = 8;

    /** How many windows the best median is taken over. */
    private static final int REMEMBERED_WINDOWS = 60;

    /** How many windows pass between two looks at half the limit, and for how many a ceiling is remembered. */
    private static final int PROBE_EVERY = 40;

    private static final double QUEUE_LOW = 1.5;
    private static final double QUEUE_HIGH = 3.5;
    private static final double DROPPED_SHARE = 0.02;
    private static final double DROPPED_SHARE_SEVERE = 0.30;

    private final int min;
    private final int max;

    private double limit;
    private double ceiling;
    private int ceilingWindows;
    private boolean slowStart = true;
    private double goodputBefore;
    private double limitBefore;

    private long changedAt = Long.MIN_VALUE;
    private long windowStart = Long.MIN_VALUE;
    private long[] latencies = new long[64];
    private int samples;
    private int drops;
    private boolean limitReached;

    private final long[] medians = new long[REMEMBERED_WINDOWS];
    private int windows;
    private int windowsToProbe = PROBE_EVERY;
    private double limitBeforeProbe;

    WindowedLimit(int min, int initial, int max) {
        if (min < 1 || initial < min || max < initial) {
            throw new IllegalArgumentException("adaptive concurrency was " + min + ":" + initial + ":" + max
                    + " but it must be min:initial:max with 1 <= min <= initial <= max");
        }
        this.min = min;
        this.max = max;
        this.limit = initial;
        this.ceiling = max;
    }

    @Override
    public int limit() {
        return (int) limit;
    }

    @Override
    public int maxLimit() {
        return max;
    }

    @Override
    public void onSample(long startNanos, long endNanos, int inFlight, boolean dropped) {
        if (startNanos < changedAt) {
            return;
        }
        if (windowStart == Long.MIN_VALUE) {
            windowStart = startNanos;
        }
        limitReached |= inFlight >= limit();
        if (dropped) {
            drops++;
        } else {
            if (samples == latencies.length) {
                latencies = Arrays.copyOf(latencies, 2 * samples);
            }
            latencies[samples++] = endNanos - startNanos;
        }
        int wanted = Math.max(MIN_SAMPLES, limit());
        if (samples + drops >= wanted && (samples == 0 || endNanos - windowStart >= median())) {
            endWindow(endNanos);
        }
    }

    private void endWindow(long now) {
        double before = limit;
        if (ceilingWindows > 0 && --ceilingWindows == 0) {
            ceiling = max;
        }
        double droppedShare = (double) drops / (drops + samples);
        if (droppedShare >= DROPPED_SHARE) {
            slowStart = false;
            limit *= droppedShare > DROPPED_SHARE_SEVERE ? 0.5 : 0.85;
            ceiling = Math.max(min, limit);
            ceilingWindows = PROBE_EVERY;
            limitBeforeProbe = 0;
        } else if (limitBeforeProbe > 0) {
            medians[windows++ % REMEMBERED_WINDOWS] = median();
            limit = limitBeforeProbe;
            limitBeforeProbe = 0;
        } else {
            follow(now);
        }
        limit = Math.max(min, Math.min(Math.min(max, ceiling), limit));
        if ((int) limit != (int) before) {
            changedAt = now;
        }
        windowStart = Long.MIN_VALUE;
        samples = 0;
        drops = 0;
        limitReached = false;
    }

    private void follow(long now) {
        long median = median();
        medians[windows++ % REMEMBERED_WINDOWS] = median;
        double queue = limit * (1 - (double) best() / Math.max(1, median));
        double band = Math.max(1, Math.log(limit) / Math.log(4));
        double goodput = samples / (double) Math.max(1, now - windowStart);
        double step = Math.max(1, limit / 8);
        if (slowStart) {
            double gained = goodputBefore == 0 ? 1 : (goodput / goodputBefore - 1) / (limit / limitBefore - 1);
            if (queue > QUEUE_LOW * band || gained < 0.25) {
                slowStart = false;
            } else if (limitReached) {
                goodputBefore = goodput;
                limitBefore = limit;
                limit *= 2;
            }
        } else if (queue > QUEUE_HIGH * band) {
            limit -= step;
        } else if (queue < QUEUE_LOW * band && limitReached) {
            limit += step;
        }
        if (--windowsToProbe == 0) {
            windowsToProbe = PROBE_EVERY;
            limitBeforeProbe = limit;
            limit /= 2;
        }
    }

    private long best() {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < Math.min(windows, REMEMBERED_WINDOWS); i++) {
            best = Math.min(best, medians[i]);
        }
        return best;
    }

    private long median() {
        Arrays.sort(latencies, 0, samples);
        return latencies[samples / 2];
    }
}
