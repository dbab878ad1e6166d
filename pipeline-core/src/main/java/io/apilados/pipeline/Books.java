// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchAssembler;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.batch.KeySum;
import io.apilados.pipeline.checkpoint.Segment;
import io.apilados.pipeline.checkpoint.SettledBatch;
import io.apilados.pipeline.checkpoint.SettledBatch.Refusal;
import io.apilados.pipeline.parse.RecordReader;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What exists while records flow: the batches, the segment that is being read, and the ledger. Confined to the reading
 * thread, but for the ledger and what is volatile.
 */
final class Books<T> {

    /** So many records without a batch make a segment of their own, so that rejected ones do not pile up in memory. */
    private static final int SEGMENT_RECORDS = 1000;

    /** One batch ends at this part of the heap, by what its records take in a request. */
    private static final long BATCH_SHARE_OF_HEAP = 40;

    final SourceVersion version;
    final Ledger ledger;
    final BatchAssembler<T> batches;
    final RecordReader<?> reader;
    final CheckpointKeeper keeper;
    private final Run<T> run;
    private final @Nullable SplitCourse split;
    private long odditiesBefore;

    /** Odd records up to the one at hand, and without it. */
    private long odditiesRead;

    private long odditiesBeforeRecord;

    /** What has been read and belongs to no segment in the ledger yet. */
    Segment segment;

    /** Where the record at hand begins, while a batch is cut before it; null while one is cut behind it. */
    private @Nullable SourcePosition cutAt;

    /** How many segments have ended. */
    long segments;

    /** Records that were read by this run. */
    long read;

    /** What {@link #read} was when the last segment ended, for other threads. */
    volatile long readBefore;

    /** As much of the source had been gone through then. */
    volatile long bytesReadBefore;

    Books(Run<T> run, RecordReader<?> reader, SourceVersion version, CheckpointKeeper keeper) {
        this.run = run;
        this.split = run.split;
        this.reader = reader;
        this.version = version;
        this.keeper = keeper;
        this.segment = new Segment(reader.nextPosition());
        this.ledger = new Ledger(run.settings, run.listener, keeper, run.state, segment.start());
        this.batches = new BatchAssembler<>(
                split == null ? withinHeap(run.settings.sizing) : run.settings.sizing,
                split == null ? keeper : split,
                reader.fingerprint().orElse(version.fingerprint()),
                run.settings.recordKeys,
                run.settings.recordBytes,
                run.settings.encoder != null,
                run.deliverer.letsGoOfBatches());
    }

    private static BatchSizing withinHeap(BatchSizing wanted) {
        long most = Math.max(1, Runtime.getRuntime().maxMemory() / BATCH_SHARE_OF_HEAP);
        return wanted.withMaxBytes(Math.min(wanted.maxBytes(), most));
    }

    /** Hands on what has been gathered, however little it is. */
    void cut() throws InterruptedException {
        if (batches.count() > 0) {
            SegmentSettlement<T> cut = endBatch();
            endSegment();
            cut.deliver();
        }
    }

    /**
     * Ends the batch, which has a record. That its segment ends with it, and then to have it delivered, is left to the caller,
     * so that the one is not compiled as part of the other: see decision 29.
     */
    private SegmentSettlement<T> endBatch() throws InterruptedException {
        Batch<T> batch = batches.take();
        awaitRoomInLedger();
        long members = keeper.isKept() ? batch.members() : 0;
        segment.batchHas(members);
        return new SegmentSettlement<>(batch, segment, this, run);
    }

    /** Whether an earlier run has settled this batch of that segment, which is in the ledger: then it is settled now, too. */
    boolean isSettledBefore(Batch<T> batch, Segment full) {
        SettledBatch before = keeper.settledBefore(full.firstOfBatch());
        if (before == null || before.members() != full.batchMembers()) {
            return false;
        }
        ledger.settledBefore(full, before.delivered(), refused(batch, before), keysWithout(batch, before));
        if (before.delivered() > 0) {
            run.state.arrived.addAndGet(before.delivered());
            run.listener.batchDelivered(before.delivered());
        }
        batches.release(batch);
        return true;
    }

    /** The hashes of the keys of a batch's records; 0 where nobody asks for them. */
    long keysOf(Batch<T> batch) {
        return split == null ? 0 : KeySum.of(batch);
    }

    private long keysWithout(Batch<T> batch, SettledBatch before) {
        if (split == null) {
            return 0;
        }
        Set<Long> refused = new HashSet<>();
        before.refusals().forEach(refusal -> refused.add(refusal.byteOffset()));
        long sum = 0;
        for (int i = 0; i < batch.size(); i++) {
            if (!refused.contains(batch.position(i).byteOffset())) {
                sum += KeySum.hash(batch.recordKey(i));
            }
        }
        return sum;
    }

    private void awaitRoom() throws InterruptedException {
        run.deliverer.awaitRoom();
        awaitRoomInLedger();
    }

    private void awaitRoomInLedger() throws InterruptedException {
        if (!ledger.hasRoom()) {
            run.settings.scheduler.await(ledger.roomAgain(), () -> ledger.hasRoom() || run.state.isEnding());
        }
    }

