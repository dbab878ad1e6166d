// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.ConcurrencyController.Permit;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Records that are sent together, over and over if need be. One thing happens to a part at a time, on whichever thread
 * the last one ended.
 *
 * @param <T> what a record is
 */
final class Part<T> {
    private final Deliverer<T> deliverer;
    private final Journey<T> journey;
    private final Batch<T> batch;

    /** Of which search this is the next question; null if it is none. */
    private final @Nullable Search<T> search;

    private int failures;
    private long firstFailureNanos;
    private String lastReason = "";

    Part(Deliverer<T> deliverer, Journey<T> journey, Batch<T> batch, @Nullable Search<T> search) {
        this.deliverer = deliverer;
        this.journey = journey;
        this.batch = batch;
        this.search = search;
    }

    /** Waits at the gate, then for a slot, then for a moment; the gate may have closed meanwhile. */
    void send() {
        CompletableFuture<Void> place = deliverer.breaker.whenAdmitting().toCompletableFuture();
        Waiting<T> atGate = new Waiting<>(deliverer, this, () -> place.cancel(false));
        limitToPatience(atGate);
        CompletionStage<Void> unused = place.whenComplete((nothing, left) -> {
            if (left == null && atGate.ends()) {
                askForSlot();
            }
        });
        atGate.begin();
    }

    /** A part that has failed before does not wait at the gate for longer than the patience that is left. */
    private void limitToPatience(Waiting<T> atGate) {
        if (failures > 0) {
            Duration failing = Duration.ofNanos(deliverer.scheduler.nanoTime() - firstFailureNanos);
            Duration left = deliverer.retry.patience().minus(failing);
            atGate.onCancel(deliverer.scheduler.schedule(
                    () -> {
                        if (atGate.ends()) {
                            patienceEnded("");
                        }
                    },
                    left.isNegative() ? Duration.ZERO : left));
        }
    }

    private void askForSlot() {
        CompletableFuture<Permit> place = deliverer.concurrency.acquireAsync().toCompletableFuture();
        Waiting<T> forSlot = new Waiting<>(deliverer, this, () -> place.cancel(false));
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
        Duration pause = deliverer.rate.reserve();
        if (pause.isZero()) {
            passGate(permit);
            return;
        }
        Waiting<T> forMoment = new Waiting<>(deliverer, this, permit::ignored);
        forMoment.onCancel(deliverer.scheduler.schedule(
                () -> {
                    if (forMoment.ends()) {
                        passGate(permit);
                    }
                },
                pause));
        forMoment.begin();
    }

    /** The breaker's permit comes last, so that nobody waits while holding a probe's. */
    private void passGate(Permit permit) {
        if (deliverer.stopped) {
            permit.ignored();
            abandoned();
            return;
        }
        Optional<CircuitBreaker.Permit> pass = deliverer.breaker.tryAcquire();
        if (pass.isPresent()) {
            attempt(permit, pass.get());
        } else {
            permit.ignored();
            send();
        }
    }

    private void attempt(Permit permit, CircuitBreaker.Permit pass) {
        journey.settlement().sending(batch);
        CompletionStage<DeliveryOutcome> stage;
        try {
            stage = deliverer.delivery.deliver(batch);
        } catch (RuntimeException | Error e) {
            stage = CompletableFuture.failedStage(e);
        }
        CompletionStage<DeliveryOutcome> unused = stage.whenComplete((outcome, failure) -> {
            try {
                concluded(permit, pass, outcome, failure);
            } catch (RuntimeException | Error e) {
                journey.settlement().failed(e);
                abandoned();
            }
        });
    }

    private void concluded(
            Permit permit, CircuitBreaker.Permit pass, @Nullable DeliveryOutcome outcome, @Nullable Throwable failure) {
        DeliveryOutcome known = outcome == null ? ambiguous(failure) : outcome;
        if (known == null) {
            permit.ignored();
            pass.ignored();
            journey.settlement()
                    .failed(
                            failure == null
                                    ? new NullPointerException("the delivery's outcome was null")
                                    : cause(failure));
            abandoned();
            return;
        }
        tell(pass, known);
        if (known instanceof DeliveryOutcome.Retry again && again.overloaded()) {
            permit.dropped();
        } else {
            permit.succeeded(batch.size());
        }
        settled(known);
    }

    private static void tell(CircuitBreaker.Permit pass, DeliveryOutcome outcome) {
        if (outcome instanceof DeliveryOutcome.Stop) {
            pass.ignored();
        } else if (outcome instanceof DeliveryOutcome.Retry again && again.failing()) {
            Duration after = again.after();
            if (after == null) {
                pass.failed();
            } else {
                pass.failed(after);
            }
        } else {
            pass.succeeded();
        }
    }

