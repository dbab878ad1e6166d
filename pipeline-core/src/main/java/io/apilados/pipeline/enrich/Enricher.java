// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.parse.RejectedRecordException;
import java.util.List;

/**
 * Makes of each parsed record what will be delivered. It runs once for every record, on the reading thread: batches are
 * retried and split without coming back here.
 *
 * @param <I> the parsed record; a view that may change after the call, so take from it what is to stay
 * @param <O> what is delivered
 */
@FunctionalInterface
public interface Enricher<I, O> {

    /**
     * Enriches one record.
     *
     * @throws RejectedRecordException to reject the record with a code and a message of the enricher's own. Any other
     *     exception rejects it, too, as {@code enrich-failed}, named by its class alone
     */
    O enrich(I record);

    /**
     * The columns without which no record can be enriched. The run looks for them before the first record, and ends
     * with one clear error if one is missing. None by default.
     */
    default List<String> requiredColumns() {
        return List.of();
    }

    /**
     * How many records it is best to {@link #prepare} together; zero, the default, if there is nothing to prepare.
     */
    default int chunk() {
        return 0;
    }

    /**
     * Is shown the next records, at most {@link #chunk()} of them, before they are enriched one by one: the moment to
     * fetch in one request what they need. Only an enricher that stands first, or after nothing but filters, is shown
     * them; the filters have not been asked yet.
     *
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    default void prepare(List<? extends I> records) throws InterruptedException {}

    /** The caches of keys that it looks up in, for whoever watches them; none by default. */
    default List<CCTsCache> caches() {
        return List.of();
    }

    /** What a report should say of how it worked, one sentence each; nothing by default. */
    default List<String> notes() {
        return List.of();
    }
}
