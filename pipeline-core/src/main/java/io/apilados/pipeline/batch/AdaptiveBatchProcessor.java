// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.Scheduler.Cancellable;
import io.apilados.pipeline.control.Signal;
import io.apilados.pipeline.source.SourcePosition;
import java.util.ArrayDeque;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A {@link BatchAssembler} for many threads.
 *
 * <p>The lock {@code gathering} guards the records of the part-filled batch and is held while a full one is handed on, so
 * that batches leave in the order of their records.
 */
final class AdaptiveBatchProcessor<T> implements BatchProcessor<T> {

    private static final byte[] NO_FIELDS = new byte[0];

    private final BatchHandler<T> handler;
    private final BatchSizing settings;
    private final Scheduler scheduler;
    private final ReentrantLock gathering = new ReentrantLock();
    private final BatchAssembler<T> assembler;
    private final AtomicLong unsettled = new AtomicLong();
    private final Signal settled = new Signal();

    /** Batches that the handler has not taken yet. */
    private final ArrayDeque<Batch<T>> ready = new ArrayDeque<>();

    private long submitted;
    private boolean closed;
    private @Nullable Cancellable linger;

    AdaptiveBatchProcessor(Builder<T> builder) {
        this.handler = builder.handler;
        this.settings = builder.sizing;
        this.scheduler = builder.scheduler;
        this.assembler = new BatchAssembler<>(
                builder.sizing,
                builder.sizePlan,
                builder.fingerprint,
                builder.recordKeys,
                builder.recordBytes,
                false,
                false);
    }

    @Override
    public void submit(T record) throws InterruptedException {
        gathering.lockInterruptibly();
        try {
            add(record, new SourcePosition(submitted, submitted + 1, submitted + 1), NO_FIELDS);
        } finally {
            gathering.unlock();
        }
    }

    @Override
    public void submit(T record, SourcePosition position, byte[] raw) throws InterruptedException {
        gathering.lockInterruptibly();
        try {
            add(record, position, raw);
        } finally {
            gathering.unlock();
        }
    }

    private void add(T record, SourcePosition position, byte[] raw) throws InterruptedException {
        if (closed) {
            throw new IllegalStateException("the batch processor is closed and takes no more records");
        }
        assembler.hold(record);
        assembler.rawCsv().write(raw);
        if (!assembler.fits()) {
            if (assembler.count() > 0) {
                take();
            }
            assembler.begin(position);
        }
        assembler.keep(position.byteOffset(), position.recordNumber(), position.line());
        submitted++;
        if (assembler.isFull()) {
            take();
        } else if (assembler.count() == 1 && !settings.linger().isZero()) {
            linger = scheduler.schedule(this::lingerEnded, settings.linger());
        }
        handOn();
    }

    private void take() {
        if (linger != null) {
            linger.cancel();
            linger = null;
        }
        ready.add(assembler.take());
    }

    /** The scheduler's thread must not block, so a thread of its own cuts the batch. */
    private void lingerEnded() {
        Thread cutter = new Thread(
                () -> {
                    try {
                        cut();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "pipeline-linger");
        cutter.setDaemon(true);
        cutter.start();
    }

    @Override
    public void cut() throws InterruptedException {
        gathering.lockInterruptibly();
        try {
            if (assembler.count() > 0) {
                take();
            }
            handOn();
        } finally {
            gathering.unlock();
        }
    }

    private void handOn() throws InterruptedException {
        while (!ready.isEmpty()) {
            unsettled.incrementAndGet();
            CompletionStage<BatchSample> stage;
            try {
                stage = handler.handle(ready.element());
            } catch (InterruptedException | RuntimeException | Error e) {
                ended();
                throw e;
            }
            ready.remove();
            CompletionStage<BatchSample> unused = stage.whenComplete((sample, failure) -> {
                if (sample != null) {
                    assembler.learn(sample);
                }
                ended();
            });
        }
    }

    private void ended() {
        if (unsettled.decrementAndGet() == 0) {
            settled.raise();
        }
    }

    @Override
    public void flush() throws InterruptedException {
        cut();
        scheduler.await(settled, () -> unsettled.get() == 0);
    }

    @Override
    public int batchSize() {
        return assembler.batchSize();
    }

    @Override
    public void ceiling(int atMost) {
        assembler.ceiling(atMost);
    }

    @Override
    public void close() {
        try {
            flush();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        gathering.lock();
        try {
            closed = true;
        } finally {
            gathering.unlock();
        }
    }
}
