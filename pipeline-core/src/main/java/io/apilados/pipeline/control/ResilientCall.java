// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import io.apilados.pipeline.control.Scheduler.Cancellable;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One call, attempt after attempt. One thing happens to it at a time, on whichever thread the last one ended; only
 * cancelling comes from elsewhere, and finds whatever is under way in one of three places.
 */
final class ResilientCall<T> {

    private final Resilience resilience;
    private final Supplier<? extends CompletionStage<T>> exchange;
    private final Attempts attempts;
    private final CompletableFuture<T> result = new CompletableFuture<>();

    private final AtomicReference<@Nullable Place> place = new AtomicReference<>();
    private int steps;
    private volatile @Nullable CompletableFuture<T> running;
    private volatile @Nullable Cancellable backoff;

    ResilientCall(Resilience resilience, Supplier<? extends CompletionStage<T>> exchange) {
        this.resilience = resilience;
        this.exchange = exchange;
        this.attempts = new Attempts(resilience);
    }

    CompletionStage<T> begin() {
        CompletionStage<T> unused = result.whenComplete((value, failure) -> giveUpIfCancelled());
        next();
        return result;
    }

    /** Where the call waits for the attempt of this number. */
    private record Place(int step, Admission admission) {}

    private void next() {
        int step = ++steps;
        Admission admission = resilience.admit(this::attempt, result::completeExceptionally);
        // By now the next step may have been taken already.
        place.accumulateAndGet(
                new Place(step, admission),
                (before, mine) -> before == null || mine == null || before.step < mine.step ? mine : before);
        giveUpIfCancelled();
    }

    private void attempt(Pass pass) {
        if (result.isDone()) {
            pass.ignored();
            return;
        }
        CompletableFuture<T> stage;
        try {
            stage = exchange.get().toCompletableFuture();
        } catch (RuntimeException | Error e) {
            stage = CompletableFuture.failedFuture(e);
        }
        running = stage;
        AtomicBoolean over = new AtomicBoolean();
        Cancellable timer = deadline(pass, stage, over);
        CompletionStage<T> unused = stage.whenComplete((value, failure) -> {
            if (over.compareAndSet(false, true)) {
                timer.cancel();
                concluded(pass, value, failure);
            }
        });
        giveUpIfCancelled();
    }

    private Cancellable deadline(Pass pass, CompletableFuture<T> stage, AtomicBoolean over) {
        Duration timeout = resilience.attemptTimeout();
        if (timeout == null) {
            return () -> {};
        }
        return resilience
                .scheduler()
                .schedule(
                        () -> {
                            if (over.compareAndSet(false, true)) {
                                stage.cancel(true);
                                concluded(pass, null, Attempts.timedOut(timeout));
                            }
                        },
                        timeout);
    }

    private void concluded(Pass pass, @Nullable T value, @Nullable Throwable failure) {
        running = null;
        if (result.isDone()) {
            pass.ignored();
        } else if (failure == null) {
            attempts.succeeded(pass);
            result.complete(value);
        } else {
            Throwable cause = Attempts.cause(failure);
            Duration wait = attempts.failed(pass, cause);
            if (wait == null) {
                result.completeExceptionally(cause);
            } else {
                backoff = resilience.scheduler().schedule(this::nextUnlessDone, wait);
                giveUpIfCancelled();
            }
        }
    }

    private void nextUnlessDone() {
        if (!result.isDone()) {
            next();
        }
    }

    private void giveUpIfCancelled() {
        if (!result.isCancelled()) {
            return;
        }
        Place waiting = place.get();
        if (waiting != null) {
            waiting.admission.cancel();
        }
        CompletableFuture<T> stage = running;
        if (stage != null) {
            stage.cancel(true);
        }
        Cancellable timer = backoff;
        if (timer != null) {
            timer.cancel();
        }
    }
}
