// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import io.apilados.pipeline.aws.cloudwatch.AlarmSpec.MissingData;
import io.apilados.pipeline.aws.cloudwatch.DashboardSpec.Widget;
import io.apilados.pipeline.metrics.PipelineMeter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.cloudwatch.model.ComparisonOperator;
import software.amazon.awssdk.services.cloudwatch.model.Statistic;

/**
 * The dashboard and the alarms of a pipeline, as data for {@link CloudWatchProvisioner}. They ask for nothing but what
 * {@link RunMetrics}, the pipeline's meters and, for a function, Lambda itself emit.
 *
 * <p>Alarms, with the values that can be set: a run takes over 8 minutes, twice in a row; memory over 80 %; success rate
 * under 95 %; the circuit breaker opened; any record rejected; a run failed. What was built is immutable.
 */
public final class PipelineMonitoring {

    private static final Duration PERIOD = Duration.ofMinutes(5);

    /** As long as an invocation may take, so that one that takes over 8 minutes leaves no period empty. */
    private static final Duration LONGEST_INVOCATION = Duration.ofMinutes(15);

    private static final String LAMBDA = "AWS/Lambda";

    private final DashboardSpec dashboard;
    private final List<AlarmSpec> alarms;

    private PipelineMonitoring(Builder builder) {
        this.dashboard = new DashboardSpec(builder.name("Performance"), builder.widgets());
        this.alarms = builder.alarms();
    }

    /**
     * What runs on Lambda, with {@link EmfMeterRegistry}.
     *
     * @param environment as the registry has it
     * @param functionName without version or alias
     */
    public static Builder ofFunction(String environment, String functionName) {
        return new Builder(environment, Objects.requireNonNull(functionName, "functionName"));
    }

    /**
     * What runs within a service, with {@link CloudWatchMeterRegistry}.
     *
     * @param environment as the registry has it
     */
    public static Builder ofService(String environment) {
        return new Builder(environment, null);
    }

    /**
     * Where the metrics of an environment are: {@code Apilados/Pipeline/<environment>}.
     *
     * @throws IllegalArgumentException if that cannot be part of a namespace
     */
    public static String namespace(String environment) {
        return CloudWatchNames.namespace(environment);
    }

    /** The dashboard. */
    public DashboardSpec dashboard() {
        return dashboard;
    }

    /** The alarms. */
    public List<AlarmSpec> alarms() {
        return alarms;
    }

    /** Collects what is not as it is by default. Confined to one thread. */
    public static final class Builder {
        private final String environment;
        private final String namespace;
        private final @Nullable String function;
        private final Map<String, String> dimensions = new TreeMap<>();
        private final List<String> actions = new ArrayList<>();
        private Duration longestRun = Duration.ofMinutes(8);
        private double memoryPercent = 80;
        private double successPercent = 95;
        private long rejectedRecords;

        private Builder(String environment, @Nullable String function) {
            this.environment = environment;
            this.namespace = CloudWatchNames.namespace(environment);
            this.function = function;
        }

        /** A common tag of the registry, such as {@code Pipeline} and {@code participants}: all have to be given. */
        public Builder dimension(String name, String value) {
            dimensions.put(name, value);
            return this;
        }

        /** The ARN of what alarms tell, such as an SNS topic; at most 5. */
        public Builder action(String arn) {
            actions.add(Objects.requireNonNull(arn, "arn"));
            return this;
        }

        /** Over which time a run is too long, twice in a row; 8 minutes by default. */
        public Builder longestRun(Duration value) {
            longestRun = Objects.requireNonNull(value, "longestRun");
            return this;
        }

        /** Over which share of the memory there is an alarm, in percent; 80 by default. */
        public Builder memoryPercent(double value) {
            memoryPercent = percent("memoryPercent", value);
            return this;
        }

        /** Under which success rate there is an alarm, in percent; 95 by default. */
        public Builder successPercent(double value) {
            successPercent = percent("successPercent", value);
            return this;
        }

