// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.checkpoint.Checkpoint;
import io.apilados.pipeline.checkpoint.Counters;
import io.apilados.pipeline.checkpoint.LowWaterMark;
import io.apilados.pipeline.checkpoint.RejectReason;
import io.apilados.pipeline.checkpoint.RejectReasons;
import io.apilados.pipeline.checkpoint.Segment;
import io.apilados.pipeline.checkpoint.SettledBatch;
import io.apilados.pipeline.control.Signal;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.RejectTolerance;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.source.SourcePosition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The books of a run: what became of every record. Segments are entered as they are read and written off in the order of
 * the source, rejected records with them; so the reject file is in that order, too, and the counters are those of a
 * position.
 *
 * <p>Safe for use by many threads: one lock guards everything, and is taken once for each batch or part of one.
 */
final class Ledger {

    /** So far may the reader be ahead of the slowest batch; it bounds what is remembered of the batches between. */
    private static final int MOST_SEGMENTS = 10_000;

    /** As above, for the rejected records between, which are held with their text. */
    private static final int MOST_HELD_REJECTS = 20_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Signal roomAgain = new Signal();
    private final RejectedRecords rejects;
    private final RejectTolerance tolerance;
    private final PipelineListener listener;
    private final CheckpointKeeper keeper;
    private final RunState state;
    private final LowWaterMark mark;
    private final RejectReasons reasons;

    private long read;
    private long delivered;
    private long rejected;
    private long filtered;
    private long oddities;
    private long batches;
    private long keySum;
    private long unsettled;
    private boolean broken;
    private boolean closed;

    /** Read without the lock, by whoever waits for it. */
    private volatile boolean room = true;

    Ledger(
            PipelineSettings<?> settings,
            PipelineListener listener,
            CheckpointKeeper keeper,
            RunState state,
            SourcePosition start) {
        this.rejects = settings.rejects;
        this.tolerance = settings.tolerance;
        this.listener = listener;
        this.keeper = keeper;
        this.state = state;
        this.mark = new LowWaterMark(start);
        Counters before = keeper.base().counters();
        this.reasons = new RejectReasons(keeper.base().rejectReasons());
        this.read = before.read();
        this.delivered = before.delivered();
        this.rejected = before.rejected();
        this.filtered = before.filtered();
        this.oddities = before.oddities();
        this.batches = before.batches();
        judge();
    }

    /** Raised when there is room again. */
    Signal roomAgain() {
        return roomAgain;
    }

    /** Whether the reader may go further ahead of the slowest batch. */
    boolean hasRoom() {
        return room;
    }

