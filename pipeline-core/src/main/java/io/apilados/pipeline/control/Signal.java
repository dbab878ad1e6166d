// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Wakes those who wait for a condition on state that lives elsewhere. Whoever changes that state raises the signal
 * afterwards; waiters look again. Safe for use by many threads.
 */
public final class Signal {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition raised = lock.newCondition();
    private long times;

    /** Lets every waiter look at its condition again. */
    public void raise() {
        lock.lock();
        try {
            times++;
            raised.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** How often it was raised: a {@link Scheduler} that does not park looks at its condition again when this changes. */
    public long times() {
        lock.lock();
        try {
            return times;
        } finally {
            lock.unlock();
        }
    }

    /** Parks the thread until {@code condition} holds; it is evaluated under the lock, so that no raise is missed. */
    void park(BooleanSupplier condition) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!condition.getAsBoolean()) {
                raised.await();
            }
        } finally {
            lock.unlock();
        }
    }
}
