// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the work in flight: who wants to work takes a {@link Permit} and ends it once. Permits are given first come,
 * first served, so that several pipelines can share one controller fairly.
 *
 * <p>The limit is fixed, or adapts: it grows while more work in flight brings more done, and shrinks when the
 * destination's latency says that work only queues there, or when permits end as dropped.
 *
 * <p>Safe for use by many threads, virtual ones included: no thread is held inside a monitor while it waits.
 */
public interface ConcurrencyController {

    /**
     * A permit if one is free and nobody waits for it; else empty. Never waits.
     *
     * @return empty too while others wait: they came first
     */
    Optional<Permit> tryAcquire();

    /**
     * Waits for a permit.
     *
     * @throws RejectedExecutionException at once, if as many wait already as may
     * @throws InterruptedException if the thread is interrupted while it waits; its place in the queue is given up and
     *     no permit is lost
     */
    Permit acquire() throws InterruptedException;

    /**
     * Waits for a permit, but not for ever.
     *
     * @param patience how long it may wait; zero or less never waits
     * @throws TimeoutException if there is none within {@code patience}; its place in the queue is given up and no
     *     permit is lost
     * @throws RejectedExecutionException at once, if as many wait already as may
     * @throws InterruptedException if the thread is interrupted while it waits; likewise
     */
    Permit acquire(Duration patience) throws InterruptedException, TimeoutException;

    /**
     * A permit as soon as one is free; already complete if one is free now. Cancel the future to leave the queue: a
     * permit that was given at the same moment goes to the next in line. Completes with
     * {@link RejectedExecutionException} if as many wait already as may. What depends on the stage runs on the thread
     * that freed the permit and must not block.
     */
    CompletionStage<Permit> acquireAsync();

    /** How many permits may be out at once, now: 1 or more. */
    int limit();

    /** The most that {@link #limit()} can ever be. */
    int maxLimit();

    /** How many permits are out: more than {@link #limit()} for a while after it fell. */
    int inFlight();

    /** How many wait for a permit. */
    int waiting();

    /** Adaptive between 1 and 10, starting at 5; any number may wait. */
    static ConcurrencyController ofDefaults() {
        return builder().build();
    }

    /** A builder with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /**
     * Always the same limit: the choice when the destination's own limit is known.
     *
     * @throws IllegalArgumentException unless {@code limit} is 1 or more
     */
    static ConcurrencyController fixed(int limit) {
        return builder().fixed(limit).build();
    }

    /**
     * A limit that finds the knee of the destination's latency curve.
     *
     * @throws IllegalArgumentException unless 1 &lt;= min &lt;= initial &lt;= max
     */
    static ConcurrencyController adaptive(int min, int initial, int max) {
        return builder().adaptive(min, initial, max).build();
    }

    /**
     * The right to work, ended exactly once: the first ending counts, later ones change nothing, on whichever threads
     * they come. Closing without an ending means {@link #ignored()}.
     */
    interface Permit extends AutoCloseable {

        /** The work was done: its duration is a sample of the destination's latency. */
        void succeeded();

        /**
         * The work was done, and how much of it there was: an adaptive limit compares latencies of like work only.
         *
         * @param work for instance records, 1 or more
         */
        default void succeeded(long work) {
            succeeded();
        }

        /** The work says nothing about the destination, for instance because it was cancelled. */
        void ignored();

        /** The destination is overloaded: it answered 429 or 503, or did not answer in time. */
        void dropped();

        /**
         * The destination is out of order, and nothing is sent to it for a while: neither this work nor what was dropped
         * just before says how much it bears. As {@link #ignored()} by default.
         */
        default void outOfOrder() {
            ignored();
        }

        @Override
        default void close() {
            ignored();
        }
    }

    /** Settings of a controller. Confined to one thread. */
    final class Builder {
        private @Nullable Supplier<ConcurrencyLimit> limit;
        int maxWaiting = Integer.MAX_VALUE;
        Scheduler scheduler = Scheduler.system();

        private Builder() {}

        /**
         * Always the same limit: the choice when the destination's own limit is known.
         *
         * @throws IllegalArgumentException unless {@code limit} is 1 or more
         * @throws IllegalStateException if the limit was chosen before
         */
        public Builder fixed(int limit) {
            FixedLimit checked = new FixedLimit(limit);
            return limit(() -> checked);
        }

        /**
         * A limit that finds the knee of the destination's latency curve; between 1 and 10 starting at 5 by default.
         *
         * @throws IllegalArgumentException unless 1 &lt;= min &lt;= initial &lt;= max
         * @throws IllegalStateException if the limit was chosen before
         */
        public Builder adaptive(int min, int initial, int max) {
            var checked = new WindowedLimit(min, initial, max);
            return limit(() -> new WindowedLimit(min, initial, checked.maxLimit()));
        }

        private Builder limit(Supplier<ConcurrencyLimit> value) {
            if (limit != null) {
                throw new IllegalStateException("the limit was chosen twice; choose fixed or adaptive, once");
            }
            limit = value;
            return this;
        }

        /**
         * How many may wait: whoever comes when so many do is refused. 0 or more; any number by default, because a
         * pipeline bounds its own waiters.
         */
        public Builder maxWaiting(int value) {
            if (value < 0) {
                throw new IllegalArgumentException("maxWaiting was " + value + " but it must be 0 or more");
            }
            maxWaiting = value;
            return this;
        }

        /** The clock; the system's by default. */
        public Builder scheduler(Scheduler value) {
            scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        /** The controller. */
        public ConcurrencyController build() {
            ConcurrencyLimit chosen = limit == null ? new WindowedLimit(1, 5, 10) : limit.get();
            return new FifoConcurrencyController(chosen, maxWaiting, scheduler);
        }
    }
}
