// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.resilience4j;

import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.Registration;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.StateListeners;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.Metrics;
import java.lang.ref.WeakReference;
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
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The queue and the one probe before a breaker of Resilience4j.
 *
 * <p><b>Generations.</b> Resilience4j counts none, but makes a new {@link Metrics} object whenever it becomes closed or half
 * open, and an open state keeps that of the state before. So a permit remembers the object that was in use when it was
 * given, and its outcome is told only while that one is in use and the breaker is not open. Events could be counted
 * instead, but they come after the change, and a permission taken in between would belong to no generation.
 *
 * <p>Between the look at the generation and the telling the breaker may change. Then an outcome of the closed state
 * reaches an open one, which decides nothing by it; to reach a half-open one it would have to be held up there for the
 * whole of the open wait.
 *
 * <p><b>Locks.</b> Resilience4j tells its listeners while it holds a lock of its own. So with this gate's lock
 * held it is only read, which takes no lock there; waiters are woken outside of the lock; and the listener takes none: it
 * lets the scheduler look.
 */
final class Resilience4jGate implements CircuitBreaker {

    private static final Duration LONGEST_RETRY_AFTER = Duration.ofMinutes(5);

    /** Resilience4j lets through only after the wait has passed, by a clock of milliseconds. */
    private static final Duration PAST_THE_WAIT = Duration.ofMillis(1);

    /** What {@link #acquire} waits at most, so that sums of nanoseconds do not overflow: a hundred years. */
    private static final Duration LONGEST_PATIENCE = Duration.ofDays(36_500);

    private final io.github.resilience4j.circuitbreaker.CircuitBreaker breaker;
    private final Supplier<? extends Throwable> failure;
    private final long leaseNanos;
    private final long askAgainNanos;
    private final Scheduler scheduler;

    private final StateListeners listeners = new StateListeners();
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<CompletableFuture<Void>> waiters = new ArrayDeque<>();
    private @Nullable GatePermit probe;
    private @Nullable Reservation reservation;
    private @Nullable LookAhead lookAhead;

    /** Somebody is asking Resilience4j for the probe's permission, without the lock. */
    private boolean asking;

    /** The destination asked for patience until then. */
    private long notBefore;

    /** When the wait of the last opening that was seen should be over. */
    private volatile long waitOver;

    /** A permission that was taken for a waiter, who has until then to come for it. */
    private record Reservation(CompletableFuture<Void> place, Metrics generation, long until) {}

    private record LookAhead(Scheduler.Cancellable task, long at) {}

    private Resilience4jGate(Resilience4jCircuitBreaker.Builder builder) {
        this.breaker = builder.breaker;
        this.failure = builder.failure;
        this.leaseNanos = builder.probeLease.toNanos();
        this.askAgainNanos = builder.askAgain.toNanos();
        this.scheduler = builder.scheduler;
        this.notBefore = scheduler.nanoTime();
        this.waitOver = notBefore;
    }

    /** A listener cannot be taken away again: it must not keep a gate alive that nobody uses. */
    static CircuitBreaker over(Resilience4jCircuitBreaker.Builder builder) {
        Resilience4jGate gate = new Resilience4jGate(builder);
        WeakReference<Resilience4jGate> weakly = new WeakReference<>(gate);
        var unused = gate.breaker.getEventPublisher().onStateTransition(event -> {
            Resilience4jGate told = weakly.get();
            if (told != null) {
                told.changed(event.getStateTransition().getToState());
            }
        });
        return gate;
    }

    @Override
    public Registration onStateChange(Consumer<? super State> listener) {
        return listeners.add(listener);
    }

    private void changed(io.github.resilience4j.circuitbreaker.CircuitBreaker.State to) {
        listeners.tell(state(to));
        if (to == io.github.resilience4j.circuitbreaker.CircuitBreaker.State.OPEN) {
            // Later waits of one outage may be longer than this first one: then it is asked again and again.
            Long wait = breaker.getCircuitBreakerConfig()
                    .getWaitIntervalFunctionInOpenState()
                    .apply(1);
            waitOver = scheduler.nanoTime()
                    + Duration.ofMillis(wait).plus(PAST_THE_WAIT).toNanos();
        }
        var unused = scheduler.schedule(this::look, Duration.ZERO);
    }

    @Override
    public State state() {
        return state(breaker.getState());
    }

    private static State state(io.github.resilience4j.circuitbreaker.CircuitBreaker.State theirs) {
        return switch (theirs) {
            case CLOSED, DISABLED, METRICS_ONLY -> State.CLOSED;
            case OPEN, FORCED_OPEN -> State.OPEN;
            case HALF_OPEN -> State.HALF_OPEN;
        };
    }

