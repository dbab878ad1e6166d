// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

/**
 * Where a limit comes from: a pure function of samples, without clock, thread or lock. The controller calls it under
 * its own lock.
 */
interface ConcurrencyLimit {

    /** The limit now: 1 or more. */
    int limit();

    /** The most that {@link #limit()} can ever be. */
    int maxLimit();

    /**
     * One piece of work has ended.
     *
     * @param startNanos when it began
     * @param endNanos when it ended
     * @param inFlight how many were in flight when it began, itself included
     * @param dropped whether the destination refused it for overload or did not answer
     * @param work how much it carried, for instance records: latencies of different work are not alike; 1 or more
     */
    void onSample(long startNanos, long endNanos, int inFlight, boolean dropped, long work);
}
