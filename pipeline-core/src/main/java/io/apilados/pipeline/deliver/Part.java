// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.control.Admission;
import io.apilados.pipeline.control.Pass;
import io.apilados.pipeline.control.Scheduler.Cancellable;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Records that are sent together, over and over if need be. One thing happens to a part at a time, on whichever thread
 * the last one ended.
 *
 * @param <T> what a record is
 */
final class Part<T> {
    /** Whoever wishes to be left alone for longer means for ever. */
    private static final Duration LONGEST_WISH = Duration.ofDays(3650);

    private final Deliverer<T> deliverer;
    private final Journey<T> journey;
    private final Batch<T> batch;

    /** Of which search this is the next question; null if it is none. */
    private final @Nullable Search<T> search;

    private int failures;
    private long firstFailureNanos;
    private String lastReason = "";

    /** Whether it waits for its next attempt. */
    private boolean pausing;

    Part(Deliverer<T> deliverer, Journey<T> journey, Batch<T> batch, @Nullable Search<T> search) {
        this.deliverer = deliverer;
        this.journey = journey;
        this.batch = batch;
        this.search = search;
    }

    /** Waits for the right to make an attempt, and makes it. */
    void send() {
        Optional<Pass> atOnce;
        try {
            atOnce = deliverer.stopped ? Optional.empty() : deliverer.resilience.tryAdmit();
        } catch (RuntimeException | Error e) {
            atFault(e);
            return;
        }
        if (atOnce.isPresent()) {
            attempt(atOnce.get());
        } else {
            await();
        }
    }

    private void await() {
        Waiting<T> forPass = new Waiting<>(deliverer, this);
        try {
            limitToPatience(forPass);
        } catch (RuntimeException | Error e) {
            atFault(e);
            return;
        }
        Admission admission = deliverer.resilience.admit(
                pass -> {
                    if (!forPass.ends()) {
                        pass.ignored();
                    } else if (deliverer.stopped) {
                        pass.ignored();
                        abandoned();
                    } else {
                        attempt(pass);
                    }
                },
                refusal -> {
                    if (!forPass.ends()) {
                        return;
                    }
                    Throwable cause = cause(refusal);
                    if (cause instanceof RejectedExecutionException) {
                        laterOrFail("queue-full", null);
                    } else {
                        atFault(cause);
                    }
                });
        forPass.onLeaving(admission::cancel);
        forPass.begin();
    }

    /** A part that has failed before does not wait for longer than the patience that is left. */
    private void limitToPatience(Waiting<T> forPass) {
        if (failures > 0) {
            Duration failing = Duration.ofNanos(deliverer.scheduler.nanoTime() - firstFailureNanos);
            Duration left = deliverer.retry.patience().minus(failing);
            forPass.onEnd(deliverer.scheduler.schedule(
                    () -> {
                        if (forPass.leaves()) {
                            patienceEnded("");
                        }
                    },
                    left.isNegative() ? Duration.ZERO : left));
        }
    }

    private void attempt(Pass pass) {
        long began = deliverer.scheduler.nanoTime();
        RequestWatch watch;
        try {
            journey.attempted();
            watch = journey.settlement().sending(batch);
        } catch (RuntimeException | Error e) {
            atFault(pass, e);
            return;
        }
        Attempt<T> attempt = new Attempt<>(this, pass, watch, began);
        try {
            deliver(watch.context(), attempt);
        } catch (RuntimeException | Error e) {
            // Code that is not ours, or a stage of its own that cannot tell its outcome.
            attempt.ended(null, e);
        }
    }

    /** An attempt on its way. It is concluded once, however often it is told. */
    private static final class Attempt<T> implements BatchDelivery.Ending {
        private final Part<T> part;
        private final Pass pass;
        private final RequestWatch watch;
        private final long began;
        private final AtomicInteger tellings = new AtomicInteger();

        Attempt(Part<T> part, Pass pass, RequestWatch watch, long began) {
            this.part = part;
            this.pass = pass;
            this.watch = watch;
            this.began = began;
        }

        @Override
        public void ended(@Nullable DeliveryOutcome outcome, @Nullable Throwable failure) {
            if (tellings.getAndIncrement() == 0) {
                part.conclude(pass, watch, began, outcome, failure);
            }
        }
    }

    /**
     * Tells an attempt that it has ended when that is so and its context was left as well: what follows from it, such as
     * another request, is not part of it.
     */
    private static final class HeldBack implements BatchDelivery.Ending {
        private final BatchDelivery.Ending end;
        private final AtomicInteger tellings = new AtomicInteger();
        private final AtomicInteger missing = new AtomicInteger(2);

        // Written by the first telling, and read when nothing is missing any more.
        private @Nullable DeliveryOutcome outcome;
        private @Nullable Throwable failure;

        HeldBack(BatchDelivery.Ending end) {
            this.end = end;
        }

