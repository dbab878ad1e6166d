// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.source;

import java.io.Serializable;

/**
 * Where a record starts in its source.
 *
 * @param byteOffset bytes before the record, from 0
 * @param recordNumber which record it is, from 1; a header is no record
 * @param line the physical line on which it starts, from 1; a header is on line 1
 */
public record SourcePosition(long byteOffset, long recordNumber, long line) implements Serializable {

    /** The first byte of a source. */
    public static final SourcePosition START = new SourcePosition(0, 1, 1);

    public SourcePosition {
        if (byteOffset < 0 || recordNumber < 1 || line < 1) {
            throw new IllegalArgumentException("position was byte " + byteOffset + ", record " + recordNumber
                    + ", line " + line + " but they start at 0, 1 and 1");
        }
    }

    /** For messages: {@code line 48213 (byte 9120331)}. */
    @Override
    public String toString() {
        return "line " + line + " (byte " + byteOffset + ")";
    }
}
