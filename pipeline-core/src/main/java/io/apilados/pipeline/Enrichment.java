// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.batch.InHand;
import io.apilados.pipeline.enrich.JsonEncoder;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RecordReader;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All that happens to a record between the reader and the batch. Immutable; safe for use by many threads if the enrichers
 * are.
 *
 * @param <T> what a record is in a batch
 */
final class Enrichment<T> {

    private final RecordStep step;
    private final @Nullable JsonEncoder<Object> encoder;

    @SuppressWarnings("unchecked")
    Enrichment(RecordStep step, @Nullable JsonEncoder<?> encoder) {
        this.step = step;
        this.encoder = (JsonEncoder<Object>) encoder;
    }

    /**
     * Enriches the record that the reader is at, and leaves it in hand.
     *
     * @return false if the pipeline does not want it
     * @throws RuntimeException whatever the enrichers throw
     */
    boolean enrich(RecordReader<?> reader, InHand<T> hand) {
        Object enriched = Objects.requireNonNull(step.apply(reader.record()), "the enriched record");
        if (RecordStep.isFiltered(enriched)) {
            return false;
        }
        if (encoder == null) {
            @SuppressWarnings("unchecked")
            T record = (T) (enriched instanceof CsvRow row ? row.copy() : enriched);
            hand.hold(record);
        } else {
            encoder.encode(enriched, hand.encode());
        }
        reader.rawCsvTo(hand.rawCsv());
        return true;
    }
}
