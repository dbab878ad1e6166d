// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

/**
 * How large the batches of a stretch are. It is durable before the first batch of the stretch is sent, so that a run
 * which goes on after a crash cuts the same batches and sends them with the same keys.
 *
 * @param fromRecord the number of the first record of the first batch
 * @param untilRecord batches that begin with this record or a later one are not covered
 * @param size records in a batch
 */
public record PlannedSize(long fromRecord, long untilRecord, int size) {

    /** Whether a batch that begins with this record is covered. */
    public boolean covers(long record) {
        return fromRecord <= record && record < untilRecord;
    }
}
