// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

/**
 * How much one batch takes: it is full when either is reached. A batch has at least one record, however large that is.
 *
 * @param records 1 or more
 * @param bytes 1 or more; {@link Long#MAX_VALUE} for any number
 */
public record BatchLimit(int records, long bytes) {

    public BatchLimit {
        if (records < 1 || bytes < 1) {
            throw new IllegalArgumentException(
                    "batch limit was " + records + " records and " + bytes + " bytes but it must be 1 or more of each");
        }
    }

    /** Whether it equals another; asked for each batch, and linked without a class of its own. */
    public boolean isSameAs(BatchLimit other) {
        return records == other.records && bytes == other.bytes;
    }
}
