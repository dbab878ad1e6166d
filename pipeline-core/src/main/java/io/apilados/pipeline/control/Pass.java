// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The right to make one attempt: a concurrency slot and the breaker's permit, ended together and once; the first ending
 * counts. Safe for use by many threads.
 */
public final class Pass {

    private final ConcurrencyController.Permit slot;
    private final CircuitBreaker.Permit permit;
    private final Resilience resilience;
    private final long startNanos;

    /** How often it was ended. A number and not a flag: that is far less code for the JVM to compile. */
    private final AtomicInteger endings = new AtomicInteger();

    Pass(ConcurrencyController.Permit slot, CircuitBreaker.Permit permit, Resilience resilience) {
        this.slot = slot;
        this.permit = permit;
        this.resilience = resilience;
        this.startNanos = resilience.scheduler().nanoTime();
    }

    /** True for the first caller alone. */
    private boolean ends() {
        return endings.getAndIncrement() == 0;
    }

    /**
     * The destination answered, whatever it said of the work itself.
     *
     * @param work how much the attempt carried, for instance records; 1 or more
     */
    public void answered(long work) {
        if (!ends()) {
            return;
        }
        tellRate(false);
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
        if (!ends()) {
            return;
        }
        if (failing && opensBreaker(after)) {
            resilience.rate().outOfOrder();
            slot.outOfOrder();
            return;
        }
        if (!failing) {
            permit.succeeded();
        }
        tellRate(overloaded);
        if (overloaded) {
            slot.dropped();
        } else {
            slot.succeeded(work);
        }
    }

    /** Tells the breaker; returns whether it is open because of that, or was before. */
    private boolean opensBreaker(@Nullable Duration after) {
        if (after == null) {
            permit.failed();
        } else {
            permit.failed(after);
        }
        return resilience.circuitBreaker().state() != CircuitBreaker.State.CLOSED;
    }

    /** A probe is made when the breaker says so: how often that is says nothing of the rate that would be borne. */
    private void tellRate(boolean refused) {
        if (!permit.isProbe()) {
            resilience.rate().answered(startNanos, refused);
        }
    }

    /** The attempt says nothing about the destination. */
    public void ignored() {
        if (ends()) {
            permit.ignored();
            slot.ignored();
        }
    }
}
