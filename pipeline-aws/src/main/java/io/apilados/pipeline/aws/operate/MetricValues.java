// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import io.apilados.pipeline.aws.cloudwatch.MetricSpec;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.Dimension;
import software.amazon.awssdk.services.cloudwatch.model.MetricDataQuery;
import software.amazon.awssdk.services.cloudwatch.model.MetricDataResult;

/** Points of metrics in a time, as CloudWatch has them, all pages of them. */
final class MetricValues {

    private final Map<String, List<Double>> values = new HashMap<>();

    private MetricValues() {}

    /**
     * Asks for them.
     *
     * @param period of one point, whole minutes; from 63 days ago on CloudWatch knows hours only
     * @param metrics by an id that begins with a small letter
     */
    static MetricValues between(
            CloudWatchClient client, Instant from, Instant to, Duration period, Map<String, MetricSpec> metrics) {
        List<MetricDataQuery> queries = new ArrayList<>();
        metrics.forEach((id, metric) -> queries.add(query(id, metric, period)));
        MetricValues found = new MetricValues();
        for (MetricDataResult result : client.getMetricDataPaginator(
                        request -> request.startTime(from).endTime(to).metricDataQueries(queries))
                .metricDataResults()) {
            found.values
                    .computeIfAbsent(result.id(), unused -> new ArrayList<>())
                    .addAll(result.values());
        }
        return found;
    }

    private static MetricDataQuery query(String id, MetricSpec metric, Duration period) {
        List<Dimension> dimensions = metric.dimensions().entrySet().stream()
                .map(entry -> Dimension.builder()
                        .name(entry.getKey())
                        .value(entry.getValue())
                        .build())
                .toList();
        return MetricDataQuery.builder()
                .id(id)
                .metricStat(stat -> stat.metric(of -> of.namespace(metric.namespace())
                                .metricName(metric.name())
                                .dimensions(dimensions))
                        .period(Math.toIntExact(period.toSeconds()))
                        .stat(metric.statistic().toString()))
                .build();
    }

    /** The points of a metric; empty if there are none. */
    List<Double> of(String id) {
        return values.getOrDefault(id, List.of());
    }

    BigDecimal sum(String id) {
        return of(id).stream().map(BigDecimal::valueOf).reduce(BigDecimal.ZERO, BigDecimal::add);
    }
}
