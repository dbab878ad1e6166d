// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * One run of a limit before a destination, in virtual time: a client that always has more to send, a link, and a server
 * with workers behind one queue in order of arrival, or one that slows down by the universal scalability law (Gunther,
 * 2007). A refused slot is parked for 0.5 to 1.5 s before it asks again, as a sender that backs off would be. Same seed,
 * same run.
 */
final class ConcurrencySimulation {

    private static final double MILLI = 1e6;
    private static final long SECOND = 1_000_000_000L;

    /** How deep the token bucket is that refuses above a rate. */
    private static final double BURST = 10;

    private enum Kind {
        ARRIVES,
        SERVED,
        RETURNS,
        WAKES,
        STEP
    }

    private static final Kind[] KINDS = Kind.values();

    private final ConcurrencyLimit limit;
    private final Observer observer;
    private final SplittableRandom random;
    private final long end;
    private final double serviceNanos;
    private final double noise;
    private final double linkNanos;
    private final double linkNoise;
    private final double alpha;
    private final double beta;
    private final double refuseInFlight;
    private final double refusePerSecond;
    private final double refuseShareAfterStep;
    private final int workersAfterStep;

    private double refuseShare;

    private int workers;
    private int slots;
    private int atServer;
    private int busy;
    private double tokens = BURST;
    private long tokensAt;
    private long now;

    private int ids;
    private long[] startOf = new long[1024];
    private int[] inFlightOf = new int[1024];
    private boolean[] refusedOf = new boolean[1024];
    private final IntQueue waiting = new IntQueue();
    private final IntQueue freeIds = new IntQueue();
    private final EventHeap events = new EventHeap();

    private long served;
    private long refused;
    private double latencySum;
    private double limitSum;

    /** Sees the limit after every sample. */
    interface Observer {
        void sampled(long nanos, int limit);
    }

    /**
     * What came of a run.
     *
     * @param goodput pieces served each second
     * @param latencyMillis mean time from sending to answer of the pieces served
     * @param refusedShare refusals among all answers
     * @param meanLimit mean of the limit over samples
     */
    record Outcome(double goodput, double latencyMillis, double refusedShare, double meanLimit) {}

    private ConcurrencySimulation(ConcurrencyScenario scenario, ConcurrencyLimit limit, long seed, Observer observer) {
        this.limit = limit;
        this.observer = observer;
        random = new SplittableRandom(seed);
        end = (long) (scenario.number("seconds", 120) * SECOND);
        serviceNanos = scenario.number("service.millis", 100) * MILLI;
        noise = scenario.number("noise.sigma", 0.25);
        linkNanos = scenario.number("link.millis", 25) * MILLI;
        linkNoise = scenario.number("link.sigma", 0);
        alpha = scenario.number("contention.alpha", 0);
        beta = scenario.number("contention.beta", 0);
        refuseInFlight = scenario.number("refuse.in.flight", Double.MAX_VALUE);
        refusePerSecond = scenario.number("refuse.per.second", 0);
        workers = (int) scenario.number("workers", Integer.MAX_VALUE);
        workersAfterStep = (int) scenario.number("step.workers", workers);
        refuseShare = scenario.number("refuse.share", 0);
        refuseShareAfterStep = scenario.number("step.refuse.share", refuseShare);
        if (scenario.hasStep()) {
            events.add(scenario.stepNanos(), Kind.STEP, 0);
        }
    }

    static Outcome run(ConcurrencyScenario scenario, ConcurrencyLimit limit, long seed) {
        return run(scenario, limit, seed, (nanos, now) -> {});
    }

    static Outcome run(ConcurrencyScenario scenario, ConcurrencyLimit limit, long seed, Observer observer) {
        return new ConcurrencySimulation(scenario, limit, seed, observer).run();
    }

    private Outcome run() {
        while (true) {
            while (slots < limit.limit()) {
                slots++;
                send();
            }
            now = events.firstTime();
            if (now > end) {
                break;
            }
            long event = events.poll();
            happen(KINDS[(int) (event & 7)], (int) (event >>> 3));
        }
        double seconds = (double) end / SECOND;
        double answers = Math.max(1, served + refused);
        return new Outcome(
                served / seconds, latencySum / Math.max(1, served) / MILLI, refused / answers, limitSum / answers);
    }

    private void happen(Kind kind, int id) {
        switch (kind) {
            case ARRIVES -> arrives(id);
            case SERVED -> {
                busy--;
                atServer--;
                events.add(now + oneWay(), Kind.RETURNS, id);
                startServing();
            }
            case RETURNS -> returns(id);
            case WAKES -> goOnOrRetire();
            case STEP -> {
                workers = workersAfterStep;
                refuseShare = refuseShareAfterStep;
                startServing();
            }
        }
    }

