// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.MemoryUsage;
import io.apilados.pipeline.control.Pressure;
import io.apilados.pipeline.deliver.RequestOutcome;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.metrics.PipelineMeters;
import io.apilados.pipeline.metrics.RunView;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.RunReport;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns what one run tells into meters. */
final class MeteringListener implements PipelineListener {

    /** Statistics of a cache are summed up when they are asked for: not for every batch. */
    private static final int LOOK_AT_CACHES_EVERY = 64;

    private final PipelineMeters meters;
    private final Set<CCTsCache> caches;
    private volatile @Nullable RunView view;

    /** Written by the reading thread. */
    private int stretches;

    MeteringListener(PipelineMeters meters, Set<CCTsCache> caches) {
        this.meters = meters;
        this.caches = caches;
    }

    @Override
    public void runStarted(RunStart start) {
        RunView begun = new ViewOf(start);
        view = begun;
        meters.runStarted(begun);
    }

    @Override
    public void recordsRead(long records, long filtered, long bytes) {
        meters.recordsRead(records, filtered, bytes);
        if (stretches++ % LOOK_AT_CACHES_EVERY == 0) {
            meters.lookups(caches);
        }
    }

    @Override
    public void requestEnded(int records, Duration duration, RequestOutcome outcome) {
        meters.requestEnded(duration, outcome);
    }

    @Override
    public void batchRetried(int records, String reason, Duration delay) {
        meters.retrying(reason);
    }

    @Override
    public void batchDelivered(int records) {
        meters.delivered(records);
    }

    @Override
    public void batchSettled(int records, Duration duration) {
        meters.batchSettled(records, duration);
    }

    @Override
    public void recordRejected(RejectedRecord record) {
        meters.rejected(record.stage());
    }

    @Override
    public void runEnded(RunReport report) {
        meters.lookups(caches);
        meters.runEnded(view, report);
        view = null;
    }

    private record ViewOf(RunStart start) implements RunView {

        private Progress now() {
            return start.progress().get();
        }

        @Override
        public int inFlight() {
            return now().inFlight();
        }

        @Override
        public int batchSize() {
            return now().batchSize();
        }

        @Override
        public int concurrencyLimit() {
            return now().concurrencyLimit();
        }

        @Override
        public long checkpointLag() {
            Progress now = now();
            return Math.max(0, now.bytesRead() - now.bytesSettled());
        }

        @Override
        public CircuitBreaker.State breaker() {
            return now().breaker();
        }

        @Override
        public Pressure memoryPressure() {
            return now().memory();
        }

        @Override
        public @Nullable MemoryUsage memory() {
            return start.memory().get();
        }
    }
}
