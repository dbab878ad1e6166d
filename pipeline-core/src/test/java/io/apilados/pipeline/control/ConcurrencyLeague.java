// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Runs limits over a scenario and sets them against the best fixed limit of 1 to {@value #MAX}. */
final class ConcurrencyLeague {

    static final int MIN = 1;
    static final int START = 5;
    static final int MAX = 64;

    /** Runs of one limit in one scenario, each with another seed; figures are their means. */
    static final int RUNS = 5;

    /** Runs of every fixed limit; fewer, because there are so many. */
    private static final int FIXED_RUNS = 3;

    /** The best fixed limit is the smallest that reaches this share of the greatest goodput: above it only queues grow. */
    private static final double AS_GOOD_AS_THE_GREATEST = 0.99;

    private final ConcurrencyScenario scenario;
    private final List<ConcurrencySimulation.Outcome> fixed = new ArrayList<>();
    private final double greatestGoodput;
    private final int bestLimit;

    /**
     * A limit's figures in a scenario.
     *
     * @param goodput of the greatest goodput of any fixed limit, as a share
     * @param latency times that of the best fixed limit
     * @param refused refusals among all answers, as a share
     * @param meanLimit mean of the limit over answers
     */
    record Standing(double goodput, double latency, double refused, double meanLimit) {}

    ConcurrencyLeague(ConcurrencyScenario scenario) {
        this.scenario = scenario;
        for (int limit = 1; limit <= MAX; limit++) {
            fixed.add(mean(scenario, limit));
        }
        greatestGoodput = fixed.stream()
                .mapToDouble(ConcurrencySimulation.Outcome::goodput)
                .max()
                .orElseThrow();
        bestLimit = smallestWith(AS_GOOD_AS_THE_GREATEST);
    }

    int bestLimit() {
        return bestLimit;
    }

    ConcurrencySimulation.Outcome best() {
        return fixed.get(bestLimit - 1);
    }

    /** Whether a fixed limit reaches so much of the greatest goodput within so many times the best one's latency. */
    boolean serves(int limit, double goodput, double latency) {
        ConcurrencySimulation.Outcome outcome = fixed.get(limit - 1);
        return outcome.goodput() >= goodput * greatestGoodput
                && outcome.latencyMillis() <= latency * best().latencyMillis();
    }

    Standing standing(Supplier<ConcurrencyLimit> limits) {
        double goodput = 0;
        double latency = 0;
        double refused = 0;
        double meanLimit = 0;
        for (int seed = 1; seed <= RUNS; seed++) {
            ConcurrencySimulation.Outcome outcome = ConcurrencySimulation.run(scenario, limits.get(), seed);
            goodput += outcome.goodput() / greatestGoodput / RUNS;
            latency += outcome.latencyMillis() / best().latencyMillis() / RUNS;
            refused += outcome.refusedShare() / RUNS;
            meanLimit += outcome.meanLimit() / RUNS;
        }
        return new Standing(goodput, latency, refused, meanLimit);
    }

    /** How many windows pass from the step until the limit serves the destination as it has become. */
    static int windowsToRecover(ConcurrencyScenario scenario, ConcurrencyLeague afterStep, long seed) {
        WindowedLimit limit = new WindowedLimit(MIN, START, MAX);
        Recovery recovery = new Recovery(scenario.stepNanos(), limit, afterStep);
        ConcurrencySimulation.run(scenario, limit, seed, recovery);
        return recovery.windows();
    }

    private static ConcurrencySimulation.Outcome mean(ConcurrencyScenario scenario, int limit) {
        double goodput = 0;
        double latency = 0;
        double refused = 0;
        for (int seed = 1; seed <= FIXED_RUNS; seed++) {
            ConcurrencySimulation.Outcome run = ConcurrencySimulation.run(scenario, new FixedLimit(limit), -seed);
            goodput += run.goodput() / FIXED_RUNS;
            latency += run.latencyMillis() / FIXED_RUNS;
            refused += run.refusedShare() / FIXED_RUNS;
        }
        return new ConcurrencySimulation.Outcome(goodput, latency, refused, limit);
    }

    private int smallestWith(double share) {
        int limit = 1;
        while (fixed.get(limit - 1).goodput() < share * greatestGoodput) {
            limit++;
        }
        return limit;
    }

    /** Counts windows from the step to the first limit that gives 90 % of the goodput at 1.5 times the latency. */
    private static final class Recovery implements ConcurrencySimulation.Observer {
        private final long stepNanos;
        private final WindowedLimit limit;
        private final ConcurrencyLeague afterStep;
        private int atStep = -1;
        private int recovered = Integer.MAX_VALUE;

        Recovery(long stepNanos, WindowedLimit limit, ConcurrencyLeague afterStep) {
            this.stepNanos = stepNanos;
            this.limit = limit;
            this.afterStep = afterStep;
        }

        @Override
        public void sampled(long nanos, int now) {
            if (nanos < stepNanos) {
                return;
            }
            if (atStep < 0) {
                atStep = limit.windows();
            }
            if (recovered == Integer.MAX_VALUE && afterStep.serves(now, 0.9, 1.5)) {
                recovered = limit.windows() - atStep;
            }
        }

        int windows() {
            return recovered;
        }
    }
}
