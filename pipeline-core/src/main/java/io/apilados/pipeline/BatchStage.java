// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.parse.RecordParser;
import io.apilados.pipeline.source.ByteSource;
import java.util.List;
import java.util.Objects;

/**
 * A pipeline that has batches; next: where they go.
 *
 * @param <T> what a record is
 */
public final class BatchStage<T> {

    final ByteSource source;
    final RecordParser<?> parser;
    final RecordStep step;
    final List<String> requiredColumns;
    final BatchSizing sizing;

    BatchStage(
            ByteSource source,
            RecordParser<?> parser,
            RecordStep step,
            List<String> requiredColumns,
            BatchSizing sizing) {
        this.source = source;
        this.parser = parser;
        this.step = step;
        this.requiredColumns = requiredColumns;
        this.sizing = sizing;
    }

    /** Where batches go. The pipeline does not close the delivery: whoever made it does. */
    public PipelineBuilder<T> deliver(BatchDelivery<T> delivery) {
        return new PipelineBuilder<>(this, Objects.requireNonNull(delivery, "delivery"));
    }
}
