// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.batch.RecordKeys;
import io.apilados.pipeline.checkpoint.CheckpointStore;
import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.RateLimit;
import io.apilados.pipeline.control.RetryPolicy;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.parse.RecordParser;
import io.apilados.pipeline.report.RejectTolerance;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.source.ByteSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** All that a pipeline was built with. Immutable. */
final class PipelineSettings<T> {

    final ByteSource source;
    final RecordParser<?> parser;
    final RecordStep step;
    final List<String> requiredColumns;
    final BatchSizing sizing;
    final BatchDelivery<T> delivery;
    final ConcurrencyController concurrency;
    final RateLimit rate;
    final CircuitBreaker breaker;
    final RetryPolicy retry;
    final RejectedRecords rejects;
    final RejectTolerance tolerance;
    final RecordKeys<? super T> recordKeys;
    final @Nullable CheckpointStore checkpoints;
    final @Nullable Duration deadline;
    final Scheduler scheduler;
    final PipelineListener listener;

    PipelineSettings(PipelineBuilder<T> builder) {
        this.source = builder.stages.source;
        this.parser = builder.stages.parser;
        this.step = builder.stages.step;
        this.requiredColumns = List.copyOf(builder.stages.requiredColumns);
        this.sizing = builder.stages.sizing;
        this.delivery = builder.dryRun ? takingEverything() : builder.delivery;
        this.concurrency = builder.concurrency;
        this.rate = builder.rate;
        CircuitBreaker own = builder.breaker;
        this.breaker = own == null
                ? CircuitBreaker.builder().scheduler(builder.scheduler).build()
                : own;
        this.retry = builder.retry;
        this.rejects = builder.dryRun ? RejectedRecords.counting() : builder.rejects;
        this.tolerance = builder.tolerance;
        this.recordKeys = builder.recordKeys;
        this.checkpoints = builder.dryRun ? null : builder.checkpoints;
        this.deadline = builder.deadline;
        this.scheduler = builder.scheduler;
        this.listener = new GuardedListener(builder.listeners);
    }

    private static <T> BatchDelivery<T> takingEverything() {
        return batch -> CompletableFuture.completedFuture(DeliveryOutcome.delivered());
    }
}
