// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.source;

import java.io.Serializable;
import java.util.Objects;

/**
 * A byte range of one version of a source that begins where a record begins and ends where one ends, so that it can be
 * read by itself and gives the records, positions and line numbers that reading the whole source gives. The splits of a
 * source are made together: see {@link SplitPlan}. Immutable.
 *
 * @param version which bytes it is a range of
 * @param index which split of its plan it is, from 0
 * @param start where its first record starts; for the first split, which holds the header, the start of the source
 * @param endByte the byte after its last one, where the next split starts; {@link SourceVersion#UNKNOWN_SIZE} for all
 *     of a source whose size is not known
 * @param records how many records it has, broken ones included; {@link #UNKNOWN_RECORDS} where nobody has counted them
 */
public record Split(SourceVersion version, int index, SourcePosition start, long endByte, long records)
        implements Serializable {

    /** The number of records of a source that has not been read for the plan. */
    public static final long UNKNOWN_RECORDS = -1;

    public Split {
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(start, "start");
        if (index < 0) {
            throw new IllegalArgumentException("index was " + index + " but it must be 0 or more");
        }
        boolean toTheEnd = endByte == SourceVersion.UNKNOWN_SIZE && version.sizeBytes() == SourceVersion.UNKNOWN_SIZE;
        if (!toTheEnd && (endByte < start.byteOffset() || endByte > version.sizeBytes())) {
            throw new IllegalArgumentException("endByte was " + endByte + " but it must be between "
                    + start.byteOffset() + ", where the split starts, and " + version.sizeBytes()
                    + ", the size of the source");
        }
        if (records < UNKNOWN_RECORDS) {
            throw new IllegalArgumentException("records was " + records + " but it must be 0 or more, or -1");
        }
    }

    /** For messages: {@code split 3 (bytes 3145728 to 4194310)}. */
    @Override
    public String toString() {
        return "split " + index + " (bytes " + start.byteOffset() + " to "
                + (endByte == SourceVersion.UNKNOWN_SIZE ? "the end" : endByte) + ")";
    }
}
