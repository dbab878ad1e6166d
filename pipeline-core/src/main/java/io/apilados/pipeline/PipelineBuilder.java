// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.batch.RecordKeys;
import io.apilados.pipeline.checkpoint.CheckpointStore;
import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.RateLimit;
import io.apilados.pipeline.control.RetryPolicy;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.report.RejectTolerance;
import io.apilados.pipeline.report.RejectedRecords;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline that has all it needs; from here on everything is optional. Confined to one thread.
 *
 * @param <T> what a record is
 */
public final class PipelineBuilder<T> {

    final BatchStage<T> stages;
    final BatchDelivery<T> delivery;
    ConcurrencyController concurrency = ConcurrencyController.ofDefaults();
    RateLimit rate = RateLimit.disabled();

    @Nullable CircuitBreaker breaker;

    RetryPolicy retry = RetryPolicy.ofDefaults();
    RejectedRecords rejects = RejectedRecords.none();
    RejectTolerance tolerance = RejectTolerance.unlimited();

    @Nullable CheckpointStore checkpoints;

    @Nullable Duration deadline;

    boolean dryRun;
    RecordKeys<? super T> recordKeys = RecordKeys.byPosition();

    Scheduler scheduler = Scheduler.system();
    final List<PipelineListener> listeners = new ArrayList<>();

    private final Set<String> set = new LinkedHashSet<>();
    private final List<String> problems = new ArrayList<>();

    PipelineBuilder(BatchStage<T> stages, BatchDelivery<T> delivery) {
        this.stages = stages;
        this.delivery = delivery;
    }

    /** How many requests may be made at once; {@link ConcurrencyController#ofDefaults()} by default. May be shared. */
    public PipelineBuilder<T> concurrency(ConcurrencyController value) {
        once("concurrency");
        concurrency = Objects.requireNonNull(value, "concurrency");
        return this;
    }

    /** How often a request may begin; no limit by default. */
    public PipelineBuilder<T> rate(RateLimit value) {
        once("rate");
        rate = Objects.requireNonNull(value, "rate");
        return this;
    }

    /**
     * The gate before the destination; by default one of the pipeline's own with the defaults of
     * {@link CircuitBreaker#builder()}. May be shared.
     */
    public PipelineBuilder<T> circuitBreaker(CircuitBreaker value) {
        once("circuitBreaker");
        breaker = Objects.requireNonNull(value, "circuitBreaker");
        return this;
    }

    /** When to send again; {@link RetryPolicy#ofDefaults()} by default. */
    public PipelineBuilder<T> retry(RetryPolicy value) {
        once("retry");
        retry = Objects.requireNonNull(value, "retry");
        return this;
    }

    /** What names a record at the destination; fingerprint and byte offset by default. */
    public PipelineBuilder<T> recordKeys(RecordKeys<? super T> value) {
        once("recordKeys");
        recordKeys = Objects.requireNonNull(value, "recordKeys");
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

    /** Is told what happens; there may be several. */
    public PipelineBuilder<T> listener(PipelineListener value) {
        listeners.add(Objects.requireNonNull(value, "listener"));
        return this;
    }

    /** The clock; the system's by default. */
    public PipelineBuilder<T> scheduler(Scheduler value) {
        once("scheduler");
        scheduler = Objects.requireNonNull(value, "scheduler");
        return this;
    }

    /**
     * The pipeline.
     *
     * @throws PipelineConfigurationException with every problem, if there is one
     */
    public Pipeline build() {
        if (!problems.isEmpty()) {
            throw new PipelineConfigurationException(problems);
        }
        return new Pipeline(new PipelineSettings<>(this));
    }

    private void once(String setting) {
        if (!set.add(setting)) {
            problems.add(setting + " was set twice but may be set once");
        }
    }
}
