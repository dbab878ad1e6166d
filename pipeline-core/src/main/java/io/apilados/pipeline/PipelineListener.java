// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.RunReport;
import java.time.Duration;

/**
 * Is told what happens in a run, in the order of the path:
 *
 * <pre>
 * runStarted
 *   batchSent        a request begins, for a batch or a part of one
 *     batchRetried     it failed and will be made again
 *     batchDelivered   its records arrived
 *   recordRejected   a record was put aside
 * runEnded
 * </pre>
 *
 * <p>Called from several threads, sometimes at once. What a listener throws is logged once and otherwise ignored: it
 * watches, and decides nothing. It must not block, because a thread of the path waits for it.
 */
public interface PipelineListener {

    /**
     * A run begins to read.
     *
     * @param source where from
     * @param sizeBytes how many bytes it has, or -1 if it does not tell
     */
    default void runStarted(String source, long sizeBytes) {}

    /** A request begins, for so many records. */
    default void batchSent(int records) {}

    /** A request failed and will be made again after {@code delay}. */
    default void batchRetried(int records, String reason, Duration delay) {}

    /** So many records arrived together. */
    default void batchDelivered(int records) {}

    /** A record was put aside. {@link RejectedRecord#rawCsv()} holds data about people: not for logs. */
    default void recordRejected(RejectedRecord record) {}

    /** A run has ended, in whatever way. */
    default void runEnded(RunReport report) {}
}
