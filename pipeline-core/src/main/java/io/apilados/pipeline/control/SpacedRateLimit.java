// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The generic cell rate algorithm with a burst of one (ITU-T I.371): all state is the moment at which the next start
 * conforms.
 */
final class SpacedRateLimit implements RateLimit {

    private static final double MAX_PER_SECOND = 1_000_000;

    private final long spacingNanos;
    private final Scheduler scheduler;
    private final AtomicLong next;

    SpacedRateLimit(double perSecond, Scheduler scheduler) {
        if (!(perSecond > 0 && perSecond <= MAX_PER_SECOND)) {
            throw new IllegalArgumentException(
                    "rate was " + perSecond + " but it must be more than 0 and at most 1000000 a second");
        }
        this.spacingNanos = Math.round(1e9 / perSecond);
        this.scheduler = scheduler;
        this.next = new AtomicLong(scheduler.nanoTime());
    }

    @Override
    public Duration reserve() {
        long now = scheduler.nanoTime();
        while (true) {
            long planned = next.get();
            long mine = planned - now > 0 ? planned : now;
            if (next.compareAndSet(planned, mine + spacingNanos)) {
                return Duration.ofNanos(mine - now);
            }
        }
    }
}
