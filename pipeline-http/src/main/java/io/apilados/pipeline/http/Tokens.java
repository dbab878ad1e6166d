// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Asks a {@link BearerToken}, checks what it says, and lets one thread refresh it. Safe for use by many threads. */
final class Tokens {

    private static final int DEEPEST_CAUSE = 16;

    private final BearerToken source;

    /** Held by the thread that asks for a token, not by those that wait for it. */
    private final Semaphore turn = new Semaphore(1);

    Tokens(BearerToken source) {
        this.source = source;
    }

    /**
     * The token to use.
     *
     * @param patience how long to wait for it
     * @throws ConnectException if it cannot be had for now
     * @throws RunStop if there is none
     */
    String current(Duration patience) throws ConnectException, RunStop {
        if (source instanceof KeptToken kept && !kept.isThere()) {
            return inTurn(source::current, patience);
        }
        return checked(source::current);
    }

    /**
     * The token to use in place of {@code rejected}; the same one if there is no other.
     *
     * @param patience how long to wait for it
     * @throws ConnectException if it cannot be had for now
     * @throws RunStop if there is none
     */
    String insteadOf(String rejected, Duration patience) throws ConnectException, RunStop {
        String now = checked(source::current);
        if (!now.equals(rejected)) {
            return now;
        }
        return inTurn(
                () -> {
                    String since = source.current();
                    return rejected.equals(since) ? source.refresh(rejected) : since;
                },
                patience);
    }

    /** Asks on a thread of its own, one at a time: whatever it hangs in, those that wait can give up. */
    private String inTurn(Supplier<String> question, Duration patience) throws ConnectException, RunStop {
        long start = System.nanoTime();
        long nanos = patience.toNanos();
        FutureTask<String> asked = new FutureTask<>(question::get);
        try {
            if (!turn.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
                throw new ConnectException("the token could not be had in time");
            }
            runThenRelease(asked);
            String answer = asked.get(nanos - (System.nanoTime() - start), TimeUnit.NANOSECONDS);
            return checked(() -> answer);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectException("interrupted while waiting for a token");
        } catch (TimeoutException e) {
            throw new ConnectException("the token could not be had in time");
        } catch (ExecutionException e) {
            throw failed(e.getCause());
        } finally {
            asked.cancel(true);
        }
    }

    private void runThenRelease(FutureTask<?> asked) {
        Thread asking = new Thread(
                () -> {
                    try {
                        asked.run();
                    } finally {
                        turn.release();
                    }
                },
                "pipeline-token");
        asking.setDaemon(true);
        boolean started = false;
        try {
            asking.start();
            started = true;
        } finally {
            if (!started) {
                turn.release();
            }
        }
    }

    private static String checked(Supplier<@Nullable String> asked) throws ConnectException, RunStop {
        String token;
        try {
            token = asked.get();
        } catch (RuntimeException e) {
            throw failed(e);
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

    /** Throws away the exception: it may hold what was loaded. */
    private static RunStop failed(@Nullable Throwable failure) throws ConnectException {
        if (hasIoCause(failure)) {
            throw new ConnectException("the token could not be had");
        }
        String kind = failure == null ? "nothing" : failure.getClass().getName();
        return new RunStop("token", "the supplier of the token failed with " + kind);
    }

    private static boolean hasIoCause(@Nullable Throwable failure) {
        @Nullable Throwable cause = failure;
        for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
            if (cause instanceof IOException) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
