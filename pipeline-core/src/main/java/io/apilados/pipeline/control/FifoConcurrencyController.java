// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A queue of waiters before a limit.
 *
 * <p>How many permits are out and how many wait for one are two halves of one number, so that they change together: a
 * permit is taken by one compare-and-set if nobody waits, and given back by one addition, which tells whether somebody
 * does. Only then is there a lock, which guards the queue; waiters are woken outside of it. While somebody waits, nobody
 * else takes a permit past the queue.
 *
 * <p>No waiter is forgotten: who begins to wait looks at the limit once more afterwards, and who moves the limit looks
 * for waiters afterwards, so that one of the two sees the other.
 */
final class FifoConcurrencyController implements ConcurrencyController {

    /** One waiter, in the upper half of {@link #state}; one permit that is out is 1, in the lower. */
    private static final long WAITER = 1L << 32;

    private final SampledLimit limit;
    private final int maxWaiting;
    private final Scheduler scheduler;
    private final AtomicLong state = new AtomicLong();

    private final ReentrantLock lock = new ReentrantLock();
    private final LinkedHashSet<CompletableFuture<Permit>> queue = new LinkedHashSet<>();
    private final Trampoline trampoline = new Trampoline();

    FifoConcurrencyController(ConcurrencyLimit algorithm, int maxWaiting, Scheduler scheduler) {
        this.limit = new SampledLimit(algorithm, scheduler);
        this.maxWaiting = maxWaiting;
        this.scheduler = scheduler;
    }

    @Override
    public Optional<Permit> tryAcquire() {
        int place = enter();
        return place == 0 ? Optional.empty() : Optional.of(permit(place));
    }

    @Override
    public Permit acquire() throws InterruptedException {
        int place = enter();
        // One place where permits are made: where the compiler sees two, it keeps the objects.
        return permit(place == 0 ? await() : place);
    }

    @Override
    public Permit acquire(Duration patience) throws InterruptedException, TimeoutException {
        int place = enter();
        return permit(place == 0 ? await(patience) : place);
    }

    @Override
    public CompletionStage<Permit> acquireAsync() {
        int place = enter();
        return place == 0 ? queued() : CompletableFuture.completedFuture(permit(place));
    }

    private SinglePermit permit(int place) {
        long startNanos = limit.startNanos();
        return new SinglePermit(this, startNanos, place);
    }

    /** Takes a permit past an empty queue: how many are out then; 0 if there is none. */
    private int enter() {
        while (true) {
            long seen = state.get();
            if (waiting(seen) > 0 || inFlight(seen) >= limit.limit()) {
                return 0;
            }
            if (state.compareAndSet(seen, seen + 1)) {
                return inFlight(seen) + 1;
            }
        }
    }

    private int await() throws InterruptedException {
        CompletableFuture<Permit> place = placeOrRefusal();
        try {
            Waits.until(place, scheduler);
        } catch (InterruptedException e) {
            giveUp(place);
            throw e;
        }
        return placeOf(place.join());
    }

    private int await(Duration patience) throws InterruptedException, TimeoutException {
        long nanos = Waits.nanos(patience);
        CompletableFuture<Permit> place = nanos == 0 ? new CompletableFuture<>() : placeOrRefusal();
        try {
            if (nanos > 0) {
                Waits.until(place, nanos, scheduler);
            }
        } catch (InterruptedException e) {
            giveUp(place);
            throw e;
        }
        if (place.cancel(false)) {
            throw new TimeoutException("no permit was free within " + patience.toMillis() + " ms: " + inFlight()
                    + " are out, the limit is " + limit() + " and " + waiting() + " wait");
        }
        return placeOf(place.join());
    }

    /** The place of a permit that nobody holds yet, to make another of. */
    private static int placeOf(Permit permit) {
        return ((SinglePermit) permit).place;
    }

    private static void giveUp(CompletableFuture<Permit> place) {
        if (!place.cancel(false)) {
            place.join().ignored();
        }
    }

    private CompletableFuture<Permit> placeOrRefusal() {
        CompletableFuture<Permit> place = queued();
        if (place.isCompletedExceptionally()) {
            throw refusal();
        }
        return place;
    }

