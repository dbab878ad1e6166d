// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static java.util.Objects.requireNonNull;

import io.apilados.pipeline.checkpoint.Checkpoint;
import io.apilados.pipeline.checkpoint.CheckpointLease;
import io.apilados.pipeline.checkpoint.CheckpointStore;
import io.apilados.pipeline.deliver.Deliverer;
import io.apilados.pipeline.deliver.RequestContext;
import io.apilados.pipeline.enrich.CatalogUnavailableException;
import io.apilados.pipeline.enrich.Enricher;
import io.apilados.pipeline.metrics.PathObservation;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.RecordReader;
import io.apilados.pipeline.parse.RecordReader.Step;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.report.RunTimeline;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One run along the path. The thread that executes it reads, enriches and hands batches over; deliveries come to their
 * ends on other threads, which meet it in the {@link Ledger} and nowhere else.
 */
final class Run<T> {

    /**
     * Open batches may take this part of the heap, by what their records take in a request. In memory they take two to
     * three times as much: the record, what was read for it, and the body of the request.
     */
    private static final long OPEN_SHARE_OF_HEAP = 10;

    final PipelineSettings<T> settings;

    /** What is run is a split; null if it is a source. */
    final @Nullable SplitCourse split;

    final RunState state;
    final Deliverer<T> deliverer;
    final RunRecorder recorder;
    final PipelineListener listener;
    private volatile @Nullable PathObservation observed;
    private final MemoryGuard memory;
    private Enrichment<T> enrichment;

    /** Ends a run that is taken step by step before its deadline. */
    private @Nullable DeadlineGuard stepsDeadline;

    /** The books; there are none before the source is open. */
    private volatile @Nullable Books<T> books;

    /** Reads ahead for the first enricher; null if that does not want it. */
    private volatile @Nullable LookAhead<?> lookAhead;

    /** Reads and enriches ahead; null if one thread reads. */
    private volatile @Nullable ReadAhead<T> readAhead;

    Run(PipelineSettings<T> settings) {
        this(settings, null);
    }

    Run(PipelineSettings<T> settings, @Nullable SplitCourse split) {
        this.settings = settings;
        this.split = split;
        this.listener = settings.listener();
        this.state = new RunState(settings.scheduler);
        this.deliverer = new Deliverer<>(
                settings.delivery,
                settings.resilience,
                Math.max(1, Runtime.getRuntime().maxMemory() / OPEN_SHARE_OF_HEAP));
        this.recorder = new RunRecorder(settings.scheduler, settings.resilience.circuitBreaker(), this::progressOrEnd);
        this.memory = new MemoryGuard(settings, state, deliverer, recorder);
        this.enrichment = new StepEnrichment<>(settings.step, settings.encoder);
        state.onEnd(this::wakeUp);
    }

    /** Source, parse, enrich, batch, deliver, checkpoint, report. */
    RunReport execute() {
        ObservationRegistry registry = settings.observations;
        if (registry == null) {
            return travel();
        }
        PathObservation observation = PathObservation.ofRun(registry, settings.source.location());
        observed = observation;
        try (RequestContext.Scope unused = observation.context().activate()) {
            RunReport report = travel();
            observation.ended(report.status().name().toLowerCase(Locale.ROOT), null);
            return report;
        } catch (RuntimeException | Error e) {
            observation.ended(RunStatus.FAILED.name().toLowerCase(Locale.ROOT), e);
            throw e;
        }
    }

    /** What watches a batch of so many records; null if nobody does. */
    @Nullable PathObservation observed(int records) {
        PathObservation run = observed;
        return run == null ? null : run.batch(records);
    }

