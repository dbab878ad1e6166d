// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.cloudwatch.model.Dimension;
import software.amazon.awssdk.services.cloudwatch.model.MetricDatum;
import software.amazon.awssdk.services.cloudwatch.model.PutMetricDataRequest;
import software.amazon.awssdk.services.cloudwatch.model.StatisticSet;

/**
 * Samples as requests that CloudWatch takes.
 *
 * <p>Source: {@code PutMetricData} in CloudWatch's API reference: at most 1,000 data in a request, and 1 MB before
 * compression.
 */
final class MetricDataRequests {

    /** Data in one request, at the most: {@value}. */
    static final int MOST_DATA = 1000;

    /** Bytes of one request, at the most: {@value}. */
    static final int MOST_BYTES = 1_000_000;

    /** More than the names of all members, numbers and lengths of one datum take in CBOR. */
    private static final int BYTES_OF_A_DATUM = 256;

    /** More than the names of the members and the lengths of one dimension take. */
    private static final int BYTES_OF_A_DIMENSION = 24;

    /** What was measured, and when. */
    record TimedSample(Instant time, MetricSample sample) {}

    private MetricDataRequests() {}

    /** The samples in their order, cut into what one request may hold. */
    static List<List<TimedSample>> parts(String namespace, List<TimedSample> samples) {
        List<List<TimedSample>> parts = new ArrayList<>();
        int from = 0;
        int bytes = namespace.length() + BYTES_OF_A_DATUM;
        for (int i = 0; i < samples.size(); i++) {
            int more = mostBytes(samples.get(i).sample());
            if (i - from == MOST_DATA || bytes + more > MOST_BYTES) {
                parts.add(samples.subList(from, i));
                from = i;
                bytes = namespace.length() + BYTES_OF_A_DATUM;
            }
            bytes += more;
        }
        if (from < samples.size()) {
            parts.add(samples.subList(from, samples.size()));
        }
        return parts;
    }

    /** An upper bound: names and values are ASCII. */
    private static int mostBytes(MetricSample sample) {
        int bytes = BYTES_OF_A_DATUM + sample.name().length();
        for (Map.Entry<String, String> dimension : sample.dimensions().entrySet()) {
            bytes += BYTES_OF_A_DIMENSION
                    + dimension.getKey().length()
                    + dimension.getValue().length();
        }
        return bytes;
    }

    static PutMetricDataRequest request(String namespace, List<TimedSample> part) {
        return PutMetricDataRequest.builder()
                .namespace(namespace)
                .metricData(part.stream().map(MetricDataRequests::datum).toList())
                .build();
    }

    private static MetricDatum datum(TimedSample timed) {
        MetricSample sample = timed.sample();
        MetricDatum.Builder datum = MetricDatum.builder()
                .metricName(sample.name())
                .timestamp(timed.time())
                .unit(sample.unit())
                .dimensions(dimensions(sample.dimensions()));
        return sample.count() == 1
                ? datum.value(sample.sum()).build()
                : datum.statisticValues(StatisticSet.builder()
                                .sampleCount((double) sample.count())
                                .sum(sample.sum())
                                .minimum(sample.min())
                                .maximum(sample.max())
                                .build())
                        .build();
    }

    static List<Dimension> dimensions(Map<String, String> named) {
        return named.entrySet().stream()
                .map(entry -> Dimension.builder()
                        .name(entry.getKey())
                        .value(entry.getValue())
                        .build())
                .toList();
    }
}
