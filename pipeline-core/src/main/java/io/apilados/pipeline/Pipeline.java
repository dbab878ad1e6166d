// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.checkpoint.CheckpointPace;
import io.apilados.pipeline.checkpoint.SplitStore;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.Split;
import io.apilados.pipeline.source.SplitPlan;
import java.io.IOException;
import java.util.Objects;

/**
 * The path of records from a source to a destination:
 *
 * <pre>source -&gt; parse -&gt; enrich -&gt; batch -&gt; deliver -&gt; checkpoint -&gt; report</pre>
 *
 * <p>Built in the order of the path, and immutable afterwards. Every record that is read ends in exactly one of:
 * delivered, rejected with a reason, filtered, or unsettled because the run ended first. {@code read = delivered +
 * rejected + filtered + unsettled} is checked at the end of every run.
 *
 * <p>Safe for use by many threads; but two runs of one pipeline at once share its reject file and its delivery, so let
 * one end before the next begins.
 */
public final class Pipeline {

    private final PipelineSettings<?> settings;

    Pipeline(PipelineSettings<?> settings) {
        this.settings = settings;
    }

    /** Begins with where the bytes are. */
    public static SourceStage from(ByteSource source) {
        return new SourceStage(Objects.requireNonNull(source, "source"));
    }

    /**
     * Runs on the calling thread, which reads, until everything is settled or the run has to stop. If the thread is
     * interrupted, the run stops as by {@link PipelineRun#stop()} and the thread keeps its interrupted status.
     *
     * @return what it did; look at the status: a run that stopped is not complete
     * @throws PipelineException if it broke
     */
    public RunReport run() {
        return new Run<>(settings).execute();
    }

    /**
     * Opens one split of the source, to be run by itself, on this machine or another. It goes on where an earlier attempt
     * came to, if there was one. All splits of a plan need pipelines of the same settings.
     *
     * @param plan made of the pipeline's source by the pipeline's parser
     * @param split one of the plan
     * @param store where reports, rejected records and checkpoints of the splits are
     * @throws PipelineConfigurationException if the pipeline cannot run splits: its batches must have a fixed size, the
     *     parser must be a {@link io.apilados.pipeline.parse.CsvParser}, and it has neither a checkpoint nor a place for
     *     rejected records of its own, nor several readers, nor an enricher that is shown records ahead
     * @throws IllegalArgumentException if the split is not in the plan, or the plan was made by another parser
     * @throws IOException if the source is another version than the plan is for, or cannot be read, or the store cannot:
     *     nothing was sent
     */
    public SplitSession session(SplitPlan plan, Split split, SplitStore store) throws IOException {
        return session(plan, split, store, CheckpointPace.DEFAULT);
    }

    /**
     * As {@link #session(SplitPlan, Split, SplitStore)}, with another pace of checkpoints.
     *
     * @throws IOException as said there
     */
    public SplitSession session(SplitPlan plan, Split split, SplitStore store, CheckpointPace pace) throws IOException {
        return SplitSession.open(settings, plan, split, store, pace);
    }

    /** Runs on a thread of its own. */
    public PipelineRun start() {
        return new BackgroundRun(new Run<>(settings));
    }
}
