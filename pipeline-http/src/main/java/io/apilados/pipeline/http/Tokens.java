// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Asks a {@link BearerToken}, checks what it says, and lets one thread refresh it. Safe for use by many threads. */
final class Tokens {

    private static final int DEEPEST_CAUSE = 16;

    private final BearerToken source;
    private final ReentrantLock refreshing = new ReentrantLock();

    Tokens(BearerToken source) {
        this.source = source;
    }

    /**
     * The token to use.
     *
     * @throws IOException if it cannot be had for now
     * @throws RunStop if there is none
     */
    String current() throws IOException, RunStop {
        return checked(source::current);
    }

    /**
     * The token to use in place of {@code rejected}; the same one if there is no other.
     *
     * @param patience how long to wait while another thread asks for it
     */
    String insteadOf(String rejected, Duration patience) throws IOException, TimeoutException, RunStop {
        try {
            if (!refreshing.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new TimeoutException("no new token in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for a new token");
        }
        try {
            String now = current();
            return now.equals(rejected) ? checked(() -> source.refresh(rejected)) : now;
        } finally {
            refreshing.unlock();
        }
    }

    /** Throws away the exceptions: they may hold what was loaded. */
    private static String checked(Supplier<@Nullable String> asked) throws IOException, RunStop {
        String token;
        try {
            token = asked.get();
        } catch (RuntimeException e) {
            if (hasIoCause(e)) {
                throw new ConnectException("the token could not be had");
            }
            throw new RunStop(
                    "token",
                    "the supplier of the token failed with " + e.getClass().getName());
        }
        if (token == null || token.isBlank()) {
            throw new RunStop("token", "the supplier of the token returned none; give a valid one");
        }
        if (!HeaderRules.isValue(token)) {
            throw new RunStop(
                    "token",
                    "the supplier of the token returned characters that cannot stand in a header, such as a line break;"
                            + " give the token alone");
        }
        return Objects.requireNonNull(token);
    }

    private static boolean hasIoCause(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
            if (cause instanceof IOException) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
