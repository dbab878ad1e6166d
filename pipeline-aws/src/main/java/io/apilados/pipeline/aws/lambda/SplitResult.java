// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import io.apilados.pipeline.report.SplitReport;
import org.jspecify.annotations.Nullable;

/**
 * What one attempt at a split came to. Immutable.
 *
 * @param manifest which plan
 * @param split which split of it
 * @param settled records that this attempt brought to their end
 * @param report of the split; null if the time was over before its end, and another attempt goes on
 */
public record SplitResult(
        String manifest, int split, long settled, @Nullable SplitReport report) {

    /** Whether the split is at its end. */
    public boolean isDone() {
        return report != null;
    }
}
