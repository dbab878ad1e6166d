// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * When to send again. Waits grow exponentially and are jittered over their whole length ("full jitter", M. Brooker,
 * Exponential Backoff And Jitter, 2015), and never undercut what the destination asked for.
 *
 * <p>There is no number of attempts after which good records are given up: a batch is sent again until it arrives, is
 * refused, or {@code patience} ends, and then the run stops and can go on later.
 *
 * @param initialBackoff the longest first wait, more than zero; 200 ms by default
 * @param maxBackoff the longest wait of all; 20 s by default
 * @param patience how long one batch may fail before the run stops; 15 min by default
 */
public record RetryPolicy(Duration initialBackoff, Duration maxBackoff, Duration patience) {

    private static final int LARGEST_SHIFT = 30;

    public RetryPolicy {
        Objects.requireNonNull(initialBackoff, "initialBackoff");
        Objects.requireNonNull(maxBackoff, "maxBackoff");
        Objects.requireNonNull(patience, "patience");
        if (initialBackoff.isNegative() || initialBackoff.isZero() || maxBackoff.compareTo(initialBackoff) < 0) {
            throw new IllegalArgumentException("back-off was " + initialBackoff + " to " + maxBackoff
                    + " but it must be more than zero, and the first no more than the longest");
        }
        if (patience.isNegative()) {
            throw new IllegalArgumentException("patience was " + patience + " but it must be zero or more");
        }
    }

    /** 200 ms, doubling up to 20 s, for 15 minutes. */
    public static RetryPolicy ofDefaults() {
        return new RetryPolicy(Duration.ofMillis(200), Duration.ofSeconds(20), Duration.ofMinutes(15));
    }

    /** The same with another patience. */
    public RetryPolicy withPatience(Duration time) {
        return new RetryPolicy(initialBackoff, maxBackoff, time);
    }

    /** The same with other waits. */
    public RetryPolicy withBackoff(Duration first, Duration longest) {
        return new RetryPolicy(first, longest, patience);
    }

    /**
     * How long to wait before the next attempt.
     *
     * @param failures attempts that have failed so far, 1 or more
     */
    public Duration backoff(int failures, RandomGenerator random) {
        int shift = Math.min(failures - 1, LARGEST_SHIFT);
        long longest = Math.min(Waits.nanos(maxBackoff), saturatedShift(Waits.nanos(initialBackoff), shift));
        return Duration.ofNanos(random.nextLong(longest + 1));
    }

    private static long saturatedShift(long value, int shift) {
        return value > Long.MAX_VALUE >> shift ? Long.MAX_VALUE - 1 : value << shift;
    }
}
