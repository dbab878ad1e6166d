// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.util.SplittableRandom;

/**
 * Rivals, written anew from their published formulas (Netflix concurrency-limits 0.5.4, with its defaults except the
 * start and the bounds, which are those given here so that all play by the same rules). Vegas and Gradient2 stand behind
 * its window of one second, as its examples advise.
 */
final class PublishedLimits {

    private PublishedLimits() {}

    /** Up by one while at least half is used, down by a tenth at a refusal or after 5 s. */
    static final class Aimd implements ConcurrencyLimit {
        private static final long TIMEOUT_NANOS = 5_000_000_000L;
        private final int max;
        private int limit;

        Aimd(int initial, int max) {
            this.limit = initial;
            this.max = max;
        }

        @Override
        public int limit() {
            return limit;
        }

        @Override
        public int maxLimit() {
            return max;
        }

        @Override
        public void onSample(long startNanos, long endNanos, int inFlight, boolean dropped, long work) {
            if (dropped || endNanos - startNanos > TIMEOUT_NANOS) {
                limit = (int) (limit * 0.9);
            } else if (inFlight * 2 >= limit) {
                limit++;
            }
            limit = Math.max(1, Math.min(max, limit));
        }
    }

    /** Hands on the mean latency of each second and at least ten answers, the most in flight, and whether any dropped. */
    static final class EachSecond implements ConcurrencyLimit {
        private static final long WINDOW_NANOS = 1_000_000_000L;
        private static final int LEAST = 10;
        private final ConcurrencyLimit behind;
        private long nextUpdate = WINDOW_NANOS;
        private long latencySum;
        private int samples;
        private int inFlightMost;
        private boolean anyDropped;

        EachSecond(ConcurrencyLimit behind) {
            this.behind = behind;
        }

        @Override
        public int limit() {
            return behind.limit();
        }

        @Override
        public int maxLimit() {
            return behind.maxLimit();
        }

        @Override
        public void onSample(long startNanos, long endNanos, int inFlight, boolean dropped, long work) {
            latencySum += endNanos - startNanos;
            samples++;
            inFlightMost = Math.max(inFlightMost, inFlight);
            anyDropped |= dropped;
            if (endNanos > nextUpdate && samples >= LEAST) {
                behind.onSample(endNanos - latencySum / samples, endNanos, inFlightMost, anyDropped, 1);
                nextUpdate = endNanos + WINDOW_NANOS;
                latencySum = 0;
                samples = 0;
                inFlightMost = 0;
                anyDropped = false;
            }
        }
    }

    /** Keeps between 3 and 6 times log10 of the limit in the queue; the base latency is measured anew now and then. */
    static final class Vegas implements ConcurrencyLimit {
        private final SplittableRandom random = new SplittableRandom(1);
        private final int max;
        private double limit;
        private double base;
        private int sinceProbe;
        private double jitter = 0.75;

        Vegas(int initial, int max) {
            this.limit = initial;
            this.max = max;
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
        public void onSample(long startNanos, long endNanos, int inFlight, boolean dropped, long work) {
            double latency = endNanos - startNanos;
            sinceProbe++;
            if (jitter * 30 * limit <= sinceProbe) {
                jitter = random.nextDouble(0.5, 1);
                sinceProbe = 0;
                base = latency;
            } else if (base == 0 || latency < base) {
                base = latency;
            } else {
                limit = Math.max(1, Math.min(max, next(latency, inFlight, dropped)));
            }
        }

        private double next(double latency, int inFlight, boolean dropped) {
            double unit = Math.max(1, (int) Math.log10((int) limit));
            double queue = Math.ceil(limit * (1 - base / latency));
            if (dropped) {
                return limit - unit;
            }
            if (inFlight * 2 < limit) {
                return limit;
            }
            if (queue <= unit) {
                return limit + 6 * unit;
            }
            if (queue < 3 * unit) {
                return limit + unit;
            }
            return queue > 6 * unit ? limit - unit : limit;
        }
    }

    /** Follows the ratio of long-term to present latency, with room for a queue of four; refusals count for nothing. */
    static final class Gradient2 implements ConcurrencyLimit {
        private final int max;
        private double limit;
        private double longTerm;
        private int samples;

        Gradient2(int initial, int max) {
            this.limit = initial;
            this.max = max;
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
        public void onSample(long startNanos, long endNanos, int inFlight, boolean dropped, long work) {
            double latency = endNanos - startNanos;
            samples++;
            longTerm += (latency - longTerm) * (samples <= 10 ? 1.0 / samples : 2.0 / 601);
            double ratio = longTerm / latency;
            if (ratio > 2) {
                longTerm *= 0.95;
            }
            if (inFlight < limit / 2) {
                return;
            }
            double gradient = Math.max(0.5, Math.min(1, 1.5 * ratio));
            limit = 0.8 * limit + 0.2 * (limit * gradient + 4);
            limit = Math.max(1, Math.min(max, limit));
        }
    }
}
