// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import java.util.Objects;

/**
 * What might make a pipeline do better, and the measurement that says so. Immutable.
 *
 * @param title what was found
 * @param evidence what was measured, with the figures
 * @param advice what to do
 */
public record Recommendation(String title, String evidence, String advice) {

    public Recommendation {
        Objects.requireNonNull(title, "title");
        Objects.requireNonNull(evidence, "evidence");
        Objects.requireNonNull(advice, "advice");
    }
}
