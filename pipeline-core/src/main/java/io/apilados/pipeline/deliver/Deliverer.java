// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSample;
import io.apilados.pipeline.batch.BatchSample.Outcome;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.ConcurrencyController.Permit;
import io.apilados.pipeline.control.RateLimit;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.Scheduler.Cancellable;
import io.apilados.pipeline.control.Signal;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Takes batches to their end, many at a time: bounded by a concurrency controller and a rate limit, sent again while
 * that can help, split when it cannot.
 *
 * <p>The order around one attempt: a concurrency slot, then the rate limit's moment, then the request. A part of a batch
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

    private final BatchDelivery<T> delivery;
    private final ConcurrencyController concurrency;
    private final RateLimit rate;
    private final RetryPolicy retry;
    private final Scheduler scheduler;
    private final RandomGenerator random;
    private final ReentrantLock randomLock = new ReentrantLock();

    private final RetryBudget budget = new RetryBudget();
    private final AtomicInteger open = new AtomicInteger();
    private final Signal room = new Signal();
    private final Set<Waiting> waiting = ConcurrentHashMap.newKeySet();
    private final AtomicLongArray late = new AtomicLongArray(LATE);
    private final AtomicInteger lateNext = new AtomicInteger();
    private volatile boolean stopped;
    private volatile boolean givenUp;

    /** A deliverer that sends by {@code delivery}. */
    public Deliverer(
            BatchDelivery<T> delivery,
            ConcurrencyController concurrency,
            RateLimit rate,
            RetryPolicy retry,
            Scheduler scheduler,
            RandomGenerator random) {
        this.delivery = delivery;
        this.concurrency = concurrency;
        this.rate = rate;
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
        Journey journey = new Journey(batch, settlement);
        journey.begin(batch);
        return journey.end;
    }

    /** Sends nothing further. What is on its way comes to its end; what waits stays unsettled. */
    public void stop() {
        stopped = true;
        for (Waiting part : waiting) {
            part.abandon();
        }
        room.raise();
    }

    /** An empty budget waits as if it had failed for long. */
    private Duration backoff(int failures) {
        int counted = budget.take() ? failures : Math.max(failures, FAILURES_WITHOUT_BUDGET);
        randomLock.lock();
        try {
            return retry.backoff(counted, random);
        } finally {
            randomLock.unlock();
        }
    }

    /** A batch on its way, in one piece or in several. */
    private final class Journey {
        private final int size;
        private final Settlement<T> settlement;
        private final long startNanos = scheduler.nanoTime();
        private final AtomicInteger parts = new AtomicInteger();
        private final CompletableFuture<BatchSample> end = new CompletableFuture<>();
        private volatile Outcome outcome = Outcome.CLEAN;

        Journey(Batch<T> batch, Settlement<T> settlement) {
            this.size = batch.size();
            this.settlement = settlement;
        }

        void begin(Batch<T> part) {
            parts.incrementAndGet();
            new Part(this, part, null).send();
        }

        void disturbed(boolean tooLarge) {
            if (tooLarge) {
                outcome = Outcome.TOO_LARGE;
            } else if (outcome == Outcome.CLEAN) {
                outcome = Outcome.DISTURBED;
            }
        }

        void partEnded() {
            if (parts.decrementAndGet() == 0) {
                long now = scheduler.nanoTime();
                late.set(Math.floorMod(lateNext.getAndIncrement(), LATE), now - startNanos);
                end.complete(new BatchSample(size, startNanos, now, outcome));
                open.decrementAndGet();
                room.raise();
            }
        }
    }

    /** Records that are sent together, over and over if need be. One thing happens to a part at a time. */
    private final class Part {
        private final Journey journey;
        private final Batch<T> batch;

        /** Of which search this is the next question; null if it is none. */
        private final @Nullable Search search;

        private int failures;
        private long firstFailureNanos;

        Part(Journey journey, Batch<T> batch, @Nullable Search search) {
            this.journey = journey;
            this.batch = batch;
            this.search = search;
        }

        void send() {
            CompletableFuture<Permit> place = concurrency.acquireAsync().toCompletableFuture();
            Waiting forSlot = new Waiting(this, () -> place.cancel(false));
            CompletionStage<Permit> unused = place.whenComplete((permit, left) -> {
                if (permit != null && !forSlot.ends()) {
                    permit.ignored();
                } else if (permit != null) {
                    slotGiven(permit);
                }
            });
            forSlot.begin();
        }

        private void slotGiven(Permit permit) {
            Duration pause = rate.reserve();
            if (pause.isZero()) {
                attempt(permit);
                return;
            }
            Waiting forMoment = new Waiting(this, permit::ignored);
            forMoment.onCancel(scheduler.schedule(
                    () -> {
                        if (forMoment.ends()) {
                            attempt(permit);
                        }
                    },
                    pause));
            forMoment.begin();
        }

        private void attempt(Permit permit) {
            if (stopped) {
                permit.ignored();
                abandoned();
                return;
            }
            journey.settlement.sending(batch);
            CompletionStage<DeliveryOutcome> stage;
            try {
                stage = delivery.deliver(batch);
            } catch (RuntimeException | Error e) {
                stage = CompletableFuture.failedStage(e);
            }
            CompletionStage<DeliveryOutcome> unused = stage.whenComplete((outcome, failure) -> {
                try {
                    concluded(permit, outcome, failure);
                } catch (RuntimeException | Error e) {
                    journey.settlement.failed(e);
                    abandoned();
                }
            });
        }

        private void concluded(Permit permit, @Nullable DeliveryOutcome outcome, @Nullable Throwable failure) {
            DeliveryOutcome known = outcome == null ? ambiguous(failure) : outcome;
            if (known == null) {
                permit.ignored();
                journey.settlement.failed(
                        failure == null ? new NullPointerException("the delivery's outcome was null") : cause(failure));
                abandoned();
            } else if (known instanceof DeliveryOutcome.Retry again && again.overloaded()) {
                permit.dropped();
                later(again.reason(), again.after());
            } else {
                permit.succeeded();
                settled(known);
            }
        }

        private void settled(DeliveryOutcome outcome) {
            if (outcome instanceof DeliveryOutcome.Delivered) {
                budget.succeeded();
                journey.settlement.delivered(batch);
                goOn();
            } else if (outcome instanceof DeliveryOutcome.Retry again) {
                later(again.reason(), again.after());
            } else if (outcome instanceof DeliveryOutcome.Refused refused) {
                journey.disturbed(refused.tooLarge());
                refused(refused);
            } else if (outcome instanceof DeliveryOutcome.PerRecord each) {
                budget.succeeded();
                perRecord(each);
                goOn();
            } else if (outcome instanceof DeliveryOutcome.Stop stop) {
                journey.settlement.stop(stop.code(), stop.message());
                abandoned();
            }
        }

        /** Its records are settled: the search it belongs to asks its next question, or it is at its end. */
        private void goOn() {
            if (search == null) {
                journey.partEnded();
            } else {
                search.settled();
            }
        }

        private void refused(DeliveryOutcome.Refused refused) {
            if (batch.size() == 1 && search == null) {
                journey.settlement.rejected(batch, 0, refused.code(), refused.message());
                journey.partEnded();
            } else if (search != null && !refused.tooLarge()) {
                search.refused(batch, refused);
            } else if (batch.size() == 1) {
                journey.settlement.rejected(batch, 0, refused.code(), refused.message());
                goOn();
            } else if (refused.tooLarge()) {
                // Each half may be small enough: nothing follows for one from the other.
                int half = batch.size() / 2;
                journey.begin(batch.part(0, half));
                journey.begin(batch.part(half, batch.size()));
                goOn();
            } else {
                new Search(journey, batch).ask();
            }
        }

        private void perRecord(DeliveryOutcome.PerRecord each) {
            PerRecordResult result = PerRecordResult.of(each, batch.size());
            if (result.delivered().length > 0) {
                journey.settlement.delivered(batch.select(result.delivered()));
            }
            if (result.delivered().length < batch.size()) {
                journey.disturbed(false);
            }
            for (int index : result.rejected()) {
                RecordOutcome.Rejected rejected =
                        (RecordOutcome.Rejected) each.outcomes().get(index);
                journey.settlement.rejected(batch, index, rejected.code(), rejected.message());
            }
            if (result.retried().length > 0) {
                journey.parts.incrementAndGet();
                Part rest = new Part(journey, batch.select(result.retried()), null);
                rest.failures = failures;
                rest.firstFailureNanos = firstFailureNanos;
                rest.later(result.reason(), result.after());
            }
        }

        private void later(String reason, @Nullable Duration after) {
            journey.disturbed(false);
            long now = scheduler.nanoTime();
            if (failures++ == 0) {
                firstFailureNanos = now;
            }
            Duration failing = Duration.ofNanos(now - firstFailureNanos);
            Duration left = retry.patience().minus(failing);
            Duration backoff = backoff(failures);
            boolean wished = after != null && after.compareTo(backoff) > 0;
            Duration delay = after != null && wished ? after : backoff.compareTo(left) > 0 ? left : backoff;
            if (left.isNegative() || left.isZero() || delay.compareTo(left) > 0) {
                journey.settlement.stop(
                        "patience-ended",
                        "the destination has not taken " + batch + " for " + failing.toMillis() + " ms in " + failures
                                + " attempts (last: " + reason + ")"
                                + (wished ? " and asks to wait for another " + delay.toMillis() + " ms" : "")
                                + ", and patience is " + retry.patience().toMillis() + " ms");
                abandoned();
                return;
            }
            journey.settlement.retrying(batch, reason, delay);
            Waiting forNextAttempt = new Waiting(this, () -> {});
            forNextAttempt.onCancel(scheduler.schedule(
                    () -> {
                        if (forNextAttempt.ends()) {
                            send();
                        }
                    },
                    delay));
            forNextAttempt.begin();
        }

        /** Leaves its records unsettled. */
        private void abandoned() {
            journey.disturbed(false);
            journey.partEnded();
        }
    }

    /** The search for the bad records of a batch: one question after the other, in the place of the batch. */
    private final class Search {
        private final Journey journey;
        private final Batch<T> batch;
        private final Isolation isolation;

        Search(Journey journey, Batch<T> batch) {
            this.journey = journey;
            this.batch = batch;
            this.isolation = new Isolation(batch.size());
        }

        void ask() {
            if (isolation.isDone()) {
                journey.partEnded();
            } else {
                Isolation.Range range = isolation.next();
                new Part(journey, batch.part(range.from(), range.to()), this).send();
            }
        }

        void settled() {
            isolation.settled();
            ask();
        }

        void refused(Batch<T> part, DeliveryOutcome.Refused refused) {
            if (isolation.refused()) {
                journey.settlement.rejected(part, 0, refused.code(), refused.message());
            }
            ask();
        }
    }

    /** Null if the failure is not of a kind that leaves open what happened. */
    private static @Nullable DeliveryOutcome ambiguous(@Nullable Throwable failure) {
        Throwable cause = failure == null ? null : cause(failure);
        if (cause instanceof TimeoutException || cause instanceof java.net.SocketTimeoutException) {
            return DeliveryOutcome.overloaded("time-out", null);
        }
        return cause instanceof IOException
                ? DeliveryOutcome.retry("io: " + cause.getClass().getSimpleName())
                : null;
    }

    private static Throwable cause(Throwable failure) {
        boolean wrapper = failure instanceof CompletionException || failure instanceof ExecutionException;
        return wrapper && failure.getCause() != null ? failure.getCause() : failure;
    }

    /** A part that waits for a slot, for a moment or for its next attempt. It ends once: by going on or by a stop. */
    private final class Waiting {
        private final Part part;
        private final Runnable release;
        private final AtomicBoolean ended = new AtomicBoolean();
        private volatile @Nullable Cancellable timer;

        Waiting(Part part, Runnable release) {
            this.part = part;
            this.release = release;
        }

        void onCancel(Cancellable cancellable) {
            timer = cancellable;
        }

        /** From now on a stop finds it; and one that came before does, too. */
        void begin() {
            if (!ended.get()) {
                waiting.add(this);
                if (ended.get()) {
                    waiting.remove(this);
                } else if (stopped) {
                    abandon();
                }
            }
        }

        /** Whether the part goes on; false if it was abandoned. */
        boolean ends() {
            boolean first = ended.compareAndSet(false, true);
            if (first) {
                waiting.remove(this);
            }
            return first;
        }

        void abandon() {
            if (ends()) {
                Cancellable scheduled = timer;
                if (scheduled != null) {
                    scheduled.cancel();
                }
                release.run();
                part.abandoned();
            }
        }
    }
}
