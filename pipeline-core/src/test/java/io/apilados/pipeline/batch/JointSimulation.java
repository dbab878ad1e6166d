// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import io.apilados.pipeline.batch.BatchSample.Outcome;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.ConcurrencyController.Permit;
import io.apilados.pipeline.control.SimulatedControllers;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.function.DoubleUnaryOperator;

/**
 * A client that always has more to send, before a destination of so many workers behind one queue, in virtual time. Both
 * the size of batches and how many are in flight are the client's to choose.
 */
final class JointSimulation {

    /** A destination, and how well it can be served. */
    enum Destination {
        LINEAR(8, 0.3, 0.01, n -> 40 + 0.4 * n),
        KNEE_150(8, 0.3, 0.01, n -> 40 + 0.4 * n + 4 * Math.max(0, n - 150)),
        SUPERLINEAR(4, 0.3, 0.01, n -> 30 + 0.05 * Math.pow(n, 1.6)),
        PER_RECORD(8, 0.3, 0.01, n -> 5 + 0.5 * n),
        MANY_WORKERS(32, 0.3, 0.01, n -> 100 + 0.1 * n),
        NOISY(8, 0.6, 0.02, n -> 40 + 0.4 * n),
        KNEE_30(4, 0.3, 0.01, n -> 40 + 0.4 * n + 4 * Math.max(0, n - 30));

        private final int workers;
        private final double sigma;
        private final double spikes;
        private final DoubleUnaryOperator millis;

        Destination(int workers, double sigma, double spikes, DoubleUnaryOperator millis) {
            this.workers = workers;
            this.sigma = sigma;
            this.spikes = spikes;
            this.millis = millis;
        }
    }

    /**
     * What came of a run once it had settled.
     *
     * @param goodput records a millisecond
     * @param latencyMillis mean of a batch's
     */
    record Result(double goodput, double latencyMillis) {}

    static final int SECONDS = 240;
    static final int SETTLED = 60;

    private static final int[] SIZES = {10, 20, 30, 50, 60, 70, 80, 100, 150, 200, 300, 400, 500};
    private static final int[] LIMITS = {4, 6, 8, 10, 12, 16, 32, 40, 48};
    private static final double MILLI = 1e6;

    private final Destination destination;
    private final SizeRule sizes;
    private final ConcurrencyController controller;
    private final VirtualScheduler scheduler;
    private final SplittableRandom random;
    private final double[] freeAt;

    private int gathered;
    private int inFlight;
    private boolean counting;
    private long records;
    private long batches;
    private double latency;

    private JointSimulation(
            Destination destination,
            SizeRule sizes,
            ConcurrencyController controller,
            VirtualScheduler scheduler,
            long seed) {
        this.destination = destination;
        this.sizes = sizes;
        this.controller = controller;
        this.scheduler = scheduler;
        this.random = new SplittableRandom(seed);
        this.freeAt = new double[destination.workers];
        this.gathered = sizes.size();
    }

    static Result adaptive(Destination destination, SizeRule sizes, int maxInFlight, long seed) {
        VirtualScheduler scheduler = new VirtualScheduler();
        ConcurrencyController controller =
                SimulatedControllers.adaptive(1, Math.min(5, maxInFlight), maxInFlight, scheduler);
        return new JointSimulation(destination, sizes, controller, scheduler, seed).run();
    }

    static Result fixedLimit(Destination destination, SizeRule sizes, int limit, long seed) {
        VirtualScheduler scheduler = new VirtualScheduler();
        return new JointSimulation(destination, sizes, SimulatedControllers.fixed(limit, scheduler), scheduler, seed)
                .run();
    }

    /** The pair of size and limit with the shortest latency among those within 1 % of the greatest goodput. */
    static Result best(Destination destination) {
        List<Result> results = new ArrayList<>();
        for (int size : SIZES) {
            for (int limit : LIMITS) {
                results.add(fixedLimit(destination, SizeRule.fixed(size), limit, -1));
            }
        }
        double greatest = results.stream().mapToDouble(Result::goodput).max().orElseThrow();
        double latency = results.stream()
                .filter(result -> result.goodput() >= 0.99 * greatest)
                .mapToDouble(Result::latencyMillis)
                .min()
                .orElseThrow();
        return new Result(greatest, latency);
    }

    private Result run() {
        next();
        scheduler.advance(Duration.ofSeconds(SETTLED));
        counting = true;
        scheduler.advance(Duration.ofSeconds(SECONDS - SETTLED));
        return new Result(records / (1e3 * (SECONDS - SETTLED)), latency / Math.max(1, batches));
    }

    private void next() {
        CompletionStage<Void> unused = controller.acquireAsync().thenAccept(this::send);
    }

    /** A batch takes the size that was said when the one before it left, as the batch processor gathers them. */
    private void send(Permit permit) {
        int size = gathered;
        gathered = sizes.size();
        int inFlightAtStart = ++inFlight;
        int worker = 0;
        for (int i = 1; i < freeAt.length; i++) {
            worker = freeAt[i] < freeAt[worker] ? i : worker;
        }
        long now = scheduler.nanoTime();
        freeAt[worker] = Math.max(now, freeAt[worker]) + serviceMillis(size) * MILLI;
        scheduler.schedule(
                () -> ended(permit, size, inFlightAtStart, now), Duration.ofNanos((long) freeAt[worker] - now));
        next();
    }

    private double serviceMillis(int size) {
        double spike = random.nextDouble() < destination.spikes ? 8 : 1;
        return spike * Math.exp(destination.sigma * random.nextGaussian()) * destination.millis.applyAsDouble(size);
    }

    private void ended(Permit permit, int size, int inFlightAtStart, long start) {
        inFlight--;
        long now = scheduler.nanoTime();
        if (counting) {
            records += size;
            batches++;
            latency += (now - start) / MILLI;
        }
        sizes.onSample(new BatchSample(size, 0, inFlightAtStart, start, now, Outcome.CLEAN));
        permit.succeeded(size);
    }
}
