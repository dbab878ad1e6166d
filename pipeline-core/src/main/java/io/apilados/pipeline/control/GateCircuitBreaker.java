// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import io.apilados.pipeline.control.Scheduler.Cancellable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The state machine behind the gate. What is true from one change of state to the next is an {@link Era}. While the
 * breaker is closed, a permit costs one look at the era and a success one look at its failures; whatever changes
 * something takes the one lock that guards all state. Waiters are woken outside of it.
 *
 * <p>Why not a library's: in the one that most JVM services use, the outcomes of calls that began while the breaker was
 * closed decide whether it leaves the half-open state, they give back permits that they never took there, a call that is
 * never ended keeps it half open for ever, and refusing is all it can do with work that comes while it is open.
 * Generations, leases and waiting are what it lacks, and they reach into every transition.
 */
final class GateCircuitBreaker implements CircuitBreaker {

    private static final long LONGEST_RETRY_AFTER = Duration.ofMinutes(5).toNanos();

    private final int failuresToOpen;
    private final int window;
    private final int windowMinimum;
    private final double failureShare;
    private final boolean shareCounts;
    private final long openNanos;
    private final long leaseNanos;
    private final long slowNanos;
    private final Scheduler scheduler;

    private final ReentrantLock lock = new ReentrantLock();
    private final LinkedHashSet<CompletableFuture<Void>> waiters = new LinkedHashSet<>();
    private final StateListeners listeners = new StateListeners();
    private final Trampoline trampoline = new Trampoline();
    private volatile Era era;
    private long openUntil;
    private @Nullable ProbePermit probe;

    /** Who was woken to make the probe, and has until then to ask for its permit. */
    private @Nullable CompletableFuture<Void> woken;

    private long wokenUntil;

    /** What comes next by itself: the end of being open, of a probe's lease, or of waiting for one who was woken. */
    private @Nullable Cancellable timer;

    GateCircuitBreaker(Builder builder) {
        this.failuresToOpen = builder.failures;
        this.window = builder.window;
        this.windowMinimum = builder.windowMinimum;
        this.failureShare = builder.failureShare;
        this.shareCounts = builder.shareCounts;
        this.openNanos = Waits.nanos(builder.openTime);
        this.leaseNanos = Waits.nanos(builder.probeLease);
        this.slowNanos = Waits.nanos(builder.slowCall);
        this.scheduler = builder.scheduler;
        this.era = closed();
    }

    @Override
    public String toString() {
        return "opens at " + failuresToOpen + " failures in a row, for " + Duration.ofNanos(openNanos);
    }

    /**
     * From one change of state to the next. A permit belongs to the one in which it was given: in another it decides
     * nothing.
     */
    private static final class Era {
        final State state;

        /** Null if the share of failures does not count. */
        final @Nullable FailureWindow window;

        /** How many calls failed, and how many of them in a row until now. Written under the lock. */
        volatile int failures;

        volatile int inARow;

        Era(State state, @Nullable FailureWindow window) {
            this.state = state;
            this.window = window;
        }
    }

    private Era closed() {
        return new Era(State.CLOSED, shareCounts ? new FailureWindow(window) : null);
    }

    @Override
    public State state() {
        return era.state;
    }

    @Override
    public Registration onStateChange(Consumer<? super State> listener) {
        return listeners.add(listener);
    }

    @Override
    public Optional<Permit> tryAcquire() {
        Era now = era;
        return now.state == State.CLOSED ? Optional.of(call(now)) : tryProbe();
    }

    private CallPermit call(Era of) {
        // All that is volatile is read before the object is begun; else the compiler keeps it (seen in JDK 17).
        int failuresBefore = of.failures;
        long startNanos = slowNanos > 0 ? scheduler.nanoTime() : 0;
        return new CallPermit(this, of, failuresBefore, startNanos);
    }

    private Optional<Permit> tryProbe() {
        lock.lock();
        try {
            long now = scheduler.nanoTime();
            if (era.state == State.CLOSED) {
                return Optional.of(call(era));
            }
            if (!mayProbe(now)) {
                return Optional.empty();
            }
            woken = null;
            ProbePermit given = new ProbePermit(this, now);
            probe = given;
            // Nobody may tell its end.
            in(leaseNanos, given::failed);
            changeTo(new Era(State.HALF_OPEN, null));
            return Optional.of(given);
        } finally {
            lock.unlock();
        }
    }

