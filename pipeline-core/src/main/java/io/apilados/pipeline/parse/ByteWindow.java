// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * The stretch of a stream that is being looked at: from the record at hand to the last byte that was read. A line feed
 * always stands after the last byte, and {@link #BEYOND} bytes from there on may be looked at, so that a scan needs no bounds
 * check.
 */
final class ByteWindow implements Closeable {

    private static final int INITIAL_BYTES = 1 << 18;

    /**
     * A line feed, and bytes that mean nothing. A scan looks at the word in which the line feed is and at the one after it; but
     * the compiler asks beforehand whether all 64 bytes are there that it may come to look at.
     */
    static final int BEYOND = Long.SIZE + Long.BYTES;

    private final InputStream in;

    byte[] bytes = new byte[INITIAL_BYTES + BEYOND];

    /** Where the record at hand starts in {@link #bytes}. */
    int start;

    /** Where the bytes that were read end in {@link #bytes}. */
    int limit;

    /** Whether the stream has ended. */
    boolean last;

    /** The offset in the source of {@link #start}. */
    long offset;

    ByteWindow(InputStream in, long offset) {
        this.in = in;
        this.offset = offset;
        bytes[0] = '\n';
    }

    int length() {
        return limit - start;
    }

    /** Goes on to {@code next}, a place in {@link #bytes}. */
    void advanceTo(int next) {
        offset += next - start;
        start = next;
    }

    /** Reads more. Moves the record at hand to the front; if it fills the window, makes that twice as large. */
    void fill() throws IOException {
        if (start > 0) {
            System.arraycopy(bytes, start, bytes, 0, limit - start);
            limit -= start;
            start = 0;
        }
        if (limit == bytes.length - BEYOND) {
            bytes = Arrays.copyOf(bytes, 2 * limit + BEYOND);
        }
        int n = in.read(bytes, limit, bytes.length - BEYOND - limit);
        if (n < 0) {
            last = true;
        } else {
            limit += n;
        }
        bytes[limit] = '\n';
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
