// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import io.apilados.pipeline.source.SourcePosition;
import java.util.Objects;
import java.util.function.Function;

/**
 * Names records: a destination that honours keys applies each name once.
 *
 * @param <T> what a record is
 */
@FunctionalInterface
public interface RecordKeys<T> {

    /**
     * The record's key: the same in every run, and no other record's.
     *
     * @param fingerprint stands for the version of the source
     * @param position where the record starts in it
     */
    String keyOf(String fingerprint, SourcePosition position, T record);

    /** Fingerprint and byte offset, in hexadecimal. */
    @SuppressWarnings("unchecked")
    static <T> RecordKeys<T> byPosition() {
        return (RecordKeys<T>) ByPosition.INSTANCE;
    }

    /**
     * The user's own key. It must differ from record to record: a destination that honours keys takes two records of one
     * key for one.
     */
    static <T> RecordKeys<T> of(Function<? super T, String> key) {
        return (fingerprint, position, record) -> Objects.requireNonNull(key.apply(record), "the key of a record");
    }
}
