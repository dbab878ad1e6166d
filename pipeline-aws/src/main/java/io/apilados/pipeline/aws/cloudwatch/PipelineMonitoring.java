// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The dashboard and the alarms of a pipeline, as data for {@link CloudWatchProvisioner}. They ask for nothing but what
 * {@link RunMetrics}, the pipeline's meters and, for a function, Lambda itself emit.
 *
 * <p>Alarms, with the values that can be set: a run takes over 8 minutes, twice in a row; memory over 80 %; success rate
 * under 95 %; the circuit breaker opened; any record rejected; a run failed. What was built is immutable.
 */
public final class PipelineMonitoring {

    private final DashboardSpec dashboard;
    private final List<AlarmSpec> alarms;

    private PipelineMonitoring(Builder builder) {
        MonitoredMetrics metrics = new MonitoredMetrics(builder.namespace, builder.function, builder.dimensions);
        this.dashboard = new DashboardSpec(builder.prefix() + "Performance", new MonitoringWidgets(metrics).all());
        this.alarms = new MonitoringAlarms(
                        metrics,
                        builder.prefix(),
                        builder.actions,
                        builder.longestRun,
                        builder.memoryPercent,
                        builder.successPercent,
                        builder.rejectedRecords)
                .all();
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

        private String prefix() {
            String of = dimensions.isEmpty() ? "" : "-" + String.join("-", dimensions.values());
            return ("Apilados-" + environment + of + "-").replaceAll("[^A-Za-z0-9_-]", "-");
        }
    }
}
