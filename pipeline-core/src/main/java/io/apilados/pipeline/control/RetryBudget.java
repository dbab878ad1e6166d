// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many quick retries a destination is worth: each success earns a fifth of one, and 10 are saved at most. Where the
 * budget is empty the destination fails broadly, and a retry waits eight times as long as it would otherwise; so a
 * destination in trouble sees little more than its usual load.
 *
 * <p>Safe for use by many threads.
 */
public final class RetryBudget {

    private static final int PARTS = 5;
    private static final long MOST = 10 * PARTS;

    private final AtomicLong left = new AtomicLong(MOST);

    /** An attempt succeeded. */
    public void succeeded() {
        if (left.get() < MOST) {
            left.getAndUpdate(before -> Math.min(MOST, before + 1));
        }
    }

    /** Whether there is a quick retry left; takes it. */
    public boolean take() {
        return left.getAndUpdate(before -> before >= PARTS ? before - PARTS : before) >= PARTS;
    }
}
