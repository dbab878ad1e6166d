// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.batch.BatchLimit;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.batch.SizePlan;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import io.apilados.pipeline.source.Split;

/**
 * Where the batches of a split end: behind every so many records as they are read, whatever becomes of them. It depends on
 * nothing that another attempt may find otherwise: neither on what was learnt, nor on the heap, nor on where it begins.
 *
 * @param limit how much a batch takes at the most
 */
record SplitCourse(Split split, BatchLimit limit) implements SizePlan {

    SplitCourse(Split split, BatchSizing sizing) {
        this(split, new BatchLimit(sizing.max(), sizing.maxBytes()));
    }

    @Override
    public BatchLimit limitFrom(SourcePosition first, BatchLimit wanted) {
        return limit;
    }

    /** How many bytes it has; {@link SourceVersion#UNKNOWN_SIZE} if the source does not tell. */
    long sizeBytes(SourceVersion version) {
        long end = split.endByte() == SourceVersion.UNKNOWN_SIZE ? version.sizeBytes() : split.endByte();
        return end == SourceVersion.UNKNOWN_SIZE ? end : end - split.start().byteOffset();
    }

    /** Whether a batch has to end behind this record. */
    boolean endsBatch(long recordNumber) {
        return (recordNumber - split.start().recordNumber() + 1) % limit.records() == 0;
    }
}
