// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import io.apilados.pipeline.aws.cloudwatch.DashboardSpec.Widget;
import io.apilados.pipeline.metrics.PipelineMeter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.services.cloudwatch.model.Statistic;

/** What the dashboard of a pipeline shows: Lambda, processing, cache, delivery, memory. */
record MonitoringWidgets(MonitoredMetrics metrics) {

    private static final Duration PERIOD = Duration.ofMinutes(5);

    List<Widget> all() {
        List<Widget> widgets = new ArrayList<>();
        if (metrics.function() != null) {
            widgets.add(widget(
                    "Lambda performance",
                    metrics.lambda("Duration", Statistic.AVERAGE, "duration, average (ms)"),
                    metrics.lambda("Duration", Statistic.MAXIMUM, "duration, longest (ms)")));
            widgets.add(widget(
                    "Lambda invocations",
                    metrics.lambda("Invocations", Statistic.SUM, "invocations"),
                    metrics.lambda("Errors", Statistic.SUM, "errors"),
                    metrics.lambda("Throttles", Statistic.SUM, "throttled"),
                    metrics.lambda("ConcurrentExecutions", Statistic.MAXIMUM, "at once")));
        }
        widgets.add(widget(
                "Processing: records",
                metrics.run(RunMetric.RECORDS_PROCESSED, Statistic.SUM, "processed"),
                metrics.run(RunMetric.RECORDS_DELIVERED, Statistic.SUM, "delivered"),
                metrics.run(RunMetric.RECORDS_REJECTED, Statistic.SUM, "rejected"),
                metrics.run(RunMetric.RECORDS_UNSETTLED, Statistic.SUM, "left for the next run")));
        widgets.add(widget(
                "Processing: runs",
                metrics.run(RunMetric.EXECUTION_TIME, Statistic.AVERAGE, "execution time, average (ms)"),
                metrics.run(RunMetric.EXECUTION_TIME, Statistic.MAXIMUM, "execution time, longest (ms)"),
                metrics.run(RunMetric.RECORDS_PER_SECOND, Statistic.AVERAGE, "records a second"),
                metrics.run(RunMetric.RUNS_FAILED, Statistic.SUM, "runs that failed")));
        widgets.add(widget(
                "Cache: lookups",
                metrics.meter(PipelineMeter.CCT_LOOKUPS, Statistic.SUM, "hits", "tier", "all", "result", "hit"),
                metrics.meter(PipelineMeter.CCT_LOOKUPS, Statistic.SUM, "misses", "tier", "all", "result", "miss")));
        widgets.add(widget(
                "Cache: loads",
                metrics.meter(PipelineMeter.CCT_LOADS, Statistic.SUM, "answered", "result", "answered"),
                metrics.meter(PipelineMeter.CCT_LOADS, Statistic.SUM, "failed", "result", "failed")));
        widgets.add(widget(
                "Delivery: requests",
                metrics.meter(
                        PipelineMeter.REQUEST_DURATION, Statistic.AVERAGE, "average (ms)", "outcome", "delivered"),
                metrics.meter(
                        PipelineMeter.REQUEST_DURATION, Statistic.MAXIMUM, "longest (ms)", "outcome", "delivered"),
                metrics.run(RunMetric.REQUEST_P99, Statistic.MAXIMUM, "99 % took at most (ms)")));
        widgets.add(widget(
                "Delivery: success",
                metrics.run(RunMetric.SUCCESS_RATE, Statistic.AVERAGE, "success rate (%)"),
                metrics.run(RunMetric.RETRIES, Statistic.SUM, "retries"),
                metrics.run(RunMetric.BREAKER_OPENINGS, Statistic.SUM, "breaker opened")));
        widgets.add(widget(
                "Delivery: batches",
                metrics.meter(PipelineMeter.BATCH_SIZE, Statistic.AVERAGE, "records in a batch"),
                metrics.meter(PipelineMeter.BATCH_DURATION, Statistic.AVERAGE, "a batch takes (ms)")));
        widgets.add(memory());
        return widgets;
    }

    private Widget memory() {
        List<MetricSpec> shown = new ArrayList<>();
        shown.add(metrics.run(RunMetric.MEMORY_UTILIZATION, Statistic.MAXIMUM, "in use for long (%)"));
        if (metrics.function() == null) {
            shown.add(
                    metrics.meter(PipelineMeter.MEMORY_HEAP_USED, Statistic.MAXIMUM, "heap, garbage included (bytes)"));
            shown.add(metrics.meter(PipelineMeter.MEMORY_RESIDENT, Statistic.MAXIMUM, "resident set (bytes)"));
            shown.add(metrics.meter(PipelineMeter.MEMORY_LIVE, Statistic.MAXIMUM, "live set (bytes)"));
        }
        return new Widget("Memory", PERIOD, shown);
    }

    private static Widget widget(String title, MetricSpec... shown) {
        return new Widget(title, PERIOD, List.of(shown));
    }
}