        @Override
        public void ended(@Nullable DeliveryOutcome ofBatch, @Nullable Throwable why) {
            if (tellings.getAndIncrement() == 0) {
                outcome = ofBatch;
                failure = why;
                step();
            }
        }

        void step() {
            if (missing.decrementAndGet() == 0) {
                end.ended(outcome, failure);
            }
        }
    }

    private void conclude(
            Pass pass, RequestWatch watch, long began, @Nullable DeliveryOutcome outcome, @Nullable Throwable failure) {
        try {
            concluded(pass, watch, began, outcome, failure);
        } catch (RuntimeException | Error e) {
            atFault(pass, e);
        }
    }

    private void deliver(RequestContext context, BatchDelivery.Ending end) {
        if (context.isNone()) {
            deliver(end);
            return;
        }
        HeldBack held = new HeldBack(end);
        try (RequestContext.Scope unused = context.activate()) {
            deliver(held);
        } finally {
            held.step();
        }
    }

    private void deliver(BatchDelivery.Ending end) {
        Duration timeout = deliverer.resilience.attemptTimeout();
        if (timeout == null) {
            deliverer.delivery.deliver(batch, end);
        } else {
            deliver(end, timeout);
        }
    }

    /**
     * With a deadline. What has not answered by then is cancelled, and may still arrive; what it or the deadline tells after
     * the other does not count.
     */
    private void deliver(BatchDelivery.Ending end, Duration timeout) {
        CompletionStage<DeliveryOutcome> stage =
                Objects.requireNonNull(deliverer.delivery.deliver(batch), "the delivery's stage");
        Cancellable timer = deliverer.scheduler.schedule(
                () -> {
                    end.ended(null, new TimeoutException("no outcome within " + timeout.toMillis() + " ms"));
                    stage.toCompletableFuture().cancel(true);
                },
                timeout);
        CompletionStage<DeliveryOutcome> unused = stage.whenComplete((outcome, failure) -> {
            timer.cancel();
            end.ended(outcome, failure);
        });
    }

    /** Of more than 325 bytes, so that it is compiled once and not as part of {@link #attempt}, too: see decision 29. */
    private void concluded(
            Pass pass, RequestWatch watch, long began, @Nullable DeliveryOutcome outcome, @Nullable Throwable failure) {
        DeliveryOutcome known = outcome == null ? ambiguous(failure) : outcome;
        watch.ended(deliverer.scheduler.nanoTime() - began, RequestOutcome.of(known));
        if (known instanceof DeliveryOutcome.Delivered) {
            pass.answered(batch.size());
            deliverer.resilience.succeeded();
            journey.settlement().delivered(batch);
            goOn();
        } else if (known instanceof DeliveryOutcome.Retry again) {
            pass.refused(batch.size(), again.after(), again.overloaded(), again.failing());
            later(again.reason(), again.after());
        } else if (known instanceof DeliveryOutcome.Refused refused) {
            pass.answered(batch.size());
            journey.disturbed(refused.tooLarge());
            refused(refused);
        } else if (known instanceof DeliveryOutcome.PerRecord each) {
            pass.answered(batch.size());
            deliverer.resilience.succeeded();
            perRecord(each);
            goOn();
        } else if (known instanceof DeliveryOutcome.Stop stop) {
            pass.ignored();
            journey.settlement().stop(stop.code(), stop.message());
            abandoned();
        } else {
            pass.ignored();
            journey.settlement()
                    .failed(
                            failure == null
                                    ? new NullPointerException("the delivery's outcome was null")
                                    : cause(failure));
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
            rest.laterOrFail(result.reason(), result.after());
        }
    }

    /** As {@link #later}; what goes wrong in it must not leave the part without an end. */
    private void laterOrFail(String reason, @Nullable Duration after) {
        try {
            later(reason, after);
        } catch (RuntimeException | Error e) {
            atFault(e);
        }
    }

    private void later(String reason, @Nullable Duration wish) {
        Duration after = wish == null || wish.compareTo(LONGEST_WISH) < 0 ? wish : LONGEST_WISH;
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
        pausing = true;
        journey.partPauses();
        Waiting<T> forNextAttempt = new Waiting<>(deliverer, this);
        forNextAttempt.onEnd(deliverer.scheduler.schedule(
                () -> {
                    if (forNextAttempt.ends()) {
                        goesOn();
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

    private void goesOn() {
        if (pausing) {
            pausing = false;
            journey.partGoesOn();
        }
    }

    /** As below, while there is a pass. It may have been ended already, and then that counts. */
    private void atFault(Pass pass, Throwable fault) {
        try {
            pass.ignored();
        } catch (RuntimeException | Error e) {
            // Whoever is at fault may be so again; one reason is told.
        }
        atFault(fault);
    }

    /** Code that is not ours threw this: the run ends. */
    private void atFault(Throwable fault) {
        try {
            journey.settlement().failed(fault);
        } finally {
            abandoned();
        }
    }

    /** Leaves its records unsettled. */
    void abandoned() {
        goesOn();
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
