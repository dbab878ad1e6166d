// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import io.apilados.pipeline.aws.cloudwatch.AlarmSpec.MissingData;
import java.time.Duration;
import java.util.List;
import software.amazon.awssdk.services.cloudwatch.model.ComparisonOperator;
import software.amazon.awssdk.services.cloudwatch.model.Statistic;

/** When there is an alarm about a pipeline. */
record MonitoringAlarms(
        MonitoredMetrics metrics,
        String prefix,
        List<String> actions,
        Duration longestRun,
        double memoryPercent,
        double successPercent,
        long rejectedRecords) {

    private static final Duration PERIOD = Duration.ofMinutes(5);

    /** As long as an invocation may take, so that one that takes over 8 minutes leaves no period empty. */
    private static final Duration LONGEST_INVOCATION = Duration.ofMinutes(15);

    List<AlarmSpec> all() {
        return List.of(
                new AlarmSpec(
                        prefix + "High-Duration",
                        "Runs take over " + longestRun.toSeconds() + " s. An invocation ends at 900 s: see what"
                                + " slows the delivery down, or give the function more memory.",
                        metrics.function() == null
                                ? metrics.run(RunMetric.EXECUTION_TIME, Statistic.MAXIMUM, "execution time (ms)")
                                : metrics.lambda("Duration", Statistic.MAXIMUM, "duration (ms)"),
                        LONGEST_INVOCATION,
                        2,
                        ComparisonOperator.GREATER_THAN_THRESHOLD,
                        longestRun.toMillis(),
                        MissingData.MISSING,
                        actions),
                alarm(
                        "High-Memory",
                        "Over " + memoryPercent
                                + " % of the memory is in use for long. Runs make batches smaller and"
                                + " pause; give them more memory.",
                        metrics.run(RunMetric.MEMORY_UTILIZATION, Statistic.MAXIMUM, "memory (%)"),
                        ComparisonOperator.GREATER_THAN_THRESHOLD,
                        memoryPercent),
                alarm(
                        "Low-Success-Rate",
                        "Under " + successPercent + " % of the records arrive. See the reject file for reasons.",
                        metrics.run(RunMetric.SUCCESS_RATE, Statistic.AVERAGE, "success rate (%)"),
                        ComparisonOperator.LESS_THAN_THRESHOLD,
                        successPercent),
                alarm(
                        "Breaker-Open",
                        "The circuit breaker opened: the destination failed several times in a row. Runs wait for"
                                + " it; see whether it is up.",
                        metrics.run(RunMetric.BREAKER_OPENINGS, Statistic.SUM, "breaker opened"),
                        ComparisonOperator.GREATER_THAN_THRESHOLD,
                        0),
                alarm(
                        "Rejected-Records",
                        "More than " + rejectedRecords + " records were rejected. See the reject file.",
                        metrics.run(RunMetric.RECORDS_REJECTED, Statistic.SUM, "rejected records"),
                        ComparisonOperator.GREATER_THAN_THRESHOLD,
                        rejectedRecords),
                alarm(
                        "Failed-Runs",
                        "A run failed. Its log says why; run it again.",
                        metrics.run(RunMetric.RUNS_FAILED, Statistic.SUM, "runs that failed"),
                        ComparisonOperator.GREATER_THAN_THRESHOLD,
                        0));
    }

    private AlarmSpec alarm(
            String what, String description, MetricSpec metric, ComparisonOperator comparison, double threshold) {
        return new AlarmSpec(
                prefix + what,
                description,
                metric,
                PERIOD,
                1,
                comparison,
                threshold,
                MissingData.NOT_BREACHING,
                actions);
    }
}
