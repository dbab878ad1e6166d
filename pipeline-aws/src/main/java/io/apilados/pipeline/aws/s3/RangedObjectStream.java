// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.zip.Checksum;
import org.jspecify.annotations.Nullable;

/**
 * One version's bytes from an offset to its end, in ranges that are fetched whole before the first byte of them is given:
 * so no connection waits for a reader that is slow. The first range is small, so that whoever looks at the beginning
 * only does not fetch much, and each is twice as long as the one before until the length that was set is reached.
 *
 * <p>Confined to one thread.
 */
final class RangedObjectStream extends InputStream {

    /** How long the first range is at most. */
    static final int FIRST_RANGE_BYTES = 256 << 10;

    private static final byte[] NOTHING = {};

    private final S3ByteSource source;
    private final ObjectVersion version;
    private final Ranges ranges;
    private final @Nullable WholeChecksum whole;
    private final @Nullable Checksum sum;

    private byte[] buffer = NOTHING;
    private int filled;
    private int at;
    /** Where the buffer ends in the object. */
    private long position;

    private boolean closed;
    /** Why nothing more is read: what is told once is told again. */
    private @Nullable IOException failure;

    /** Where ranges come from, in order. */
    interface Ranges {
        /**
         * The next one, fetched.
         *
         * @param used a buffer that may be filled again
         */
        Fetched next(byte[] used) throws IOException;

        /** Throws if it is known already that the object is another now. */
        void check() throws IOException;

        /** Drops whatever is under way. */
        void close();
    }

    /** Bytes, and how many of them count. */
    record Fetched(byte[] buffer, int length) {}

    /**
     * Begins to read.
     *
     * @param whole what the bytes must come to; null if that is not known or they are not all of them
     */
    RangedObjectStream(
            S3ByteSource source, ObjectVersion version, long position, Ranges ranges, @Nullable WholeChecksum whole) {
        this.source = source;
        this.version = version;
        this.position = position;
        this.ranges = ranges;
        this.whole = whole;
        this.sum = whole == null ? null : whole.begin();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
        Objects.checkFromIndexSize(from, length, bytes.length);
        if (closed) {
            throw new IOException(source.location() + ": the stream is closed; open another");
        }
        if (failure != null) {
            throw failure;
        }
        if (length == 0) {
            return 0;
        }
        try {
            if (!hasMore()) {
                return -1;
            }
        } catch (IOException e) {
            failure = e;
            ranges.close();
            throw e;
        }
        int n = Math.min(length, filled - at);
        System.arraycopy(buffer, at, bytes, from, n);
        at += n;
        return n;
    }

    private boolean hasMore() throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            throw S3Failures.interrupted(source.location(), null);
        }
        ranges.check();
        if (at < filled) {
            return true;
        }
        if (position == version.bytes()) {
            return false;
        }
        Fetched next = ranges.next(buffer);
        buffer = next.buffer();
        filled = next.length();
        at = 0;
        position += filled;
        if (whole != null && sum != null) {
            sum.update(buffer, 0, filled);
            if (position == version.bytes()) {
                whole.verify(sum, source.location());
            }
        }
        return true;
    }

    /** More than zero exactly if there is more. */
    @Override
    public int available() {
        return at < filled ? filled - at : position < version.bytes() ? 1 : 0;
    }

    @Override
    public void close() {
        closed = true;
        buffer = NOTHING;
        ranges.close();
    }
}
