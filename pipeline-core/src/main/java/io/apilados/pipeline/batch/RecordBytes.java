// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import io.apilados.pipeline.enrich.JsonRecord;

/**
 * About how many bytes a record adds to a request. Must give the same number for the same record in every run, because
 * it decides where batches are cut.
 *
 * @param <T> what a record is
 */
@FunctionalInterface
public interface RecordBytes<T> {

    /**
     * Weighs one record.
     *
     * @param rawCsv its fields as they were read; empty if it has none
     * @return zero or more
     */
    long of(T record, byte[] rawCsv);

    /** The size of a {@link JsonRecord} with its comma; of anything else the size of what was read for it. */
    @SuppressWarnings("unchecked")
    static <T> RecordBytes<T> ofDefaults() {
        return (RecordBytes<T>) ByDefault.INSTANCE;
    }
}
