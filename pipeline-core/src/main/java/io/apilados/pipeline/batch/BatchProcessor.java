// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.source.SourcePosition;
import java.util.Objects;
import java.util.UUID;

/**
 * Takes records one at a time, forms batches of them and hands each to a {@link BatchHandler}. Its size adapts to what
 * the destination rewards. Submitting blocks while the handler has no room, so that whoever submits cannot run ahead of
 * the destination.
 *
 * <p>Safe for use by many threads.
 *
 * @param <T> what a record is
 */
public interface BatchProcessor<T> extends AutoCloseable {

    /**
     * Adds a record. If it fills a batch, the batch is handed on before this returns.
     *
     * @throws InterruptedException if the thread is interrupted while it waits for room; the record stays submitted
     * @throws IllegalStateException if the processor is closed
     */
    void submit(T record) throws InterruptedException;

    /**
     * Adds a record that knows where it comes from.
     *
     * @param rawCsv its fields for a reject file; empty if there are none
     * @throws InterruptedException if the thread is interrupted while it waits for room; the record stays submitted
     * @throws IllegalStateException if the processor is closed
     */
    void submit(T record, SourcePosition position, byte[] rawCsv) throws InterruptedException;

    /** Hands on what has been gathered, however little it is, without waiting for what becomes of it. */
    void cut() throws InterruptedException;

    /** Hands on what has been gathered and waits until everything submitted before is settled. */
    void flush() throws InterruptedException;

    /** How many records the next batch will take. */
    int batchSize();

    /**
     * An outside limit on the number of records in a batch, for instance because memory is short: batches that begin
     * from now on have no more, whatever the adaptation would like.
     *
     * @param records 1 or more; {@link Integer#MAX_VALUE} lifts the limit
     */
    void ceiling(int records);

    /**
     * Flushes, and takes no more. Closing twice changes nothing. If the thread is interrupted it stops waiting and keeps
     * its interrupted status.
     */
    @Override
    void close();

    /** A builder for a processor that hands its batches to {@code handler}. */
    static <T> Builder<T> to(BatchHandler<T> handler) {
        return new Builder<>(handler);
    }

    /**
     * Settings of a processor.
     *
     * @param <T> what a record is
     */
    final class Builder<T> {
        final BatchHandler<T> handler;
        BatchSizing sizing = BatchSizing.ofDefaults();
        String fingerprint = UUID.randomUUID().toString();
        Scheduler scheduler = Scheduler.system();
        SizePlan sizePlan = SizePlan.FREE;
        RecordKeys<? super T> recordKeys = RecordKeys.byPosition();
        RecordBytes<? super T> recordBytes = RecordBytes.ofDefaults();

        private Builder(BatchHandler<T> handler) {
            this.handler = Objects.requireNonNull(handler, "handler");
        }

        /** How large batches may be; {@link BatchSizing#ofDefaults()} by default. */
        public Builder<T> sizing(BatchSizing value) {
            sizing = Objects.requireNonNull(value, "sizing");
            return this;
        }

        /**
         * What stands for the source in the keys of records and batches. By default it is random: keys are then stable
         * within the processor's life only.
         */
        public Builder<T> fingerprint(String value) {
            fingerprint = Objects.requireNonNull(value, "fingerprint");
            return this;
        }

        /** What names a record; {@link RecordKeys#byPosition()} by default. */
        public Builder<T> recordKeys(RecordKeys<? super T> value) {
            recordKeys = Objects.requireNonNull(value, "recordKeys");
            return this;
        }

        /** How large a record is, for limits in bytes; {@link RecordBytes#ofDefaults()} by default. */
        public Builder<T> recordBytes(RecordBytes<? super T> value) {
            recordBytes = Objects.requireNonNull(value, "recordBytes");
            return this;
        }

        /** Who has the last word on each batch's size; by default the adaptation. */
        public Builder<T> sizePlan(SizePlan value) {
            sizePlan = Objects.requireNonNull(value, "sizePlan");
            return this;
        }

        /** The clock; the system's by default. */
        public Builder<T> scheduler(Scheduler value) {
            scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        /** The processor. */
        public BatchProcessor<T> build() {
            return new AdaptiveBatchProcessor<>(this);
        }
    }
}
