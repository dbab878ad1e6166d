// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.deliver.BatchDelivery;
import java.util.Objects;

/**
 * A pipeline that has batches; next: where they go.
 *
 * @param <T> what a record is
 */
public final class BatchStage<T> {

    final RecordStage<T> records;
    final BatchSizing sizing;

    BatchStage(RecordStage<T> records, BatchSizing sizing) {
        this.records = records;
        this.sizing = sizing;
    }

    /** Where batches go. The pipeline does not close the delivery: whoever made it does. */
    public PipelineBuilder<T> deliver(BatchDelivery<T> delivery) {
        return new PipelineBuilder<>(this, Objects.requireNonNull(delivery, "delivery"));
    }
}
