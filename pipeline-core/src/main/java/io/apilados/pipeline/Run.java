// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchProcessor;
import io.apilados.pipeline.batch.BatchSample;
import io.apilados.pipeline.checkpoint.Segment;
import io.apilados.pipeline.deliver.Deliverer;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RecordReader;
import io.apilados.pipeline.parse.RecordReader.Step;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.parse.RejectedRecordException;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One run along the path. The thread that executes it reads, enriches and hands batches over; deliveries come to their
 * ends on other threads, which meet it in the {@link Ledger} and nowhere else.
 */
final class Run<T> {

    /** So many records without a batch make a segment of their own, so that rejected ones do not pile up in memory. */
    private static final int SEGMENT_RECORDS = 1000;

    private final PipelineSettings<T> settings;
    private final PipelineListener listener;
    private final RunState state;
    private final Deliverer<T> deliverer;

    /** The books; there are none before the source is open. */
    private volatile @Nullable Books<T> books;

    Run(PipelineSettings<T> settings) {
        this.settings = settings;
        this.listener = settings.listener;
        this.state = new RunState(settings.scheduler);
        this.deliverer = new Deliverer<>(
                settings.delivery,
                settings.concurrency,
                settings.rate,
                settings.retry,
                settings.scheduler,
                RandomGenerator.of("L64X128MixRandom"));
        state.onEnd(deliverer::stop);
    }

    /** Source, parse, enrich, batch, deliver, checkpoint, report. */
    RunReport execute() {
        try {
            SourceVersion version = settings.source.version();
            try (RecordReader<?> reader = settings.parser.open(settings.source, version, SourcePosition.START)) {
                listener.runStarted(settings.source.location(), version.sizeBytes());
                checkColumns(reader);
                Books<T> opened = openBooks(reader, version);
                try (settings.rejects) {
                    readAll(reader, opened);
                    settle(opened);
                    opened.ledger.close();
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            state.fail(e);
        }
        return report();
    }

    private void checkColumns(RecordReader<?> reader) throws IOException {
        for (String column : settings.requiredColumns) {
            if (!reader.columns().isEmpty() && !reader.columns().contains(column)) {
                throw new IOException(settings.source.location() + " line 1: no column is named '" + column
                        + "' among the " + reader.columns().size() + " of the header; name the right column");
            }
        }
    }

    private Books<T> openBooks(RecordReader<?> reader, SourceVersion version) throws IOException {
        settings.rejects.open(reader.rawHeader(), 0);
        Books<T> opened = new Books<>(this, reader, version);
        books = opened;
        return opened;
    }

    /** Reads until the end of the source, or until the run has to end; a source that breaks is a reason to end. */
    private void readAll(RecordReader<?> reader, Books<T> to) {
        try {
            while (!state.isEnding()) {
                Step step = reader.advance();
                if (step == Step.END) {
                    to.processor.cut();
                    state.sourceEnded();
                    return;
                }
                to.read++;
                if (step == Step.MALFORMED) {
                    to.reject(reader.malformed());
                } else {
                    enrich(reader, to);
                }
                to.boundSegment();
            }
        } catch (InterruptedException e) {
            state.interrupted();
        } catch (IOException | RuntimeException | Error e) {
            state.fail(e);
        }
    }

    private void enrich(RecordReader<?> reader, Books<T> to) throws InterruptedException {
        Object enriched;
        try {
            enriched = Objects.requireNonNull(settings.step.apply(reader.record()), "the enriched record");
        } catch (RejectedRecordException e) {
            to.reject(new RejectedRecord(reader.position(), "enrich", e.code(), e.getMessage(), reader.rawCsv()));
            return;
        } catch (RuntimeException e) {
            // Its message may hold the record's text, so only its class is told.
            String message = "the enricher threw " + e.getClass().getName();
            to.reject(new RejectedRecord(reader.position(), "enrich", "enrich-failed", message, reader.rawCsv()));
            return;
        }
        if (enriched == RecordStep.FILTERED) {
            to.segment.addFiltered();
            return;
        }
        to.segment.addOpen();
        @SuppressWarnings("unchecked")
        T record = (T) (enriched instanceof CsvRow row ? row.copy() : enriched);
        to.processor.submit(record, reader.position(), reader.rawCsv());
    }

    /** Waits for what is on its way. After a stop that is bounded by the delivery's own time-outs. */
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

    private RunReport report() {
        RunReport report = state.report(settings.source.location(), books);
        listener.runEnded(report);
        if (state.wasInterrupted()) {
            Thread.currentThread().interrupt();
        }
        Throwable fault = state.fault();
        if (report.status() == RunStatus.FAILED) {
            throw new PipelineException(String.valueOf(report.endReason()), fault, report);
        }
        return report;
    }

    void stop() {
        state.stop("it was asked to stop");
    }

    Progress progress() {
        return state.progress(books, deliverer.open(), settings.concurrency.limit());
    }

    /** What exists while records flow: the batches, the segment that is being read, and the ledger. */
    static final class Books<T> {
        final SourceVersion version;
        final Ledger ledger;
        final BatchProcessor<T> processor;
        final RecordReader<?> reader;
        private final Run<T> run;
        Segment segment;

        /** Records that were read. */
        long read;

        /** What {@link #read} was when the last segment ended, for other threads. */
        volatile long readBefore;

        Books(Run<T> run, RecordReader<?> reader, SourceVersion version) {
            this.run = run;
            this.reader = reader;
            this.version = version;
            this.segment = new Segment(reader.nextPosition());
            this.ledger = new Ledger(run.settings.rejects, run.listener, segment.start());
            this.processor = BatchProcessor.to(this::handOver)
                    .sizing(run.settings.sizing)
                    .fingerprint(version.fingerprint())
                    .scheduler(run.settings.scheduler)
                    .build();
        }

        private CompletionStage<BatchSample> handOver(Batch<T> batch) throws InterruptedException {
            run.deliverer.awaitRoom();
            Segment full = segment;
            endSegment();
            run.state.batches.increment();
            return run.deliverer.deliver(batch, new SegmentSettlement<>(full, this, run.state, run.listener));
        }

        boolean acceptsRejects() {
            return run.settings.rejects.accepts();
        }

        /** A record that has no place to go is left open, and ends the run. */
        void reject(RejectedRecord record) {
            if (acceptsRejects()) {
                segment.addRejected(record);
            } else {
                segment.addOpen();
                run.state.noPlaceFor(record);
            }
        }

        /** Ends a segment that has many records and no batch, or cuts the batch of one that has many rejected ones. */
        void boundSegment() throws InterruptedException {
            if (segment.read() - segment.open() >= SEGMENT_RECORDS) {
                if (segment.open() == 0) {
                    endSegment();
                } else {
                    processor.cut();
                }
            }
        }

        void endSegment() {
            segment.endAt(reader.nextPosition());
            readBefore = read;
            try {
                ledger.enter(segment);
            } catch (IOException e) {
                run.state.fail(e);
            }
            segment = new Segment(segment.end());
        }
    }
}
