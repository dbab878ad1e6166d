// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.report.PerformanceGoals;
import io.apilados.pipeline.report.PerformancePair;
import io.apilados.pipeline.report.PerformanceReport;
import io.apilados.pipeline.report.PerformanceSample;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Runs a pipeline again and again and tells how fast it is, how much that varies, and what it takes. A report that is
 * stored as JSON is the baseline of later tests:
 *
 * <pre>{@code
 * PerformanceReport now = PerformanceTester.builder().build().run(() -> pipeline());
 * now.compare(PerformanceReport.fromJson(Files.readString(baseline))).throwIfSlower();
 * }</pre>
 *
 * <p>Each run gets a pipeline of its own, whose making is not measured. Every run has to do all of the same work, so one
 * that does not complete ends the test. Keep no checkpoints: a second run would have nothing left to do.
 *
 * <p>Immutable, and safe for use by many threads; but tests at the same time disturb each other, and processor time is
 * counted for the whole JVM.
 */
public final class PerformanceTester {

    private final int warmUp;
    private final int runs;
    private final PerformanceGoals goals;
    private final Scheduler scheduler;

    private PerformanceTester(Builder builder) {
        this.warmUp = builder.warmUp;
        this.runs = builder.runs;
        this.goals = builder.goals;
        this.scheduler = builder.scheduler;
    }

    /** With twenty runs after two to warm up. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Runs one pipeline of the supplier's after another, on the calling thread.
     *
     * @throws IllegalStateException if a run broke or ended early, or its pipeline could not be made; the message names
     *     the run and the reason. Correct that, then test again
     */
    public PerformanceReport run(Supplier<Pipeline> pipelineForEachRun) {
        Series series = new Series("", pipelineForEachRun);
        for (int run = 1; run <= warmUp + runs; run++) {
            series.run(run);
        }
        return series.report();
    }

    /**
     * Runs pipelines of two suppliers in turns, which of the two goes first in turns, too (ABBA): what slows the machine
     * down for a while, or ever more, strikes both alike. On a machine that is not one's own, this tells small differences
     * that a stored baseline does not.
     *
     * @param baseline what the other is compared with
     * @param candidate what is compared
     * @throws IllegalStateException as {@link #run}; the message says of which of the two the run was
     */
    public PerformancePair runPaired(Supplier<Pipeline> baseline, Supplier<Pipeline> candidate) {
        Series one = new Series(" of the baseline", baseline);
        Series other = new Series(" of the candidate", candidate);
        for (int run = 1; run <= warmUp + runs; run++) {
            boolean first = run % 2 == 1;
            (first ? one : other).run(run);
            (first ? other : one).run(run);
        }
        return new PerformancePair(one.report(), other.report());
    }

    /** The runs of one supplier. */
    private final class Series {
        private final String name;
        private final Supplier<Pipeline> pipelines;
        private final Instant measuredAt = Instant.ofEpochMilli(scheduler.epochMillis());
        private final List<PerformanceSample> samples = new ArrayList<>();
        private final List<RunReport> reports = new ArrayList<>();

        Series(String name, Supplier<Pipeline> pipelines) {
            this.name = name;
            this.pipelines = Objects.requireNonNull(pipelines, "pipeline");
        }

        void run(int number) {
            RunReport report;
            ProcessUse before;
            ProcessUse after;
            try {
                Pipeline pipeline = Objects.requireNonNull(pipelines.get(), "the supplier's pipeline");
                before = ProcessUse.now();
                report = pipeline.run();
                after = ProcessUse.now();
            } catch (RuntimeException e) {
                throw new IllegalStateException(named(number) + " broke: " + e.getMessage(), e);
            }
            if (report.status() != RunStatus.COMPLETED) {
                throw new IllegalStateException(named(number) + " ended as " + report.status()
                        + " but it must be COMPLETED to be measured: " + report.endReason());
            }
            if (number > warmUp) {
                samples.add(PerformanceSample.of(report, after.cpuSecondsSince(before), after.allocatedSince(before)));
                reports.add(report);
            }
        }

        private String named(int number) {
            return number <= warmUp
                    ? "run " + number + " of " + warmUp + " to warm up" + name
                    : "run " + (number - warmUp) + " of " + runs + name;
        }

        PerformanceReport report() {
            return PerformanceReport.of(measuredAt, warmUp, samples, reports, goals);
        }
    }

    /** Collects the settings of a tester. Confined to one thread. */
    public static final class Builder {
        private int warmUp = 2;
        private int runs = 20;
        private PerformanceGoals goals = PerformanceGoals.ofDefaults();
        private Scheduler scheduler = Scheduler.system();

        private Builder() {}

        /**
         * Runs before the first that is measured, from 0 to 1,000; by default 2. As long as runs still get faster, the
         * report says so.
         */
        public Builder warmUp(int value) {
            this.warmUp = between("warmUp", value, 0, 1000);
            return this;
        }

        /**
         * Runs that are measured, from 3 to 1,000; by default 20. With fewer than 4 no comparison can be sure by
         * 95 %.
         */
        public Builder runs(int value) {
            this.runs = between("runs", value, 3, 1000);
            return this;
        }

        /** What the median run is judged by; by default {@link PerformanceGoals#ofDefaults()}. */
        public Builder goals(PerformanceGoals value) {
            this.goals = Objects.requireNonNull(value, "goals");
            return this;
        }

        /** Whose date the report bears; how long runs take is told by the scheduler of each pipeline. */
        public Builder scheduler(Scheduler value) {
            this.scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        private static int between(String name, int value, int least, int most) {
            if (value < least || value > most) {
                throw new IllegalArgumentException(
                        name + " was " + value + " but it must be between " + least + " and " + most);
            }
            return value;
        }

        /** The tester. */
        public PerformanceTester build() {
            return new PerformanceTester(this);
        }
    }
}
