// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.report.RunReport;
import org.jspecify.annotations.Nullable;

/**
 * A run broke: its source could not be read, its rejected records could not be written, or code that it was given is at
 * fault. The message says where, which rule and what now. {@link #report()} tells how far it came; what is unsettled
 * there was not delivered, and running again delivers it. Also thrown where a split is to be committed that is not at its
 * end.
 */
public final class PipelineException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient RunReport report;

    PipelineException(String message, @Nullable Throwable cause, RunReport report) {
        super(message, cause);
        this.report = report;
    }

    /** What the run did before it broke; its status is FAILED, or STOPPED for a split that is not read to its end. */
    public RunReport report() {
        return report;
    }
}
