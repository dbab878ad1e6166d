// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.Scheduler.Cancellable;
import io.apilados.pipeline.control.Signal;
import io.apilados.pipeline.source.SourcePosition;
import java.util.Arrays;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Gathers records in arrays and cuts them at the size that a {@link BatchSizer} says.
 *
 * <p>Two locks: {@code gathering} guards the records of the part-filled batch and is held while a full one is handed on,
 * so that batches leave in the order of their records; {@code sizing} guards the sizer and is held for moments, because
 * completions come in on threads of the destination and must never wait for a submitter.
 */
final class AdaptiveBatchProcessor<T> implements BatchProcessor<T> {

    private static final byte[] NO_FIELDS = new byte[0];

    private final BatchHandler<T> handler;
    private final BatchSizing settings;
    private final String fingerprint;
    private final RecordKeys<? super T> recordKeys;
    private final RecordBytes<? super T> recordBytes;
    private final Scheduler scheduler;
    private final ReentrantLock gathering = new ReentrantLock();
    private final ReentrantLock sizing = new ReentrantLock();
    private final BatchSizer sizer;
    private final AtomicLong unsettled = new AtomicLong();
    private final Signal settled = new Signal();

    private final SizePlan plan;

    /** What the sizer says now. */
    private volatile BatchLimit wanted;

    /** What the batch that is being gathered takes; settled with its first record. */
    private BatchLimit limit;

    /** How many bytes the records of that batch have so far. */
    private long bytes;

    private Object[] records;
    private SourcePosition[] positions;
    private byte[][] rawCsv;
    private int count;
    private long submitted;
    private boolean closed;
    private @Nullable Cancellable linger;

    AdaptiveBatchProcessor(Builder<T> builder) {
        this.handler = builder.handler;
        this.settings = builder.sizing;
        this.fingerprint = builder.fingerprint;
        this.recordKeys = builder.recordKeys;
        this.recordBytes = builder.recordBytes;
        this.scheduler = builder.scheduler;
        this.sizer = new BatchSizer(settings);
        this.plan = builder.sizePlan;
        this.wanted = new BatchLimit(sizer.size(), sizer.maxBytes());
        this.limit = wanted;
        this.records = new Object[limit.records()];
        this.positions = new SourcePosition[limit.records()];
        this.rawCsv = new byte[limit.records()][];
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
        long weight = recordBytes.of(record, raw);
        if (!fits(weight)) {
            handOn();
        }
        if (count == 0) {
            limit = plan.limitFrom(position, wanted);
        }
        if (count == records.length) {
            int capacity = Math.max(2 * count, limit.records());
            records = Arrays.copyOf(records, capacity);
            positions = Arrays.copyOf(positions, capacity);
            rawCsv = Arrays.copyOf(rawCsv, capacity);
        }
        records[count] = record;
        positions[count] = position;
        rawCsv[count] = raw;
        submitted++;
        bytes += weight;
        if (++count >= limit.records() || bytes >= limit.bytes()) {
            handOn();
        } else if (count == 1 && !settings.linger().isZero()) {
            linger = scheduler.schedule(this::lingerEnded, settings.linger());
        }
    }

    @Override
    public boolean fits(T record, byte[] raw) {
        gathering.lock();
        try {
            return fits(recordBytes.of(record, raw));
        } finally {
            gathering.unlock();
        }
    }

    /** What is too large for any batch is the only record of its own. */
    private boolean fits(long weight) {
        return count == 0 || bytes + weight <= limit.bytes();
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
            if (count > 0) {
                handOn();
            }
        } finally {
            gathering.unlock();
        }
    }

    private void handOn() throws InterruptedException {
        if (linger != null) {
            linger.cancel();
            linger = null;
        }
        @SuppressWarnings("unchecked")
        T[] members = (T[]) Arrays.copyOf(records, count);
        Batch<T> batch = new Batch<>(
                fingerprint,
                recordKeys,
                recordBytes,
                members,
                Arrays.copyOf(positions, count),
                Arrays.copyOf(rawCsv, count));
        unsettled.incrementAndGet();
        CompletionStage<BatchSample> stage;
        try {
            stage = handler.handle(batch);
        } catch (InterruptedException | RuntimeException | Error e) {
            ended();
            throw e;
        }
        Arrays.fill(records, 0, count, null);
        count = 0;
        bytes = 0;
        CompletionStage<BatchSample> unused = stage.whenComplete((sample, failure) -> {
            if (sample != null) {
                learn(sample);
            }
            ended();
        });
    }

    private void learn(BatchSample sample) {
        sizing.lock();
        try {
            sizer.onSample(sample);
            wanted = new BatchLimit(sizer.size(), sizer.maxBytes());
        } finally {
            sizing.unlock();
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
        return wanted.records();
    }

    @Override
    public void ceiling(int atMost) {
        if (atMost < 1) {
            throw new IllegalArgumentException("ceiling was " + atMost + " but it must be 1 or more");
        }
        sizing.lock();
        try {
            sizer.ceiling(atMost);
            wanted = new BatchLimit(sizer.size(), sizer.maxBytes());
        } finally {
            sizing.unlock();
        }
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
