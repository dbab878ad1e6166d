// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Wakes those who wait for a condition on state that lives elsewhere, and is volatile or guarded there. Whoever changes
 * that state raises the signal afterwards; waiters look again. Safe for use by many threads.
 */
public final class Signal {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition raised = lock.newCondition();
    private final AtomicLong times = new AtomicLong();

    /** Written under the lock. Who raises while nobody waits needs no lock. */
    private volatile int waiters;

    /**
     * Lets every waiter look at its condition again. A waiter says that it waits before it looks, and who raises has changed
     * the state before he looks for waiters, so that one of the two sees the other.
     */
    public void raise() {
        times.incrementAndGet();
        if (waiters > 0) {
            wakeAll();
        }
    }

    private void wakeAll() {
        lock.lock();
        try {
            raised.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** How often it was raised: a {@link Scheduler} that does not park looks at its condition again when this changes. */
    public long times() {
        return times.get();
    }

    /** Parks the thread until {@code condition} holds; it is evaluated under the lock, so that no raise is missed. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // Written under the lock.
    void park(BooleanSupplier condition) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            waiters++;
            try {
                while (!condition.getAsBoolean()) {
                    raised.await();
                }
            } finally {
                waiters--;
            }
        } finally {
            lock.unlock();
        }
    }
}
