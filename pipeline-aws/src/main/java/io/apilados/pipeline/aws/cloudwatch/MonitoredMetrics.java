// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import io.apilados.pipeline.metrics.PipelineMeter;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.cloudwatch.model.Statistic;

/**
 * The metrics of one pipeline.
 *
 * @param namespace of the registry
 * @param function what runs it; null within a service
 * @param dimensions common tags of the registry
 */
record MonitoredMetrics(String namespace, @Nullable String function, Map<String, String> dimensions) {

    private static final String LAMBDA = "AWS/Lambda";

    MetricSpec lambda(String name, Statistic statistic, String label) {
        Map<String, String> of = Map.of("FunctionName", Objects.requireNonNull(function));
        return new MetricSpec(LAMBDA, name, of, statistic, label);
    }

    MetricSpec run(RunMetric metric, Statistic statistic, String label) {
        return new MetricSpec(namespace, metric.metricName(), dimensions, statistic, label);
    }

    MetricSpec meter(PipelineMeter meter, Statistic statistic, String label, String... tags) {
        Map<String, String> all = new TreeMap<>(dimensions);
        for (int i = 0; i < tags.length; i += 2) {
            all.put(tags[i], tags[i + 1]);
        }
        return new MetricSpec(namespace, meter.meterName(), all, statistic, label);
    }
}
