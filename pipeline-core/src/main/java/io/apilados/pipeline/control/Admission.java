// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import io.apilados.pipeline.control.RateLimit.Reservation;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Leads one attempt to its {@link Pass}: past the breaker's gate, to a concurrency slot, to a moment of the rate limit,
 * and to the breaker's permit last, so that nobody waits while holding a probe's. If the gate has closed meanwhile, the
 * slot is given back and it waits at the gate again.
 *
 * <p>Never blocks. Ends once: admitted, cancelled, refused by a controller whose queue is full, or failed because the breaker,
 * the controller or the limit threw something; what was taken on the way is given back. Safe for use by many threads.
 */
public final class Admission {

    private enum State {
        WAITING,
        ADMITTED,
        CANCELLED
    }

    private static final Runnable NOTHING = () -> {};

    private final Resilience resilience;
    private final Consumer<Pass> admitted;
    private final Consumer<Throwable> refused;
    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);

    /** How to leave the place where it waits now. */
    private volatile Runnable leave = NOTHING;

    private volatile boolean pastGate;

    Admission(Resilience resilience, Consumer<Pass> admitted, Consumer<Throwable> refused) {
        this.resilience = resilience;
        this.admitted = admitted;
        this.refused = refused;
    }

    /**
     * Gives up waiting, and gives back whatever was taken on the way.
     *
     * @return false if it was too late: there is a pass already, or it was cancelled before
     */
    public boolean cancel() {
        if (!state.compareAndSet(State.WAITING, State.CANCELLED)) {
            return false;
        }
        leavePlace(leave);
        passTurnOn();
        return true;
    }

    /** Whoever leaves is not to be kept from his end because the caller's own limit or controller is at fault. */
    private static void leavePlace(Runnable leave) {
        try {
            leave.run();
        } catch (RuntimeException | Error e) {
            // The run is ending, or the wait is over: there is nobody to tell.
        }
    }

    /** Who was let past the gate to probe and does not lets the next one do so. */
    private void passTurnOn() {
        try {
            if (pastGate) {
                resilience.circuitBreaker().tryAcquire().ifPresent(CircuitBreaker.Permit::ignored);
            }
        } catch (RuntimeException | Error e) {
            // The breaker is at fault; who leaves has his reason already.
        }
    }

    void begin() {
        try {
            goToGate();
        } catch (RuntimeException | Error e) {
            failed(e);
        }
    }

    /** There will be no pass: the queue is full, or the caller's own breaker, controller or limit is at fault. */
    private void failed(Throwable reason) {
        if (!state.compareAndSet(State.WAITING, State.CANCELLED)) {
            return;
        }
        passTurnOn();
        refused.accept(reason);
    }

    private void goToGate() {
        CompletableFuture<Void> place =
                resilience.circuitBreaker().whenAdmitting().toCompletableFuture();
        waitAt(() -> place.cancel(false));
        CompletionStage<Void> unused = place.whenComplete((nothing, left) -> {
            if (left == null && isWaiting()) {
                pastGate = true;
                try {
                    askForSlot();
                } catch (RuntimeException | Error e) {
                    failed(e);
                }
            }
        });
    }

    private void askForSlot() {
        CompletableFuture<ConcurrencyController.Permit> place =
                resilience.concurrency().acquireAsync().toCompletableFuture();
        waitAt(() -> place.cancel(false));
        CompletionStage<ConcurrencyController.Permit> unused = place.whenComplete((slot, left) -> {
            if (slot != null) {
                slotGiven(slot);
            } else {
                failed(left);
            }
        });
    }

    private void slotGiven(ConcurrencyController.Permit slot) {
        if (!isWaiting()) {
            slot.ignored();
            return;
        }
        Reservation moment;
        Duration pause;
        try {
            moment = resilience.rate().reserve();
            pause = moment.delay();
        } catch (RuntimeException | Error e) {
            slot.ignored();
            failed(e);
            return;
        }
        if (pause.isZero()) {
            passGate(slot, moment);
            return;
        }
        AtomicReference<ConcurrencyController.@Nullable Permit> held = new AtomicReference<>(slot);
        waitAt(() -> {
            ConcurrencyController.Permit still = held.getAndSet(null);
            if (still != null) {
                Throwable unused = giveBack(still, moment);
            }
        });
        try {
            // Not called off by who leaves: it finds nothing then.
            Scheduler.Cancellable unused = resilience
                    .scheduler()
                    .schedule(
                            () -> {
                                ConcurrencyController.Permit still = held.getAndSet(null);
                                if (still != null) {
                                    passGate(still, moment);
                                }
                            },
                            pause);
        } catch (RuntimeException | Error e) {
            leavePlace(leave);
            failed(e);
        }
    }

    /** Gives back both, whichever is at fault; what was thrown meanwhile, or null. */
    private static @Nullable Throwable giveBack(ConcurrencyController.Permit slot, Reservation moment) {
        Throwable fault = null;
        try {
            moment.cancel();
        } catch (RuntimeException | Error e) {
            fault = e;
        }
        try {
            slot.ignored();
        } catch (RuntimeException | Error e) {
            fault = e;
        }
        return fault;
    }

    private void passGate(ConcurrencyController.Permit slot, Reservation moment) {
        if (!isWaiting()) {
            Throwable unused = giveBack(slot, moment);
            return;
        }
        Optional<CircuitBreaker.Permit> permit;
        try {
            permit = resilience.circuitBreaker().tryAcquire();
        } catch (RuntimeException | Error e) {
            Throwable unused = giveBack(slot, moment);
            failed(e);
            return;
        }
        if (permit.isEmpty()) {
            Throwable fault = giveBack(slot, moment);
            if (fault == null) {
                begin();
            } else {
                failed(fault);
            }
            return;
        }
        leave = NOTHING;
        Pass pass = new Pass(slot, permit.get(), resilience);
        if (state.compareAndSet(State.WAITING, State.ADMITTED)) {
            admitted.accept(pass);
        } else {
            pass.ignored();
        }
    }

    /** Whoever cancels from now on leaves this place; and whoever did so just before, does it here. */
    private void waitAt(Runnable toLeave) {
        leave = toLeave;
        if (!isWaiting()) {
            toLeave.run();
        }
    }

    private boolean isWaiting() {
        return state.get() == State.WAITING;
    }
}