        /** More rejected records than this within 5 minutes are an alarm; 0 by default. */
        public Builder rejectedRecords(long value) {
            if (value < 0) {
                throw new IllegalArgumentException("rejectedRecords was " + value + " but it must be 0 or more");
            }
            rejectedRecords = value;
            return this;
        }

        private static double percent(String name, double value) {
            if (!(value > 0 && value <= 100)) {
                throw new IllegalArgumentException(name + " was " + value + " but it must be more than 0, at most 100");
            }
            return value;
        }

        /**
         * The dashboard and the alarms.
         *
         * @throws IllegalArgumentException if CloudWatch would not take them
         */
        public PipelineMonitoring build() {
            return new PipelineMonitoring(this);
        }

        private String name(String what) {
            String of = dimensions.isEmpty() ? "" : "-" + String.join("-", dimensions.values());
            return ("Apilados-" + environment + of + "-" + what).replaceAll("[^A-Za-z0-9_-]", "-");
        }

        private List<Widget> widgets() {
            List<Widget> widgets = new ArrayList<>();
            if (function != null) {
                widgets.add(widget(
                        "Lambda performance",
                        lambda("Duration", Statistic.AVERAGE, "duration, average (ms)"),
                        lambda("Duration", Statistic.MAXIMUM, "duration, longest (ms)")));
                widgets.add(widget(
                        "Lambda invocations",
                        lambda("Invocations", Statistic.SUM, "invocations"),
                        lambda("Errors", Statistic.SUM, "errors"),
                        lambda("Throttles", Statistic.SUM, "throttled"),
                        lambda("ConcurrentExecutions", Statistic.MAXIMUM, "at once")));
            }
            widgets.add(widget(
                    "Processing: records",
                    run(RunMetric.RECORDS_PROCESSED, Statistic.SUM, "processed"),
                    run(RunMetric.RECORDS_DELIVERED, Statistic.SUM, "delivered"),
                    run(RunMetric.RECORDS_REJECTED, Statistic.SUM, "rejected"),
                    run(RunMetric.RECORDS_UNSETTLED, Statistic.SUM, "left for the next run")));
            widgets.add(widget(
                    "Processing: runs",
                    run(RunMetric.EXECUTION_TIME, Statistic.AVERAGE, "execution time, average (ms)"),
                    run(RunMetric.EXECUTION_TIME, Statistic.MAXIMUM, "execution time, longest (ms)"),
                    run(RunMetric.RECORDS_PER_SECOND, Statistic.AVERAGE, "records a second"),
                    run(RunMetric.RUNS_FAILED, Statistic.SUM, "runs that failed")));
            widgets.add(widget(
                    "Cache: lookups",
                    meter(PipelineMeter.CCT_LOOKUPS, Statistic.SUM, "hits", "tier", "all", "result", "hit"),
                    meter(PipelineMeter.CCT_LOOKUPS, Statistic.SUM, "misses", "tier", "all", "result", "miss")));
            widgets.add(widget(
                    "Cache: loads",
                    meter(PipelineMeter.CCT_LOADS, Statistic.SUM, "answered", "result", "answered"),
                    meter(PipelineMeter.CCT_LOADS, Statistic.SUM, "failed", "result", "failed")));
            widgets.add(widget(
                    "Delivery: requests",
                    meter(PipelineMeter.REQUEST_DURATION, Statistic.AVERAGE, "average (ms)", "outcome", "delivered"),
                    meter(PipelineMeter.REQUEST_DURATION, Statistic.MAXIMUM, "longest (ms)", "outcome", "delivered"),
                    run(RunMetric.REQUEST_P99, Statistic.MAXIMUM, "99 % took at most (ms)")));
            widgets.add(widget(
                    "Delivery: success",
                    run(RunMetric.SUCCESS_RATE, Statistic.AVERAGE, "success rate (%)"),
                    run(RunMetric.RETRIES, Statistic.SUM, "retries"),
                    run(RunMetric.BREAKER_OPENINGS, Statistic.SUM, "breaker opened")));
            widgets.add(widget(
                    "Delivery: batches",
                    meter(PipelineMeter.BATCH_SIZE, Statistic.AVERAGE, "records in a batch"),
                    meter(PipelineMeter.BATCH_DURATION, Statistic.AVERAGE, "a batch takes (ms)")));
            widgets.add(memory());
            return widgets;
        }

