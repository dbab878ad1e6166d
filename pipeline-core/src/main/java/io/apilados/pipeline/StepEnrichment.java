// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.batch.InHand;
import io.apilados.pipeline.enrich.JsonEncoder;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RecordReader;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The enrichers and filters of a pipeline. Immutable; safe for use by many threads if they are.
 *
 * @param <T> what a record is in a batch
 */
final class StepEnrichment<T> implements Enrichment<T> {

    private final RecordStep step;
    private final @Nullable JsonEncoder<Object> encoder;

    @SuppressWarnings("unchecked")
    StepEnrichment(RecordStep step, @Nullable JsonEncoder<?> encoder) {
        this.step = step;
        this.encoder = (JsonEncoder<Object>) encoder;
    }

    @Override
    public boolean enrich(RecordReader<?> reader, InHand<T> hand) {
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
