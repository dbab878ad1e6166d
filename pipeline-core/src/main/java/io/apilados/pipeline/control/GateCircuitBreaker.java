// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The state machine behind the gate. One lock guards all state; waiters are woken outside of it.
 *
 * <p>Why not a library's: in the one that most JVM services use, the outcomes of calls that began while the breaker was
 * closed decide whether it leaves the half-open state, they give back permits that they never took there, a call that is
 * never ended keeps it half open for ever, and refusing is all it can do with work that comes while it is open.
 * Generations, leases and waiting are what it lacks, and they reach into every transition.
 */
final class GateCircuitBreaker implements CircuitBreaker {

    private static final Duration LONGEST_RETRY_AFTER = Duration.ofMinutes(5);

    private final int failuresToOpen;
    private final FailureWindow window;
    private final int windowMinimum;
    private final double failureShare;
    private final boolean shareCounts;
    private final long openNanos;
    private final long leaseNanos;
    private final long slowNanos;
    private final Scheduler scheduler;

    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<CompletableFuture<Void>> waiters = new ArrayDeque<>();
    private State state = State.CLOSED;
    private long generation;
    private int failuresInARow;
    private long openUntil;
    private @Nullable GatePermit probe;

    /** A waiter was woken to make the probe, and has until then to ask for its permit. */
    private long wokenUntil = Long.MIN_VALUE;

    GateCircuitBreaker(Builder builder) {
        this.failuresToOpen = builder.failures;
        this.window = new FailureWindow(builder.window);
        this.windowMinimum = builder.windowMinimum;
        this.failureShare = builder.failureShare;
        this.shareCounts = builder.shareCounts;
        this.openNanos = builder.openTime.toNanos();
        this.leaseNanos = builder.probeLease.toNanos();
        this.slowNanos = builder.slowCall.toNanos();
        this.scheduler = builder.scheduler;
    }

    @Override
    public Optional<Permit> tryAcquire() {
        lock.lock();
        try {
            long now = scheduler.nanoTime();
            if (state == State.CLOSED) {
                return Optional.of(new GatePermit(generation, now, false));
            }
            if (!mayProbe(now)) {
                return Optional.empty();
            }
            state = State.HALF_OPEN;
            wokenUntil = Long.MIN_VALUE;
            GatePermit given = new GatePermit(++generation, now, true);
            probe = given;
            var unused = scheduler.schedule(() -> given.leaseEnded(), Duration.ofNanos(leaseNanos));
            return Optional.of(given);
        } finally {
            lock.unlock();
        }
    }

    /** Whether it is time for a probe and none is out. */
    private boolean mayProbe(long now) {
        return state == State.HALF_OPEN ? probe == null : state == State.OPEN && now - openUntil >= 0;
    }

    @Override
    public CompletionStage<Void> whenAdmitting() {
        CompletableFuture<Void> place = new CompletableFuture<>();
        lock.lock();
        try {
            long now = scheduler.nanoTime();
            boolean nobodyWoken = wokenUntil == Long.MIN_VALUE || now - wokenUntil >= 0;
            if (state == State.CLOSED || (mayProbe(now) && nobodyWoken && waiters.isEmpty())) {
                if (state != State.CLOSED) {
                    wokenToProbe(now);
                }
                place.complete(null);
                return place;
            }
            waiters.add(place);
        } finally {
            lock.unlock();
        }
        CompletionStage<Void> unused = place.whenComplete((nothing, left) -> {
            if (left != null) {
                leave(place);
            }
        });
        return place;
    }

