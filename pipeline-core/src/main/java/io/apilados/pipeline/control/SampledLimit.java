// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A limit whose samples come from many threads. Its algorithm hears of one at a time; a thread that finds it busy leaves
 * its sample with {@link PendingSamples} and goes on, and whoever was there takes care of it. So nobody waits to tell how
 * his work went.
 *
 * <p>A success is left out if as many are pending as may be: the algorithm has more of them than it needs. A refusal never
 * is.
 *
 * <p>Safe for use by many threads.
 */
final class SampledLimit {

    /** Enough for what comes in while the thread that tells them is held up for a moment. */
    private static final int MOST_PENDING = 256;

    private final ConcurrencyLimit algorithm;
    private final Scheduler scheduler;
    private final boolean adapts;
    private final PendingSamples pending;

    /** Whether a thread is with the algorithm: what it reads and writes is guarded by this. */
    private final AtomicBoolean busy = new AtomicBoolean();

    private long lastEndNanos;

    private volatile int limit;

    SampledLimit(ConcurrencyLimit algorithm, Scheduler scheduler) {
        this.algorithm = algorithm;
        this.scheduler = scheduler;
        this.adapts = algorithm.adapts();
        this.pending = new PendingSamples(adapts ? MOST_PENDING : 1);
        this.lastEndNanos = scheduler.nanoTime();
        this.limit = algorithm.limit();
    }

    int limit() {
        return limit;
    }

    int maxLimit() {
        return algorithm.maxLimit();
    }

    /** When work begins that is to be a sample; a limit that does not adapt needs no clock. */
    long startNanos() {
        return adapts ? scheduler.nanoTime() : 0;
    }

    /** Work has ended. The limit may have moved when this returns, or move soon after. */
    void sample(long startNanos, int inFlight, boolean dropped, long work) {
        if (!adapts) {
            return;
        }
        long endNanos = scheduler.nanoTime();
        if (busy.compareAndSet(false, true)) {
            try {
                pending.drainTo(this);
                tell(startNanos, endNanos, inFlight, dropped, work);
            } finally {
                leave();
            }
        } else {
            while (!pending.offer(startNanos, endNanos, inFlight, dropped, work) && dropped) {
                takePending();
                Thread.onSpinWait();
            }
        }
        takePending();
    }

    /** The destination is out of order. Seldom, so that whoever finds the algorithm busy may wait for it. */
    void outage() {
        if (!adapts) {
            return;
        }
        while (!busy.compareAndSet(false, true)) {
            Thread.onSpinWait();
        }
        try {
            pending.drainTo(this);
            algorithm.onOutage();
        } finally {
            leave();
        }
        takePending();
    }

    /** Samples may come in after the last look at them and before the algorithm is free: whoever was there looks again. */
    private void takePending() {
        while (pending.hasNext() && busy.compareAndSet(false, true)) {
            try {
                pending.drainTo(this);
            } finally {
                leave();
            }
        }
    }

    private void leave() {
        int moved = algorithm.limit();
        if (moved != limit) {
            limit = moved;
        }
        busy.set(false);
    }

    /** By the one thread that is with the algorithm. */
    void tell(long startNanos, long endNanos, int inFlight, boolean dropped, long work) {
        // Two threads may come in another order than they read the clock; the algorithm's time does not run backwards.
        lastEndNanos = endNanos - lastEndNanos > 0 ? endNanos : lastEndNanos;
        algorithm.onSample(startNanos, lastEndNanos, inFlight, dropped, work);
    }

    @Override
    public String toString() {
        return algorithm.toString();
    }
}
