// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import io.apilados.pipeline.enrich.JsonBuffer;
import io.apilados.pipeline.source.ByteArray;

/**
 * A place for one record on its way into a batch: {@link #hold} it, or {@link #encode} it, and write its fields into
 * {@link #rawCsv}. What was in hand before and has not been kept is dropped. Confined to one thread.
 *
 * @param <T> what a record is
 */
public interface InHand<T> {

    /** Takes a record in hand. */
    void hold(T record);

    /**
     * Where to write the JSON of the record that is to be in hand.
     *
     * @throws IllegalStateException if records are objects here
     */
    JsonBuffer encode();

    /** Where to write the fields of the record in hand, as they were read; nothing if there are none. */
    ByteArray rawCsv();
}