    private void leave(CompletableFuture<Void> place) {
        lock.lock();
        try {
            waiters.remove(place);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Permit acquire(Duration patience) throws InterruptedException, TimeoutException {
        long deadline = scheduler.nanoTime() + patience.toNanos();
        while (true) {
            CompletableFuture<Void> place = whenAdmitting().toCompletableFuture();
            try {
                place.get(Math.max(0, deadline - scheduler.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (ExecutionException e) {
                throw new AssertionError("a place at the gate never fails", e);
            } finally {
                place.cancel(false);
            }
            Optional<Permit> permit = tryAcquire();
            if (permit.isPresent()) {
                return permit.get();
            }
        }
    }

    @Override
    public State state() {
        lock.lock();
        try {
            return state;
        } finally {
            lock.unlock();
        }
    }

    private void ended(GatePermit permit, Ending ending, Duration retryAfter) {
        List<CompletableFuture<Void>> woken = List.of();
        lock.lock();
        try {
            if (permit.generation != generation) {
                return;
            }
            long now = scheduler.nanoTime();
            boolean slow = slowNanos > 0 && now - permit.startNanos > slowNanos;
            boolean failed = ending == Ending.FAILED || (ending == Ending.SUCCEEDED && slow);
            if (permit.probe) {
                woken = probeEnded(now, ending == Ending.IGNORED, failed, retryAfter);
            } else if (ending != Ending.IGNORED) {
                count(now, failed, retryAfter);
            }
        } finally {
            lock.unlock();
        }
        woken.forEach(place -> place.complete(null));
    }

    private void count(long now, boolean failed, Duration retryAfter) {
        window.add(failed);
        failuresInARow = failed ? failuresInARow + 1 : 0;
        boolean share = shareCounts && window.calls() >= windowMinimum && window.share() >= failureShare;
        if (failed && (failuresInARow >= failuresToOpen || share)) {
            open(now, retryAfter);
        }
    }

    private List<CompletableFuture<Void>> probeEnded(long now, boolean ignored, boolean failed, Duration retryAfter) {
        probe = null;
        if (ignored) {
            return nextToProbe(now);
        }
        if (failed) {
            open(now, retryAfter);
            return List.of();
        }
        state = State.CLOSED;
        generation++;
        failuresInARow = 0;
        window.clear();
        List<CompletableFuture<Void>> all = new ArrayList<>(waiters);
        waiters.clear();
        return all;
    }

    private void open(long now, Duration retryAfter) {
        state = State.OPEN;
        generation++;
        probe = null;
        wokenUntil = Long.MIN_VALUE;
        long asked = Math.min(LONGEST_RETRY_AFTER.toNanos(), retryAfter.toNanos());
        long wait = Math.max(openNanos, asked);
        openUntil = now + wait;
        var unused = scheduler.schedule(this::wakeOne, Duration.ofNanos(wait));
    }

    /** The breaker has been open for long enough: the first waiter may make the probe. */
    private void wakeOne() {
        List<CompletableFuture<Void>> woken;
        lock.lock();
        try {
            woken = nextToProbe(scheduler.nanoTime());
        } finally {
            lock.unlock();
        }
        woken.forEach(place -> place.complete(null));
    }

    /** Takes the first waiter, if a probe may be made; should it not make one in time, the next is woken. */
    private List<CompletableFuture<Void>> nextToProbe(long now) {
        boolean nobodyWoken = wokenUntil == Long.MIN_VALUE || now - wokenUntil >= 0;
        if (!mayProbe(now) || !nobodyWoken || waiters.isEmpty()) {
            return List.of();
        }
        wokenToProbe(now);
        return List.of(waiters.poll());
    }

    private void wokenToProbe(long now) {
        wokenUntil = now + leaseNanos;
        var unused = scheduler.schedule(this::wakeOne, Duration.ofNanos(leaseNanos));
    }

    private enum Ending {
        SUCCEEDED,
        FAILED,
        IGNORED
    }

    private final class GatePermit implements Permit {
        private final long generation;
        private final long startNanos;
        private final boolean probe;
        private final AtomicBoolean ended = new AtomicBoolean();

        GatePermit(long generation, long startNanos, boolean probe) {
            this.generation = generation;
            this.startNanos = startNanos;
            this.probe = probe;
        }

        @Override
        public boolean isProbe() {
            return probe;
        }

        @Override
        public void succeeded() {
            end(Ending.SUCCEEDED, Duration.ZERO);
        }

        @Override
        public void failed() {
            end(Ending.FAILED, Duration.ZERO);
        }

        @Override
        public void failed(Duration retryAfter) {
            end(Ending.FAILED, retryAfter);
        }

        @Override
        public void ignored() {
            end(Ending.IGNORED, Duration.ZERO);
        }

        /** Nobody told its end in time. */
        private void leaseEnded() {
            end(Ending.FAILED, Duration.ZERO);
        }

        private void end(Ending ending, Duration retryAfter) {
            if (ended.compareAndSet(false, true)) {
                ended(this, ending, retryAfter);
            }
        }
    }
}
