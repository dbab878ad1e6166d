// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.enrich.Enricher;

/** What happens to a record between parsing and batching: all enrichers and filters in one. */
@FunctionalInterface
interface RecordStep {

    /** Stands for a record that the pipeline does not want. */
    Object FILTERED = new Object();

    /** Leaves records as they were parsed. */
    RecordStep NONE = record -> record;

    /** Whether it stands for a record that the pipeline does not want. */
    @SuppressWarnings("ReferenceEquality") // It is a marker, and equal to nothing else.
    static boolean isFiltered(Object record) {
        return record == FILTERED;
    }

    /** This, and an enricher after it. */
    default RecordStep then(Enricher<Object, ?> enricher) {
        return record -> {
            Object before = apply(record);
            return isFiltered(before) ? before : enricher.enrich(before);
        };
    }

    /** The enriched record, or {@link #FILTERED}. */
    Object apply(Object record);
}
