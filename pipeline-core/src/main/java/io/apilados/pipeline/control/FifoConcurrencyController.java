// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/** A queue of waiters before a {@link ConcurrencyLimit}. One lock guards all state; waiters are woken outside of it. */
final class FifoConcurrencyController implements ConcurrencyController {

    private final ConcurrencyLimit algorithm;
    private final Scheduler scheduler;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<CompletableFuture<Permit>> queue = new ArrayDeque<>();
    private int inFlight;

    FifoConcurrencyController(ConcurrencyLimit algorithm, Scheduler scheduler) {
        this.algorithm = algorithm;
        this.scheduler = scheduler;
    }

    @Override
    public Permit acquire() throws InterruptedException {
        CompletableFuture<Permit> place = place();
        try {
            return place.get();
        } catch (InterruptedException e) {
            if (!place.cancel(false)) {
                place.join().ignored();
            }
            throw e;
        } catch (ExecutionException e) {
            throw new AssertionError("a place in the queue never fails", e);
        }
    }

    @Override
    public CompletionStage<Permit> acquireAsync() {
        return place();
    }

    private CompletableFuture<Permit> place() {
        CompletableFuture<Permit> place = new CompletableFuture<>();
        lock.lock();
        try {
            if (queue.isEmpty() && inFlight < algorithm.limit()) {
                inFlight++;
                place.complete(new SinglePermit(scheduler.nanoTime(), inFlight));
                return place;
            }
            queue.add(place);
        } finally {
            lock.unlock();
        }
        CompletionStage<Permit> unused = place.whenComplete((permit, cancelled) -> {
            if (cancelled != null) {
                leave(place);
            }
        });
        return place;
    }

    private void leave(CompletableFuture<Permit> place) {
        lock.lock();
        try {
            queue.remove(place);
        } finally {
            lock.unlock();
        }
    }

    private void release(SinglePermit permit, Ending ending, long work) {
        lock.lock();
        try {
            inFlight--;
            if (ending != Ending.IGNORED) {
                algorithm.onSample(
                        permit.startNanos,
                        scheduler.nanoTime(),
                        permit.inFlightAtStart,
                        ending == Ending.DROPPED,
                        work);
            }
        } finally {
            lock.unlock();
        }
        handOut();
    }

    /** Gives free permits to the first in line. A waiter that was cancelled at the same moment is passed over. */
    private void handOut() {
        while (true) {
            List<CompletableFuture<Permit>> next = new ArrayList<>(1);
            List<SinglePermit> permits = new ArrayList<>(1);
            lock.lock();
            try {
                while (inFlight < algorithm.limit() && !queue.isEmpty()) {
                    inFlight++;
                    next.add(queue.poll());
                    permits.add(new SinglePermit(scheduler.nanoTime(), inFlight));
                }
            } finally {
                lock.unlock();
            }
            int refused = 0;
            for (int i = 0; i < next.size(); i++) {
                if (!next.get(i).complete(permits.get(i))) {
                    refused++;
                }
            }
            if (refused == 0) {
                return;
            }
            lock.lock();
            try {
                inFlight -= refused;
            } finally {
                lock.unlock();
            }
        }
    }

    @Override
    public int limit() {
        lock.lock();
        try {
            return algorithm.limit();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int maxLimit() {
        return algorithm.maxLimit();
    }

    @Override
    public int inFlight() {
        lock.lock();
        try {
            return inFlight;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int waiting() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    private enum Ending {
        SUCCEEDED,
        IGNORED,
        DROPPED
    }

    private final class SinglePermit implements Permit {
        private final long startNanos;
        private final int inFlightAtStart;
        private final AtomicBoolean ended = new AtomicBoolean();

        SinglePermit(long startNanos, int inFlightAtStart) {
            this.startNanos = startNanos;
            this.inFlightAtStart = inFlightAtStart;
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

        private void end(Ending ending, long work) {
            if (ended.compareAndSet(false, true)) {
                release(this, ending, work);
            }
        }
    }
}
