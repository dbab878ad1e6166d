// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import java.util.Arrays;

/**
 * One line of a chart: a value for each interval of {@link ChartPoints}, zero or more; not a number where there is none.
 */
record ChartSeries(String name, double[] values) {

    /** Whether there is a value at all. */
    boolean isKnown() {
        return Arrays.stream(values).anyMatch(value -> !Double.isNaN(value));
    }

    /** The greatest value; 0 if there is none. */
    double greatest() {
        return Arrays.stream(values).filter(value -> !Double.isNaN(value)).max().orElse(0);
    }

    /** The smallest value; 0 if there is none. */
    double smallest() {
        return Arrays.stream(values).filter(value -> !Double.isNaN(value)).min().orElse(0);
    }
}
