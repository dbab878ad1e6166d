// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.enrich.Enricher;
import io.apilados.pipeline.parse.RecordParser;
import io.apilados.pipeline.source.ByteSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * A pipeline that has records; next: what to make of them, and how to batch them.
 *
 * @param <R> what a record is at this point
 */
public final class RecordStage<R> {

    final ByteSource source;
    final RecordParser<?> parser;
    final RecordStep step;
    final List<Enricher<?, ?>> enrichers;

    RecordStage(ByteSource source, RecordParser<?> parser, RecordStep step, List<Enricher<?, ?>> enrichers) {
        this.source = source;
        this.parser = parser;
        this.step = step;
        this.enrichers = enrichers;
    }

    /** What to make of each record. */
    public <O> RecordStage<O> enrich(Enricher<? super R, ? extends O> enricher) {
        Objects.requireNonNull(enricher, "enricher");
        List<Enricher<?, ?>> all = new ArrayList<>(enrichers);
        all.add(enricher);
        return new RecordStage<>(
                source,
                parser,
                record -> {
                    Object before = step.apply(record);
                    return RecordStep.isFiltered(before) ? before : enricher.enrich(RecordStage.<R>cast(before));
                },
                all);
    }

    /** Which records go on; the others are counted as filtered. */
    public RecordStage<R> filter(Predicate<? super R> wanted) {
        Objects.requireNonNull(wanted, "wanted");
        return new RecordStage<>(
                source,
                parser,
                record -> {
                    Object before = step.apply(record);
                    boolean goesOn = !RecordStep.isFiltered(before) && wanted.test(RecordStage.<R>cast(before));
                    return goesOn ? before : RecordStep.FILTERED;
                },
                enrichers);
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
