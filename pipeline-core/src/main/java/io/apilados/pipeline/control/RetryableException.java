// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The destination did not do it now, and may do it later: what an exchange throws, or fails with, so that
 * {@link Resilience} tries again.
 */
public final class RetryableException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient @Nullable Duration after;
    private final boolean overloaded;
    private final boolean failing;

    private RetryableException(String message, @Nullable Duration after, boolean overloaded, boolean failing) {
        super(Objects.requireNonNull(message, "message"));
        this.after = after;
        this.overloaded = overloaded;
        this.failing = failing;
    }

    /**
     * The destination has too much to do, as it says with 429: fewer calls should be under way.
     *
     * @param after how long it wishes to be left alone, which is never undercut; null if it does not say
     */
    public static RetryableException overloaded(String message, @Nullable Duration after) {
        return new RetryableException(message, after, true, false);
    }

    /**
     * The destination fails, as it says with 500 or 503: a breaker counts it.
     *
     * @param after how long it wishes to be left alone, which is never undercut; null if it does not say
     */
    public static RetryableException failing(String message, @Nullable Duration after) {
        return new RetryableException(message, after, false, true);
    }

    /** How long the destination wishes to be left alone; null if it does not say. */
    public @Nullable Duration after() {
        return after;
    }

    /** Whether fewer calls should be under way. */
    public boolean isOverloaded() {
        return overloaded;
    }

    /** Whether it is the destination that fails. */
    public boolean isFailing() {
        return failing;
    }
}
