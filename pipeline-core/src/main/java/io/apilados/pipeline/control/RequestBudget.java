// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/**
 * A rate of requests that workers on many machines keep to together.
 *
 * <p>Where all workers are busy from the first to the last moment, as they are with many more pieces of work than workers,
 * divide it: {@link #divided}. It needs no messages. Where pieces are few and large, or workers come and go, lease it:
 * one budget stands where all can ask it, and each worker has a {@link LeasedRateLimit} that does so once a second.
 *
 * <p><b>How leases are given.</b> Whoever asks says how much it could use. Everybody who has a lease gets that, if it is
 * all there; otherwise nobody gets more than a level at which the budget is used up (max-min fairness [1]). A lease that
 * is smaller than the one before frees the difference once the moments that were given away at the old rate have passed;
 * the lease of a worker that does not ask any more frees it at its end, after {@link #TERM}. Nothing is given that is not
 * free, so the leases of any moment never add up to more than the rate: a worker that joins a budget that is given away
 * gets nothing at first, and its part as soon as the others have asked again, within a second.
 *
 * <p>Each worker spaces its requests evenly, so in any time t at most {@code rate x t} requests begin, and one for each
 * worker.
 *
 * <p>[1] D. Bertsekas, R. Gallager, Data Networks, 2nd ed., section 6.5.2.
 *
 * <p>Safe for use by many threads.
 */
public final class RequestBudget {

    /** For how long a lease is: two seconds. It is asked for anew after one. */
    public static final Duration TERM = Duration.ofSeconds(2);

    private final double perSecond;
    private final Scheduler scheduler;
    private final ReentrantLock lock = new ReentrantLock();

    /** Guarded by the lock. */
    private final Map<String, Held> held = new HashMap<>();

    private RequestBudget(double perSecond, Scheduler scheduler) {
        this.perSecond = SpacedRateLimit.checked(perSecond);
        this.scheduler = Objects.requireNonNull(scheduler, "scheduler");
    }

    /**
     * A budget that is leased.
     *
     * @param perSecond requests a second of all workers, from 0.000001 to 1,000,000
     */
    public static RequestBudget perSecond(double perSecond) {
        return perSecond(perSecond, Scheduler.system());
    }

    /** As {@link #perSecond(double)}, by another clock. */
    public static RequestBudget perSecond(double perSecond, Scheduler scheduler) {
        return new RequestBudget(perSecond, scheduler);
    }

    /**
     * One worker's part of a budget that is divided once and for all.
     *
     * @param perSecond requests a second of all workers
     * @param workers among how many, 1 or more
     * @throws IllegalArgumentException if the part is outside of the range that {@link RateLimit#perSecond(double)} has
     */
    public static RateLimit divided(double perSecond, int workers) {
        if (workers < 1) {
            throw new IllegalArgumentException("workers was " + workers + " but it must be 1 or more");
        }
        return RateLimit.perSecond(perSecond / workers);
    }

    /** How a worker asks the budget, wherever that is. */
    @FunctionalInterface
    public interface Channel {

        /**
         * Asks for a lease and waits for it, for much less than {@link #TERM}.
         *
         * @throws IOException if the budget cannot be asked now
         */
        RequestLease ask(LeaseRequest request) throws IOException;
    }

    /** Gives a lease, in the place of the one that the holder has. */
    public RequestLease lease(LeaseRequest request) {
        lock.lock();
        try {
            long now = scheduler.nanoTime();
            held.values().removeIf(one -> one.until - now <= 0);
            @Nullable Held before = held.remove(request.holder());
            double wanted = Math.min(request.perSecond(), perSecond);
            double taken =
                    held.values().stream().mapToDouble(one -> one.at(now)).sum();
            double level = level(DoubleStream.concat(
                            DoubleStream.of(wanted), held.values().stream().mapToDouble(one -> one.wanted))
                    .toArray());
            double fair = Math.min(wanted, level);
            double given = Math.min(fair, perSecond - taken);
            // A crumb would let its first requests wait for long; whoever has nothing asks again in a moment instead.
            boolean hasNothing = before == null || before.given == 0;
            if (given < SpacedRateLimit.LEAST_PER_SECOND || (hasNothing && given < fair / 2)) {
                given = 0;
            }
            long committed = Waits.nanos(request.committed());
            held.put(
                    request.holder(),
                    new Held(
                            wanted,
                            given,
                            now + Math.max(Waits.nanos(TERM), committed),
                            before == null ? 0 : before.at(now),
                            now + committed));
            return new RequestLease(given, TERM);
        } finally {
            lock.unlock();
        }
    }

    /** The level at which the budget is used up if nobody gets more than that, or than it wants. */
    private double level(double[] wanted) {
        Arrays.sort(wanted);
        double left = perSecond;
        for (int i = 0; i < wanted.length; i++) {
            double even = left / (wanted.length - i);
            if (wanted[i] >= even) {
                return even;
            }
            left -= wanted[i];
        }
        return perSecond;
    }

    /** Requests a second that are leased now. */
    public double leased() {
        lock.lock();
        try {
            long now = scheduler.nanoTime();
            return held.values().stream()
                    .filter(one -> one.until - now > 0)
                    .mapToDouble(one -> one.at(now))
                    .sum();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String toString() {
        return perSecond + " a second, leased";
    }

    /**
     * What a worker has.
     *
     * @param before the rate of its lease before, at which moments until {@code beforeUntil} are given away
     */
    private record Held(double wanted, double given, long until, double before, long beforeUntil) {

        double at(long now) {
            return beforeUntil - now > 0 ? Math.max(before, given) : given;
        }
    }
}
