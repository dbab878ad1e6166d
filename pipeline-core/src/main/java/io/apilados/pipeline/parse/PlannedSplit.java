// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.Split;
import org.jspecify.annotations.Nullable;

/**
 * A split, and where the one after it begins.
 *
 * @param split a split
 * @param next where the next one begins; null after the last one
 * @param held its bytes; null if they have to be fetched
 */
record PlannedSplit(
        Split split,
        @Nullable SourcePosition next,
        @Nullable Held held) {

    PlannedSplit(Split split, @Nullable SourcePosition next) {
        this(split, next, null);
    }

    /**
     * The bytes of a split, for one reader.
     *
     * @param memory where they are given back
     * @param bytes from {@link HeldBytes#take}
     * @param from where the split begins in them
     * @param to where it ends
     */
    @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
    record Held(HeldBytes memory, byte[] bytes, int from, int to) {}
}
