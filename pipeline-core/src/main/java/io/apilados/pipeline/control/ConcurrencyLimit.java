// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

/**
 * Where a limit comes from: a pure function of samples, without clock, thread or lock. It is told of one sample at
 * a time.
 */
interface ConcurrencyLimit {

    /** The limit now: 1 or more. Changes only within {@link #onSample} and {@link #onOutage}. */
    int limit();

    /** The most that {@link #limit()} can ever be. */
    int maxLimit();

    /** Whether samples can change the limit: if not, none is taken, and no clock read for it. */
    default boolean adapts() {
        return true;
    }

    /**
     * One piece of work has ended.
     *
     * @param startNanos when it began
     * @param endNanos when it ended; never before the end of the sample told before
     * @param inFlight how many were in flight when it began, itself included
     * @param dropped whether the destination refused it for overload or did not answer
     * @param work how much it carried, for instance records: latencies of different work are not alike; 1 or more
     */
    void onSample(long startNanos, long endNanos, int inFlight, boolean dropped, long work);

    /** What was dropped of late was dropped because the destination is out of order, and nothing is sent for a while. */
    default void onOutage() {}
}
