// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import io.apilados.pipeline.enrich.JsonBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Samples as documents in CloudWatch's embedded metric format: those with the same dimensions together, each document a
 * line. Several values are an object of their statistics, which makes one metric of them.
 *
 * <p>Source: the specification of the embedded metric format in the user guide of CloudWatch; the object of statistics is
 * what AWS's own exporters of OpenTelemetry write.
 */
final class EmfDocuments {

    /** Metrics of one document, at the most: {@value}. */
    static final int MOST_METRICS = 100;

    private static final String METADATA = "_aws";

    /** The largest whole number of which every smaller one is a double, too. */
    private static final double WHOLE = 1L << 53;

    private final String namespace;
    private final long epochMillis;

    EmfDocuments(String namespace, long epochMillis) {
        this.namespace = namespace;
        this.epochMillis = epochMillis;
    }

    /** Each ends with a line feed. A metric that is named as one of its own dimensions cannot be told, and is not. */
    List<byte[]> of(List<MetricSample> samples) {
        Map<Map<String, String>, List<MetricSample>> byDimensions = new LinkedHashMap<>();
        for (MetricSample sample : samples) {
            if (!sample.name().equals(METADATA) && !sample.dimensions().containsKey(sample.name())) {
                byDimensions
                        .computeIfAbsent(sample.dimensions(), unused -> new ArrayList<>())
                        .add(sample);
            }
        }
        List<byte[]> documents = new ArrayList<>();
        byDimensions.forEach((dimensions, together) -> split(dimensions, together, documents));
        return documents;
    }

    /** A document has no name twice, and no more than there may be. */
    private void split(Map<String, String> dimensions, List<MetricSample> samples, List<byte[]> documents) {
        List<MetricSample> document = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (MetricSample sample : samples) {
            if (document.size() == MOST_METRICS || !names.add(sample.name())) {
                documents.add(document(dimensions, document));
                document.clear();
                names.clear();
                names.add(sample.name());
            }
            document.add(sample);
        }
        documents.add(document(dimensions, document));
    }

    private byte[] document(Map<String, String> dimensions, List<MetricSample> samples) {
        JsonBuffer json = new JsonBuffer();
        json.raw("{\"_aws\":{\"Timestamp\":").number(epochMillis).raw(",\"CloudWatchMetrics\":[{\"Namespace\":");
        json.string(namespace).raw(",\"Dimensions\":[[");
        String separator = "";
        for (String dimension : dimensions.keySet()) {
            json.raw(separator).string(dimension);
            separator = ",";
        }
        json.raw("]],\"Metrics\":[");
        separator = "";
        for (MetricSample sample : samples) {
            json.raw(separator).raw("{\"Name\":").string(sample.name());
            json.raw(",\"Unit\":\"").raw(sample.unit()).raw("\"}");
            separator = ",";
        }
        json.raw("]}]}");
        dimensions.forEach((name, value) -> json.raw(",").string(name).raw(":").string(value));
        for (MetricSample sample : samples) {
            json.raw(",").string(sample.name()).raw(":");
            writeValue(sample, json);
        }
        json.raw("}\n");
        return json.copy(0, json.length());
    }

    private static void writeValue(MetricSample sample, JsonBuffer json) {
        if (sample.count() == 1) {
            json.raw(number(sample.sum()));
            return;
        }
        json.raw("{\"Min\":").raw(number(sample.min())).raw(",\"Max\":").raw(number(sample.max()));
        json.raw(",\"Sum\":").raw(number(sample.sum())).raw(",\"Count\":").number(sample.count());
        json.raw("}");
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) <= WHOLE
                ? Long.toString((long) value)
                : Double.toString(value);
    }
}
