// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.util.TreeSet;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The generic cell rate algorithm (ITU-T I.371). All its state is one moment, the theoretical arrival time: when the next
 * start would be due if all came evenly. A start may come earlier than that by the tolerance, which is one spacing for
 * each start of a burst but the first, and then moves it on by one spacing.
 *
 * <p>What is given back. A moment is known by the arrival time it left behind. The last one is taken back by moving the
 * arrival time to where it was. An earlier one cannot be, because later moments were promised to others; it becomes a
 * gap. The next who asks gets the earliest gap that has not passed; and when the last moment is given back, the gaps right
 * before it go with it, so that waiters who all leave, in whatever order, leave nothing behind.
 *
 * <p>Why that never exceeds the rate: the moments in use are always some of those that the algorithm would have given if
 * nobody had left, and what is left of a conforming sequence when starts are taken out of it conforms. What it costs: a
 * gap that has passed is lost, unless the arrival time moves back over it.
 */
final class SpacedRateLimit implements RateLimit {

    private static final double MOST_PER_SECOND = 1_000_000;
    static final double LEAST_PER_SECOND = 0.000_001;

    /** No moment was taken. */
    private static final long NONE = Long.MIN_VALUE;

    private final long spacing;
    private final long tolerance;
    private final Scheduler scheduler;
    private final AtomicLong arrival;

    private final ReentrantLock lock = new ReentrantLock();

    /** Arrival times of moments given back, as nanoseconds since the clock of this limit began; guarded by the lock. */
    private final TreeSet<Long> gaps = new TreeSet<>();

    /** Whether there are gaps: while there are none, nobody takes the lock. */
    private volatile boolean hasGaps;

    private final long origin;

    SpacedRateLimit(Builder builder) {
        // Rounded up: never faster than asked.
        spacing = (long) Math.ceil(1e9 / builder.perSecond);
        long most = Waits.nanos(Duration.ofDays(36_500)) / spacing;
        if (builder.burst - 1 > most) {
            throw new IllegalArgumentException("burst was " + builder.burst + " but at " + builder.perSecond
                    + " a second it must be at most " + most + ", or it takes more than a century to come back");
        }
        tolerance = (builder.burst - 1) * spacing;
        scheduler = builder.scheduler;
        origin = scheduler.nanoTime();
        arrival = new AtomicLong();
    }

    private SpacedRateLimit(SpacedRateLimit before, double perSecond) {
        spacing = (long) Math.ceil(1e9 / perSecond);
        tolerance = before.tolerance / before.spacing * spacing;
        scheduler = before.scheduler;
        origin = before.origin;
        arrival = new AtomicLong(before.arrival.get() + tolerance - before.tolerance);
    }

    /**
     * The same at another rate from here on: moments that were given away stay so, and what is given back of them is lost.
     * Nobody may take a moment of this one meanwhile or later.
     */
    SpacedRateLimit at(double perSecond) {
        return new SpacedRateLimit(this, perSecond);
    }

    /** How far ahead moments are given away. */
    long aheadNanos() {
        return Math.max(0, arrival.get() - tolerance - now());
    }

    static double checked(double perSecond) {
        if (!(perSecond >= LEAST_PER_SECOND && perSecond <= MOST_PER_SECOND)) {
            throw new IllegalArgumentException(
                    "rate was " + perSecond + " but it must be between 0.000001 and 1000000 a second");
        }
        return perSecond;
    }

    @Override
    public Reservation reserve() {
        return moment(take(Long.MAX_VALUE));
    }

    private Moment moment(long taken) {
        return taken >= 0 ? new Moment(this, taken, 0) : new Moment(this, ~taken, untilMomentOf(~taken, now()));
    }

    /** As {@link #reserve()}; null if there is no moment within {@code patience}. */
    @Nullable Reservation reserveWithin(Duration patience) {
        long taken = take(Waits.nanos(patience));
        return taken == NONE ? null : moment(taken);
    }

