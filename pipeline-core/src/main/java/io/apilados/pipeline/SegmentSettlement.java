// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSample;
import io.apilados.pipeline.checkpoint.Segment;
import io.apilados.pipeline.deliver.RequestContext;
import io.apilados.pipeline.deliver.RequestOutcome;
import io.apilados.pipeline.deliver.RequestWatch;
import io.apilados.pipeline.deliver.Settlement;
import io.apilados.pipeline.metrics.PathObservation;
import io.apilados.pipeline.parse.RejectedRecord;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Enters what becomes of a segment's batch into the ledger. */
final class SegmentSettlement<T> implements Settlement<T> {

    private final Batch<T> batch;
    private final Segment segment;
    private final Books<T> books;
    private final RunState state;
    private final RunRecorder recorder;
    private final PipelineListener listener;
    private final Run<T> run;
    private volatile @Nullable PathObservation observation;

    SegmentSettlement(Batch<T> batch, Segment segment, Books<T> books, Run<T> run) {
        this.batch = batch;
        this.segment = segment;
        this.books = books;
        this.state = run.state;
        this.recorder = run.recorder;
        this.listener = run.listener;
        this.run = run;
    }

    /** Hands the batch on, as soon as there is room for it, unless an earlier run has settled it. */
    void deliver() throws InterruptedException {
        if (!books.isSettledBefore(batch, segment)) {
            run.deliverer.deliver(batch, this);
        }
    }

    @Override
    public void begins() {
        observation = run.observed(batch.size());
    }

    @Override
    public RequestWatch sending(Batch<T> part) {
        state.requests.incrementAndGet();
        listener.batchSent(part.size());
        PathObservation of = observation;
        return new Request(part.size(), of == null ? null : of.request(part.size()));
    }

    private final class Request implements RequestWatch {
        private final int records;
        private final @Nullable PathObservation observed;

        Request(int records, @Nullable PathObservation observed) {
            this.records = records;
            this.observed = observed;
        }

        @Override
        public RequestContext context() {
            return observed == null ? RequestContext.NONE : observed.context();
        }

        @Override
        public void ended(long nanos, RequestOutcome outcome) {
            recorder.requestEnded(nanos);
            listener.requestEnded(records, Duration.ofNanos(nanos), outcome);
            if (observed != null) {
                observed.ended(outcome.name().toLowerCase(Locale.ROOT), null);
            }
        }
    }

    @Override
    public void delivered(Batch<T> part) {
        if (books.ledger.delivered(segment, part.size(), books.keysOf(part))) {
            state.arrived.addAndGet(part.size());
            state.lookAtHeap();
            listener.batchDelivered(part.size());
        }
    }

    @Override
    public void rejected(Batch<T> part, int index, String code, String message) {
        RejectedRecord record = new RejectedRecord(part.position(index), "deliver", code, message, part.rawCsv(index));
        if (!books.acceptsRejects()) {
            state.noPlaceFor(record);
            return;
        }
        books.ledger.rejected(segment, record);
    }

    @Override
    public void retrying(Batch<T> part, String reason, Duration delay) {
        state.retries.incrementAndGet();
        recorder.look();
        listener.batchRetried(part.size(), reason, delay);
    }

    @Override
    public void ended(BatchSample sample) {
        if (observation != null) {
            observation.ended(sample.outcome().name().toLowerCase(Locale.ROOT), null);
        }
        listener.batchSettled(sample.records(), Duration.ofNanos(sample.endNanos() - sample.startNanos()));
        books.batches.learn(sample);
        books.batches.release(batch);
    }

    @Override
    public void stop(String code, String message) {
        state.stop(message);
    }

    @Override
    public void failed(Throwable fault) {
        state.fail(fault);
    }
}
