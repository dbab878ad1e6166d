// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import static java.util.Objects.requireNonNull;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.PipelineBuilder;
import io.apilados.pipeline.RecordStage;
import io.apilados.pipeline.SplitSession;
import io.apilados.pipeline.checkpoint.SplitStore;
import io.apilados.pipeline.control.RateLimit;
import io.apilados.pipeline.control.Resilience;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.Split;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What the tasks of one job share in one process: catalog, delivery, breaker, controllers, registry, and the process's part
 * of the rate. A breaker of each task's own would never see five failures in a row.
 *
 * <p>Made by the first task that needs it; if that fails, by the next. Safe for use by many threads.
 */
final class ExecutorRuntime<T> implements Worker, AutoCloseable {

    private final SplitJob<T> job;
    private final PipelineSpec<T> spec;
    private final ExecutorRuntimes.@Nullable Plugged plugged;
    private final Scheduler scheduler;
    private final ReentrantLock lock = new ReentrantLock();

    /** All below is set with the lock held, in this order, each once; who has had the lock since sees it. */
    private @Nullable CCTsCatalog catalog;

    private @Nullable MeterRegistry meters;
    private @Nullable SharedRate rate;
    private @Nullable Resilience resilience;
    private @Nullable ByteSource source;
    private @Nullable CsvParser parser;
    private @Nullable SplitStore store;
    private @Nullable BatchDelivery<T> delivery;
    private boolean closed;

    ExecutorRuntime(SplitJob<T> job, ExecutorRuntimes.@Nullable Plugged plugged, Scheduler scheduler) {
        this.job = job;
        this.spec = job.spec();
        this.plugged = plugged;
        this.scheduler = scheduler;
    }

    String jobId() {
        return job.id();
    }

    /** Opens a session of a split. */
    SplitSession session(Split split) throws IOException {
        lock.lock();
        try {
            if (closed) {
                throw new IOException(split + ": the executor " + name() + " is ending; Spark tries elsewhere");
            }
            open();
        } finally {
            lock.unlock();
        }
        RecordStage<CsvRow> rows = Pipeline.from(requireNonNull(source)).parse(requireNonNull(parser));
        PipelineBuilder<T> pipeline = spec.steps
                .addTo(rows, this)
                .batch(spec.sizing())
                .deliver(requireNonNull(delivery))
                .resilience(requireNonNull(resilience));
        if (spec.meters != null) {
            pipeline.metrics(requireNonNull(meters));
        }
        return pipeline.build().session(job.plan(), split, requireNonNull(store), spec.pace);
    }

    private void open() throws IOException {
        byte[] packed = spec.catalog;
        if (catalog == null && packed != null) {
            catalog = CCTsCatalog.loadPacked(new PackedBytes("the catalog that was sent", packed));
        }
        if (meters == null) {
            meters = spec.meters == null ? new CompositeMeterRegistry() : spec.meters.make(this);
        }
        if (rate == null) {
            rate = SharedRate.of(job, plugged, scheduler);
        }
        if (resilience == null) {
            resilience =
                    spec.resilience == null ? Resilience.builder().rate(rate()).build() : spec.resilience.make(this);
        }
        if (source == null) {
            source = spec.source.make(this);
        }
        if (parser == null) {
            parser = spec.parser.make(this);
        }
        if (store == null) {
            store = spec.store.make(this);
        }
        if (delivery == null) {
            delivery = spec.delivery.make(this);
        }
    }

    @Override
    public String name() {
        return plugged == null ? "process " + ProcessHandle.current().pid() : plugged.executorId();
    }

    @Override
    public CCTsCatalog catalog() {
        CCTsCatalog known = catalog;
        if (known == null) {
            throw new IllegalStateException("the specification has no catalog; give it one by catalog(...)");
        }
        return known;
    }

    @Override
    public RateLimit rate() {
        return requireNonNull(rate).limit();
    }

    @Override
    public MeterRegistry meters() {
        return requireNonNull(meters);
    }

    /** Lets go of everything. Tasks that are under way fail, and Spark tries them elsewhere. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            if (delivery != null) {
                delivery.close();
            }
            if (rate != null) {
                rate.close();
            }
            if (meters != null) {
                meters.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
