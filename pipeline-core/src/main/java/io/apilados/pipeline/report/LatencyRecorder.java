// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import java.time.Duration;

/**
 * Takes down how long things took, and tells of all of them and of those since the last time. Safe for use by many
 * threads: one waits for another for moments.
 *
 * <p>It counts in the buckets of {@link Latencies} and makes a histogram of them only when it is asked for all: a run has
 * begun to deliver in the time that the classes of a histogram take to load.
 */
public final class LatencyRecorder {

    /** Up to 256 us the buckets are a microsecond wide; from there on two to the power of this fill each power of two. */
    private static final int BUCKET_BITS = 7;

    private static final long NANOS_OF_MICRO = 1_000;

    /** Guarded by its monitor. */
    private final long[] counts = new long[bucket(Latencies.LONGEST_MICROS) + 1];

    /** Guarded, with {@link #counted}, by its monitor. */
    private final long[] late = new long[counts.length];

    private final long[] counted = new long[counts.length];

    /** A recorder of nothing so far. */
    public LatencyRecorder() {}

    /**
     * What the ones since the last time took.
     *
     * @param p50 half of them took no longer; zero if there were none
     * @param p95 95 % of them took no longer
     * @param p99 99 % of them took no longer
     */
    public record Late(Duration p50, Duration p95, Duration p99) {}

    /** Something took so long; below zero counts as zero. */
    public void record(long nanos) {
        int bucket = bucket(Math.max(0, Math.min(nanos / NANOS_OF_MICRO, Latencies.LONGEST_MICROS)));
        synchronized (counts) {
            counts[bucket]++;
        }
    }

    private static int bucket(long micros) {
        int shift = Math.max(0, Long.SIZE - 1 - BUCKET_BITS - Long.numberOfLeadingZeros(micros));
        return (shift << BUCKET_BITS) + (int) (micros >>> shift);
    }

    /** The least that belongs to a bucket. */
    private static long micros(int bucket) {
        int shift = Math.max(0, (bucket >>> BUCKET_BITS) - 1);
        return (long) (bucket - (shift << BUCKET_BITS)) << shift;
    }

    /** What was taken down since this was last asked. */
    public Late sinceLast() {
        synchronized (late) {
            long sum = 0;
            // A few microseconds, in which nothing is taken down: the alternative is a copy each time.
            synchronized (counts) {
                for (int i = 0; i < late.length; i++) {
                    late[i] = counts[i] - counted[i];
                    counted[i] = counts[i];
                    sum += late[i];
                }
            }
            return new Late(percentile(50, sum), percentile(95, sum), percentile(99, sum));
        }
    }

    private Duration percentile(int percent, long sum) {
        long wanted = (sum * percent + 99) / 100;
        long passed = 0;
        for (int i = 0; i < late.length && sum > 0; i++) {
            passed += late[i];
            if (passed >= wanted) {
                return Duration.ofNanos(NANOS_OF_MICRO * (micros(i + 1) - 1));
            }
        }
        return Duration.ZERO;
    }

    /** All that was taken down. */
    public Latencies total() {
        long[] all;
        synchronized (counts) {
            all = counts.clone();
        }
        long[] least = new long[all.length];
        for (int i = 0; i < least.length; i++) {
            least[i] = micros(i);
        }
        return Latencies.of(all, least);
    }
}
