// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One worker's part of a {@link RequestBudget} that is leased: starts are spaced evenly at the rate of the lease.
 *
 * <p>Whoever owns it calls {@link #renew()} once a second, from a thread that may block, and at first until it has a lease.
 * It asks for twice what it has as long as it uses most of that, for all where requests wait for long, and otherwise for a
 * little more than it uses, but no less than half of what it has. When the lease has ended and no other came, one request may begin each {@link RequestBudget#TERM}; and so it is before the first.
 *
 * <p>Moments that were given away are kept, whatever the next lease is, and the budget is told of them.
 *
 * <p>Safe for use by many threads.
 */
public final class LeasedRateLimit implements RateLimit {

    /** How often to renew: every second. */
    public static final Duration RENEWAL = RequestBudget.TERM.dividedBy(2);

    /** From this share of the lease on, more is asked for; one that asked for {@link #MARGIN} of its use is below it. */
    private static final double BUSY = 0.9;

    private static final double MARGIN = 1.25;

    /** What it asks for at the least, so that the first requests after a pause need not wait for long. */
    private static final double LEAST = 2;

    private static final double WITHOUT_LEASE = 1e9 / RequestBudget.TERM.toNanos();

    private final String holder;
    private final RequestBudget.Channel channel;
    private final Scheduler scheduler;
    private final ReentrantLock lock = new ReentrantLock();

    /** All below is guarded by the lock. */
    private SpacedRateLimit spaced;

    private double perSecond;
    private long leaseEnds;
    private long used;
    private long countedSince;

    /**
     * A limit that has no lease yet.
     *
     * @param holder the worker's name; no other worker has it
     */
    public LeasedRateLimit(String holder, RequestBudget.Channel channel, Scheduler scheduler) {
        this(holder, channel, scheduler, 1);
    }

    LeasedRateLimit(String holder, RequestBudget.Channel channel, Scheduler scheduler, int burst) {
        this.holder = Objects.requireNonNull(holder, "holder");
        this.channel = Objects.requireNonNull(channel, "channel");
        this.scheduler = Objects.requireNonNull(scheduler, "scheduler");
        this.spaced = new SpacedRateLimit(
                RateLimit.builder(WITHOUT_LEASE).burst(burst).scheduler(scheduler));
        this.countedSince = scheduler.nanoTime();
        this.leaseEnds = countedSince;
    }

    /**
     * Asks for a lease. Blocks as the channel does.
     *
     * @return whether it got one; otherwise ask again after a moment
     * @throws IOException if the budget could not be asked; what it has goes on until its end
     */
    public boolean renew() throws IOException {
        LeaseRequest request;
        long asked;
        lock.lock();
        try {
            asked = scheduler.nanoTime();
            request = new LeaseRequest(holder, wanted(asked), Duration.ofNanos(spaced.aheadNanos()));
        } finally {
            lock.unlock();
        }
        RequestLease lease = channel.ask(request);
        lock.lock();
        try {
            used = 0;
            countedSince = asked;
            if (lease.perSecond() > 0) {
                leaseEnds = asked + lease.term().toNanos();
                turnTo(lease.perSecond());
            }
            return lease.perSecond() > 0;
        } finally {
            lock.unlock();
        }
    }

    private double wanted(long now) {
        double seconds = (now - countedSince) / 1e9;
        // Where requests wait for longer than a second, their number says nothing: they wait because of the lease.
        if (perSecond == 0 || seconds <= 0 || spaced.aheadNanos() > RENEWAL.toNanos()) {
            return Double.POSITIVE_INFINITY;
        }
        double use = used / seconds;
        return use >= BUSY * perSecond ? 2 * perSecond : Math.max(LEAST, Math.max(MARGIN * use, perSecond / 2));
    }

    private void turnTo(double rate) {
        if (rate != perSecond) {
            perSecond = rate;
            spaced = spaced.at(rate);
        }
    }

    /** Requests a second of the lease that it has; zero if it has none. */
    public double perSecond() {
        lock.lock();
        try {
            return leaseEnds - scheduler.nanoTime() > 0 ? perSecond : 0;
        } finally {
            lock.unlock();
        }
    }

    private <V extends @Nullable Object> V take(Function<SpacedRateLimit, V> how) {
        lock.lock();
        try {
            if (perSecond > WITHOUT_LEASE && leaseEnds - scheduler.nanoTime() <= 0) {
                turnTo(WITHOUT_LEASE);
            }
            return how.apply(spaced);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Reservation reserve() {
        return take(limit -> {
            used++;
            return limit.reserve();
        });
    }

    @Override
    public boolean tryAcquire() {
        return take(limit -> {
            boolean taken = limit.tryAcquire();
            used += taken ? 1 : 0;
            return taken;
        });
    }

    @Override
    public void acquire() throws InterruptedException {
        await(reserve());
    }

    @Override
    public void acquire(Duration patience) throws InterruptedException, TimeoutException {
        @Nullable Reservation moment = take(limit -> {
            @Nullable Reservation taken = limit.reserveWithin(patience);
            used += taken == null ? 0 : 1;
            return taken;
        });
        if (moment == null) {
            throw new TimeoutException(
                    "no start is free within " + patience.toMillis() + " ms at " + this + "; ask again later");
        }
        await(moment);
    }

    private void await(Reservation moment) throws InterruptedException {
        boolean came = false;
        try {
            Waits.pass(Waits.nanos(moment.delay()), scheduler);
            came = true;
        } finally {
            if (!came) {
                moment.cancel();
            }
        }
    }

    @Override
    public String toString() {
        lock.lock();
        try {
            return spaced + ", leased";
        } finally {
            lock.unlock();
        }
    }
}
