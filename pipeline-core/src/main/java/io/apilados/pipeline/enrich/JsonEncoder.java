// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.parse.RejectedRecordException;

/**
 * An enricher whose records are JSON, written straight into the batch that will be sent: no object is made for a record
 * and nothing is encoded twice. A pipeline whose last enricher is one does so; anywhere else it is an enricher like
 * others.
 *
 * @param <I> the parsed record
 */
public interface JsonEncoder<I> extends Enricher<I, JsonRecord> {

    /**
     * Writes the record as one JSON object after whatever {@code out} holds.
     *
     * @throws RejectedRecordException as {@link #enrich} does; what was written of the record by then is dropped
     */
    void encode(I record, JsonBuffer out);

    /** The record as an object of its own. */
    @Override
    default JsonRecord enrich(I record) {
        JsonBuffer out = new JsonBuffer();
        encode(record, out);
        return JsonRecord.ofUtf8(out.copy(0, out.length()));
    }
}
