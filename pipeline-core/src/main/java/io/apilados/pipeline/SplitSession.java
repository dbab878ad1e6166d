// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static java.util.Objects.requireNonNull;

import io.apilados.pipeline.checkpoint.Checkpoint;
import io.apilados.pipeline.checkpoint.CheckpointPace;
import io.apilados.pipeline.checkpoint.Counters;
import io.apilados.pipeline.checkpoint.SplitCheckpoint;
import io.apilados.pipeline.checkpoint.SplitObjects;
import io.apilados.pipeline.checkpoint.SplitStore;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvSplits;
import io.apilados.pipeline.parse.RecordReader;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.report.SplitReport;
import io.apilados.pipeline.source.SourceChangedException;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import io.apilados.pipeline.source.Split;
import io.apilados.pipeline.source.SplitPlan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at one split of a source: what a task of an engine executes. It is taken step by step, so that the engine
 * may do something of its own between two batches, or by {@link #run()}.
 *
 * <pre>{@code
 * try (SplitSession session = pipeline.session(plan, split, store)) {
 *     while (session.step()) {
 *         engine.mayStopHere();
 *     }
 *     SplitReport report = session.commit();
 * }
 * }</pre>
 *
 * <p>Any number of attempts may be made at a split, one after the other or at once, on any machines that share the store.
 * All of them cut the same batches and send them with the same keys; the first to commit publishes the report, and the
 * others return that. An attempt that is killed loses what came after its last checkpoint, which the next one sends again:
 * one is saved after a second or 16 MiB, unless the session was opened with another {@link CheckpointPace}.
 *
 * <p>Confined to one thread at a time, but for {@link #stop()}.
 */
public final class SplitSession implements AutoCloseable {

    private final SplitPlan plan;
    private final Split split;
    private final SplitObjects objects;
    private final Run<?> run;

    /** Null if the split was published before. */
    private final @Nullable SplitLease lease;

    /** What another attempt, or this one, has published; null until then. */
    private @Nullable SplitReport published;

    private boolean sourceEnded;

    /** What this attempt came to; null before its end. */
    private @Nullable RunReport attempt;

    private SplitSession(SplitPlan plan, Split split, SplitObjects objects, Run<?> run, @Nullable SplitLease lease) {
        this.plan = plan;
        this.split = split;
        this.objects = objects;
        this.run = run;
        this.lease = lease;
    }

    static <T> SplitSession open(
            PipelineSettings<T> settings, SplitPlan plan, Split split, SplitStore store, CheckpointPace pace)
            throws IOException {
        CsvParser parser = requireFitForSplits(settings);
        CsvSplits splits = new CsvSplits(parser, settings.source, plan);
        if (split.index() >= plan.splits().size()
                || !plan.splits().get(split.index()).equals(split)) {
            throw new IllegalArgumentException(split + " is not in plan " + plan.planId());
        }
        SplitObjects objects = new SplitObjects(store, plan.planId(), split.index());
        SplitRejects rejects = new SplitRejects(objects);
        SplitCourse course = new SplitCourse(split, settings.sizing);
        PipelineSettings<T> own = settings.withRejects(rejects);
        Optional<byte[]> report = objects.report();
        if (report.isPresent()) {
            SplitReport published = parsed(report.get());
            Run<T> idle = new Run<>(own, course);
            SplitSession session = new SplitSession(plan, split, objects, idle, null);
            session.published = published;
            session.attempt = idle.endWithoutBegin();
            return session;
        }
        SourceVersion version = settings.source.version();
        if (!version.equals(plan.version())) {
            throw new SourceChangedException(settings.source.location(), "it is another version than the plan is for");
        }
        Optional<SplitCheckpoint> left = objects.checkpoint();
        Checkpoint base = base(left, split, course);
        RecordReader<?> reader = splits.open(split, base.position());
        Run<T> run = new Run<>(own, course);
        SplitLease lease = new SplitLease(
                objects, rejects, course, left.map(SplitCheckpoint::keySum).orElse(0L), run::keySum);
        try {
            run.beginSteps(reader, version, new CheckpointKeeper(lease, base, settings.scheduler, run.state, pace));
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
        return new SplitSession(plan, split, objects, run, lease);
    }

    private static CsvParser requireFitForSplits(PipelineSettings<?> settings) {
        List<String> problems = new ArrayList<>();
        if (settings.sizing.min() != settings.sizing.max()) {
            problems.add("batch size was " + settings.sizing.min() + " to " + settings.sizing.max()
                    + " but it must be fixed, as BatchSizing.fixed(100) is: another attempt would cut other batches, and"
                    + " records would be delivered under new keys");
        }
        if (settings.checkpoints != null) {
            problems.add("checkpoint was set but a split has its own in the SplitStore; leave it out");
        }
        if (!settings.rejects.equals(RejectedRecords.none()) && !settings.rejects.equals(RejectedRecords.counting())) {
            problems.add("rejects was set but rejected records of a split go into the SplitStore; leave it out");
        }
        if (settings.readers > 1) {
            problems.add("readers was " + settings.readers + " but it must be 1: run several splits at once instead");
        }
        if (!settings.enrichers.isEmpty() && settings.enrichers.get(0).chunk() > 0) {
            problems.add(
                    "the first enricher is shown " + settings.enrichers.get(0).chunk()
                            + " records ahead but a split shows none; load the catalog before");
        }
        if (settings.dryRun) {
            problems.add("dryRun was set but what it leaves in the SplitStore would be taken for delivered; leave it"
                    + " out");
        }
        if (settings.parser instanceof CsvParser parser && problems.isEmpty()) {
            return parser;
        }
        if (!(settings.parser instanceof CsvParser)) {
            problems.add("the parser was a " + settings.parser.getClass().getName()
                    + " but it must be a CsvParser: no other has splits");
        }
        throw new PipelineConfigurationException("the pipeline cannot run a split", problems);
    }

    private static Checkpoint base(Optional<SplitCheckpoint> left, Split split, SplitCourse course) throws IOException {
        Checkpoint anew = Checkpoint.start(split.version().fingerprint(), split.start());
        if (left.isEmpty()) {
            return anew;
        }
        SplitCheckpoint found = left.get();
        if (found.batchRecords() != course.limit().records()
                || found.maxBatchBytes() != course.limit().bytes()) {
            throw new IOException(split + ": an earlier attempt had batches of " + found.batchRecords()
                    + " records and " + found.maxBatchBytes() + " bytes, and this one would have "
                    + course.limit().records() + " and " + course.limit().bytes()
                    + ", so that records would be delivered under new keys; use the size of before");
        }
        Checkpoint base = found.checkpoint();
        long at = base.position().byteOffset();
        boolean isOfSplit = base.fingerprint().equals(split.version().fingerprint())
                && at >= split.start().byteOffset()
                && (split.endByte() == SourceVersion.UNKNOWN_SIZE || at <= split.endByte());
        if (!isOfSplit) {
            throw new IOException(split + ": its checkpoint at " + base.position()
                    + " is of another split or source; delete the checkpoint to begin the split anew");
        }
        return base;
    }

    /**
     * Reads on until a batch is full and hands it over, waiting for room as a run does. Where few of the records become
     * part of a batch, it returns before: after as many records as a batch may have. Where batches are bounded in bytes,
     * one record may end two.
     *
     * @return false if there is no further step: the split is read to its end, or the attempt has to end before
     */
    public boolean step() {
        if (attempt != null || sourceEnded || run.state.isEnding()) {
            return false;
        }
        Run.StepEnd end = run.step();
        sourceEnded = end == Run.StepEnd.SOURCE;
        return end == Run.StepEnd.SEGMENT;
    }

    /** Asks the attempt to end: nothing more is read, and steps return false. Safe for use by many threads. */
    public void stop() {
        run.stop();
    }

    /**
     * Settles everything and publishes the split: its rejected records, then its report. If another attempt has published
     * it before, returns what that one did.
     *
     * @throws PipelineException if the attempt ended before the end of the split, or broke. The checkpoint is saved as far
     *     as it came; open another session to go on
     * @throws IOException if all is settled but could not be published: commit again, or open another session and commit
     *     that, and nothing is sent
     * @throws IllegalStateException if there are further steps
     */
    public SplitReport commit() throws IOException {
        SplitReport known = published;
        if (known != null) {
            return known;
        }
        if (attempt == null && !sourceEnded && !run.state.isEnding()) {
            throw new IllegalStateException(
                    split + " is not read to its end; take steps until there is none, or suspend");
        }
        RunReport report = end();
        if (report.status() != RunStatus.COMPLETED) {
            throw new PipelineException(split + ": " + report.endReason(), run.state.fault(), report);
        }
        SplitReport made = publish(requireNonNull(requireNonNull(lease).last()));
        published = made;
        return made;
    }

    private SplitReport publish(SplitCheckpoint settled) throws IOException {
        SourcePosition end = settled.checkpoint().position();
        if (split.endByte() != SourceVersion.UNKNOWN_SIZE && end.byteOffset() != split.endByte()) {
            throw new IOException(split + ": is settled to byte " + end.byteOffset() + " only; this is a defect of the"
                    + " pipeline, please report it");
        }
        Optional<byte[]> before = objects.report();
        if (before.isEmpty() && !objects.publishRejects(settled.checkpoint().rejectsMark())) {
            // Another attempt deletes the parts when it has published.
            before = objects.report();
            if (before.isEmpty()) {
                throw new IOException(split + ": parts of its rejected records are gone; delete its checkpoint to begin"
                        + " the split anew");
            }
        }
        byte[] report = before.isPresent()
                ? before.get()
                : objects.publishReport(report(settled).toJson().getBytes(StandardCharsets.UTF_8));
        objects.save(settled.completed());
        if (settled.checkpoint().rejectsMark() > 0) {
            objects.deleteParts();
        }
        return parsed(report);
    }

    private SplitReport report(SplitCheckpoint settled) {
        Counters counters = settled.checkpoint().counters();
        return new SplitReport(
                plan.planId(),
                split.index(),
                split.version().location(),
                split.version().fingerprint(),
                counters.read(),
                counters.delivered(),
                counters.rejected(),
                counters.filtered(),
                counters.oddities(),
                counters.batches(),
                settled.checkpoint().position().byteOffset() - split.start().byteOffset(),
                settled.keySum(),
                settled.checkpoint().rejectReasons());
    }

    private static SplitReport parsed(byte[] report) throws IOException {
        return SplitReport.fromJson(new String(report, StandardCharsets.UTF_8));
    }

    /**
     * Takes all steps there are and commits.
     *
     * @throws PipelineException as {@link #commit()} does
     * @throws IOException as {@link #commit()} does
     */
    public SplitReport run() throws IOException {
        while (step()) {
            // Each step does its part.
        }
        return commit();
    }

    /**
     * Ends the attempt before the end of the split: settles what is on its way and saves the checkpoint, so that the next
     * attempt sends nothing again. After the end of the session it changes nothing.
     *
     * @return what the attempt did
     */
    public RunReport suspend() {
        if (attempt == null) {
            run.state.stop("it was suspended");
        }
        return end();
    }

    /** Ends the attempt: waits for what is on its way and saves nothing further. After its end it changes nothing. */
    public RunReport abort() {
        if (attempt == null) {
            requireNonNull(lease).abandon();
            run.state.stop("it was aborted");
        }
        return end();
    }

    private RunReport end() {
        RunReport known = attempt;
        if (known == null) {
            known = run.end(sourceEnded);
            attempt = known;
        }
        return known;
    }

    /**
     * What this attempt did: its requests, retries and time, which another attempt does not have. Records and batches are
     * those of the split so far, earlier attempts included.
     *
     * @throws IllegalStateException before the end of the attempt, which is at {@link #commit}, {@link #suspend} or
     *     {@link #abort}
     */
    public RunReport attempt() {
        RunReport known = attempt;
        if (known == null) {
            throw new IllegalStateException(split + " is under way; commit, suspend or abort it first");
        }
        return known;
    }

    /** Where the session belongs: {@code split 3 (bytes 3145728 to 4194310)}. */
    public Split split() {
        return split;
    }

    /** As {@link #abort()}. */
    @Override
    public void close() {
        RunReport unused = abort();
    }
}
