// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceChangedException;
import io.apilados.pipeline.source.SourceVersion;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of a source in order, scanned by several threads that are at most two stretches ahead each, or one each and one more where
 * chunks are held. Every place behind which
 * a split begins is the beginning of a chunk.
 *
 * <p>Confined to one thread; the threads that it starts are told to end when it is closed.
 */
final class ChunkScans implements Closeable {

    /** How many bytes are read and scanned in one piece: large enough for a disk, small enough for a cache. */
    static final int CHUNK_BYTES = 1 << 20;

    /** How many chunks are read from one stream at the most: opening one costs a request in an object store. */
    private static final int STRETCH_CHUNKS = 4;

    /**
     * A scanned chunk, and where it lies in the source.
     *
     * @param bytes of it, with room behind them, to be given back to where they are from; null if they are not held
     */
    @SuppressWarnings("ArrayRecordComponent") // Nobody compares chunks.
    record Chunk(long from, long to, ChunkEffect effect, byte @Nullable [] bytes) {}

    private final ChunkScan scan;
    private final ByteSource source;
    private final SourceVersion version;
    private final SplitTargets targets;
    private final int chunkBytes;
    private final int mostAhead;
    private final @Nullable HeldBytes memory;
    private final @Nullable ExecutorService workers;
    private final Deque<Future<Scanned>> ahead = new ArrayDeque<>();
    private final Deque<Chunk> ready = new ArrayDeque<>();
    private long nextStretch;
    private int stretchChunks;

    /** Why there is nothing behind the chunks that are ready; null if there is. */
    private @Nullable IOException failure;

    /** Set as soon as one of those that scan finds that the source has changed: nothing more is to be made of what they found. */
    private volatile @Nullable SourceChangedException changed;

    /** Nobody waits for a chunk any more. */
    private volatile boolean woken;

    /** What is waited for. */
    private volatile @Nullable Future<Scanned> awaited;

    /** What came of a stretch: its chunks, and what put an end to them before that of the stretch; null if nothing did. */
    private record Scanned(List<Chunk> chunks, @Nullable IOException failure) {}

