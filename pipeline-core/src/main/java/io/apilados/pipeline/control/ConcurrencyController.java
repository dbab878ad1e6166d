// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.util.concurrent.CompletionStage;

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
     * Waits for a permit.
     *
     * @throws InterruptedException if the thread is interrupted while it waits; its place in the queue is given up and
     *     no permit is lost
     */
    Permit acquire() throws InterruptedException;

    /**
     * A permit as soon as one is free; already complete if one is free now. Cancel the future to leave the queue: a
     * permit that was given at the same moment goes to the next in line. What depends on the stage runs on the thread
     * that freed the permit and must not block.
     */
    CompletionStage<Permit> acquireAsync();

    /** How many permits may be out at once, now: 1 or more. */
    int limit();

    /** The most that {@link #limit()} can ever be. */
    int maxLimit();

    /** How many permits are out. */
    int inFlight();

    /** How many wait for a permit. */
    int waiting();

    /** Adaptive between 1 and 10, starting at 5. */
    static ConcurrencyController ofDefaults() {
        return adaptive(1, 5, 10);
    }

    /**
     * Always the same limit: the choice when the destination's own limit is known.
     *
     * @throws IllegalArgumentException unless {@code limit} is 1 or more
     */
    static ConcurrencyController fixed(int limit) {
        return new FifoConcurrencyController(new FixedLimit(limit), Scheduler.system());
    }

    /**
     * A limit that finds the knee of the destination's latency curve.
     *
     * @throws IllegalArgumentException unless 1 &lt;= min &lt;= initial &lt;= max
     */
    static ConcurrencyController adaptive(int min, int initial, int max) {
        return new FifoConcurrencyController(new WindowedLimit(min, initial, max), Scheduler.system());
    }

    /**
     * The right to work, ended exactly once: the first ending counts, later ones change nothing. Closing without an
     * ending means {@link #ignored()}.
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

        @Override
        default void close() {
            ignored();
        }
    }
}
