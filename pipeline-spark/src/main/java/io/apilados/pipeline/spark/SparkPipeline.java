// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import io.apilados.pipeline.PipelineConfigurationException;
import io.apilados.pipeline.checkpoint.SplitStore;
import io.apilados.pipeline.control.RateLimit;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.report.SplitJobReport;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SplitPlan;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BinaryOperator;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline that Spark runs: one stage of one task for each split, no shuffle.
 *
 * <pre>{@code
 * SplitJobReport report = SparkPipeline.of(context, spec).run();
 * }</pre>
 *
 * <p>Spark decides where and when a split runs, and runs it again when its task failed or its executor is gone. What a
 * split came to is its report in the {@link SplitStore}; Spark's own counters are not asked. A job that failed or was
 * killed is run again by running it again: splits that have a report are not run, and others go on from their checkpoints.
 *
 * <p>Confined to one thread.
 */
public final class SparkPipeline {

    /** How long a split is by default: 128 MiB. */
    public static final long SPLIT_BYTES = 128L << 20;

    private static final String SPECULATION = "spark.speculation";
    private static final String DYNAMIC = "spark.dynamicAllocation.enabled";
    private static final String PLUGINS = "spark.plugins";

    private final JavaSparkContext context;
    private final PipelineSpec<?> spec;
    private long splitBytes = SPLIT_BYTES;
    private @Nullable SplitPlan plan;

    private SparkPipeline(JavaSparkContext context, PipelineSpec<?> spec) {
        this.context = Objects.requireNonNull(context, "context");
        this.spec = Objects.requireNonNull(spec, "spec");
    }

    /** A pipeline on the executors of a context; the caller stops the context. */
    public static SparkPipeline of(JavaSparkContext context, PipelineSpec<?> spec) {
        return new SparkPipeline(context, spec);
    }

    /**
     * How long splits are to be, 1 or more; {@link #SPLIT_BYTES} by default. A task that fails repeats what came after its
     * last checkpoint and not the split, so long splits cost little; a driver holds about 25 kB for each (40,000 tasks took
     * 1 GB).
     */
    public SparkPipeline splitBytes(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("splitBytes was " + bytes + " but it must be 1 or more");
        }
        splitBytes = bytes;
        return this;
    }

    /** A plan that was made before, in place of going over the source once more. */
    public SparkPipeline plan(SplitPlan value) {
        plan = Objects.requireNonNull(value, "plan");
        return this;
    }

    /**
     * Runs the splits that have no report yet, and waits for them.
     *
     * @return what became of all records: every split is in it
     * @throws PipelineConfigurationException if Spark is not set up for it, or the specification is not; nothing was sent
     * @throws IOException if the source or the store cannot be read, or not all splits were done. The message says how many
     *     are missing; run again to go on with them
     */
    public SplitJobReport run() throws IOException {
        check(context.getConf()::get, spec);
        Worker driver = new OnDriver(new CompositeMeterRegistry());
        SplitPlan all = plan == null ? makePlan(driver) : plan;
        SplitStore store = spec.store.make(driver);
        List<Integer> missing = SplitJobReport.read(all, store).missing();
        if (!missing.isEmpty()) {
            runSplits(spec, all, store, missing);
        }
        SplitJobReport report = SplitJobReport.read(all, store);
        if (!report.isComplete()) {
            throw new IOException(incomplete(all, report, "no task said why"));
        }
        report.deleteLeftovers(store);
        return report;
    }

    /**
     * Whether Spark is set up as the specification needs it.
     *
     * @param conf what a setting is, or else the second
     */
    static void check(BinaryOperator<String> conf, PipelineSpec<?> spec) {
        List<String> problems = new ArrayList<>();
        if (isTrue(conf, SPECULATION)) {
            problems.add(
                    SPECULATION + " was true but it must be false: a second copy of a slow task sends every request"
                            + " of it a second time, to a destination that is slow already");
        }
        RequestShares shares = spec.shares;
        if (shares != null && shares.isLeased() && !conf.apply(PLUGINS, "").contains(BudgetPlugin.class.getName())) {
            problems.add(PLUGINS + " was '" + conf.apply(PLUGINS, "") + "' but it must name "
                    + BudgetPlugin.class.getName() + ", because the rate of requests is leased");
        }
        if (shares != null && !shares.isLeased() && isTrue(conf, DYNAMIC)) {
            problems.add(
                    DYNAMIC + " was true but the rate of requests is divided among a fixed number of executors; use"
                            + " RequestShares.leased, or switch it off");
        }
        if (!problems.isEmpty()) {
            throw new PipelineConfigurationException("the job cannot be run", problems);
        }
    }

    private static boolean isTrue(BinaryOperator<String> conf, String name) {
        return Boolean.parseBoolean(conf.apply(name, "false"));
    }

    private SplitPlan makePlan(Worker driver) throws IOException {
        ByteSource source = spec.source.make(driver);
        CsvParser parser = spec.parser.make(driver);
        return parser.plan(
                source, source.version(), splitBytes, Runtime.getRuntime().availableProcessors());
    }

    private <T> void runSplits(PipelineSpec<T> typed, SplitPlan all, SplitStore store, List<Integer> missing)
            throws IOException {
        Broadcast<SplitJob<T>> sent =
                context.broadcast(new SplitJob<>(UUID.randomUUID().toString(), typed, all));
        List<String> lost;
        try {
            lost = context.parallelize(missing, missing.size())
                    .map(new SplitTask<>(sent))
                    .collect();
        } catch (Exception e) {
            // Spark throws what it does not declare.
            throw new IOException(incomplete(all, SplitJobReport.read(all, store), "a task failed too often"), e);
        } finally {
            sent.destroy();
        }
        List<String> problems =
                lost.stream().filter(problem -> !problem.isEmpty()).toList();
        if (!problems.isEmpty()) {
            throw new IOException(incomplete(all, SplitJobReport.read(all, store), problems.get(0)));
        }
    }

    private static String incomplete(SplitPlan plan, SplitJobReport report, String why) {
        return plan.version().location() + ": " + report.missing().size() + " of " + report.splits()
                + " splits are not done (" + why + "); run it again to go on with them";
    }

    /** The driver, which delivers nothing. */
    private record OnDriver(MeterRegistry meters) implements Worker {

        @Override
        public String name() {
            return "driver";
        }

        @Override
        public CCTsCatalog catalog() {
            throw new IllegalStateException("the driver has no catalog; use it where rows are enriched only");
        }

        @Override
        public RateLimit rate() {
            return RateLimit.adaptive();
        }
    }
}
