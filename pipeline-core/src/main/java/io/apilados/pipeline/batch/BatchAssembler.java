// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import io.apilados.pipeline.batch.BatchSample.Outcome;
import io.apilados.pipeline.control.ObjectPool;
import io.apilados.pipeline.enrich.JsonBuffer;
import io.apilados.pipeline.source.ByteArray;
import io.apilados.pipeline.source.SourcePosition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Forms batches of records, of the size that adaptation and plan say, without a lock or an object for a record: what
 * stands behind a {@link BatchProcessor}, for whoever reads and cuts on one thread.
 *
 * <p>For each record: {@link #hold} it, or {@link #encode} it; write its fields into {@link #rawCsv}; if it does not
 * {@link #fits fit}, {@link #take} the batch before it if there is one, and {@link #begin} another; then {@link #keep} it; and
 * if the batch {@link #isFull}, take that. A record that is not kept is dropped by the next one.
 *
 * <p>Confined to one thread, but for {@link #learn}, {@link #ceiling}, {@link #batchSize} and {@link #release}.
 *
 * @param <T> what a record is
 */
public final class BatchAssembler<T> implements InHand<T> {

    /** Batches that are settled leave so much at most for those to come. */
    private static final int MOST_IDLE = 64;

    private static final long UNKNOWN = -1;

    private final String fingerprint;
    private final RecordKeys<? super T> recordKeys;
    private final RecordBytes<? super T> recordBytes;
    private final SizePlan plan;
    private final boolean encoded;
    private final @Nullable ObjectPool<Gathered<T>> pool;

    private final ReentrantLock sizing = new ReentrantLock();
    private final BatchSizing settings;

    /** Made when there is something to learn: a fixed size hardly ever has. */
    private @Nullable BatchSizer sizer;

    private final boolean fixed;

    /** What the sizer says now. */
    private volatile BatchLimit wanted;

    /** What the batch that is being gathered takes; settled with its first record. */
    private BatchLimit limit;

    private Gathered<T> gathered;
    private ObjectPool.@Nullable Loan<Gathered<T>> loan;

    /** How many bytes the records of that batch have so far, and the one at hand. */
    private long bytes;

    private long weight = UNKNOWN;

    /**
     * An assembler.
     *
     * @param fingerprint what stands for the source in the keys of records and batches
     * @param encoded whether records are JSON, written by {@link #encode}; otherwise they are objects
     * @param reused whether memory of batches is used again when they are {@link #release released}
     */
    public BatchAssembler(
            BatchSizing settings,
            SizePlan plan,
            String fingerprint,
            RecordKeys<? super T> recordKeys,
            RecordBytes<? super T> recordBytes,
            boolean encoded,
            boolean reused) {
        this.fingerprint = fingerprint;
        this.recordKeys = recordKeys;
        this.recordBytes = recordBytes;
        this.plan = plan;
        this.encoded = encoded;
        this.pool = reused ? new ObjectPool<>(() -> new Gathered<>(encoded), Gathered::clear, MOST_IDLE) : null;
        this.fixed = settings.min() == settings.max();
        this.settings = settings;
        this.wanted = new BatchLimit(settings.initial(), settings.maxBytes());
        this.limit = wanted;
        this.loan = pool == null ? null : pool.borrow();
        this.gathered = loan == null ? new Gathered<>(encoded) : loan.object();
    }

    @Override
    public void hold(T record) {
        gathered.hold(record);
        weight = UNKNOWN;
    }

    @Override
    public JsonBuffer encode() {
        JsonBuffer json = gathered.encode();
        weight = UNKNOWN;
        return json;
    }

    @Override
    public ByteArray rawCsv() {
        return gathered.rawCsv;
    }

    /**
     * Whether there is a batch and the record in hand fits into it. What is too large for any batch is the only record of its
     * own.
     */
    public boolean fits() {
        return gathered.count > 0 && bytes + weight() <= limit.bytes();
    }

    /** Begins a batch, with the record in hand, which is from there; to be {@link #keep kept}. */
    public void begin(SourcePosition first) {
        limit = plan.limitFrom(first, wanted);
    }

    private long weight() {
        if (weight == UNKNOWN) {
            weight = recordBytes.equals(ByDefault.INSTANCE)
                    ? byDefault()
                    : recordBytes.of(gathered.atHand(), gathered.atHandRawCsv());
        }
        return weight;
    }

    /** What {@link ByDefault} says of the record at hand, without copies of what it is asked about. */
    private long byDefault() {
        if (encoded) {
            return ByDefault.ofJson(gathered.atHandBytes());
        }
        return ByDefault.of(gathered.atHand(), gathered.atHandRawBytes());
    }

    /** Adds the record in hand to the batch. */
    public void keep(long byteOffset, long recordNumber, long line) {
        bytes += weight();
        gathered.keep(byteOffset, recordNumber, line);
    }

    /**
     * Adds records that were gathered elsewhere, as if each were taken in hand and {@link #keep kept}: the first ones, as far as the batch has
     * one before them, there is room, and none of them makes it full by its bytes.
     *
     * @param first of the records
     * @param last of them, exclusive; none of them has nothing in it
     * @return how many were added; what comes then is for the usual way
     */
    public int keepAlike(Gathered<T> from, int first, int last) {
        int most = first + Math.min(last - first, limit.records() - gathered.count);
        if (gathered.count == 0 || !recordBytes.equals(ByDefault.INSTANCE)) {
            return 0;
        }
        long sum = bytes;
        int end = first;
        while (end < most) {
            long with = sum + from.bytesByDefault(end);
            if (with >= limit.bytes()) {
                break;
            }
            sum = with;
            end++;
        }
        if (end > first) {
            gathered.keepAll(from, first, end);
            bytes = sum;
            weight = UNKNOWN;
        }
        return end - first;
    }

    /** Whether the batch has as many records, or bytes, as it may have. */
    public boolean isFull() {
        return gathered.count >= limit.records() || bytes >= limit.bytes();
    }

    /** How many records the batch has so far. */
    public int count() {
        return gathered.count;
    }

    /** Ends the batch and begins another, empty but for the record in hand. The batch must have a record. */
    public Batch<T> take() {
        Gathered<T> full = gathered;
        Batch<T> batch = new Batch<>(fingerprint, recordKeys, recordBytes, full, loan, bytes);
        loan = pool == null ? null : pool.borrow();
        gathered = loan == null ? new Gathered<>(encoded, full) : loan.object();
        if (full.isAnyAtHand()) {
            full.passOn(gathered);
        }
        bytes = 0;
        return batch;
    }

    /**
     * The batch is at its end and nobody looks at it any more: its memory may be used again. To be called once, by
     * whoever took it.
     */
    public void release(Batch<T> batch) {
        batch.release();
    }

    /** Learns from what became of a batch. */
    public void learn(BatchSample sample) {
        if (fixed && sample.outcome() != Outcome.TOO_LARGE) {
            return;
        }
        sizing.lock();
        try {
            BatchSizer learning = sizer();
            learning.onSample(sample);
            wanted = new BatchLimit(learning.size(), learning.maxBytes());
        } finally {
            sizing.unlock();
        }
    }

    private BatchSizer sizer() {
        BatchSizer made = sizer;
        if (made == null) {
            made = new BatchSizer(settings);
            sizer = made;
        }
        return made;
    }

    /** See {@link BatchProcessor#batchSize()}. */
    public int batchSize() {
        return wanted.records();
    }

    /** See {@link BatchProcessor#ceiling(int)}. */
    public void ceiling(int atMost) {
        if (atMost < 1) {
            throw new IllegalArgumentException("ceiling was " + atMost + " but it must be 1 or more");
        }
        sizing.lock();
        try {
            BatchSizer learning = sizer();
            learning.ceiling(atMost);
            wanted = new BatchLimit(learning.size(), learning.maxBytes());
        } finally {
            sizing.unlock();
        }
    }
}
