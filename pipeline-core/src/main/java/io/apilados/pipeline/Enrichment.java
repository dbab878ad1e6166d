// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.batch.InHand;
import io.apilados.pipeline.parse.RecordReader;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.parse.RejectedRecordException;

/**
 * All that happens to a record between the reader and the batch.
 *
 * @param <T> what a record is in a batch
 */
@FunctionalInterface
interface Enrichment<T> {

    /**
     * Enriches the record that the reader is at, and leaves it in hand.
     *
     * @return false if the pipeline does not want it
     * @throws RuntimeException whatever the enrichers throw
     */
    boolean enrich(RecordReader<?> reader, InHand<T> hand);

    /** What becomes of the record that the reader is at when its enrichment failed. */
    static RejectedRecord rejected(RecordReader<?> reader, RuntimeException failure) {
        if (failure instanceof RejectedRecordException wish) {
            return new RejectedRecord(reader.position(), "enrich", wish.code(), wish.getMessage(), reader.rawCsv());
        }
        // Its message may hold the record's text, so only its class is told.
        String message = "the enricher threw " + failure.getClass().getName();
        return new RejectedRecord(reader.position(), "enrich", "enrich-failed", message, reader.rawCsv());
    }
}