        private Widget memory() {
            List<MetricSpec> metrics = new ArrayList<>();
            metrics.add(run(RunMetric.MEMORY_UTILIZATION, Statistic.MAXIMUM, "in use for long (%)"));
            if (function == null) {
                metrics.add(meter(PipelineMeter.MEMORY_HEAP_USED, Statistic.MAXIMUM, "heap, garbage included (bytes)"));
                metrics.add(meter(PipelineMeter.MEMORY_RESIDENT, Statistic.MAXIMUM, "resident set (bytes)"));
                metrics.add(meter(PipelineMeter.MEMORY_LIVE, Statistic.MAXIMUM, "live set (bytes)"));
            }
            return new Widget("Memory", PERIOD, metrics);
        }

        private static Widget widget(String title, MetricSpec... metrics) {
            return new Widget(title, PERIOD, List.of(metrics));
        }

        private MetricSpec lambda(String name, Statistic statistic, String label) {
            Map<String, String> of = Map.of("FunctionName", Objects.requireNonNull(function));
            return new MetricSpec(LAMBDA, name, of, statistic, label);
        }

        private MetricSpec run(RunMetric metric, Statistic statistic, String label) {
            return new MetricSpec(namespace, metric.metricName(), dimensions, statistic, label);
        }

        private MetricSpec meter(PipelineMeter meter, Statistic statistic, String label, String... tags) {
            Map<String, String> all = new TreeMap<>(dimensions);
            for (int i = 0; i < tags.length; i += 2) {
                all.put(tags[i], tags[i + 1]);
            }
            return new MetricSpec(namespace, meter.meterName(), all, statistic, label);
        }

        private List<AlarmSpec> alarms() {
            return List.of(
                    new AlarmSpec(
                            name("High-Duration"),
                            "Runs take over " + longestRun.toSeconds() + " s. An invocation ends at 900 s: see what"
                                    + " slows the delivery down, or give the function more memory.",
                            function == null
                                    ? run(RunMetric.EXECUTION_TIME, Statistic.MAXIMUM, "execution time (ms)")
                                    : lambda("Duration", Statistic.MAXIMUM, "duration (ms)"),
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
                            run(RunMetric.MEMORY_UTILIZATION, Statistic.MAXIMUM, "memory (%)"),
                            ComparisonOperator.GREATER_THAN_THRESHOLD,
                            memoryPercent),
                    alarm(
                            "Low-Success-Rate",
                            "Under " + successPercent + " % of the records arrive. See the reject file for reasons.",
                            run(RunMetric.SUCCESS_RATE, Statistic.AVERAGE, "success rate (%)"),
                            ComparisonOperator.LESS_THAN_THRESHOLD,
                            successPercent),
                    alarm(
                            "Breaker-Open",
                            "The circuit breaker opened: the destination failed several times in a row. Runs wait for"
                                    + " it; see whether it is up.",
                            run(RunMetric.BREAKER_OPENINGS, Statistic.SUM, "breaker opened"),
                            ComparisonOperator.GREATER_THAN_THRESHOLD,
                            0),
                    alarm(
                            "Rejected-Records",
                            "More than " + rejectedRecords + " records were rejected. See the reject file.",
                            run(RunMetric.RECORDS_REJECTED, Statistic.SUM, "rejected records"),
                            ComparisonOperator.GREATER_THAN_THRESHOLD,
                            rejectedRecords),
                    alarm(
                            "Failed-Runs",
                            "A run failed. Its log says why; run it again.",
                            run(RunMetric.RUNS_FAILED, Statistic.SUM, "runs that failed"),
                            ComparisonOperator.GREATER_THAN_THRESHOLD,
                            0));
        }

        private AlarmSpec alarm(
                String what, String description, MetricSpec metric, ComparisonOperator comparison, double threshold) {
            return new AlarmSpec(
                    name(what),
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
}
