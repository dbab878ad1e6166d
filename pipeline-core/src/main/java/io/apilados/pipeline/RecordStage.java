// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.enrich.Enricher;
import io.apilados.pipeline.enrich.JsonEncoder;
import io.apilados.pipeline.parse.RecordParser;
import io.apilados.pipeline.source.ByteSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline that has records; next: what to make of them, and how to batch them.
 *
 * @param <R> what a record is at this point
 */
public final class RecordStage<R> {

    final ByteSource source;
    final RecordParser<?> parser;
    final RecordStep step;

    /** What makes JSON of the records after the step; null if they stay objects. */
    final @Nullable JsonEncoder<?> encoder;

    final List<Enricher<?, ?>> enrichers;

    RecordStage(
            ByteSource source,
            RecordParser<?> parser,
            RecordStep step,
            @Nullable JsonEncoder<?> encoder,
            List<Enricher<?, ?>> enrichers) {
        this.source = source;
        this.parser = parser;
        this.step = step;
        this.encoder = encoder;
        this.enrichers = enrichers;
    }

    /** What to make of each record. */
    public <O> RecordStage<O> enrich(Enricher<? super R, ? extends O> enricher) {
        Objects.requireNonNull(enricher, "enricher");
        List<Enricher<?, ?>> all = new ArrayList<>(enrichers);
        all.add(enricher);
        RecordStep before = whole();
        if (enricher instanceof JsonEncoder<?> last) {
            return new RecordStage<>(source, parser, before, last, all);
        }
        return new RecordStage<>(
                source, parser, before.then(RecordStage.<Enricher<Object, ?>>cast(enricher)), null, all);
    }

    /** Which records go on; the others are counted as filtered. */
    public RecordStage<R> filter(Predicate<? super R> wanted) {
        Objects.requireNonNull(wanted, "wanted");
        RecordStep before = whole();
        return new RecordStage<>(
                source,
                parser,
                record -> {
                    Object enriched = before.apply(record);
                    boolean goesOn = !RecordStep.isFiltered(enriched) && wanted.test(RecordStage.<R>cast(enriched));
                    return goesOn ? enriched : RecordStep.FILTERED;
                },
                null,
                enrichers);
    }

    /** All that happens to a record so far, with an object as its result. */
    private RecordStep whole() {
        JsonEncoder<?> last = encoder;
        return last == null ? step : step.then(RecordStage.<Enricher<Object, ?>>cast(last));
    }

    /** How large batches may be. */
    public BatchStage<R> batch(BatchSizing sizing) {
        return new BatchStage<>(this, Objects.requireNonNull(sizing, "sizing"));
    }

    @SuppressWarnings("unchecked")
    private static <R> R cast(Object record) {
        return (R) record;
    }
}