    @Override
    public Optional<Permit> tryAcquire() {
        while (true) {
            Metrics generation = breaker.getMetrics();
            if (state() != State.CLOSED) {
                return tryProbe();
            }
            if (!breaker.tryAcquirePermission()) {
                return Optional.empty();
            }
            if (isSame(breaker.getMetrics(), generation)) {
                return Optional.of(new GatePermit(generation, false));
            }
            // It changed meanwhile. A permission of a half-open state is given back, that of any other needs not.
            breaker.releasePermission();
        }
    }

    private Optional<Permit> tryProbe() {
        lock.lock();
        try {
            if (asking || probeIsOut() || scheduler.nanoTime() - notBefore < 0) {
                return Optional.empty();
            }
            Reservation taken = reservation;
            reservation = null;
            if (taken != null && isOfNow(taken.generation())) {
                return Optional.of(newProbe(taken.generation()));
            }
            asking = true;
        } finally {
            lock.unlock();
        }
        Metrics generation = null;
        GatePermit given = null;
        try {
            generation = ask();
        } finally {
            lock.lock();
            try {
                asking = false;
                if (generation != null) {
                    given = newProbe(generation);
                }
            } finally {
                lock.unlock();
            }
        }
        return Optional.ofNullable(given);
    }

    /** The generation of a permission that Resilience4j gave in its half-open state; null if it refused. */
    private @Nullable Metrics ask() {
        if (!breaker.tryAcquirePermission()) {
            return null;
        }
        // Should it have closed or opened again meanwhile, the permission went with the half-open state.
        Metrics generation = breaker.getMetrics();
        return isOfNow(generation) && state() == State.HALF_OPEN ? generation : null;
    }

    private boolean isOfNow(Metrics generation) {
        return isSame(breaker.getMetrics(), generation) && state() != State.OPEN;
    }

    /** It is the object that tells states apart, not what it counts. */
    @SuppressWarnings("ReferenceEquality") // That is the question.
    static boolean isSame(Object one, Object other) {
        return one == other;
    }

    private boolean probeIsOut() {
        return probe != null && isOfNow(probe.generation);
    }

    private GatePermit newProbe(Metrics generation) {
        GatePermit given = new GatePermit(generation, true);
        probe = given;
        given.lease = scheduler.schedule(given::leaseEnded, Duration.ofNanos(leaseNanos));
        return given;
    }

