// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.batch.RecordBytes;
import io.apilados.pipeline.batch.RecordKeys;
import io.apilados.pipeline.checkpoint.CheckpointStore;
import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.MemoryMonitor;
import io.apilados.pipeline.control.RateLimit;
import io.apilados.pipeline.control.Resilience;
import io.apilados.pipeline.control.RetryPolicy;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.metrics.PipelineMeters;
import io.apilados.pipeline.report.PerformanceGoals;
import io.apilados.pipeline.report.RejectTolerance;
import io.apilados.pipeline.report.RejectedRecords;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline that has all it needs; from here on everything is optional. Confined to one thread.
 *
 * @param <T> what a record is
 */
public final class PipelineBuilder<T> {

    private static final int MOST_READERS = 64;

    private static final List<String> PARTS_OF_RESILIENCE =
            List.of("concurrency", "rate", "circuitBreaker", "retry", "scheduler");

    final BatchStage<T> stages;
    final BatchDelivery<T> delivery;
    private final Resilience.Builder parts = Resilience.builder();
    private @Nullable Resilience whole;
    RejectedRecords rejects = RejectedRecords.none();
    PerformanceGoals goals = PerformanceGoals.ofDefaults();

    @Nullable PipelineMeters meters;

    @Nullable ObservationRegistry observations;

    RejectTolerance tolerance = RejectTolerance.unlimited();

    @Nullable CheckpointStore checkpoints;

    @Nullable Duration deadline;

    @Nullable MemoryMonitor memory;

    boolean dryRun;
    int readers = 1;
    RecordKeys<? super T> recordKeys = RecordKeys.byPosition();
    RecordBytes<? super T> recordBytes = RecordBytes.ofDefaults();

    final List<PipelineListener> listeners = new ArrayList<>();

    private final Set<String> set = new LinkedHashSet<>();
    private final List<String> problems = new ArrayList<>();

    PipelineBuilder(BatchStage<T> stages, BatchDelivery<T> delivery) {
        this.stages = stages;
        this.delivery = delivery;
        if (!stages.sizing.linger().isZero()) {
            problems.add("batch linger was " + stages.sizing.linger() + " but it must be zero: a pipeline reads as fast"
                    + " as its destination takes, and a batch that was cut by the clock could not be cut again");
        }
    }

    /** How many requests may be made at once; {@link ConcurrencyController#ofDefaults()} by default. May be shared. */
    public PipelineBuilder<T> concurrency(ConcurrencyController value) {
        once("concurrency");
        parts.concurrency(value);
        return this;
    }

    /** How often a request may begin; {@link RateLimit#adaptive()} by default. */
    public PipelineBuilder<T> rate(RateLimit value) {
        once("rate");
        parts.rate(value);
        return this;
    }

    /**
     * The gate before the destination; by default one of the pipeline's own with the defaults of
     * {@link CircuitBreaker#builder()}. May be shared.
     */
    public PipelineBuilder<T> circuitBreaker(CircuitBreaker value) {
        once("circuitBreaker");
        parts.circuitBreaker(value);
        return this;
    }

    /** When to send again; {@link RetryPolicy#ofDefaults()} by default. */
    public PipelineBuilder<T> retry(RetryPolicy value) {
        once("retry");
        parts.retry(value);
        return this;
    }

    /**
     * Concurrency, rate, circuit breaker, retries and clock as one value, in place of the five settings of these names.
     * May be shared with whatever else calls the same destination.
     */
    public PipelineBuilder<T> resilience(Resilience value) {
        once("resilience");
        whole = Objects.requireNonNull(value, "resilience");
        return this;
    }

    /** What names a record at the destination; fingerprint and byte offset by default. */
    public PipelineBuilder<T> recordKeys(RecordKeys<? super T> value) {
        once("recordKeys");
        recordKeys = Objects.requireNonNull(value, "recordKeys");
        return this;
    }

    /**
     * How large a record is in a request, where batches have a limit in bytes; {@link RecordBytes#ofDefaults()} by
     * default.
     */
    public PipelineBuilder<T> recordBytes(RecordBytes<? super T> value) {
        once("recordBytes");
        recordBytes = Objects.requireNonNull(value, "recordBytes");
        return this;
    }

    /**
     * How many threads read, parse and enrich; 1 by default, at most 64. With more, a CSV file of over a mebibyte is gone
     * over to find where its records start, a little ahead of where it is read, in pieces at once; batches, keys, checkpoints and
     * rejected records are those of one thread. Enrichers and filters must be safe for use by many threads then. An
     * enricher that is {@linkplain io.apilados.pipeline.enrich.Enricher#chunk() shown records ahead}, a source that
     * cannot seek, or another parser is read with one thread. Each thread holds a few mebibytes.
     */
    public PipelineBuilder<T> readers(int threads) {
        once("readers");
        readers = threads;
        if (threads < 1 || threads > MOST_READERS) {
            problems.add("readers was " + threads + " but it must be between 1 and " + MOST_READERS);
        }
        return this;
    }