    /** Whether it is time for a probe and none is out. */
    private boolean mayProbe(long now) {
        return era.state == State.HALF_OPEN ? probe == null : era.state == State.OPEN && now - openUntil >= 0;
    }

    private void in(long nanos, Runnable task) {
        if (timer != null) {
            timer.cancel();
        }
        timer = scheduler.schedule(task, Duration.ofNanos(nanos));
    }

    @Override
    public CompletionStage<Void> whenAdmitting() {
        CompletableFuture<Void> place = new CompletableFuture<>();
        if (era.state == State.CLOSED) {
            place.complete(null);
            return place;
        }
        lock.lock();
        try {
            long now = scheduler.nanoTime();
            if (era.state == State.CLOSED || (waiters.isEmpty() && mayWake(now))) {
                if (era.state != State.CLOSED) {
                    wokenToProbe(place, now);
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
        Era now = era;
        return now.state == State.CLOSED ? call(now) : await(patience);
    }

    private Permit await(Duration patience) throws InterruptedException, TimeoutException {
        long deadline = scheduler.nanoTime() + Waits.nanos(patience);
        while (true) {
            CompletableFuture<Void> place = whenAdmitting().toCompletableFuture();
            try {
                Waits.until(place, deadline - scheduler.nanoTime(), scheduler);
            } catch (InterruptedException e) {
                if (!place.cancel(false)) {
                    passOn(place);
                }
                throw e;
            }
            if (place.cancel(false)) {
                throw new TimeoutException("the circuit breaker did not close within " + patience.toMillis()
                        + " ms: the destination still fails");
            }
            Optional<Permit> permit = tryAcquire();
            if (permit.isPresent()) {
                return permit.get();
            }
        }
    }

    private void callSucceeded(Era of, int failuresBefore, long startNanos) {
        if (slowNanos > 0 && scheduler.nanoTime() - startNanos > slowNanos) {
            callFailed(of, failuresBefore, 0);
            return;
        }
        if (of.window != null) {
            of.window.succeeded();
        }
        if (of.inARow > 0) {
            endRow(of);
        }
    }

    private void endRow(Era of) {
        lock.lock();
        try {
            of.inARow = 0;
        } finally {
            lock.unlock();
        }
    }

    private void callFailed(Era of, int failuresBefore, long retryAfterNanos) {
        lock.lock();
        try {
            if (of == era && opens(of, failuresBefore)) {
                open(retryAfterNanos);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Counts a failure of a call before which there had been so many. */
    private boolean opens(Era of, int failuresBefore) {
        int failures = of.failures + 1;
        int inARow = of.inARow + 1;
        of.failures = failures;
        of.inARow = inARow;
        if (inARow >= failuresToOpen && isConfirmed(inARow, failures, failuresBefore)) {
            return true;
        }
        FailureWindow last = of.window;
        if (last == null) {
            return false;
        }
        last.failed();
        return last.calls() >= windowMinimum
                && last.share() >= failureShare
                && isConfirmed(last.failures(), failures, failuresBefore);
    }

    /**
     * Whether the last of so many failures was that of a call which began after the first of them: calls that were under
     * way together may all have failed of one and the same moment.
     */
    private static boolean isConfirmed(int counted, int failures, int failuresBefore) {
        return counted == 1 || failuresBefore > failures - counted;
    }

    /** Everything else is as it is then: a listener may ask for a permit at once. */
    private void changeTo(Era next) {
        boolean changed = next.state != era.state;
        era = next;
        if (changed) {
            listeners.tell(next.state);
        }
    }

    private void open(long retryAfterNanos) {
        probe = null;
        woken = null;
        long wait = Math.max(openNanos, Math.min(LONGEST_RETRY_AFTER, retryAfterNanos));
        openUntil = scheduler.nanoTime() + wait;
        in(wait, () -> trampoline.run(this::wakeNext));
        changeTo(new Era(State.OPEN, null));
    }

    private void probeEnded(ProbePermit ended, Ending ending, long retryAfterNanos) {
        List<CompletableFuture<Void>> admitted = List.of();
        lock.lock();
        try {
            if (probe != ended) {
                return;
            }
            probe = null;
            boolean slow = slowNanos > 0 && scheduler.nanoTime() - ended.startNanos > slowNanos;
            if (ending == Ending.FAILED || (ending == Ending.SUCCEEDED && slow)) {
                open(retryAfterNanos);
            } else {
                if (timer != null) {
                    timer.cancel();
                }
                if (ending == Ending.SUCCEEDED) {
                    admitted = new ArrayList<>(waiters);
                    waiters.clear();
                    changeTo(closed());
                }
            }
        } finally {
            lock.unlock();
        }
        admitted.forEach(place -> place.complete(null));
        trampoline.run(this::wakeNext);
    }

    /** Who was woken does not come. */
    private void passOn(CompletableFuture<Void> place) {
        lock.lock();
        try {
            if (place.equals(woken)) {
                woken = null;
            }
        } finally {
            lock.unlock();
        }
        trampoline.run(this::wakeNext);
    }

    /** Wakes the first waiter, if a probe may be made; should it not make one in time, the next is woken. */
    private boolean wakeNext() {
        CompletableFuture<Void> next;
        lock.lock();
        try {
            long now = scheduler.nanoTime();
            if (waiters.isEmpty() || !mayWake(now)) {
                return false;
            }
            Iterator<CompletableFuture<Void>> first = waiters.iterator();
            next = first.next();
            first.remove();
            wokenToProbe(next, now);
        } finally {
            lock.unlock();
        }
        if (!next.complete(null)) {
            passOn(next);
        }
        return true;
    }

    private boolean mayWake(long now) {
        return mayProbe(now) && (woken == null || now - wokenUntil >= 0);
    }

    private void wokenToProbe(CompletableFuture<Void> place, long now) {
        woken = place;
        wokenUntil = now + leaseNanos;
        in(leaseNanos, () -> trampoline.run(this::wakeNext));
    }

    private enum Ending {
        SUCCEEDED,
        FAILED,
        IGNORED
    }

    /** For one call of a closed breaker. */
    private static final class CallPermit extends Once implements Permit {
        private final GateCircuitBreaker breaker;
        private final Era era;

        /** How many calls had failed when it was given. */
        private final int failuresBefore;

        private final long startNanos;

        CallPermit(GateCircuitBreaker breaker, Era era, int failuresBefore, long startNanos) {
            this.breaker = breaker;
            this.era = era;
            this.failuresBefore = failuresBefore;
            this.startNanos = startNanos;
        }

        @Override
        public boolean isProbe() {
            return false;
        }

        @Override
        public void succeeded() {
            if (ends()) {
                breaker.callSucceeded(era, failuresBefore, startNanos);
            }
        }

        @Override
        public void failed() {
            if (ends()) {
                breaker.callFailed(era, failuresBefore, 0);
            }
        }

        @Override
        public void failed(Duration retryAfter) {
            if (ends()) {
                breaker.callFailed(era, failuresBefore, Waits.nanos(retryAfter));
            }
        }

        @Override
        public void ignored() {
            var unused = ends();
        }
    }

    /** For the one call of a half-open breaker. */
    private static final class ProbePermit extends Once implements Permit {
        private final GateCircuitBreaker breaker;
        private final long startNanos;

        ProbePermit(GateCircuitBreaker breaker, long startNanos) {
            this.breaker = breaker;
            this.startNanos = startNanos;
        }

        @Override
        public boolean isProbe() {
            return true;
        }

        @Override
        public void succeeded() {
            end(Ending.SUCCEEDED, 0);
        }

        @Override
        public void failed() {
            end(Ending.FAILED, 0);
        }

        @Override
        public void failed(Duration retryAfter) {
            end(Ending.FAILED, Waits.nanos(retryAfter));
        }

        @Override
        public void ignored() {
            end(Ending.IGNORED, 0);
        }

        private void end(Ending ending, long retryAfterNanos) {
            if (ends()) {
                breaker.probeEnded(this, ending, retryAfterNanos);
            }
        }
    }
}
