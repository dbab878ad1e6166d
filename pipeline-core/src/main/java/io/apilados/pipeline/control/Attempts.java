// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** How often one call has failed, and whether it is worth another attempt. Used by one thread at a time. */
final class Attempts {

    private final Resilience resilience;
    private int failures;
    private long firstFailureNanos;

    Attempts(Resilience resilience) {
        this.resilience = resilience;
    }

    void succeeded(Pass pass) {
        pass.answered(1);
        resilience.succeeded();
    }

    /**
     * Ends the pass as the failure says.
     *
     * @return how long to wait before the next attempt; null if there is to be none
     */
    @Nullable Duration failed(Pass pass, Throwable failure) {
        Duration after = null;
        if (failure instanceof RetryableException retryable) {
            after = retryable.after();
            pass.refused(1, after, retryable.isOverloaded(), retryable.isFailing());
        } else if (failure instanceof TimeoutException) {
            pass.refused(1, null, true, true);
        } else if (failure instanceof IOException) {
            pass.refused(1, null, false, true);
        } else {
            pass.ignored();
            return null;
        }
        return wait(after);
    }

    private @Nullable Duration wait(@Nullable Duration after) {
        long now = resilience.scheduler().nanoTime();
        if (failures++ == 0) {
            firstFailureNanos = now;
        }
        Duration left = resilience.retry().patience().minusNanos(now - firstFailureNanos);
        if (left.isNegative() || left.isZero()) {
            return null;
        }
        Duration backoff = resilience.backoff(failures, ThreadLocalRandom.current());
        if (after != null && after.compareTo(backoff) > 0) {
            return after.compareTo(left) > 0 ? null : after;
        }
        return backoff.compareTo(left) > 0 ? left : backoff;
    }

    static Throwable cause(Throwable failure) {
        boolean wrapper = failure instanceof CompletionException || failure instanceof ExecutionException;
        Throwable cause = failure.getCause();
        return wrapper && cause != null ? cause : failure;
    }

    static TimeoutException timedOut(Duration timeout) {
        return new TimeoutException("the exchange took longer than " + timeout.toMillis() + " ms");
    }
}
