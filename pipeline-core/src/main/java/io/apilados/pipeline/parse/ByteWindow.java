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

    /** How many bytes are read at once behind those that are certainly needed: a record, most likely. */
    private static final int BYTES_BEHIND = 1 << 12;

    /** Memory for one window after the other. Confined to one thread at a time. */
    static final class Memory {
        /** What has grown beyond this is not kept. */
        private static final int MOST_KEPT_BYTES = 1 << 21;

        private byte[] bytes;

        /** Nothing is held before the first window. */
        Memory() {
            this(new byte[0]);
        }

        private Memory(byte[] bytes) {
            this.bytes = bytes;
        }

        private byte[] take() {
            if (bytes.length == 0 || bytes.length > MOST_KEPT_BYTES) {
                bytes = new byte[INITIAL_BYTES + BEYOND];
            }
            return bytes;
        }
    }

    private final InputStream in;
    private final Memory memory;

    /** Where in the source the bytes end that are certainly needed. */
    private final long end;

    byte[] bytes;

    /** Where the record at hand starts in {@link #bytes}. */
    int start;

    /** Where the bytes that were read end in {@link #bytes}. */
    int limit;

    /** Whether the stream has ended. */
    boolean last;

    /** The offset in the source of {@link #start}. */
    long offset;

    /**
     * A window in that memory, which nobody else uses meanwhile.
     *
     * @param end where in the source the bytes end that are certainly needed; a few more are read at once
     */
    ByteWindow(InputStream in, long offset, long end, Memory memory) {
        this(in, offset, end, memory, memory.take(), 0, 0);
    }

    /**
     * A window over what has been read before.
     *
     * @param bytes from {@code start} to {@code limit}, with {@link #BEYOND} more of them behind
     * @param in what is behind them
     * @param offset where {@code start} is in the source
     */
    ByteWindow(byte[] bytes, int start, int limit, InputStream in, long offset) {
        this(in, offset, offset + limit - start, new Memory(bytes), bytes, start, limit);
    }

    private ByteWindow(InputStream in, long offset, long end, Memory memory, byte[] bytes, int start, int limit) {
        this.in = in;
        this.offset = offset;
        this.end = end;
        this.memory = memory;
        this.bytes = bytes;
        this.start = start;
        this.limit = limit;
        bytes[limit] = '\n';
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
            memory.bytes = bytes;
        }
        // A record that goes on behind the end is scanned from its start each time: so each time twice as much is
        // there.
        long needed = Math.max(Math.max(BYTES_BEHIND, limit), end - (offset + limit));
        int n = in.read(bytes, limit, (int) Math.min(needed, bytes.length - BEYOND - limit));
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
