// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import io.apilados.pipeline.PipelineBuilder;
import io.apilados.pipeline.PipelineException;
import io.apilados.pipeline.PipelineListener;
import io.apilados.pipeline.SplitSession;
import io.apilados.pipeline.checkpoint.CheckpointPace;
import io.apilados.pipeline.checkpoint.SplitStore;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.SplitJobReport;
import io.apilados.pipeline.report.SplitReport;
import io.apilados.pipeline.source.SourceChangedException;
import io.apilados.pipeline.source.Split;
import io.apilados.pipeline.source.SplitPlan;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs one split of a manifest within the time that there is, from where an earlier attempt came to. What
 * {@link SplitWorkerHandler} and {@link SplitArrayJob} are made of; usable without one, too.
 *
 * <p>Any number of workers may have the same split, one after the other or at once: see {@link SplitSession}.
 *
 * <p>Safe for use by many threads, if the pipeline is.
 */
public final class SplitWorker {

    /** How much time is kept for publishing a split, by default: 3 seconds, for five writes to a store. */
    public static final Duration RESERVE = Duration.ofSeconds(3);

    /** No attempt begins with less time than this. */
    static final Duration LEAST_TIME = Duration.ofMillis(250);

    private final SplitStore store;
    private final SplitPipeline<?> pipeline;
    private final Duration reserve;
    private final CheckpointPace pace;

    /** The plan that was read last: workers get one split of the same plan after the other. */
    private volatile @Nullable SplitPlan last;

    private SplitWorker(SplitStore store, SplitPipeline<?> pipeline, Duration reserve, CheckpointPace pace) {
        this.store = store;
        this.pipeline = pipeline;
        this.reserve = reserve;
        this.pace = pace;
    }

    /**
     * A worker with the default reserve and pace.
     *
     * @param store where the manifest is, and what splits leave
     * @param pipeline how a pipeline is made
     * @param <T> what a record is
     */
    public static <T> SplitWorker of(SplitStore store, SplitPipeline<T> pipeline) {
        return new SplitWorker(
                Objects.requireNonNull(store, "store"),
                Objects.requireNonNull(pipeline, "pipeline"),
                RESERVE,
                CheckpointPace.DEFAULT);
    }

    /** The same with other time kept for publishing; {@link #RESERVE} by default. */
    public SplitWorker withReserve(Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("reserve was " + time + " but it must not be negative");
        }
        return new SplitWorker(store, pipeline, time, pace);
    }

    /** The same with another pace of checkpoints; {@link CheckpointPace#DEFAULT} by default. */
    public SplitWorker withPace(CheckpointPace value) {
        return new SplitWorker(store, pipeline, reserve, Objects.requireNonNull(value, "pace"));
    }

    /**
     * Runs a split to its end, however long that takes.
     *
     * @throws IOException as {@link #run(String, int, Supplier)} says
     */
    public SplitResult run(String manifest, int split) throws IOException {
        return run(manifest, split, (Duration) null);
    }

    /**
     * Runs a split for as long as there is time.
     *
     * @param timeLeft how long it may still take, now and whenever it is asked
     * @throws IOException if manifest, source or store cannot be read, or it cannot be published; try again. If it is a
     *     {@link SourceChangedException}, make a new plan instead
     * @throws PipelineException if the attempt broke, or the destination was out of order for longer than its patience; try
     *     again
     * @throws io.apilados.pipeline.PipelineConfigurationException if the pipeline cannot run splits
     * @throws IllegalArgumentException if the manifest has no such split
     */
    public SplitResult run(String manifest, int split, Supplier<Duration> timeLeft) throws IOException {
        Duration before = timeLeft.get().minus(reserve);
        if (before.compareTo(LEAST_TIME) < 0) {
            return new SplitResult(manifest, split, 0, null);
        }
        return run(manifest, split, before);
    }

    private SplitResult run(String manifest, int index, @Nullable Duration budget) throws IOException {
        SplitPlan plan = plan(manifest);
        if (index < 0 || index >= plan.splits().size()) {
            throw new IllegalArgumentException("split was " + index + " but manifest " + manifest + " has "
                    + plan.splits().size() + ", from 0 on");
        }
        Split split = plan.splits().get(index);
        Settled settled = new Settled();
        PipelineBuilder<?> built = pipeline.pipeline(split).listener(settled);
        if (budget != null) {
            built.deadline(budget);
        }
        try (SplitSession session = built.build().session(plan, split, store, pace)) {
            SplitReport report = session.run();
            return new SplitResult(manifest, index, settled.records.sum(), report);
        } catch (PipelineException e) {
            if (e.report().stoppedForDeadline()) {
                return new SplitResult(manifest, index, settled.records.sum(), null);
            }
            if (e.getCause() instanceof SourceChangedException changed) {
                throw changed;
            }
            throw e;
        }
    }

    /**
     * What became of all splits so far; deletes what nobody needs any more if all are there.
     *
     * @throws IOException if the store cannot be read
     */
    public SplitJobReport report(String manifest) throws IOException {
        SplitJobReport report = SplitJobReport.read(plan(manifest), store);
        if (report.isComplete()) {
            report.deleteLeftovers(store);
        }
        return report;
    }

    /** The plan of a manifest. */
    SplitPlan plan(String manifest) throws IOException {
        SplitPlan known = last;
        if (known == null || !known.planId().equals(manifest)) {
            known = SplitManifest.plan(manifest, store);
            last = known;
        }
        return known;
    }

    /** Counts what comes to its end. */
    private static final class Settled implements PipelineListener {
        private final LongAdder records = new LongAdder();

        @Override
        public void batchDelivered(int count) {
            records.add(count);
        }

        @Override
        public void recordRejected(RejectedRecord record) {
            records.increment();
        }
    }
}
