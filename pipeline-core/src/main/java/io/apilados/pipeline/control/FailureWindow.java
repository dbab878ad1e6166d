// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The last calls and which of them failed. Calls are numbered as they end; only the numbers of those that failed are
 * kept, so that one that succeeded costs an addition and no lock.
 *
 * <p>{@link #succeeded} is safe for use by many threads; the rest by one at a time.
 */
final class FailureWindow {

    private final int size;
    private final AtomicLong calls = new AtomicLong();

    /** Numbers of the last failures, the oldest first, in a ring. */
    private final long[] failedAt;

    private int oldest;
    private int failures;

    FailureWindow(int size) {
        this.size = size;
        this.failedAt = new long[size];
    }

    void succeeded() {
        calls.getAndIncrement();
    }

    void failed() {
        long number = calls.getAndIncrement();
        while (failures > 0 && failedAt[oldest] <= number - size) {
            oldest = (oldest + 1) % size;
            failures--;
        }
        failedAt[(oldest + failures) % size] = number;
        failures++;
    }

    /** How many calls are looked at: the size, or fewer while there have been fewer. */
    int calls() {
        return (int) Math.min(size, calls.get());
    }

    /** How many of them failed, as of the last failure. */
    int failures() {
        return failures;
    }

    /** Which share of them failed, as of the last failure. */
    double share() {
        int looked = calls();
        return looked == 0 ? 0 : (double) failures / looked;
    }
}