    private RejectedExecutionException refusal() {
        return new RejectedExecutionException(
                maxWaiting + " wait for a permit, as many as may; send less, or raise maxWaiting");
    }

    /** A place at the end of the queue; complete if there was a permit after all, failed if the queue is full. */
    private CompletableFuture<Permit> queued() {
        CompletableFuture<Permit> place = new CompletableFuture<>();
        lock.lock();
        try {
            while (true) {
                int entered = enter();
                if (entered > 0) {
                    place.complete(permit(entered));
                    return place;
                }
                long seen = state.get();
                if (waiting(seen) >= maxWaiting) {
                    place.completeExceptionally(refusal());
                    return place;
                }
                boolean free = waiting(seen) == 0 && inFlight(seen) < limit.limit();
                if (!free && state.compareAndSet(seen, seen + WAITER)) {
                    queue.add(place);
                    break;
                }
            }
        } finally {
            lock.unlock();
        }
        CompletionStage<Permit> unused = place.whenComplete((permit, left) -> {
            if (left != null) {
                leave(place);
            }
        });
        // The limit may have risen meanwhile.
        if (inFlight() < limit()) {
            trampoline.run(this::handOutOne);
        }
        return place;
    }

    private void leave(CompletableFuture<Permit> place) {
        lock.lock();
        try {
            if (queue.remove(place)) {
                state.addAndGet(-WAITER);
            }
        } finally {
            lock.unlock();
        }
    }

    private void release(long startNanos, int place, Ending ending, long work) {
        if (ending != Ending.IGNORED) {
            limit.sample(startNanos, place, ending == Ending.DROPPED, work);
        }
        if (waiting(state.getAndDecrement()) > 0) {
            trampoline.run(this::handOutOne);
        }
    }

    /** Gives a free permit to the first in line; false if there is none, or nobody. */
    private boolean handOutOne() {
        CompletableFuture<Permit> next;
        long seen;
        lock.lock();
        try {
            do {
                seen = state.get();
                if (waiting(seen) == 0 || inFlight(seen) >= limit.limit()) {
                    return false;
                }
            } while (!state.compareAndSet(seen, seen - WAITER + 1));
            Iterator<CompletableFuture<Permit>> first = queue.iterator();
            next = first.next();
            first.remove();
        } finally {
            lock.unlock();
        }
        if (!next.complete(permit(inFlight(seen) + 1))) {
            // It was cancelled at the same moment; the permit is for the next.
            state.getAndDecrement();
        }
        return true;
    }

    @Override
    public int limit() {
        return limit.limit();
    }

    @Override
    public int maxLimit() {
        return limit.maxLimit();
    }

    @Override
    public int inFlight() {
        return inFlight(state.get());
    }

    @Override
    public int waiting() {
        return waiting(state.get());
    }

    private static int inFlight(long state) {
        return (int) state;
    }

    private static int waiting(long state) {
        return (int) (state >>> 32);
    }

    @Override
    public String toString() {
        return limit.toString();
    }

    private enum Ending {
        SUCCEEDED,
        IGNORED,
        DROPPED
    }

    private static final class SinglePermit extends Once implements Permit {
        private final FifoConcurrencyController controller;
        private final long startNanos;

        /** How many permits were out when it was given, itself included. */
        private final int place;

        SinglePermit(FifoConcurrencyController controller, long startNanos, int place) {
            this.controller = controller;
            this.startNanos = startNanos;
            this.place = place;
        }

        @Override
        public void succeeded() {
            end(Ending.SUCCEEDED, 1);
        }

        @Override
        public void succeeded(long work) {
            end(Ending.SUCCEEDED, work);
        }

        @Override
        public void ignored() {
            end(Ending.IGNORED, 1);
        }

        @Override
        public void dropped() {
            end(Ending.DROPPED, 1);
        }

        @Override
        public void outOfOrder() {
            if (ends()) {
                controller.limit.outage();
                controller.release(startNanos, place, Ending.IGNORED, 1);
            }
        }

        private void end(Ending ending, long work) {
            if (ends()) {
                controller.release(startNanos, place, ending, work);
            }
        }
    }
}
