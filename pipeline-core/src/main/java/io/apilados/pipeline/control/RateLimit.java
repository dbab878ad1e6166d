// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeoutException;

/**
 * Bounds how often something starts. Starts are spaced evenly: a rate of 50 a second is one every 20 ms, never 50 at
 * once followed by silence. With a burst, so many may start at once after a pause; over a longer time the rate is the
 * same, and there is no edge of a second at which it doubles.
 *
 * <p>Moments are given first come, first served. One that is given back goes to the next who asks; whoever waits already
 * keeps the moment it was told.
 *
 * <p>Safe for use by many threads, virtual ones included: no thread is held inside a monitor while it waits.
 */
public interface RateLimit {

    /**
     * Takes the next free moment, however far off, and does not wait for it. Whoever does not use it gives it back;
     * otherwise it is spent.
     */
    Reservation reserve();

    /** Takes the moment that is now, if it is free. Never waits. */
    boolean tryAcquire();

    /**
     * Takes the next free moment and waits for it.
     *
     * @throws InterruptedException if the thread is interrupted while it waits; the moment is given back
     */
    void acquire() throws InterruptedException;

    /**
     * Takes the next free moment and waits for it, if it comes soon enough.
     *
     * @param patience how long it may wait; zero or less asks for the moment that is now
     * @throws TimeoutException at once, if there is no free moment within {@code patience}; nothing is taken
     * @throws InterruptedException if the thread is interrupted while it waits; the moment is given back
     */
    void acquire(Duration patience) throws InterruptedException, TimeoutException;

    /**
     * A request that had its moment was answered, or was not in time: a limit that adapts learns from it. Does nothing by
     * default.
     *
     * @param startNanos when the request began, by the clock of the limit's scheduler
     * @param refused whether the destination had too much to do
     */
    default void answered(long startNanos, boolean refused) {}

    /**
     * The destination is out of order, and nothing is sent to it for a while: what it refused of late says nothing of a
     * rate. Does nothing by default.
     */
    default void outOfOrder() {}

    /**
     * No limit until the destination refuses, and from then on the rate at which it hardly ever does; evenly spaced. It
     * learns from {@link #answered}.
     */
    static RateLimit adaptive() {
        return adaptive(Scheduler.system());
    }

    /** As {@link #adaptive()}, by another clock. */
    static RateLimit adaptive(Scheduler scheduler) {
        return new AdaptiveRateLimit(Objects.requireNonNull(scheduler, "scheduler"));
    }

    /**
     * A steady rate without bursts.
     *
     * @param perSecond starts a second, from 0.000001 to 1,000,000
     * @throws IllegalArgumentException if the rate is outside of that range
     */
    static RateLimit perSecond(double perSecond) {
        return builder(perSecond).build();
    }

    /**
     * A steady rate with bursts.
     *
     * @param perSecond starts a second, from 0.000001 to 1,000,000
     * @param burst how many may start at once after a pause, 1 to 1,000,000
     * @throws IllegalArgumentException if one of them is outside of its range, or so large a burst would take more than
     *     a century to come back
     */
    static RateLimit perSecond(double perSecond, int burst) {
        return builder(perSecond).burst(burst).build();
    }

    /**
     * A builder with a burst of one and the system's clock.
     *
     * @param perSecond starts a second, from 0.000001 to 1,000,000
     * @throws IllegalArgumentException if the rate is outside of that range
     */
    static Builder builder(double perSecond) {
        return new Builder(perSecond);
    }

    /** No limit. */
    static RateLimit disabled() {
        return DisabledRateLimit.INSTANCE;
    }

    /** A moment that was taken. Safe for use by many threads. */
    interface Reservation {

        /** How long after it was taken the moment is; zero if it was then. */
        Duration delay();

        /**
         * Gives back a moment that is not used: as if it had never been taken, if it was the last one taken; otherwise
         * the next who asks gets it, unless it has passed by then. Only the first call counts; call it before the work
         * starts or not at all.
         */
        void cancel();
    }

    /** Settings of a rate limit. Confined to one thread. */
    final class Builder {
        final double perSecond;
        int burst = 1;
        Scheduler scheduler = Scheduler.system();

        private Builder(double perSecond) {
            this.perSecond = SpacedRateLimit.checked(perSecond);
        }

        /** How many may start at once after a pause: 1 to 1,000,000; 1 by default. */
        public Builder burst(int value) {
            if (value < 1 || value > 1_000_000) {
                throw new IllegalArgumentException("burst was " + value + " but it must be between 1 and 1000000");
            }
            burst = value;
            return this;
        }

        /** The clock; the system's by default. */
        public Builder scheduler(Scheduler value) {
            scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        /**
         * The rate limit.
         *
         * @throws IllegalArgumentException if so large a burst would take more than a century to come back
         */
        public RateLimit build() {
            return new SpacedRateLimit(this);
        }
    }
}
