// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import io.apilados.pipeline.batch.BatchLimit;

/**
 * How large the batches of a stretch are. It is durable before the first batch of the stretch is sent, so that a run
 * which goes on after a crash cuts the same batches and sends them with the same keys. Where two stretches overlap, the
 * one that was written down later counts.
 *
 * @param fromRecord the number of the first record of the first batch
 * @param untilRecord batches that begin with this record or a later one are not covered
 * @param limit how much a batch takes
 */
public record PlannedSize(long fromRecord, long untilRecord, BatchLimit limit) {

    /** Whether a batch that begins with this record is covered. */
    public boolean covers(long record) {
        return fromRecord <= record && record < untilRecord;
    }
}
