// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.enrich.Enricher;
import io.apilados.pipeline.parse.RecordReader;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.source.SourcePosition;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Reads some records ahead and shows them to the enricher together, so that it can fetch in one request what they need;
 * then hands them out one by one. To whoever reads, the records ahead are not read yet.
 *
 * <p>Confined to the reading thread, but for {@link #wakeUp}.
 *
 * @param <R> what a record is
 */
final class LookAhead<R> implements RecordReader<R> {

    private final RecordReader<R> reader;
    private final Enricher<? super R, ?> enricher;
    private final int chunk;
    private final ArrayDeque<Ahead<R>> ahead;
    private @Nullable IOException failure;
    private Ahead<R> current;

    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Thread preparing;
    private boolean woken;

    /** What one step came upon. */
    private record Ahead<R>(
            Step step,
            @Nullable R record,
            @Nullable SourcePosition position,
            byte[] rawCsv,
            @Nullable RejectedRecord malformed,
            SourcePosition next,
            long oddities) {}

    LookAhead(RecordReader<R> reader, Enricher<? super R, ?> enricher) {
        this.reader = reader;
        this.enricher = enricher;
        this.chunk = enricher.chunk();
        this.ahead = new ArrayDeque<>(chunk);
        this.current =
                new Ahead<>(Step.MALFORMED, null, null, new byte[0], null, reader.nextPosition(), reader.oddities());
    }

    /**
     * Goes to the next record.
     *
     * @throws InterruptedPreparationException if the thread is interrupted, or woken up, while the enricher prepares
     */
    @Override
    public Step advance() throws IOException {
        if (ahead.isEmpty()) {
            fill();
        }
        Ahead<R> next = ahead.poll();
        if (next == null) {
            throw failure == null ? new IOException("the source is at its end") : failure;
        }
        current = next;
        return next.step;
    }

    /** A source that fails is reported when the records before the failure have been handed out. */
    private void fill() throws IOException {
        List<R> records = new ArrayList<>(chunk);
        Step step = Step.RECORD;
        try {
            while (step != Step.END && ahead.size() < chunk && failure == null) {
                step = reader.advance();
                Ahead<R> found = found(step);
                ahead.add(found);
                if (found.record != null) {
                    records.add(found.record);
                }
            }
        } catch (IOException e) {
            failure = e;
        }
        if (!records.isEmpty()) {
            prepare(records);
        }
    }

    private Ahead<R> found(Step step) {
        boolean isRecord = step == Step.RECORD;
        return new Ahead<>(
                step,
                isRecord ? reader.keep() : null,
                isRecord ? reader.position() : null,
                isRecord ? reader.rawCsv() : new byte[0],
                step == Step.MALFORMED ? reader.malformed() : null,
                reader.nextPosition(),
                reader.oddities());
    }

    private void prepare(List<R> records) throws InterruptedPreparationException {
        boolean prepared = false;
        try {
            begin();
            enricher.prepare(records);
            prepared = true;
        } catch (InterruptedException e) {
            throw new InterruptedPreparationException(e);
        } finally {
            if (!prepared) {
                ahead.clear();
            }
            end();
        }
    }

    private void begin() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            if (woken) {
                throw new InterruptedException("the run is ending");
            }
            preparing = Thread.currentThread();
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        lock.lock();
        try {
            preparing = null;
            if (woken) {
                boolean unused = Thread.interrupted();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whoever waits for the enricher to prepare waits no longer, nor ever again. */
    void wakeUp() {
        lock.lock();
        try {
            woken = true;
            Thread waiting = preparing;
            if (waiting != null) {
                waiting.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The thread was interrupted while the enricher prepared records. */
    static final class InterruptedPreparationException extends IOException {
        private static final long serialVersionUID = 1L;

        InterruptedPreparationException(InterruptedException cause) {
            super("interrupted while records were prepared", cause);
        }
    }

    /** Whether it was {@link #wakeUp} that interrupted the thread. */
    boolean wasWoken() {
        lock.lock();
        try {
            return woken;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public R record() {
        return present(current.record);
    }

    @Override
    public R keep() {
        return record();
    }

    @Override
    public SourcePosition position() {
        return present(current.position);
    }

    @Override
    public RejectedRecord malformed() {
        return present(current.malformed);
    }

    @Override
    public SourcePosition nextPosition() {
        return current.next;
    }

    @Override
    public byte[] rawCsv() {
        return current.rawCsv;
    }

    @Override
    public List<String> columns() {
        return reader.columns();
    }

    @Override
    public byte[] rawHeader() {
        return reader.rawHeader();
    }

    @Override
    public Optional<String> fingerprint() {
        return reader.fingerprint();
    }

    @Override
    public long oddities() {
        return current.oddities;
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }

    private static <V> V present(@Nullable V value) {
        if (value == null) {
            throw new IllegalStateException("the last step came upon nothing of this kind");
        }
        return value;
    }
}
