// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Starts spaced as {@link AdaptiveRate} says, from when that has a rate. A moment that is given back is spent, unless it is
 * the last one. One lock guards all state and is held for a few instructions.
 */
final class AdaptiveRateLimit implements RateLimit {

    private static final double NANOS = 1e9;

    private final AdaptiveRate rate = new AdaptiveRate();
    private final Scheduler scheduler;
    private final ReentrantLock lock = new ReentrantLock();

    /** When the next start may be. */
    private long next;

    AdaptiveRateLimit(Scheduler scheduler) {
        this.scheduler = scheduler;
        this.next = scheduler.nanoTime();
    }

    @Override
    public Reservation reserve() {
        Moment moment = take(Long.MAX_VALUE);
        if (moment == null) {
            throw new AssertionError("no moment is further off than that");
        }
        return moment;
    }

    @Override
    public boolean tryAcquire() {
        return take(0) != null;
    }

    @Override
    public void acquire() throws InterruptedException {
        await(reserve());
    }

    @Override
    public void acquire(Duration patience) throws InterruptedException, TimeoutException {
        Moment moment = take(Waits.nanos(patience));
        if (moment == null) {
            throw new TimeoutException("no start is free within " + patience.toMillis()
                    + " ms at the rate that the destination bears;" + " ask again later");
        }
        await(moment);
    }

    private void await(Reservation moment) throws InterruptedException {
        boolean used = false;
        try {
            Waits.pass(moment.delay().toNanos(), scheduler);
            used = true;
        } finally {
            if (!used) {
                moment.cancel();
            }
        }
    }

    /** The next moment; null, and nothing taken, if it is further off than so many nanoseconds. */
    private @Nullable Moment take(long most) {
        lock.lock();
        try {
            long now = scheduler.nanoTime();
            double perSecond = rate.perSecond();
            long mine = perSecond != AdaptiveRate.UNLIMITED && next - now > 0 ? next : now;
            if (mine - now > most) {
                return null;
            }
            next = mine + (perSecond == AdaptiveRate.UNLIMITED ? 0 : Math.round(NANOS / perSecond));
            return new Moment(this, mine, next, mine - now);
        } finally {
            lock.unlock();
        }
    }

    private void giveBack(long taken, long after) {
        lock.lock();
        try {
            if (next == after) {
                next = taken;
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void answered(long startNanos, boolean refused) {
        lock.lock();
        try {
            rate.onAnswer(startNanos, scheduler.nanoTime(), refused);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void outOfOrder() {
        lock.lock();
        try {
            rate.onOutage(scheduler.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String toString() {
        return "adaptive";
    }

    private static final class Moment extends Once implements Reservation {
        private final AdaptiveRateLimit limit;
        private final long taken;
        private final long after;
        private final long delayNanos;

        Moment(AdaptiveRateLimit limit, long taken, long after, long delayNanos) {
            this.limit = limit;
            this.taken = taken;
            this.after = after;
            this.delayNanos = delayNanos;
        }

        @Override
        public Duration delay() {
            return Duration.ofNanos(delayNanos);
        }

        @Override
        public void cancel() {
            if (ends()) {
                limit.giveBack(taken, after);
            }
        }
    }
}
