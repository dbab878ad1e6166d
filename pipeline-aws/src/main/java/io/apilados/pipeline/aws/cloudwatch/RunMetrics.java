// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import io.apilados.pipeline.PipelineListener;
import io.apilados.pipeline.RunStart;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.report.RunTimeline.Change;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/**
 * Puts the figures of {@link RunMetric} into a registry when a run ends: give it to a pipeline as a listener. A run that
 * went on from a checkpoint counts what it did itself, so that the figures of all runs of a source add up to the source; but
 * records that were filtered or rejected above the position from which the next one goes on, among those of the batches that
 * were on their way, are found again and count in both. Of a run that found its source finished there is nothing to tell.
 *
 * <p>One for each pipeline, which has one run at a time. Safe for use by the threads of that run.
 */
public final class RunMetrics implements PipelineListener {

    private static final double P99 = 99;

    private final MeterRegistry registry;
    private final Tags tags;
    private final LongAdder filtered = new LongAdder();
    private final LongAdder delivered = new LongAdder();
    private final LongAdder rejected = new LongAdder();
    private final LongAdder retries = new LongAdder();
    private volatile boolean started;

    private RunMetrics(MeterRegistry registry, Tags tags) {
        this.registry = registry;
        this.tags = tags;
    }

    /** Into this registry. */
    public static RunMetrics in(MeterRegistry registry) {
        return in(registry, Map.of());
    }

    /**
     * Into this registry.
     *
     * @param tags names and values of tags of all figures; few values
     */
    public static RunMetrics in(MeterRegistry registry, Map<String, String> tags) {
        Tags all = Tags.empty();
        for (Map.Entry<String, String> tag : tags.entrySet()) {
            all = all.and(tag.getKey(), tag.getValue());
        }
        return new RunMetrics(Objects.requireNonNull(registry, "registry"), all);
    }

    @Override
    public void runStarted(RunStart start) {
        filtered.reset();
        delivered.reset();
        rejected.reset();
        retries.reset();
        started = true;
    }

    @Override
    public void recordsRead(long records, long unwanted, long bytes) {
        filtered.add(unwanted);
    }

    @Override
    public void batchDelivered(int records) {
        delivered.add(records);
    }

    @Override
    public void recordRejected(RejectedRecord record) {
        rejected.increment();
    }

    @Override
    public void batchRetried(int records, String reason, Duration delay) {
        retries.increment();
    }

    @Override
    public void runEnded(RunReport report) {
        boolean failed = report.status() == RunStatus.FAILED;
        if (!started && !failed) {
            return;
        }
        started = false;
        long settled = delivered.sum() + rejected.sum();
        long processed = settled + filtered.sum();
        record(RunMetric.EXECUTION_TIME, report.elapsed().toNanos() / 1e6);
        record(RunMetric.RECORDS_PROCESSED, processed);
        record(RunMetric.RECORDS_DELIVERED, delivered.sum());
        record(RunMetric.RECORDS_REJECTED, rejected.sum());
        record(RunMetric.RECORDS_UNSETTLED, report.unsettled());
        if (settled > 0 || report.unsettled() > 0) {
            record(RunMetric.SUCCESS_RATE, settled == 0 ? 0 : 100.0 * delivered.sum() / settled);
        }
        if (!report.elapsed().isZero()) {
            record(RunMetric.RECORDS_PER_SECOND, processed / report.seconds());
        }
        if (report.latencies().count() > 0) {
            record(RunMetric.REQUEST_P99, report.latencies().percentile(P99).toNanos() / 1e6);
        }
        record(RunMetric.RETRIES, retries.sum());
        record(RunMetric.BREAKER_OPENINGS, breakerOpenings(report));
        Double memory = report.memoryShare();
        if (memory != null) {
            record(RunMetric.MEMORY_UTILIZATION, 100 * memory);
        }
        record(RunMetric.RUNS_FAILED, failed ? 1 : 0);
    }

    private static long breakerOpenings(RunReport report) {
        return report.timeline().changes().stream()
                .filter(change -> change.what() == Change.Subject.BREAKER)
                .filter(change -> change.to().equals("OPEN"))
                .count();
    }

    private void record(RunMetric metric, double value) {
        DistributionSummary.builder(metric.metricName())
                .description(metric.description())
                .baseUnit(metric.unit())
                .tags(tags)
                .register(registry)
                .record(value);
    }
}
