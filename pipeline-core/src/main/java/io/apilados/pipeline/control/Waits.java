// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;

/** Blocking waits, in the scheduler's time and without a monitor, so that virtual threads are not pinned. */
final class Waits {

    /** A century: longer waits are as good as endless, and sums with them do not overflow. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private Waits() {}

    /** Nanoseconds, from zero to a century. */
    static long nanos(Duration duration) {
        return duration.isNegative() ? 0 : duration.compareTo(LONGEST) < 0 ? duration.toNanos() : LONGEST.toNanos();
    }

    /**
     * Parks the thread until {@code future} is done.
     *
     * @throws InterruptedException if the thread is interrupted first
     */
    static void until(CompletableFuture<?> future, Scheduler scheduler) throws InterruptedException {
        Signal done = new Signal();
        CompletionStage<?> unused = future.whenComplete((value, failure) -> done.raise());
        scheduler.await(done, future::isDone);
    }

    /**
     * Parks the thread until {@code future} is done, but no longer than {@code nanos}.
     *
     * @throws InterruptedException if the thread is interrupted first
     */
    static void until(CompletableFuture<?> future, long nanos, Scheduler scheduler) throws InterruptedException {
        if (nanos <= 0 || future.isDone()) {
            return;
        }
        Signal done = new Signal();
        CompletionStage<?> unused = future.whenComplete((value, failure) -> done.raise());
        AtomicBoolean over = new AtomicBoolean();
        Scheduler.Cancellable timer = scheduler.schedule(
                () -> {
                    over.set(true);
                    done.raise();
                },
                Duration.ofNanos(nanos));
        try {
            scheduler.await(done, () -> future.isDone() || over.get());
        } finally {
            timer.cancel();
        }
    }

    /**
     * Parks the thread for {@code nanos}.
     *
     * @throws InterruptedException if the thread is interrupted first
     */
    static void pass(long nanos, Scheduler scheduler) throws InterruptedException {
        until(new CompletableFuture<Void>(), nanos, scheduler);
    }
}