    private RunReport travel() {
        DeadlineGuard deadline = DeadlineGuard.start(settings, state, deliverer);
        try {
            SourceVersion version = settings.source.version();
            try (CheckpointKeeper keeper = takeUp(version)) {
                if (keeper.base().complete()) {
                    return report(keeper);
                }
                try (RecordReader<?> reader = openReader(version, keeper.base().position())) {
                    Books<T> opened = begin(reader, version, keeper, deadline);
                    try (settings.rejects) {
                        boolean sourceEnded = readAll(reader, opened);
                        settleAndClose(opened, sourceEnded);
                    }
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            state.fail(e);
        } finally {
            deadline.cancel();
            memory.close();
        }
        return report(null);
    }

    private Books<T> begin(
            RecordReader<?> reader, SourceVersion version, CheckpointKeeper keeper, DeadlineGuard deadline)
            throws IOException {
        long sizeBytes = split == null ? version.sizeBytes() : split.sizeBytes(version);
        listener.runStarted(new RunStart(
                settings.source.location(), sizeBytes, settings.described(), this::progress, memory::usage));
        checkColumns(reader);
        Books<T> opened = openBooks(reader, version, keeper);
        deadline.watch(opened);
        memory.watch(opened);
        return opened;
    }

    /**
     * Begins a run that somebody else takes step by step, by {@link #step} until that returns false, and then to its
     * {@link #end}.
     *
     * @throws IOException if it cannot begin; it is at its end then
     */
    void beginSteps(RecordReader<?> reader, SourceVersion version, CheckpointKeeper keeper) throws IOException {
        if (settings.observations != null) {
            observed = PathObservation.ofRun(settings.observations, settings.source.location());
        }
        DeadlineGuard guard = DeadlineGuard.start(settings, state, deliverer);
        stepsDeadline = guard;
        try (RequestContext.Scope unused = scope()) {
            Books<T> unusedBooks = begin(reader, version, keeper, guard);
        } catch (IOException | RuntimeException | Error e) {
            state.fail(e);
            RunReport unused = release();
            throw e;
        }
    }

    /**
     * Reads to the end of a segment.
     *
     * @return what it came to
     */
    StepEnd step() {
        Books<T> opened = requireNonNull(books);
        try (RequestContext.Scope unused = scope()) {
            boolean ended = read(opened.reader, opened, opened.segments + 1);
            return ended ? StepEnd.SOURCE : state.isEnding() ? StepEnd.RUN : StepEnd.SEGMENT;
        }
    }

    /** What a step came to: the end of a segment, of the source or of the run. */
    enum StepEnd {
        SEGMENT,
        SOURCE,
        RUN
    }

    /** Ends a run that was taken step by step; never throws because the run failed. */
    RunReport end(boolean sourceEnded) {
        Books<T> opened = requireNonNull(books);
        try (RequestContext.Scope unused = scope();
                RecordReader<?> unusedReader = opened.reader) {
            settleAndClose(opened, sourceEnded);
        } catch (IOException | RuntimeException | Error e) {
            state.fail(e);
        }
        return release();
    }

    /** There is nothing to do. */
    RunReport endWithoutBegin() {
        recorder.close();
        return state.report(settings.source.location(), null, seen());
    }

    /** The hashes of the keys of all records that arrived in what is written off. */
    long keySum() {
        Books<T> opened = books;
        return opened == null ? 0 : opened.ledger.keySum();
    }

    private RunReport release() {
        DeadlineGuard guard = stepsDeadline;
        if (guard != null) {
            guard.cancel();
        }
        memory.close();
        RunReport report = sum(null);
        PathObservation observation = observed;
        if (observation != null) {
            observation.ended(report.status().name().toLowerCase(Locale.ROOT), state.fault());
        }
        return report;
    }

    private RequestContext.Scope scope() {
        PathObservation observation = observed;
        return (observation == null ? RequestContext.NONE : observation.context()).activate();
    }

    /** Takes the lease of the source's checkpoint, and what an earlier run left there. */
    private CheckpointKeeper takeUp(SourceVersion version) throws IOException {
        String fingerprint = version.fingerprint();
        Checkpoint anew = Checkpoint.start(fingerprint, SourcePosition.START);
        CheckpointStore store = settings.checkpoints;
        if (store == null) {
            return new CheckpointKeeper(null, anew, settings.scheduler, state);
        }
        if (!version.seekable()) {
            throw new IOException(settings.source.location()
                    + ": cannot be read from the middle, so that no checkpoint helps; leave it out, or give a file");
        }
        CheckpointLease lease = store.acquire(version.location());
        try {
            Optional<Checkpoint> left = lease.load();
            Checkpoint base = left.orElse(anew);
            if (!base.fingerprint().equals(fingerprint)) {
                if (!base.complete()) {
                    throw new IOException(settings.source.location()
                            + ": has changed since the checkpoint at " + base.position()
                            + " was taken, and nothing was sent; put the former content back to go on, or delete the"
                            + " checkpoint to begin anew");
                }
                base = anew;
            }
            return new CheckpointKeeper(lease, base, settings.scheduler, state);
        } catch (IOException | RuntimeException e) {
            lease.close();
            throw e;
        }
    }

    /** Several threads may read; or an enricher that stands first may see records ahead. */
    private RecordReader<?> openReader(SourceVersion version, SourcePosition from) throws IOException {
        if (settings.readers > 1 && settings.parser instanceof CsvParser csv && !isShownAhead()) {
            ReadAhead<T> ahead = readAhead(csv, version, from);
            if (ahead != null) {
                return ahead;
            }
        }
        ByteSource source = settings.source;
        if (settings.parser instanceof CsvParser) {
            // Once it is open; until then the run does not know how it ends.
            source = new EndingSource(source, () -> books != null && state.isEnding());
        }
        RecordReader<?> reader = settings.parser.open(source, version, from);
        if (!isShownAhead()) {
            return reader;
        }
        @SuppressWarnings("unchecked")
        LookAhead<?> preparing =
                new LookAhead<>((RecordReader<Object>) reader, (Enricher<Object, ?>) settings.enrichers.get(0));
        lookAhead = preparing;
        if (state.isEnding()) {
            preparing.wakeUp();
        }
        return preparing;
    }

    /** Null if one thread has to read: because there are no pieces, or because the run ends before they are known. */
    private @Nullable ReadAhead<T> readAhead(CsvParser parser, SourceVersion version, SourcePosition from)
            throws IOException {
        ReadAhead<T> ahead;
        try {
            ahead = ReadAhead.open(
                    parser,
                    settings.source,
                    version,
                    from,
                    settings.readers,
                    enrichment,
                    settings.encoder != null,
                    state::isEnding);
        } catch (EndingSource.EndedException e) {
            return null;
        } catch (InterruptedIOException | ClosedByInterruptException e) {
            // A time-out of a socket is the former, too; only an interrupt leaves the flag.
            if (!Thread.interrupted()) {
                throw e;
            }
            state.interrupted();
            return null;
        }
        if (ahead != null) {
            enrichment = ahead;
            readAhead = ahead;
            if (state.isEnding()) {
                ahead.wakeUp();
            }
        }
        return ahead;
    }

    private boolean isShownAhead() {
        return !settings.enrichers.isEmpty() && settings.enrichers.get(0).chunk() > 0;
    }

    private void checkColumns(RecordReader<?> reader) throws IOException {
        List<String> columns = reader.columns();
        if (columns.isEmpty()) {
            return;
        }
        for (Enricher<?, ?> enricher : settings.enrichers) {
            for (String column : enricher.requiredColumns()) {
                if (!columns.contains(column)) {
                    throw new IOException(settings.source.location() + " line 1: no column is named '" + column
                            + "' among the " + columns.size() + " of the header; name the right column");
                }
            }
        }
    }

    private Books<T> openBooks(RecordReader<?> reader, SourceVersion version, CheckpointKeeper keeper)
            throws IOException {
        if (settings.rejects.location().equals(version.location())) {
            throw new IOException(settings.source.location()
                    + ": is read, and cannot be the place for rejected records, too; name another file");
        }
        settings.rejects.open(reader.rawHeader(), keeper.base().rejectsMark());
        Books<T> opened = new Books<>(this, reader, version, keeper);
        opened.ledger.save(false, reader.nextPosition());
        books = opened;
        return opened;
    }

    /**
     * Reads until the end of the source, or until the run has to end; a source that breaks is a reason to end.
     *
     * @return whether the source was read to its end
     */
    private boolean readAll(RecordReader<?> reader, Books<T> to) {
        return read(reader, to, Long.MAX_VALUE);
    }

    /** As {@link #readAll}, but no further than until so many segments have ended. */
    private boolean read(RecordReader<?> reader, Books<T> to, long segments) {
        try {
            return readOn(reader, to, segments);
        } catch (InterruptedException e) {
            state.interrupted();
        } catch (LookAhead.InterruptedPreparationException e) {
            LookAhead<?> preparing = lookAhead;
            if (preparing == null || !preparing.wasWoken()) {
                state.interrupted();
            }
        } catch (EndingSource.EndedException e) {
            // The reason is known: it is what woke it up.
            if (!state.isEnding()) {
                state.fail(e);
            }
        } catch (CatalogUnavailableException e) {
            state.stop(String.valueOf(e.getMessage()));
        } catch (ClosedByInterruptException e) {
            state.interrupted();
            boolean unused = Thread.interrupted();
        } catch (InterruptedIOException e) {
            // A time-out of a socket is one, too; only an interrupt leaves the flag.
            if (Thread.interrupted()) {
                state.interrupted();
            } else {
                state.fail(e);
            }
        } catch (IOException | RuntimeException | Error e) {
            state.fail(e);
        } finally {
            to.leaveNothingOut();
        }
        return false;
    }

    /** Without handlers of exceptions: with them the loop is twice as much code. */
    private boolean readOn(RecordReader<?> reader, Books<T> to, long segments)
            throws IOException, InterruptedException {
        ReadAhead<T> ahead = readAhead;
        while (!state.isEnding() && to.segments < segments) {
            memory.awaitRelief();
            Step step = reader.advance();
            if (step == Step.END) {
                to.cut();
                return true;
            }
            to.recordRead();
            if (step == Step.MALFORMED) {
                to.reject(reader.malformed());
            } else if (enrich(reader, to)) {
                to.makeRoom();
                to.keep(reader.byteOffset(), reader.recordNumber(), reader.line());
                if (ahead != null) {
                    to.keepAlike(ahead);
                }
            }
            SegmentSettlement<T> cut = to.endWhatIsDue();
            if (cut != null) {
                cut.deliver();
            }
        }
        return false;
    }

    /**
     * Leaves the record in hand, if it is wanted. What is done with it then is left to the loop, because that is compiled
     * once; a method is compiled again where it is called from.
     */
    private boolean enrich(RecordReader<?> reader, Books<T> to) {
        boolean wanted;
        try {
            wanted = enrichment.enrich(reader, to.batches);
        } catch (CatalogUnavailableException e) {
            throw e;
        } catch (RuntimeException e) {
            to.reject(Enrichment.rejected(reader, e));
            return false;
        }
        if (!wanted) {
            to.segment.addFiltered();
        }
        return wanted;
    }

    /** Closes the books also of a run that could not be settled; it has failed then, and is not complete. */
    private void settleAndClose(Books<T> opened, boolean sourceEnded) {
        try {
            settle(opened);
        } catch (RuntimeException | Error e) {
            state.fail(e);
        }
        opened.close(sourceEnded);
    }

    /** Waits for what is on its way. After a stop that is bounded by the delivery's own time-outs, or the deadline. */
    private void settle(Books<T> opened) {
        while (true) {
            try {
                deliverer.awaitIdle();
                opened.endSegment();
                return;
            } catch (InterruptedException e) {
                state.interrupted();
            }
        }
    }

    private RunReport report(@Nullable CheckpointKeeper completedBefore) {
        RunReport report = sum(completedBefore);
        if (report.status() == RunStatus.FAILED) {
            throw new PipelineException(String.valueOf(report.endReason()), state.fault(), report);
        }
        return report;
    }

    private RunReport sum(@Nullable CheckpointKeeper completedBefore) {
        recorder.close();
        RunState.Seen seen = seen();
        RunReport report = (completedBefore == null
                        ? state.report(settings.source.location(), books, seen)
                        : state.reportOf(settings.source.location(), completedBefore.base(), seen))
                .judgedBy(settings.goals);
        listener.runEnded(report);
        if (state.wasInterrupted()) {
            Thread.currentThread().interrupt();
        }
        return report;
    }

    private RunState.Seen seen() {
        RunTimeline timeline = recorder.timeline();
        return new RunState.Seen(notes(), memory.greatestShare(), recorder.latencies(), timeline, settings.described());
    }

    private List<String> notes() {
        List<String> notes = new ArrayList<>();
        for (Enricher<?, ?> enricher : settings.enrichers) {
            notes.addAll(enricher.notes());
        }
        notes.addAll(memory.notes());
        return notes;
    }

    /** The run ends: nothing further is sent, and the reading thread waits for nothing but what is on its way. */
    private void wakeUp() {
        deliverer.stop();
        LookAhead<?> preparing = lookAhead;
        if (preparing != null) {
            preparing.wakeUp();
        }
        ReadAhead<?> ahead = readAhead;
        if (ahead != null) {
            ahead.wakeUp();
        }
        memory.wakeUp();
        Books<T> opened = books;
        if (opened != null) {
            opened.ledger.roomAgain().raise();
        }
    }

    void stop() {
        state.stop("it was asked to stop");
    }

    /**
     * As below, for whoever must not be told of faults: null if the caller's own breaker or controller has one, and the run
     * ends.
     */
    private @Nullable Progress progressOrEnd() {
        try {
            return progress();
        } catch (RuntimeException e) {
            state.fail(e);
            return null;
        }
    }

    Progress progress() {
        return state.progress(
                books,
                deliverer.open(),
                settings.resilience.concurrency().limit(),
                settings.resilience.circuitBreaker().state(),
                memory.level());
    }
}