    /** Where rejected records go; by default nowhere, and the first one stops the run. */
    public PipelineBuilder<T> rejects(RejectedRecords value) {
        once("rejects");
        rejects = Objects.requireNonNull(value, "rejects");
        return this;
    }

    /** How many rejected records are borne; any number by default, where there is a place for them. */
    public PipelineBuilder<T> tolerance(RejectTolerance value) {
        once("tolerance");
        tolerance = Objects.requireNonNull(value, "tolerance");
        return this;
    }

    /** Where to write down how far a run is, so that another can go on; nowhere by default. */
    public PipelineBuilder<T> checkpoint(CheckpointStore value) {
        once("checkpoint");
        checkpoints = Objects.requireNonNull(value, "checkpoint");
        return this;
    }

    /**
     * How long a run may take. It stops reading before, settles what is on its way and returns as STOPPED; with a
     * checkpoint, the next run goes on. No deadline by default.
     */
    public PipelineBuilder<T> deadline(Duration value) {
        once("deadline");
        deadline = Objects.requireNonNull(value, "deadline");
        if (value.isNegative() || value.isZero()) {
            problems.add("deadline was " + value + " but it must be more than zero");
        }
        return this;
    }

    /**
     * Does everything but deliver: batches count as delivered and go nowhere, rejected records are counted and not kept,
     * and no checkpoint is read or written. So the counts are those of a run whose destination takes everything.
     */
    public PipelineBuilder<T> dryRun() {
        once("dryRun");
        dryRun = true;
        return this;
    }

    /**
     * What says when memory is short; by default one with the defaults of {@link MemoryMonitor#builder()}, which all
     * pipelines of the process share, or none where the clock is not the system's. HIGH halves the batches and how many are open; CRITICAL pauses the reading, and
     * after a minute of it the run stops, to go on later. The pipeline does not close it.
     */
    public PipelineBuilder<T> memory(MemoryMonitor value) {
        once("memory");
        memory = Objects.requireNonNull(value, "memory");
        return this;
    }

    /** As {@link #metrics(MeterRegistry, Map)}, with no further tags. */
    public PipelineBuilder<T> metrics(MeterRegistry registry) {
        return metrics(registry, Map.of());
    }

    /**
     * Where the meters of {@link io.apilados.pipeline.metrics.PipelineMeter} go; nowhere by default. Pipelines with the
     * same registry and tags share their meters.
     *
     * @param tags names and values of further tags, for instance the pipeline's name; few values
     */
    public PipelineBuilder<T> metrics(MeterRegistry registry, Map<String, String> tags) {
        once("metrics");
        meters = PipelineMeters.in(registry, tags);
        return this;
    }

    /**
     * Who is told of runs, batches and requests as observations: with a tracing bridge they are spans, and requests carry
     * the trace on in their headers. Nobody by default.
     */
    public PipelineBuilder<T> observations(ObservationRegistry registry) {
        once("observations");
        observations = Objects.requireNonNull(registry, "observations");
        return this;
    }

    /** What the report judges the run by; {@link PerformanceGoals#ofDefaults()} by default. */
    public PipelineBuilder<T> goals(PerformanceGoals value) {
        once("goals");
        goals = Objects.requireNonNull(value, "goals");
        return this;
    }

    /** Is told what happens; there may be several. */
    public PipelineBuilder<T> listener(PipelineListener value) {
        listeners.add(Objects.requireNonNull(value, "listener"));
        return this;
    }

    /** The clock; the system's by default. */
    public PipelineBuilder<T> scheduler(Scheduler value) {
        once("scheduler");
        parts.scheduler(value);
        return this;
    }

    /**
     * The pipeline.
     *
     * @throws PipelineConfigurationException with every problem, if there is one
     */
    public Pipeline build() {
        for (String part : PARTS_OF_RESILIENCE) {
            if (whole != null && set.contains(part)) {
                problems.add(part + " was set beside resilience, which has one; set it there");
            }
        }
        if (!problems.isEmpty()) {
            throw new PipelineConfigurationException(problems);
        }
        return new Pipeline(new PipelineSettings<>(this));
    }

    Resilience resilience() {
        return whole == null ? parts.build() : whole;
    }

    private void once(String setting) {
        if (!set.add(setting)) {
            problems.add(setting + " was set twice but may be set once");
        }
    }
}
