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

    private final ByteSource source;
    private final RecordParser<?> parser;
    private final RecordStep step;
    private final List<String> requiredColumns;

    RecordStage(ByteSource source, RecordParser<?> parser, RecordStep step, List<String> requiredColumns) {
        this.source = source;
        this.parser = parser;
        this.step = step;
        this.requiredColumns = requiredColumns;
    }

    /** What to make of each record. */
    public <O> RecordStage<O> enrich(Enricher<? super R, ? extends O> enricher) {
        Objects.requireNonNull(enricher, "enricher");
        List<String> columns = new ArrayList<>(requiredColumns);
        columns.addAll(enricher.requiredColumns());
        return new RecordStage<>(
                source,
                parser,
                record -> {
                    Object before = step.apply(record);
                    return RecordStep.isFiltered(before) ? before : enricher.enrich(RecordStage.<R>cast(before));
                },
                columns);
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
                requiredColumns);
    }

    /** How large batches may be. */
    public BatchStage<R> batch(BatchSizing sizing) {
        return new BatchStage<>(source, parser, step, requiredColumns, Objects.requireNonNull(sizing, "sizing"));
    }

    @SuppressWarnings("unchecked")
    private static <R> R cast(Object record) {
        return (R) record;
    }
}
