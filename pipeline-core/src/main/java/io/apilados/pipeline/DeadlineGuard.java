// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.deliver.Deliverer;
import io.apilados.pipeline.report.RunReport;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Ends a run before its deadline. It stops the reading early enough for what is on its way to settle, as long as the
 * slowest batch of late has taken and some more; a little before the deadline it waits no longer, so that there is time
 * for the last checkpoint.
 */
final class DeadlineGuard {

    /** Share of the time to the deadline that is kept for the last checkpoint, at the least. */
    private static final double LEAST_MARGIN = 0.01;

    private static final Duration LEAST_MARGIN_TIME = Duration.ofMillis(20);

    /** Share of the time to the deadline that may be given to waiting for what is on its way, at the most. */
    private static final double MOST_DRAIN = 0.10;

    private static final double DRAIN_FACTOR = 1.2;

    private final @Nullable Duration deadline;
    private final Scheduler scheduler;
    private final RunState state;
    private final Deliverer<?> deliverer;
    private final long startNanos;
    private volatile @Nullable Books<?> books;
    private volatile Scheduler.@Nullable Cancellable timer;
    private volatile boolean cancelled;

    private DeadlineGuard(@Nullable Duration deadline, Scheduler scheduler, RunState state, Deliverer<?> deliverer) {
        this.deadline = deadline == null ? null : Duration.ofNanos(Scheduler.nanos(deadline));
        this.scheduler = scheduler;
        this.state = state;
        this.deliverer = deliverer;
        this.startNanos = scheduler.nanoTime();
    }

    static DeadlineGuard start(PipelineSettings<?> settings, RunState state, Deliverer<?> deliverer) {
        DeadlineGuard guard = new DeadlineGuard(settings.deadline, settings.scheduler, state, deliverer);
        if (settings.deadline != null) {
            guard.look();
        }
        return guard;
    }

    void watch(Books<?> opened) {
        books = opened;
    }

    void cancel() {
        cancelled = true;
        Scheduler.Cancellable next = timer;
        if (next != null) {
            next.cancel();
        }
    }

    /** Stops the reading if it is time, or looks again when it may be. */
    private void look() {
        Duration total = deadline;
        if (cancelled || total == null) {
            return;
        }
        Duration left = total.minusNanos(scheduler.nanoTime() - startNanos);
        Duration margin = margin(total);
        Duration toStop = left.minus(margin).minus(drain(total));
        if (toStop.isNegative() || toStop.isZero()) {
            state.stop(RunReport.deadlineReason(total));
            Duration toGiveUp = left.minus(margin);
            timer = scheduler.schedule(deliverer::giveUp, toGiveUp.isNegative() ? Duration.ZERO : toGiveUp);
        } else {
            // The slowest batch may become slower meanwhile, so it does not sleep through.
            Duration next = Duration.ofNanos(Math.max(1_000_000, toStop.toNanos() / 2));
            timer = scheduler.schedule(this::look, next);
        }
    }

    private Duration drain(Duration total) {
        long slowest = (long) (DRAIN_FACTOR * deliverer.slowestOfLateNanos());
        return Duration.ofNanos(Math.min(slowest, (long) (MOST_DRAIN * total.toNanos())));
    }

    private Duration margin(Duration total) {
        Books<?> opened = books;
        long save = opened == null ? 0 : 2 * opened.keeper.longestSaveNanos();
        long least = Math.max(LEAST_MARGIN_TIME.toNanos(), (long) (LEAST_MARGIN * total.toNanos()));
        return Duration.ofNanos(Math.max(least, save));
    }
}
