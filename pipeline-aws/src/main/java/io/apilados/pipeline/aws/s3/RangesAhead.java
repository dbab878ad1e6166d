// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import io.apilados.pipeline.aws.s3.RangedObjectStream.Fetched;
import io.apilados.pipeline.aws.s3.RangedObjectStream.Ranges;
import io.apilados.pipeline.source.SourceChangedException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Fetches several ranges at once, each on a thread of its own, and gives them in order. The first is fetched alone:
 * whoever looks at the beginning only needs no more.
 *
 * <p>Confined to the reading thread, but for what {@link #fetch} does on the others.
 */
final class RangesAhead implements Ranges {

    private final RangeSequence sequence;
    private final int atOnce;
    private final Deque<Ahead> ahead = new ArrayDeque<>();
    private final Deque<byte[]> free = new ArrayDeque<>();
    private @Nullable ExecutorService threads;
    private boolean beginning = true;
    private volatile @Nullable SourceChangedException changed;

    private record Ahead(ObjectRange range, Future<Fetched> fetched) {}

    RangesAhead(RangeSequence sequence, int atOnce) {
        this.sequence = sequence;
        this.atOnce = atOnce;
    }

    @Override
    public Fetched next(byte[] used) throws IOException {
        if (beginning) {
            beginning = false;
            return sequence.next(used);
        }
        free.add(used);
        if (ahead.isEmpty()) {
            begin();
        }
        while (ahead.size() < atOnce && sequence.mayBeAhead()) {
            begin();
        }
        // It stays in the queue while it is waited for, so that close() finds it.
        Fetched first = result(ahead.element().fetched());
        ahead.remove();
        return first;
    }

    private void begin() {
        ObjectRange range = sequence.advance();
        byte[] used = free.poll();
        byte[] into = RangeSequence.buffer(used == null ? new byte[0] : used, range.length());
        ahead.add(new Ahead(range, threads().submit(() -> fetch(range, into))));
    }

    private ExecutorService threads() {
        ExecutorService begun = threads;
        if (begun == null) {
            begun = Executors.newFixedThreadPool(atOnce, task -> {
                Thread thread = new Thread(task, "pipeline-s3-range");
                thread.setDaemon(true);
                return thread;
            });
            threads = begun;
        }
        return begun;
    }

    private Fetched fetch(ObjectRange range, byte[] into) throws IOException {
        try {
            range.fetch(into);
            return new Fetched(into, range.length());
        } catch (SourceChangedException e) {
            changed = e;
            throw e;
        }
    }

    private Fetched result(Future<Fetched> fetched) throws IOException {
        try {
            return fetched.get();
        } catch (InterruptedException e) {
            throw S3Failures.interrupted(sequence.location(), e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IOException io) {
                throw io;
            }
            if (cause instanceof RuntimeException unexpected) {
                throw unexpected;
            }
            if (cause instanceof Error error) {
                throw error;
            }
            throw new IOException(cause);
        }
    }

    @Override
    public void check() throws IOException {
        SourceChangedException known = changed;
        if (known != null) {
            throw known;
        }
    }

    /**
     * Threads are not interrupted: where an answer has just come, the SDK would close its body politely, which is to read
     * the rest of it, however long that takes. They see that they were aborted, or their connection breaks.
     */
    @Override
    public void close() {
        sequence.close();
        for (Ahead one : ahead) {
            one.range().abort();
            one.fetched().cancel(false);
        }
        ahead.clear();
        free.clear();
        ExecutorService begun = threads;
        if (begun != null) {
            begun.shutdown();
        }
    }
}