    /** The records of a batch that an earlier run saw refused. */
    private List<RejectedRecord> refused(Batch<T> batch, SettledBatch before) {
        Map<Long, Integer> indexes = new HashMap<>();
        for (int i = 0; i < batch.size(); i++) {
            indexes.put(batch.position(i).byteOffset(), i);
        }
        List<RejectedRecord> records = new ArrayList<>();
        for (Refusal refusal : before.refusals()) {
            Integer index = indexes.get(refusal.byteOffset());
            if (index == null) {
                throw new IllegalStateException("the checkpoint names a record that the batch does not have");
            }
            records.add(new RejectedRecord(
                    batch.position(index), "deliver", refusal.code(), refusal.message(), batch.rawCsv(index)));
        }
        return records;
    }

    /** Adds the record that is in the hand of {@link #batches}, which must fit. */
    void keep(long byteOffset, long recordNumber, long line) {
        segment.addOpen(recordNumber);
        batches.keep(byteOffset, recordNumber, line);
    }

    /** Adds what follows the record that was kept, as far as it goes into the same batch without a look at each record. */
    void keepAlike(ReadAhead<T> ahead) {
        int more = ahead.passOnAlike(batches);
        segment.addOpenBehind(more);
        read += more;
    }

    /**
     * Begins a batch with the record that is in the hand of {@link #batches}, where it does not fit into the one before, which
     * ends then.
     */
    void makeRoom() throws InterruptedException {
        if (!batches.fits()) {
            beginBatch(reader.position());
        }
    }

    private void beginBatch(SourcePosition position) throws InterruptedException {
        if (batches.count() > 0) {
            cutBefore(position);
        }
        batches.begin(position);
    }

    private void cutBefore(SourcePosition position) throws InterruptedException {
        cutAt = position;
        read--;
        try {
            cut();
        } finally {
            read++;
            cutAt = null;
        }
    }

    /** Reading has ended, and be it by a fault: a record that was read and has come nowhere yet is left open. */
    void leaveNothingOut() {
        if (read - readBefore > segment.read()) {
            segment.addOpen(reader.recordNumber());
        }
    }

    /** The reader came upon another record. */
    void recordRead() {
        read++;
        odditiesBeforeRecord = odditiesRead;
        odditiesRead = reader.oddities();
    }

    boolean acceptsRejects() {
        return run.settings.rejects.accepts();
    }

    /** A record that has no place to go is left open, and ends the run. */
    void reject(RejectedRecord record) {
        if (acceptsRejects()) {
            segment.addRejected(record);
        } else {
            segment.addOpen(record.position().recordNumber());
            run.state.noPlaceFor(record);
        }
    }

    /**
     * Whether the batch is full; or there are many rejected records around it, or without one; or, in a split, a batch has to
     * end whatever is in it.
     */
    private boolean isDue() {
        return batches.isFull() || segment.read() - segment.open() >= SEGMENT_RECORDS || endsBatchOfSplit();
    }

    /**
     * Ends the batch, or a segment that has none, if it is time to. Asked after each record: what this calls for one in a hundred is
     * not compiled as part of it, nor of whoever asks.
     *
     * @return what has the batch delivered; null if there is none
     */
    @Nullable SegmentSettlement<T> endWhatIsDue() throws InterruptedException {
        if (!isDue()) {
            return null;
        }
        SegmentSettlement<T> cut = null;
        if (batches.count() > 0) {
            cut = endBatch();
        } else {
            awaitRoom();
        }
        endSegment();
        return cut;
    }

    private boolean endsBatchOfSplit() {
        return split != null
                && segment.read() > 0
                && split.endsBatch(keeper.base().position().recordNumber() + read - 1);
    }

    /** Enters the segment in the ledger and begins another. */
    void endSegment() {
        SourcePosition before = cutAt;
        long oddities = before == null ? reader.oddities() : odditiesBeforeRecord;
        segment.endAt(before == null ? reader.nextPosition() : before, oddities - odditiesBefore);
        odditiesBefore = oddities;
        readBefore = read;
        bytesReadBefore = segment.end().byteOffset();
        Segment full = segment;
        segments++;
        // First, so that none is entered twice, and before others are told, so that none is left out.
        segment = new Segment(full.end());
        ledger.enter(full);
        run.listener.recordsRead(
                full.read(),
                full.filtered(),
                full.end().byteOffset() - full.start().byteOffset());
        run.recorder.look();
    }

    void close(boolean sourceEnded) {
        ledger.close(sourceEnded, reader.nextPosition());
    }

    /** For the report: bytes that were gone through, by this run and those before. */
    long bytesRead() {
        return reader.nextPosition().byteOffset() - startByte();
    }

    /** For the report: the record at which an earlier run was taken up; null if there was none. */
    @Nullable Long resumedFrom() {
        long first = keeper.base().position().recordNumber();
        return keeper.base().position().byteOffset() == startByte() ? null : first;
    }

    /** Where what is read begins: the source, or the split. */
    long startByte() {
        return split == null ? 0 : split.split().start().byteOffset();
    }

    /** How many bytes the source has, or the split; {@link SourceVersion#UNKNOWN_SIZE} if it does not tell. */
    long sizeBytes() {
        return split == null ? version.sizeBytes() : split.sizeBytes(version);
    }
}
