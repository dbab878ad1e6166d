// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSample;
import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.RateLimit;
import io.apilados.pipeline.control.RetryBudget;
import io.apilados.pipeline.control.RetryPolicy;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.Signal;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;

/**
 * Takes batches to their end, many at a time: bounded by a concurrency controller and a rate limit, sent again while
 * that can help, split when it cannot.
 *
 * <p>The order around one attempt: the gate of the breaker, a concurrency slot, the rate limit's moment, the breaker's
 * permit, then the request. A part of a batch
 * that waits to be sent again has given its slot back. Nothing here blocks but {@link #awaitRoom}, which is where the
 * reader feels the back-pressure: no more batches are open than the controller's limit.
 *
 * <p>Safe for use by many threads.
 *
 * @param <T> what a record is
 */
public final class Deliverer<T> {

    /** How many batches are looked at for the slowest. */
    private static final int LATE = 64;

    /** So many failures in a row make the longest waits of any sensible policy. */
    private static final int FAILURES_WITHOUT_BUDGET = 30;

    final BatchDelivery<T> delivery;
    final ConcurrencyController concurrency;
    final RateLimit rate;
    final CircuitBreaker breaker;
    final RetryPolicy retry;
    final Scheduler scheduler;
    private final RandomGenerator random;
    private final ReentrantLock randomLock = new ReentrantLock();

    final RetryBudget budget = new RetryBudget();
    final AtomicInteger open = new AtomicInteger();
    final Signal room = new Signal();
    final Set<Waiting<T>> waiting = ConcurrentHashMap.newKeySet();
    private final AtomicLongArray late = new AtomicLongArray(LATE);
    private final AtomicInteger lateNext = new AtomicInteger();
    volatile boolean stopped;
    private volatile boolean givenUp;

    /** A deliverer that sends by {@code delivery}. */
    public Deliverer(
            BatchDelivery<T> delivery,
            ConcurrencyController concurrency,
            RateLimit rate,
            CircuitBreaker breaker,
            RetryPolicy retry,
            Scheduler scheduler,
            RandomGenerator random) {
        this.delivery = delivery;
        this.concurrency = concurrency;
        this.rate = rate;
        this.breaker = breaker;
        this.retry = retry;
        this.scheduler = scheduler;
        this.random = random;
    }

    /** How many batches have been taken and are not at their end. */
    public int open() {
        return open.get();
    }

    /**
     * Waits until there is room for one more batch, or the deliverer was stopped.
     *
     * @throws InterruptedException if the thread is interrupted first
     */
    public void awaitRoom() throws InterruptedException {
        if (!hasRoom()) {
            scheduler.await(room, this::hasRoom);
        }
    }

    /**
     * Waits until every batch that was taken is at its end, or was given up.
     *
     * @throws InterruptedException if the thread is interrupted first
     */
    public void awaitIdle() throws InterruptedException {
        scheduler.await(room, () -> open.get() == 0 || givenUp);
    }

    /** Stops, and no longer waits for what is on its way: its outcome will not be known. */
    public void giveUp() {
        givenUp = true;
        stop();
    }

    /** How long the slowest of the last batches took from its first request to its end. */
    public long slowestOfLateNanos() {
        long slowest = 0;
        for (int i = 0; i < late.length(); i++) {
            slowest = Math.max(slowest, late.get(i));
        }
        return slowest;
    }

    private boolean hasRoom() {
        return stopped || open.get() < concurrency.limit();
    }

    /**
     * Takes a batch. Does not block.
     *
     * @return completes when every record is settled, or, after {@link #stop}, will not be; never exceptionally
     */
    public CompletionStage<BatchSample> deliver(Batch<T> batch, Settlement<T> settlement) {
        open.incrementAndGet();
        Journey<T> journey = new Journey<>(this, batch.size(), settlement);
        journey.begin(batch);
        return journey.end();
    }

    /** Sends nothing further. What is on its way comes to its end; what waits stays unsettled. */
    public void stop() {
        stopped = true;
        for (Waiting<T> part : waiting) {
            part.abandon();
        }
        room.raise();
    }

    /** A batch that was taken so long ago is at its end. */
    void ended(long durationNanos) {
        late.set(Math.floorMod(lateNext.getAndIncrement(), LATE), durationNanos);
        open.decrementAndGet();
        room.raise();
    }

    /** An empty budget waits as if it had failed for long. */
    Duration backoff(int failures) {
        int counted = budget.take() ? failures : Math.max(failures, FAILURES_WITHOUT_BUDGET);
        randomLock.lock();
        try {
            return retry.backoff(counted, random);
        } finally {
            randomLock.unlock();
        }
    }
}