    /** Enters the next stretch of the source, and writes a checkpoint if it is time for one. */
    void enter(Segment segment) {
        lock.lock();
        try {
            if (!closed) {
                mark.add(segment);
                // Also where nothing is settled yet, for the compiler: see decision 29.
                settle(segment);
                if (keeper.isDue(segment.end(), batches)) {
                    saveDue(segment.end());
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Records of a segment's batch arrived. */
    void delivered(Segment segment, int records) {
        boolean unused = delivered(segment, records, 0);
    }

    /**
     * As above, with the sum of the hashes of their keys.
     *
     * @return false if the books are closed: the run did not wait any longer, they are unsettled in its report, and are
     *     sent again
     */
    boolean delivered(Segment segment, int records, long keys) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            segment.addKeys(keys);
            segment.delivered(records);
            settle(segment);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** A record of a segment's batch is rejected. */
    void rejected(Segment segment, RejectedRecord record) {
        lock.lock();
        try {
            if (!closed) {
                segment.rejectOpen(record);
                mark.addRejected(1);
                settle(segment);
            }
        } finally {
            lock.unlock();
        }
    }

    /** A segment's batch was settled by an earlier run, with these records rejected. */
    void settledBefore(Segment segment, int arrived, List<RejectedRecord> refused, long keys) {
        lock.lock();
        try {
            if (!closed) {
                segment.addKeys(keys);
                segment.delivered(arrived);
                refused.forEach(segment::rejectOpen);
                mark.addRejected(refused.size());
                settle(segment);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Writes off what can be, if that segment is settled; its batch is noted, because it may have to wait for others. */
    private void settle(Segment segment) {
        try {
            if (segment.isSettled()) {
                if (segment.hasBatch() && keeper.isKept()) {
                    keeper.settled(segment.settledBatch());
                }
                writeOff();
            }
        } catch (IOException | RuntimeException | Error e) {
            brokenBy(e);
        }
        lookForRoom();
    }

    /** Nothing further is written down: a place for rejected records or checkpoints failed, or is at fault. */
    private void brokenBy(Throwable e) {
        broken = true;
        state.fail(e);
    }

    private void lookForRoom() {
        boolean hadRoom = room;
        room = mark.open() < MOST_SEGMENTS && mark.heldRejectedRecords() < MOST_HELD_REJECTS;
        if (room && !hadRoom) {
            roomAgain.raise();
        }
    }

    private void writeOff() throws IOException {
        if (broken) {
            return;
        }
        Segment settled;
        do {
            settled = mark.pass();
            if (settled != null) {
                count(settled);
                write(settled);
            }
        } while (settled != null);
    }

    private void count(Segment segment) {
        read += segment.read();
        delivered += segment.delivered();
        filtered += segment.filtered();
        oddities += segment.oddities();
        keySum += segment.keySum();
        batches += segment.hasBatch() ? 1 : 0;
    }

    /** Each record counts as rejected when it has been written, and as unsettled when it could not be. */
    private void write(Segment segment) throws IOException {
        if (segment.rejectedCount() == 0) {
            return;
        }
        List<RejectedRecord> records = segment.rejected();
        int written = 0;
        try {
            while (written < records.size()) {
                RejectedRecord record = records.get(written);
                rejects.write(record);
                written++;
                rejected++;
                reasons.add(record);
                listener.recordRejected(record);
            }
        } catch (IOException | RuntimeException | Error e) {
            unsettled += records.size() - written;
            throw e;
        }
        judge();
    }

    /** Also when a run goes on from a checkpoint: else one that stopped would go on one rejected record further each time. */
    private void judge() {
        if (tolerance.isExceeded(rejected, read)) {
            state.stop(tolerance.describe(rejected, read));
        }
    }

    private void saveDue(SourcePosition reached) {
        try {
            if (!broken) {
                save(false, reached);
            }
        } catch (IOException | RuntimeException | Error e) {
            brokenBy(e);
        }
    }

    /** Writes a checkpoint. Everything below it is durable first. */
    void save(boolean complete, SourcePosition reached) throws IOException {
        lock.lock();
        try {
            if (!keeper.isKept()) {
                return;
            }
            long rejectsMark = rejects.sync();
            List<SettledBatch> settled = new ArrayList<>(keeper.settledAhead(mark.position()));
            for (Segment segment : mark.unsettled()) {
                if (segment.hasBatch() && segment.isSettled()) {
                    settled.add(segment.settledBatch());
                }
            }
            Checkpoint checkpoint = new Checkpoint(
                    keeper.base().fingerprint(),
                    mark.position(),
                    complete,
                    counters(),
                    rejectsMark,
                    reasons.byCount(),
                    keeper.sizesFrom(mark.position()),
                    settled);
            keeper.save(checkpoint, reached);
        } finally {
            lock.unlock();
        }
    }

    private Counters counters() {
        Counters before = keeper.base().counters();
        return new Counters(
                read,
                delivered,
                rejected,
                filtered,
                oddities,
                batches,
                before.requests() + state.requests.get(),
                before.retries() + state.retries.get());
    }

    /**
     * The run is over: writes the last checkpoint, then accounts for what is above it. Rejected records above it are
     * written, too, for people to see; a run that goes on discards and finds them again.
     */
    void close(boolean sourceEnded, SourcePosition reached) {
        lock.lock();
        try {
            boolean complete = sourceEnded && mark.open() == 0 && !broken && !state.isEnding();
            if (complete) {
                rejects.complete();
            }
            if (!broken) {
                save(complete, reached);
            }
            writeRest();
        } catch (IOException | RuntimeException | Error e) {
            brokenBy(e);
            unsettledRest();
        } finally {
            closed = true;
            lock.unlock();
        }
    }

    private void writeRest() throws IOException {
        if (broken) {
            unsettledRest();
            return;
        }
        for (Segment segment : mark.unsettled()) {
            mark.remove(segment);
            count(segment);
            unsettled += segment.open();
            write(segment);
        }
        long unused = rejects.sync();
    }

    private void unsettledRest() {
        for (Segment segment : mark.unsettled()) {
            mark.remove(segment);
            count(segment);
            unsettled += segment.open() + segment.rejectedCount();
        }
    }

    /** The hashes of the keys of all records that arrived in what this run has written off. */
    long keySum() {
        lock.lock();
        try {
            return keySum;
        } finally {
            lock.unlock();
        }
    }

    Totals totals() {
        lock.lock();
        try {
            return new Totals(counters(), unsettled, mark.position());
        } finally {
            lock.unlock();
        }
    }

    List<RejectReason> rejectReasons() {
        lock.lock();
        try {
            return reasons.byCount();
        } finally {
            lock.unlock();
        }
    }

    /**
     * What is in the books.
     *
     * @param counters of what has been written off
     * @param unsettled records that never will be; counted when the books are closed
     * @param settledTo everything before it is settled
     */
    record Totals(Counters counters, long unsettled, SourcePosition settledTo) {}
}
