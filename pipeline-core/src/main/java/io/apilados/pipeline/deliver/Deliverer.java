// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.Resilience;
import io.apilados.pipeline.control.RetryPolicy;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.Signal;
import java.time.Duration;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Takes batches to their end, many at a time: each attempt has a pass of {@link Resilience}; sent again while that can
 * help, split when it cannot.
 *
 * <p>The reader feels the back-pressure in {@link #deliver} and {@link #awaitRoom}: no more batches are open than the
 * controller's limit, those that wait for their next attempt not counted, and never more than its limit can become. The batch
 * for which the reader waits is sent by the thread on which another ends, at once: the destination does not wait until the
 * reader was woken. Nothing else here blocks but {@link #awaitIdle}.
 *
 * <p>Safe for use by many threads.
 *
 * @param <T> what a record is
 */
public final class Deliverer<T> {

    /** How many batches are looked at for the slowest: a power of two. */
    private static final int LATE = 64;

    final BatchDelivery<T> delivery;
    final Resilience resilience;
    final RetryPolicy retry;
    final Scheduler scheduler;
    private final ReentrantLock randomLock = new ReentrantLock();

    /** Made with the first attempt that fails; guarded by its lock. */
    private @Nullable RandomGenerator random;

    final AtomicInteger open = new AtomicInteger();
    final Signal room = new Signal();
    private final AtomicLong openBytes = new AtomicLong();
    private final long mostOpenBytes;
    private volatile int mostOpen = Integer.MAX_VALUE;

    /** Open batches that only wait for their next attempt. */
    private final AtomicInteger pausing = new AtomicInteger();

    final Set<Waiting<T>> waiting = ConcurrentHashMap.newKeySet();

    /** Not an AtomicLongArray, for the compiler: see decision 29. */
    private final AtomicLong[] late = new AtomicLong[LATE];

    private final AtomicInteger lateNext = new AtomicInteger();

    /** Odd while a batch waits for which there was no room yet: whoever makes it even again has that batch. */
    private final AtomicInteger offers = new AtomicInteger();

    /** The batch that waits. Written by the reader alone, while none does. */
    private @Nullable Offer<T> next;

    volatile boolean stopped;
    private volatile boolean givenUp;

    /**
     * A deliverer that sends by {@code delivery}.
     *
     * @param mostOpenBytes with so many bytes in open batches there is no room for another; 1 or more
     */
    public Deliverer(BatchDelivery<T> delivery, Resilience resilience, long mostOpenBytes) {
        this.delivery = delivery;
        this.resilience = resilience;
        this.mostOpenBytes = mostOpenBytes;
        this.retry = resilience.retry();
        this.scheduler = resilience.scheduler();
        for (int i = 0; i < LATE; i++) {
            late[i] = new AtomicLong();
        }
    }

    /** How many batches have been taken and are not at their end. */
    public int open() {
        return open.get();
    }

    /**
     * Whether nobody looks at a batch after its end. An attempt that is left behind by a deadline of ours may still do
     * so.
     */
    public boolean letsGoOfBatches() {
        return delivery.letsGoOfBatches() && resilience.attemptTimeout() == null;
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
     * Bounds how many batches may be open, beside the controller's limit; those that are open already go on.
     *
     * @param batches 1 or more
     */
    public void openAtMost(int batches) {
        mostOpen = batches;
        room.raise();
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
        for (AtomicLong nanos : late) {
            slowest = Math.max(slowest, nanos.get());
        }
        return slowest;
    }

    private boolean hasRoom() {
        int taken = open.get();
        if (stopped || taken == 0) {
            return true;
        }
        ConcurrencyController concurrency = resilience.concurrency();
        return taken < Math.min(mostOpen, concurrency.maxLimit())
                && taken - pausing.get() < concurrency.limit()
                && openBytes.get() < mostOpenBytes;
    }

    /** A batch, and who is told what becomes of it. */
    private record Offer<T>(Batch<T> batch, Settlement<T> settlement) {}

    /**
     * Takes a batch as soon as there is room for it, or the deliverer was stopped. What becomes of it, the settlement is
     * told, also where nothing is sent any more. For one thread.
     *
     * @throws InterruptedException if the thread is interrupted first; the batch was not taken then
     */
    public void deliver(Batch<T> batch, Settlement<T> settlement) throws InterruptedException {
        if (hasRoom() || !isTakenByAnother(new Offer<>(batch, settlement))) {
            open.incrementAndGet();
            begin(batch, settlement);
        }
    }

    /** Waits until another thread has taken the offer, or there is room for it and none has. */
    private boolean isTakenByAnother(Offer<T> offer) throws InterruptedException {
        next = offer;
        int number = offers.incrementAndGet();
        try {
            scheduler.await(room, () -> offers.get() != number || hasRoom());
            return !offers.compareAndSet(number, number + 1);
        } catch (InterruptedException | RuntimeException | Error e) {
            // A controller of the caller's own may be at fault. What was taken meanwhile is in good hands.
            if (offers.compareAndSet(number, number + 1)) {
                throw e;
            }
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            return true;
        } finally {
            next = null;
        }
    }

    private void begin(Batch<T> batch, Settlement<T> settlement) {
        Journey<T> journey = new Journey<>(this, batch, settlement);
        openBytes.addAndGet(journey.bytes());
        try {
            settlement.begins();
            journey.begin(batch, delivery.largestRequest());
        } catch (RuntimeException | Error e) {
            // It may never come to its end.
            settlement.failed(e);
            giveUp();
        }
    }

    /** Takes the batch that waits, if there is one and room for it. */
    void takeNext() {
        int number = offers.get();
        Offer<T> offer = next;
        if ((number & 1) == 0 || offer == null) {
            return;
        }
        try {
            if (!hasRoom()) {
                return;
            }
        } catch (RuntimeException | Error e) {
            // The caller's own controller is at fault; the reader finds that the run has ended.
            offer.settlement.failed(e);
            return;
        }
        open.incrementAndGet();
        if (offers.compareAndSet(number, number + 1)) {
            begin(offer.batch, offer.settlement);
        } else {
            open.decrementAndGet();
        }
    }

    /** Sends nothing further. What is on its way comes to its end; what waits stays unsettled. */
    public void stop() {
        stopped = true;
        for (Waiting<T> part : waiting) {
            part.abandon();
        }
        room.raise();
    }

    /** A batch waits for its next attempt with all that is left of it, and leaves its room to another. */
    void paused() {
        pausing.incrementAndGet();
        room.raise();
    }

    /** A batch that waited goes on. */
    void goesOn() {
        pausing.decrementAndGet();
    }

    /** A batch that was taken so long ago is at its end. */
    void ended(long durationNanos, long bytes) {
        openBytes.addAndGet(-bytes);
        late[lateNext.getAndIncrement() & (LATE - 1)].set(durationNanos);
        open.decrementAndGet();
    }

    /** Tells those who wait that a batch has ended. */
    void madeRoom() {
        room.raise();
    }

    Duration backoff(int failures) {
        randomLock.lock();
        try {
            RandomGenerator made = random;
            if (made == null) {
                made = new SplittableRandom();
                random = made;
            }
            return resilience.backoff(failures, made);
        } finally {
            randomLock.unlock();
        }
    }
}
