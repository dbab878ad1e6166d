// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

/** A performance test went slower than its baseline; the message says by how much, and how sure that is. */
public final class PerformanceRegressionException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Comparison comparison;

    PerformanceRegressionException(Comparison comparison) {
        super(comparison.toText());
        this.comparison = comparison;
    }

    /** What was found. */
    public Comparison comparison() {
        return comparison;
    }
}
