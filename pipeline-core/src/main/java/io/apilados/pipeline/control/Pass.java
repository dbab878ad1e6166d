// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The right to make one attempt: a concurrency slot and the breaker's permit, ended together and once; the first ending
 * counts. Safe for use by many threads.
 */
public final class Pass {

    private final ConcurrencyController.Permit slot;
    private final CircuitBreaker.Permit permit;
    private final RateLimit rate;
    private final long startNanos;
    private final AtomicBoolean ended = new AtomicBoolean();

    Pass(ConcurrencyController.Permit slot, CircuitBreaker.Permit permit, RateLimit rate, long startNanos) {
        this.slot = slot;
        this.permit = permit;
        this.rate = rate;
        this.startNanos = startNanos;
    }

    /**
     * The destination answered, whatever it said of the work itself.
     *
     * @param work how much the attempt carried, for instance records; 1 or more
     */
    public void answered(long work) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        rate.answered(startNanos, false);
        permit.succeeded();
        slot.succeeded(work);
    }

    /**
     * The destination did not do it now.
     *
     * @param work how much the attempt carried, for instance records; 1 or more
     * @param after how long it wishes to be left alone; null if it does not say
     * @param overloaded whether fewer attempts should be under way
     * @param failing whether it is the destination that fails
     */
    public void refused(long work, @Nullable Duration after, boolean overloaded, boolean failing) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        rate.answered(startNanos, overloaded);
        if (!failing) {
            permit.succeeded();
        } else if (after == null) {
            permit.failed();
        } else {
            permit.failed(after);
        }
        if (overloaded) {
            slot.dropped();
        } else {
            slot.succeeded(work);
        }
    }

    /** The attempt says nothing about the destination. */
    public void ignored() {
        if (ended.compareAndSet(false, true)) {
            permit.ignored();
            slot.ignored();
        }
    }
}
