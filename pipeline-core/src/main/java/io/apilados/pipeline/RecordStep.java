// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

/** What happens to a record between parsing and batching: all enrichers and filters in one. */
@FunctionalInterface
interface RecordStep {

    /** Stands for a record that the pipeline does not want. */
    Object FILTERED = new Object();

    /** The enriched record, or {@link #FILTERED}. */
    Object apply(Object record);
}
