// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import java.io.Closeable;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Memory for chunks that are scanned and then read where they are, so that a source is fetched once. There is so much of it and
 * no more: whoever gets none scans in memory of his own, and what he scanned is fetched again.
 *
 * <p>Safe for use by many threads.
 */
final class HeldBytes implements Closeable {

    /** This part of the heap may be held by a run. */
    private static final int SHARE_OF_HEAP = 16;

    /** What the JVM puts before the elements of an array: with it a chunk of {@link #CHUNK_BYTES} takes a mebibyte. */
    private static final int ARRAY_HEADER = 16;

    /** Room for the end of the last record of a chunk, which stands in the next one, and for what a scan looks at beyond. */
    private static final int SPARE = (1 << 16) - ARRAY_HEADER;

    /** A chunk with its {@link #SPARE} is a mebibyte, of which the JVM's collector makes regions. */
    static final int CHUNK_BYTES = (1 << 20) - (1 << 16);

    private final int chunkBytes;
    private final int most;
    private final AtomicInteger made = new AtomicInteger();
    private final Queue<byte[]> idle = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;

    /** Memory for chunks of at most so many bytes, as much of it as this heap allows. */
    HeldBytes(int chunkBytes) {
        this(chunkBytes, (int) Math.min(Integer.MAX_VALUE, mostBytes() / (chunkBytes + SPARE)));
    }

    HeldBytes(int chunkBytes, int most) {
        this.chunkBytes = chunkBytes;
        this.most = most;
    }

    private static long mostBytes() {
        return Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP;
    }

    /** Room for a chunk and what comes behind it; null if all of it is held. */
    byte @Nullable [] take() {
        byte[] used = idle.poll();
        if (used != null) {
            return used;
        }
        if (made.getAndIncrement() < most) {
            return new byte[chunkBytes + SPARE];
        }
        made.decrementAndGet();
        return null;
    }

    /** Nobody looks at it any more. */
    void give(byte[] bytes) {
        if (!closed) {
            idle.add(bytes);
        }
    }

    /** Nothing is held for later any more. */
    @Override
    public void close() {
        closed = true;
        idle.clear();
    }

    /** Whether a scan may end at that place. */
    static boolean fits(byte[] bytes, long limit) {
        return limit + ByteWindow.BEYOND <= bytes.length;
    }
}