    private void send() {
        int id = freeIds.isEmpty() ? ids++ : freeIds.poll();
        if (id == startOf.length) {
            startOf = Arrays.copyOf(startOf, 2 * id);
            inFlightOf = Arrays.copyOf(inFlightOf, 2 * id);
            refusedOf = Arrays.copyOf(refusedOf, 2 * id);
        }
        startOf[id] = now;
        inFlightOf[id] = slots;
        events.add(now + oneWay(), Kind.ARRIVES, id);
    }

    private void arrives(int id) {
        refusedOf[id] = isRefusedByChance() || atServer >= refuseInFlight || !takeToken();
        if (refusedOf[id]) {
            events.add(now + oneWay(), Kind.RETURNS, id);
            return;
        }
        atServer++;
        waiting.add(id);
        startServing();
    }

    private boolean isRefusedByChance() {
        return refuseShare > 0 && random.nextDouble() < refuseShare;
    }

    private boolean takeToken() {
        if (refusePerSecond == 0) {
            return true;
        }
        tokens = Math.min(BURST, tokens + (now - tokensAt) * refusePerSecond / SECOND);
        tokensAt = now;
        if (tokens < 1) {
            return false;
        }
        tokens--;
        return true;
    }

    private void startServing() {
        while (busy < workers && !waiting.isEmpty()) {
            busy++;
            double slowdown = 1 + alpha * (busy - 1) + beta * busy * (busy - 1);
            events.add(now + (long) (serviceNanos * slowdown * varied(noise)), Kind.SERVED, waiting.poll());
        }
    }

    private void returns(int id) {
        limitSum += limit.limit();
        limit.onSample(startOf[id], now, inFlightOf[id], refusedOf[id], 1);
        observer.sampled(now, limit.limit());
        freeIds.add(id);
        if (refusedOf[id]) {
            refused++;
            events.add(now + SECOND / 2 + random.nextLong(SECOND), Kind.WAKES, 0);
        } else {
            served++;
            latencySum += now - startOf[id];
            goOnOrRetire();
        }
    }

    private void goOnOrRetire() {
        if (slots <= limit.limit()) {
            send();
        } else {
            slots--;
        }
    }

    private long oneWay() {
        return (long) (linkNanos / 2 * varied(linkNoise));
    }

    /** Lognormal with mean 1. */
    private double varied(double sigma) {
        return sigma == 0 ? 1 : Math.exp(sigma * (random.nextGaussian() - sigma / 2));
    }

    /** First in, first out, without boxes. */
    private static final class IntQueue {
        private int[] items = new int[64];
        private int head;
        private int size;

        boolean isEmpty() {
            return size == 0;
        }

        void add(int item) {
            if (size == items.length) {
                int[] larger = new int[2 * size];
                for (int i = 0; i < size; i++) {
                    larger[i] = items[(head + i) & (size - 1)];
                }
                items = larger;
                head = 0;
            }
            items[(head + size++) & (items.length - 1)] = item;
        }

        int poll() {
            int item = items[head];
            head = (head + 1) & (items.length - 1);
            size--;
            return item;
        }
    }

    /** A binary heap of times, equal times in the order they were added. */
    private static final class EventHeap {
        private long[] times = new long[256];
        private long[] events = new long[256];
        private int size;

        long firstTime() {
            return times[0];
        }

        void add(long time, Kind kind, int id) {
            if (size == times.length) {
                times = Arrays.copyOf(times, 2 * size);
                events = Arrays.copyOf(events, 2 * size);
            }
            int at = size++;
            while (at > 0 && times[(at - 1) >>> 1] > time) {
                times[at] = times[(at - 1) >>> 1];
                events[at] = events[(at - 1) >>> 1];
                at = (at - 1) >>> 1;
            }
            times[at] = time;
            events[at] = ((long) id << 3) | kind.ordinal();
        }

        long poll() {
            final long first = events[0];
            long time = times[--size];
            int at = 0;
            int child = 1;
            while (child < size) {
                child += child + 1 < size && times[child + 1] < times[child] ? 1 : 0;
                if (times[child] >= time) {
                    break;
                }
                times[at] = times[child];
                events[at] = events[child];
                at = child;
                child = 2 * at + 1;
            }
            times[at] = time;
            events[at] = events[size];
            return first;
        }
    }
}
