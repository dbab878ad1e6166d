// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import java.util.Objects;

/**
 * How two performance tests are compared. Immutable; each setter gives another value.
 *
 * @param metric what they are compared by; by default {@link PerformanceMetric#RECORDS_PER_SECOND}
 * @param confidence of the interval, from 0.5 to 0.999; by default {@value #CONFIDENCE}
 * @param smallestEffect a difference of less than this share, from 0.001 to 1, is none; by default
 *     {@value #SMALLEST_EFFECT}. Where the interval reaches beyond twice this share the runs do not tell.
 */
public record ComparisonRule(PerformanceMetric metric, double confidence, double smallestEffect) {

    static final double CONFIDENCE = 0.95;
    static final double SMALLEST_EFFECT = 0.05;

    private static final ComparisonRule DEFAULTS =
            new ComparisonRule(PerformanceMetric.RECORDS_PER_SECOND, CONFIDENCE, SMALLEST_EFFECT);

    public ComparisonRule {
        Objects.requireNonNull(metric, "metric");
        between("confidence", confidence, 0.5, 0.999);
        between("smallestEffect", smallestEffect, 0.001, 1);
    }

    private static void between(String name, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException(
                    name + " was " + value + " but it must be between " + least + " and " + most);
        }
    }

    /** Records a second, 95 % confidence, 5 % as the smallest effect: made to find a slowdown of 10 %. */
    public static ComparisonRule ofDefaults() {
        return DEFAULTS;
    }

    /** By this metric. */
    public ComparisonRule by(PerformanceMetric other) {
        return new ComparisonRule(other, confidence, smallestEffect);
    }

    /** With this confidence, from 0.5 to 0.999. */
    public ComparisonRule withConfidence(double other) {
        return new ComparisonRule(metric, other, smallestEffect);
    }

    /** With this smallest effect, from 0.001 to 1: half of the slowdown that is to be found is a good choice. */
    public ComparisonRule withSmallestEffect(double other) {
        return new ComparisonRule(metric, confidence, other);
    }
}
