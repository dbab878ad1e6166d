// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.batch.RecordBytes;
import io.apilados.pipeline.batch.RecordKeys;
import io.apilados.pipeline.checkpoint.CheckpointStore;
import io.apilados.pipeline.control.MemoryMonitor;
import io.apilados.pipeline.control.Resilience;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.Enricher;
import io.apilados.pipeline.enrich.JsonEncoder;
import io.apilados.pipeline.metrics.PipelineMeters;
import io.apilados.pipeline.parse.RecordParser;
import io.apilados.pipeline.report.PerformanceGoals;
import io.apilados.pipeline.report.RejectTolerance;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.source.ByteSource;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** All that a pipeline was built with. Immutable. */
final class PipelineSettings<T> {

    final ByteSource source;
    final RecordParser<?> parser;
    final RecordStep step;
    final @Nullable JsonEncoder<?> encoder;
    final List<Enricher<?, ?>> enrichers;
    final int readers;
    final BatchSizing sizing;
    final BatchDelivery<T> delivery;
    final Resilience resilience;
    final RejectedRecords rejects;
    final RejectTolerance tolerance;
    final RecordKeys<? super T> recordKeys;
    final RecordBytes<? super T> recordBytes;
    final @Nullable CheckpointStore checkpoints;
    final @Nullable Duration deadline;
    final boolean dryRun;
    final Scheduler scheduler;
    /** What was given; null if there is none. */
    final @Nullable MemoryMonitor memory;

    /** Whether the monitor is the one that pipelines without one of their own share. */
    final boolean sharedMemory;

    private final List<PipelineListener> listeners;
    private final @Nullable PipelineMeters meters;
    final @Nullable ObservationRegistry observations;
    final PerformanceGoals goals;

    PipelineSettings(PipelineBuilder<T> builder) {
        this.source = builder.stages.records.source;
        this.parser = builder.stages.records.parser;
        this.step = builder.stages.records.step;
        this.encoder = builder.stages.records.encoder;
        this.enrichers = List.copyOf(builder.stages.records.enrichers);
        this.readers = builder.readers;
        this.sizing = builder.stages.sizing;
        this.delivery = builder.dryRun ? takingEverything() : builder.delivery;
        this.resilience = builder.resilience();
        this.rejects = builder.dryRun ? RejectedRecords.counting() : builder.rejects;
        this.tolerance = builder.tolerance;
        this.recordKeys = builder.recordKeys;
        this.recordBytes = builder.recordBytes;
        this.checkpoints = builder.dryRun ? null : builder.checkpoints;
        this.deadline = builder.deadline;
        this.dryRun = builder.dryRun;
        this.scheduler = resilience.scheduler();
        this.memory = builder.memory;
        this.sharedMemory = builder.memory == null && scheduler.equals(Scheduler.system());
        this.listeners = List.copyOf(builder.listeners);
        this.meters = builder.meters;
        this.observations = builder.observations;
        this.goals = builder.goals;
    }

    /** The same with another place for rejected records. */
    private PipelineSettings(PipelineSettings<T> of, RejectedRecords rejects) {
        this.source = of.source;
        this.parser = of.parser;
        this.step = of.step;
        this.encoder = of.encoder;
        this.enrichers = of.enrichers;
        this.readers = of.readers;
        this.sizing = of.sizing;
        this.delivery = of.delivery;
        this.resilience = of.resilience;
        this.rejects = rejects;
        this.tolerance = of.tolerance;
        this.recordKeys = of.recordKeys;
        this.recordBytes = of.recordBytes;
        this.checkpoints = of.checkpoints;
        this.deadline = of.deadline;
        this.dryRun = of.dryRun;
        this.scheduler = of.scheduler;
        this.memory = of.memory;
        this.sharedMemory = of.sharedMemory;
        this.listeners = of.listeners;
        this.meters = of.meters;
        this.observations = of.observations;
        this.goals = of.goals;
    }

    PipelineSettings<T> withRejects(RejectedRecords place) {
        return new PipelineSettings<>(this, place);
    }

    /** Who is told of one run: a listener of its own counts for the meters. */
    PipelineListener listener() {
        if (meters == null) {
            return GuardedListener.of(listeners);
        }
        Set<CCTsCache> caches = Collections.newSetFromMap(new IdentityHashMap<>());
        enrichers.forEach(enricher -> caches.addAll(enricher.caches()));
        List<PipelineListener> all = new ArrayList<>(listeners);
        all.add(new MeteringListener(meters, caches));
        return GuardedListener.of(all);
    }

    /** For reports: by name what it is set to. No secrets are among it, for none is a setting. */
    Map<String, String> described() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("batch", sizing.min() + ":" + sizing.initial() + ":" + sizing.max());
        if (sizing.maxBytes() != Long.MAX_VALUE) {
            all.put("batch bytes", Long.toString(sizing.maxBytes()));
        }
        if (delivery.largestRequest() != Integer.MAX_VALUE) {
            all.put("largest request", Integer.toString(delivery.largestRequest()));
        }
        all.put("concurrency", resilience.concurrency().toString());
        all.put("rate", resilience.rate().toString());
        all.put("circuit breaker", resilience.circuitBreaker().toString());
        all.put("patience", resilience.retry().patience().toString());
        all.put("readers", Integer.toString(readers));
        all.put("checkpoint", checkpoints == null ? "none" : "kept");
        if (deadline != null) {
            all.put("deadline", deadline.toString());
        }
        all.put("java", System.getProperty("java.runtime.version", "unknown"));
        all.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        all.put("heap", (Runtime.getRuntime().maxMemory() >> 20) + " MiB");
        return all;
    }

    private static <T> BatchDelivery<T> takingEverything() {
        return new BatchDelivery<>() {
            @Override
            public CompletionStage<DeliveryOutcome> deliver(Batch<T> batch) {
                return CompletableFuture.completedFuture(DeliveryOutcome.delivered());
            }

            @Override
            public boolean letsGoOfBatches() {
                return true;
            }
        };
    }
}
