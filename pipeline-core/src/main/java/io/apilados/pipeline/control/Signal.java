// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Wakes those who wait for a condition on state that lives elsewhere, and is volatile or guarded there. Whoever changes
 * that state raises the signal afterwards; waiters look again. Safe for use by many threads.
 */
public final class Signal {

    private static final Thread[] NOBODY = {};

    private final AtomicLong times = new AtomicLong();

    /** Who waits; never changed in place. Written under the monitor, in which nobody waits. */
    private volatile Thread[] waiters = NOBODY;

    /**
     * Lets every waiter look at its condition again. A waiter says that it waits before it looks, and who raises has changed
     * the state before he looks for waiters, so that one of the two sees the other.
     */
    public void raise() {
        times.incrementAndGet();
        for (Thread waiter : waiters) {
            LockSupport.unpark(waiter);
        }
    }

    /** How often it was raised: a {@link Scheduler} that does not park looks at its condition again when this changes. */
    public long times() {
        return times.get();
    }

    /** Parks the thread until {@code condition} holds, which this thread evaluates whenever it is woken. */
    void park(BooleanSupplier condition) throws InterruptedException {
        Thread me = Thread.currentThread();
        add(me);
        try {
            while (true) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                long seen = times.get();
                if (condition.getAsBoolean()) {
                    return;
                }
                // The condition may have parked, too, as for a lock, and been woken by what was meant for this.
                if (times.get() == seen) {
                    LockSupport.park(this);
                }
            }
        } finally {
            remove(me);
        }
    }

    private synchronized void add(Thread waiter) {
        Thread[] more = Arrays.copyOf(waiters, waiters.length + 1);
        more[waiters.length] = waiter;
        waiters = more;
    }

    private synchronized void remove(Thread waiter) {
        int at = Arrays.asList(waiters).indexOf(waiter);
        Thread[] fewer = Arrays.copyOf(waiters, waiters.length - 1);
        System.arraycopy(waiters, at + 1, fewer, at, fewer.length - at);
        waiters = fewer;
    }
}
