// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.deliver.RequestOutcome;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.RunReport;
import java.time.Duration;

/**
 * Is told what happens in a run, in the order of the path:
 *
 * <pre>
 * runStarted
 *   recordsRead      a stretch of the source was gone through
 *   batchSent        a request begins, for a batch or a part of one
 *     requestEnded     it is over
 *     batchRetried     it failed and will be made again
 *     batchDelivered   its records arrived
 *   batchSettled     all that came of a batch is known
 *   recordRejected   a record was put aside
 * runEnded
 * </pre>
 *
 * <p>Called from several threads, sometimes at once. What a listener throws is logged once and otherwise ignored: it
 * watches, and decides nothing. It must not block, because a thread of the path waits for it.
 */
public interface PipelineListener {

    /** A run begins to read. */
    default void runStarted(RunStart start) {}

    /**
     * A stretch of the source was gone through; told by the reading thread, about once for each batch.
     *
     * @param records how many records were read, all that were rejected on the way included
     * @param filtered how many of them the pipeline did not want
     * @param bytes how long the stretch is
     */
    default void recordsRead(long records, long filtered, long bytes) {}

    /** A request begins, for so many records. */
    default void batchSent(int records) {}

    /**
     * A request is over.
     *
     * @param records how many it was for
     * @param duration from its beginning to the last byte of the answer; waiting for its turn not included
     */
    default void requestEnded(int records, Duration duration, RequestOutcome outcome) {}

    /** A request failed and will be made again after {@code delay}. */
    default void batchRetried(int records, String reason, Duration delay) {}

    /** So many records arrived together. */
    default void batchDelivered(int records) {}

    /**
     * Everything that was to come of a batch is known, or will not be known any more.
     *
     * @param records how many it had
     * @param duration from the beginning of its first request
     */
    default void batchSettled(int records, Duration duration) {}

    /** A record was put aside. {@link RejectedRecord#rawCsv()} holds data about people: not for logs. */
    default void recordRejected(RejectedRecord record) {}

    /** A run has ended, in whatever way. */
    default void runEnded(RunReport report) {}
}
