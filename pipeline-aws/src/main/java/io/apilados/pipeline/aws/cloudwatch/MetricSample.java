// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import java.util.Map;

/**
 * What there is to tell of a metric since the last time, as CloudWatch takes it: one value, or the statistics of several.
 * Immutable.
 *
 * @param name of the metric, in CloudWatch's form
 * @param dimensions names and values, in CloudWatch's form, at most {@value CloudWatchNames#MOST_DIMENSIONS}
 * @param unit one of CloudWatch's units
 * @param count how many values there were
 * @param sum of the values
 * @param min the least value
 * @param max the greatest value
 */
record MetricSample(
        String name, Map<String, String> dimensions, String unit, long count, double sum, double min, double max) {

    static MetricSample of(String name, Map<String, String> dimensions, String unit, double value) {
        return new MetricSample(name, dimensions, unit, 1, value, value, value);
    }

    /** CloudWatch takes neither infinities nor what is no number. */
    boolean isFinite() {
        return Double.isFinite(sum) && Double.isFinite(min) && Double.isFinite(max);
    }
}
