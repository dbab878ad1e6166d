// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

/** How a run ended. */
public enum RunStatus {
    /** The source was read to its end and every record is settled. */
    COMPLETED,
    /** It stopped before the end; what is unsettled can be delivered by another run. */
    STOPPED,
    /** It broke: the source could not be read, code was at fault, or the numbers do not add up. */
    FAILED
}
