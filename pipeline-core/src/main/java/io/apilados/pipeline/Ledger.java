// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.checkpoint.LowWaterMark;
import io.apilados.pipeline.checkpoint.Segment;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.RejectReason;
import io.apilados.pipeline.report.RejectReasons;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.source.SourcePosition;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The books of a run: what became of every record. Segments are entered as they are read and written off in the order of
 * the source, rejected records with them; so the reject file is in that order, too.
 *
 * <p>Safe for use by many threads: one lock guards everything, and is taken once for each batch or part of one.
 */
final class Ledger {

    private final ReentrantLock lock = new ReentrantLock();
    private final RejectedRecords rejects;
    private final PipelineListener listener;
    private final LowWaterMark mark;
    private final RejectReasons reasons = new RejectReasons();

    private long delivered;
    private long rejected;
    private long filtered;
    private long unsettled;
    private boolean rejectsBroken;

    Ledger(RejectedRecords rejects, PipelineListener listener, SourcePosition start) {
        this.rejects = rejects;
        this.listener = listener;
        this.mark = new LowWaterMark(start);
    }

    /** Enters the next stretch of the source. */
    void enter(Segment segment) throws IOException {
        lock.lock();
        try {
            mark.add(segment);
            writeOff();
        } finally {
            lock.unlock();
        }
    }

    /** Records of a segment's batch arrived. */
    void delivered(Segment segment, int records) throws IOException {
        lock.lock();
        try {
            segment.delivered(records);
            writeOff();
        } finally {
            lock.unlock();
        }
    }

    /** A record of a segment's batch is rejected. */
    void rejected(Segment segment, RejectedRecord record) throws IOException {
        lock.lock();
        try {
            segment.rejectOpen(record);
            writeOff();
        } finally {
            lock.unlock();
        }
    }

    private void writeOff() throws IOException {
        if (rejectsBroken) {
            return;
        }
        for (Segment segment : mark.pass()) {
            delivered += segment.delivered();
            filtered += segment.filtered();
            write(segment.rejected());
        }
    }

    /** Each record counts as rejected when it has been written, and as unsettled when it could not be. */
    private void write(List<RejectedRecord> records) throws IOException {
        for (int i = 0; i < records.size(); i++) {
            try {
                rejects.write(records.get(i));
            } catch (IOException e) {
                rejectsBroken = true;
                unsettled += records.size() - i;
                throw e;
            }
            rejected++;
            reasons.add(records.get(i));
            listener.recordRejected(records.get(i));
        }
    }

    /** The run is over: accounts for what is not settled, and makes the rejected records durable. */
    void close() throws IOException {
        lock.lock();
        try {
            List<Segment> left = mark.unsettled();
            for (Segment segment : left) {
                delivered += segment.delivered();
                filtered += segment.filtered();
                unsettled += segment.open();
                if (rejectsBroken) {
                    unsettled += segment.rejectedCount();
                } else {
                    write(segment.rejected());
                }
            }
            if (!rejectsBroken) {
                long unused = rejects.sync();
            }
        } finally {
            lock.unlock();
        }
    }

    Totals totals() {
        lock.lock();
        try {
            return new Totals(delivered, rejected, filtered, unsettled, mark.position());
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

    /** What is in the books. */
    record Totals(long delivered, long rejected, long filtered, long unsettled, SourcePosition settledTo) {
        static final Totals NONE = new Totals(0, 0, 0, 0, SourcePosition.START);
    }
}