    private void settled(DeliveryOutcome outcome) {
        if (outcome instanceof DeliveryOutcome.Delivered) {
            deliverer.budget.succeeded();
            journey.settlement().delivered(batch);
            goOn();
        } else if (outcome instanceof DeliveryOutcome.Retry again) {
            later(again.reason(), again.after());
        } else if (outcome instanceof DeliveryOutcome.Refused refused) {
            journey.disturbed(refused.tooLarge());
            refused(refused);
        } else if (outcome instanceof DeliveryOutcome.PerRecord each) {
            deliverer.budget.succeeded();
            perRecord(each);
            goOn();
        } else if (outcome instanceof DeliveryOutcome.Stop stop) {
            journey.settlement().stop(stop.code(), stop.message());
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
        if (search != null && !refused.tooLarge()) {
            search.refused(batch, refused);
        } else if (batch.size() == 1) {
            journey.settlement().rejected(batch, 0, refused.code(), refused.message());
            goOn();
        } else if (refused.tooLarge()) {
            // Each half may be small enough: nothing follows for one from the other.
            int half = batch.size() / 2;
            journey.begin(batch.part(0, half));
            journey.begin(batch.part(half, batch.size()));
            goOn();
        } else {
            new Search<>(deliverer, journey, batch).ask();
        }
    }

    private void perRecord(DeliveryOutcome.PerRecord each) {
        PerRecordResult result = PerRecordResult.of(each, batch.size());
        if (result.delivered().length > 0) {
            journey.settlement().delivered(batch.select(result.delivered()));
        }
        if (result.delivered().length < batch.size()) {
            journey.disturbed(false);
        }
        for (int index : result.rejected()) {
            RecordOutcome.Rejected rejected =
                    (RecordOutcome.Rejected) each.outcomes().get(index);
            journey.settlement().rejected(batch, index, rejected.code(), rejected.message());
        }
        if (result.retried().length > 0) {
            Part<T> rest = journey.add(batch.select(result.retried()));
            rest.failures = failures;
            rest.firstFailureNanos = firstFailureNanos;
            rest.later(result.reason(), result.after());
        }
    }

    private void later(String reason, @Nullable Duration after) {
        journey.disturbed(false);
        lastReason = reason;
        long now = deliverer.scheduler.nanoTime();
        if (failures++ == 0) {
            firstFailureNanos = now;
        }
        Duration failing = Duration.ofNanos(now - firstFailureNanos);
        Duration left = deliverer.retry.patience().minus(failing);
        Duration backoff = deliverer.backoff(failures);
        boolean wished = after != null && after.compareTo(backoff) > 0;
        Duration delay = after != null && wished ? after : backoff.compareTo(left) > 0 ? left : backoff;
        if (left.isNegative() || left.isZero() || delay.compareTo(left) > 0) {
            patienceEnded(wished ? ", it asks to wait for another " + delay.toMillis() + " ms" : "");
            return;
        }
        journey.settlement().retrying(batch, reason, delay);
        Waiting<T> forNextAttempt = new Waiting<>(deliverer, this, () -> {});
        forNextAttempt.onCancel(deliverer.scheduler.schedule(
                () -> {
                    if (forNextAttempt.ends()) {
                        send();
                    }
                },
                delay));
        forNextAttempt.begin();
    }

    private void patienceEnded(String wish) {
        long failing = Duration.ofNanos(deliverer.scheduler.nanoTime() - firstFailureNanos)
                .toMillis();
        journey.settlement()
                .stop(
                        "patience-ended",
                        "the destination has not taken " + batch + " for " + failing + " ms in " + failures
                                + " attempts (last: " + lastReason + wish + "), and patience is "
                                + deliverer.retry.patience().toMillis() + " ms");
        abandoned();
    }

    /** Leaves its records unsettled. */
    void abandoned() {
        journey.disturbed(false);
        journey.partEnded();
    }

    /** Null if the failure is not of a kind that leaves open what happened. */
    private static @Nullable DeliveryOutcome ambiguous(@Nullable Throwable failure) {
        Throwable cause = failure == null ? null : cause(failure);
        if (cause instanceof TimeoutException) {
            return DeliveryOutcome.timedOut();
        }
        return cause instanceof IOException broken ? DeliveryOutcome.lost(broken) : null;
    }

    private static Throwable cause(Throwable failure) {
        boolean wrapper = failure instanceof CompletionException || failure instanceof ExecutionException;
        return wrapper && failure.getCause() != null ? failure.getCause() : failure;
    }
}