    /**
     * The chunks from where splits begin.
     *
     * @param memory where the bytes of chunks are held; null if they are not
     */
    ChunkScans(
            ChunkScan scan,
            ByteSource source,
            SourceVersion version,
            SplitTargets targets,
            int chunkBytes,
            int threads,
            @Nullable HeldBytes memory) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads was " + threads + " but it must be 1 or more");
        }
        this.scan = scan;
        this.source = source;
        this.version = version;
        this.targets = targets;
        this.chunkBytes = chunkBytes;
        // What is held is in the way of others.
        this.mostAhead = memory == null ? 2 * threads : threads + 1;
        this.memory = memory;
        this.nextStretch = targets.from();
        // Who waits for a short first split waits for nothing else.
        this.stretchChunks = targets.first() < targets.bytes() ? 1 : STRETCH_CHUNKS;
        this.workers = threads == 1 ? null : Executors.newFixedThreadPool(threads, ChunkScans::thread);
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "split-planner");
        thread.setDaemon(true);
        return thread;
    }

    /** @throws SourceChangedException as soon as somebody has found that it has changed */
    void check() throws SourceChangedException {
        SourceChangedException known = changed;
        if (known != null) {
            throw known;
        }
    }

    /**
     * The next chunk; null after the last one.
     *
     * @throws CancellationException once it was {@linkplain #wakeUp woken up}
     */
    @Nullable Chunk next() throws IOException {
        check();
        while (ready.isEmpty()) {
            IOException known = failure;
            if (known != null) {
                throw known;
            }
            Scanned scanned = nextStretch();
            if (scanned == null) {
                return null;
            }
            ready.addAll(scanned.chunks);
            failure = scanned.failure;
        }
        return ready.remove();
    }

    private @Nullable Scanned nextStretch() throws IOException {
        if (workers == null) {
            return nextStretch >= version.sizeBytes() ? null : scanned(takeStretch());
        }
        while (ahead.size() < mostAhead && nextStretch < version.sizeBytes()) {
            List<Long> edges = takeStretch();
            ahead.add(workers.submit(() -> scanned(edges)));
        }
        Future<Scanned> first = ahead.poll();
        return first == null ? null : result(first);
    }

    /** Whether {@link #next} would not wait for those that scan. */
    boolean isReady() {
        if (!ready.isEmpty() || failure != null || workers == null) {
            return true;
        }
        Future<Scanned> first = ahead.peek();
        return first == null ? nextStretch >= version.sizeBytes() : first.isDone();
    }

    /** Whoever waits for a chunk waits no longer, nor ever again. From any thread. */
    void wakeUp() {
        woken = true;
        Future<Scanned> waitedFor = awaited;
        if (waitedFor != null) {
            waitedFor.cancel(true);
        }
    }

    private Scanned result(Future<Scanned> future) throws IOException {
        // A future that is done does not look at the interrupt.
        if (Thread.currentThread().isInterrupted()) {
            throw interrupted(source);
        }
        awaited = future;
        if (woken) {
            throw new CancellationException("nobody waits for chunks any more");
        }
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(source);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new IllegalStateException("a chunk of " + source.location() + " could not be scanned", e.getCause());
        }
    }

    /** The edges of the next chunks that are read from one stream. */
    private List<Long> takeStretch() {
        List<Long> edges = new ArrayList<>();
        edges.add(nextStretch);
        while (edges.size() <= stretchChunks && nextStretch < version.sizeBytes()) {
            long target = targets.after(nextStretch);
            nextStretch = Math.min(Math.min(nextStretch + chunkBytes, target), version.sizeBytes());
            edges.add(nextStretch);
        }
        stretchChunks = Math.min(STRETCH_CHUNKS, 2 * stretchChunks);
        return edges;
    }

    private Scanned scanned(List<Long> edges) {
        List<Chunk> chunks = new ArrayList<>();
        byte[] buffer = new byte[0];
        try (InputStream in = source.open(version, edges.get(0), edges.get(edges.size() - 1))) {
            for (int i = 1; i < edges.size(); i++) {
                long from = edges.get(i - 1);
                long to = edges.get(i);
                byte[] held = memory == null ? null : memory.take();
                if (held == null && buffer.length < to - from) {
                    buffer = new byte[(int) Math.min(chunkBytes, targets.bytes())];
                }
                ChunkEffect effect = scan(scan, source, in, from, to, held == null ? buffer : held);
                chunks.add(new Chunk(from, to, effect, held));
            }
            lookForEnd(in, edges.get(edges.size() - 1));
        } catch (SourceChangedException e) {
            changed = e;
            return new Scanned(chunks, e);
        } catch (IOException e) {
            return new Scanned(chunks, e);
        }
        return new Scanned(chunks, null);
    }

    /** A source may notice only at its end that it has changed. */
    private void lookForEnd(InputStream in, long at) throws IOException {
        if (at == version.sizeBytes() && in.read(new byte[1], 0, 1) >= 0) {
            throw new SourceChangedException(source.location(), "it goes on behind byte " + at + ", where it ended");
        }
    }

    /** Scans bytes of a source by itself, at most a chunk of them. */
    static ChunkEffect scan(ChunkScan scan, ByteSource source, SourceVersion version, long from, long to)
            throws IOException {
        try (InputStream in = source.open(version, from, to)) {
            return scan(scan, source, in, from, to, new byte[(int) (to - from)]);
        }
    }

    private static ChunkEffect scan(
            ChunkScan scan, ByteSource source, InputStream in, long from, long to, byte[] buffer) throws IOException {
        int length = (int) (to - from);
        int read = 0;
        while (read < length) {
            if (Thread.currentThread().isInterrupted()) {
                throw interrupted(source);
            }
            int n = in.read(buffer, read, length - read);
            if (n < 0) {
                throw new EOFException(
                        source.location() + ": ended at byte " + (from + read) + " before its size; plan again");
            }
            read += n;
        }
        return scan.scan(buffer, 0, length);
    }

    private static InterruptedIOException interrupted(ByteSource source) {
        return new InterruptedIOException(source.location() + ": the plan was interrupted; plan again");
    }

    @Override
    public void close() {
        if (workers != null) {
            workers.shutdownNow();
        }
    }
}