    @Override
    public CompletionStage<Void> whenAdmitting() {
        CompletableFuture<Void> place = new CompletableFuture<>();
        if (state() == State.CLOSED) {
            place.complete(null);
            return place;
        }
        boolean nobodyLooks;
        lock.lock();
        try {
            waiters.add(place);
            nobodyLooks = lookAhead == null;
        } finally {
            lock.unlock();
        }
        CompletionStage<Void> unused = place.whenComplete((nothing, left) -> {
            if (left != null) {
                leave(place);
            }
        });
        if (nobodyLooks || state() == State.CLOSED) {
            look();
        }
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
        Duration bounded = patience.compareTo(LONGEST_PATIENCE) < 0 ? patience : LONGEST_PATIENCE;
        long deadline = scheduler.nanoTime() + bounded.toNanos();
        while (true) {
            CompletableFuture<Void> place = whenAdmitting().toCompletableFuture();
            try {
                place.get(Math.max(0, deadline - scheduler.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (ExecutionException e) {
                throw new AssertionError("a place at the gate never fails", e);
            } catch (InterruptedException | TimeoutException e) {
                if (!place.cancel(false)) {
                    passOn(place);
                }
                throw e;
            }
            Optional<Permit> permit = tryAcquire();
            if (permit.isPresent()) {
                return permit.get();
            }
        }
    }

    /**
     * Wakes whoever may be woken: all when the breaker lets everybody through, else the first in line once Resilience4j has
     * given the permission for a probe. Looks again later while anybody waits.
     */
    private void look() {
        if (state() == State.CLOSED) {
            wakeAll();
            return;
        }
        boolean ask;
        List<Reservation> over = new ArrayList<>(1);
        lock.lock();
        try {
            long now = scheduler.nanoTime();
            if (reservation != null && !isOfNow(reservation.generation())) {
                reservation = null;
            } else if (reservation != null && now - reservation.until() >= 0) {
                over.add(reservation);
            }
            ask = !asking
                    && reservation == null
                    && !probeIsOut()
                    && !waiters.isEmpty()
                    && now - notBefore >= 0
                    && breaker.getState() != io.github.resilience4j.circuitbreaker.CircuitBreaker.State.FORCED_OPEN;
            asking |= ask;
        } finally {
            lock.unlock();
        }
        over.forEach(reserved -> passOn(reserved.place()));
        if (ask) {
            reserveForFirst();
        }
        lookAgainLater();
        if (state() == State.CLOSED) {
            wakeAll();
        }
    }

    private void reserveForFirst() {
        Metrics generation = null;
        CompletableFuture<Void> first = null;
        try {
            generation = ask();
        } finally {
            lock.lock();
            try {
                asking = false;
                if (generation != null) {
                    first = reserve(generation);
                }
            } finally {
                lock.unlock();
            }
        }
        hand(first, generation);
    }

    /** Reserves a permission for the first in line, and takes him from it. */
    private @Nullable CompletableFuture<Void> reserve(Metrics generation) {
        CompletableFuture<Void> first = waiters.poll();
        reservation = first == null ? null : new Reservation(first, generation, scheduler.nanoTime() + leaseNanos);
        return first;
    }

    /** Gives a reservation that its waiter does not come for to the next in line. */
    private void passOn(CompletableFuture<Void> place) {
        Metrics generation = null;
        CompletableFuture<Void> next = null;
        lock.lock();
        try {
            if (reservation != null && isSame(reservation.place(), place)) {
                generation = reservation.generation();
                reservation = null;
                next = isOfNow(generation) ? reserve(generation) : null;
            }
        } finally {
            lock.unlock();
        }
        hand(next, generation);
    }

    /** Wakes him for whom a permission is reserved; without anybody it is given back. */
    private void hand(@Nullable CompletableFuture<Void> place, @Nullable Metrics generation) {
        if (place != null) {
            if (!place.complete(null)) {
                passOn(place);
            }
        } else if (generation != null && isOfNow(generation)) {
            breaker.releasePermission();
        }
    }

    private void wakeAll() {
        List<CompletableFuture<Void>> all;
        lock.lock();
        try {
            all = new ArrayList<>(waiters);
            waiters.clear();
            notBefore = scheduler.nanoTime();
        } finally {
            lock.unlock();
        }
        all.forEach(place -> place.complete(null));
    }

    private void lookAgainLater() {
        lock.lock();
        try {
            if (waiters.isEmpty() && reservation == null) {
                return;
            }
            long now = scheduler.nanoTime();
            long wait = sooner(askAgainNanos, waitOver - now);
            wait = sooner(wait, notBefore - now);
            if (reservation != null) {
                wait = sooner(wait, reservation.until() - now);
            }
            if (lookAhead != null) {
                if (lookAhead.at() - (now + wait) <= 0) {
                    return;
                }
                lookAhead.task().cancel();
            }
            lookAhead = new LookAhead(scheduler.schedule(this::lookPlanned, Duration.ofNanos(wait)), now + wait);
        } finally {
            lock.unlock();
        }
    }

    private static long sooner(long wait, long other) {
        return other > 0 ? Math.min(wait, other) : wait;
    }

    private void lookPlanned() {
        lock.lock();
        try {
            lookAhead = null;
        } finally {
            lock.unlock();
        }
        look();
    }

    private void ended(GatePermit permit, Ending ending, Duration retryAfter) {
        try {
            if (isOfNow(permit.generation)) {
                tell(permit, ending);
                if (ending == Ending.FAILED && state() == State.OPEN) {
                    waitAtLeast(retryAfter);
                }
            }
        } finally {
            if (permit.probe) {
                probeEnded(permit);
            }
        }
    }

    private void tell(GatePermit permit, Ending ending) {
        long took = scheduler.nanoTime() - permit.startNanos;
        switch (ending) {
            case SUCCEEDED -> breaker.onSuccess(took, TimeUnit.NANOSECONDS);
            case FAILED -> breaker.onError(took, TimeUnit.NANOSECONDS, failure.get());
            case IGNORED -> {
                // Only a half-open state counts permissions.
                if (permit.probe) {
                    breaker.releasePermission();
                }
            }
        }
    }

    private void waitAtLeast(Duration retryAfter) {
        Duration asked = retryAfter.compareTo(LONGEST_RETRY_AFTER) < 0 ? retryAfter : LONGEST_RETRY_AFTER;
        lock.lock();
        try {
            long until = scheduler.nanoTime() + asked.toNanos();
            notBefore = until - notBefore > 0 ? until : notBefore;
        } finally {
            lock.unlock();
        }
    }

    private void probeEnded(GatePermit permit) {
        permit.lease.cancel();
        lock.lock();
        try {
            if (probe == permit) {
                probe = null;
            }
        } finally {
            lock.unlock();
        }
        look();
    }

    private enum Ending {
        SUCCEEDED,
        FAILED,
        IGNORED
    }

    private final class GatePermit implements Permit {
        private final Metrics generation;
        private final boolean probe;
        private final long startNanos = scheduler.nanoTime();
        private final AtomicBoolean ended = new AtomicBoolean();
        private volatile Scheduler.Cancellable lease = () -> {};

        GatePermit(Metrics generation, boolean probe) {
            this.generation = generation;
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
