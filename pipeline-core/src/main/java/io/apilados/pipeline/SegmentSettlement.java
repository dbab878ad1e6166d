// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.checkpoint.Segment;
import io.apilados.pipeline.deliver.RequestOutcome;
import io.apilados.pipeline.deliver.Settlement;
import io.apilados.pipeline.parse.RejectedRecord;
import java.time.Duration;

/** Enters what becomes of a segment's batch into the ledger. */
final class SegmentSettlement<T> implements Settlement<T> {

    private final Segment segment;
    private final Books<T> books;
    private final RunState state;
    private final RunRecorder recorder;
    private final PipelineListener listener;

    SegmentSettlement(
            Segment segment, Books<T> books, RunState state, RunRecorder recorder, PipelineListener listener) {
        this.segment = segment;
        this.books = books;
        this.state = state;
        this.recorder = recorder;
        this.listener = listener;
    }

    @Override
    public void sending(Batch<T> part) {
        state.requests.increment();
        listener.batchSent(part.size());
    }

    @Override
    public void ended(Batch<T> part, long nanos, RequestOutcome outcome) {
        recorder.requestEnded(nanos);
        listener.requestEnded(part.size(), Duration.ofNanos(nanos), outcome);
    }

    @Override
    public void delivered(Batch<T> part) {
        books.ledger.delivered(segment, part.size());
        state.arrived.add(part.size());
        state.lookAtHeap();
        listener.batchDelivered(part.size());
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
        state.retries.increment();
        recorder.look();
        listener.batchRetried(part.size(), reason, delay);
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