    @Override
    public boolean tryAcquire() {
        return take(0) >= 0;
    }

    @Override
    public void acquire() throws InterruptedException {
        long taken = take(Long.MAX_VALUE);
        if (taken < 0) {
            await(~taken);
        }
    }

    @Override
    public void acquire(Duration patience) throws InterruptedException, TimeoutException {
        long taken = take(Waits.nanos(patience));
        if (taken == NONE) {
            throw new TimeoutException("no start is free within " + patience.toMillis() + " ms at one every "
                    + Duration.ofNanos(spacing) + "; ask again later");
        }
        if (taken < 0) {
            await(~taken);
        }
    }

    private void await(long taken) throws InterruptedException {
        boolean used = false;
        try {
            Waits.pass(untilMomentOf(taken, now()), scheduler);
            used = true;
        } finally {
            if (!used) {
                giveBack(taken);
            }
        }
    }

    private long now() {
        return scheduler.nanoTime() - origin;
    }

    /** How long after {@code now} the moment is that left the arrival time {@code after} behind. */
    private long untilMomentOf(long after, long now) {
        return Math.max(0, after - spacing - tolerance - now);
    }

    /**
     * Takes a moment.
     *
     * @return the arrival time it leaves behind if the moment is now; the complement of it if it is later;
     *     {@link #NONE} if there is none within {@code most} nanoseconds
     */
    private long take(long most) {
        long now = Long.MIN_VALUE;
        while (true) {
            long due = arrival.get();
            // The clock is read after the arrival time: a thread that was held up between the two, while others took
            // moments, would otherwise take one of theirs for one that is still to come.
            if (due - tolerance > now) {
                now = now();
            }
            long delay = due - tolerance - now;
            if (delay > 0 && hasGaps) {
                long gap = takeGap(now, most);
                if (gap != NONE) {
                    return gap;
                }
            }
            if (delay > 0 && delay > most) {
                return NONE;
            }
            long after = Math.addExact(Math.max(due, now), spacing);
            if (arrival.compareAndSet(due, after)) {
                return delay > 0 ? ~after : after;
            }
        }
    }

    private long takeGap(long now, long most) {
        lock.lock();
        try {
            @Nullable Long first = gaps.ceiling(now + tolerance + spacing);
            long delay = first == null ? Long.MAX_VALUE : untilMomentOf(first, now);
            if (first == null || delay > most) {
                return NONE;
            }
            gaps.remove(first);
            return delay > 0 ? ~first : first;
        } finally {
            forgetPassed(now);
            lock.unlock();
        }
    }

    private void giveBack(long taken) {
        lock.lock();
        try {
            gaps.add(taken);
            while (!gaps.isEmpty() && arrival.compareAndSet(gaps.last(), gaps.last() - spacing)) {
                gaps.pollLast();
            }
        } finally {
            forgetPassed(now());
            lock.unlock();
        }
    }

    /** An arrival time that has passed limits nobody any more. */
    private void forgetPassed(long now) {
        gaps.headSet(now, true).clear();
        hasGaps = !gaps.isEmpty();
    }

    @Override
    public String toString() {
        String rate = BigDecimal.valueOf(1e9 / spacing)
                        .round(new MathContext(3))
                        .stripTrailingZeros()
                        .toPlainString() + " a second";
        long burst = 1 + tolerance / spacing;
        return burst == 1 ? rate : rate + ", bursts of " + burst;
    }

    private static final class Moment extends Once implements Reservation {
        private final SpacedRateLimit limit;
        private final long taken;
        private final long delayNanos;

        Moment(SpacedRateLimit limit, long taken, long delayNanos) {
            this.limit = limit;
            this.taken = taken;
            this.delayNanos = delayNanos;
        }

        @Override
        public Duration delay() {
            return Duration.ofNanos(delayNanos);
        }

        @Override
        public void cancel() {
            if (ends()) {
                limit.giveBack(taken);
            }
        }
    }
}
