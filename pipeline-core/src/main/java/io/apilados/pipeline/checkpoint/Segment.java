// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import io.apilados.pipeline.checkpoint.SettledBatch.Refusal;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.source.SourcePosition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A stretch of the source with at most one batch in it: the records of the batch, and those around them that were
 * rejected or filtered before they came into one. It is settled when all of its records are.
 *
 * <p>Confined to the reading thread until it is given to a {@link LowWaterMark}; from then on guarded by whatever lock
 * guards that.
 */
public final class Segment {

    private static final long NO_BATCH = -1;

    private final SourcePosition start;
    private SourcePosition end;
    private long read;
    private long filtered;
    private long delivered;
    private long open;
    private long oddities;
    private long keySum;
    private long firstOfBatch = NO_BATCH;
    private long batchMembers;

    // Most segments have none.
    private List<RejectedRecord> rejected = List.of();
    private List<Refusal> refusals = List.of();

    /** An empty stretch that begins at {@code start}. */
    public Segment(SourcePosition start) {
        this.start = start;
        this.end = start;
    }

    /** A record was read, and belongs into the batch. */
    public void addOpen(long recordNumber) {
        if (firstOfBatch == NO_BATCH) {
            firstOfBatch = recordNumber;
        }
        read++;
        open++;
    }

    /** So many records were read behind one that {@linkplain #addOpen belongs into the batch}, and belong into it, too. */
    public void addOpenBehind(int records) {
        read += records;
        open += records;
    }

    /** A record was read, and the pipeline does not want it. */
    public void addFiltered() {
        read++;
        filtered++;
    }

    /** A record was read, and is rejected before it came into a batch. */
    public void addRejected(RejectedRecord record) {
        read++;
        reject(record);
    }

    private void reject(RejectedRecord record) {
        if (rejected.isEmpty()) {
            rejected = new ArrayList<>();
        }
        rejected.add(record);
    }

    /** Nothing further is read into it, and so many of its records are odd; the next one begins at {@code position}. */
    public void endAt(SourcePosition position, long odd) {
        end = position;
        oddities = odd;
    }

    /** So many records of the batch arrived. */
    public void delivered(int records) {
        open -= records;
        delivered += records;
    }

    /** Adds hashes of the keys of records that arrived. */
    public void addKeys(long hashes) {
        keySum += hashes;
    }

    /** The sum of what {@link #addKeys} was given; 0 where nobody asks for it. */
    public long keySum() {
        return keySum;
    }

    /** A record of the batch is rejected. */
    public void rejectOpen(RejectedRecord record) {
        open--;
        reject(record);
        if (refusals.isEmpty()) {
            refusals = new ArrayList<>();
        }
        refusals.add(new Refusal(record.position().byteOffset(), record.code(), record.message()));
    }

    /** Its batch has been cut, and has these {@link io.apilados.pipeline.batch.Batch#members members}; 0 if nobody asks. */
    public void batchHas(long members) {
        batchMembers = members;
    }

    /** What {@link #batchHas} was given. */
    public long batchMembers() {
        return batchMembers;
    }

    /** Whether there is a batch in it. */
    public boolean hasBatch() {
        return firstOfBatch != NO_BATCH;
    }

    /** The number of the first record of its batch; -1 if there is none. */
    public long firstOfBatch() {
        return firstOfBatch;
    }

    /** Its batch, once it is settled. */
    public SettledBatch settledBatch() {
        return new SettledBatch(firstOfBatch, batchMembers, (int) delivered, refusals);
    }

    /** How many of its records are odd. */
    public long oddities() {
        return oddities;
    }

    /** Whether every record in it is settled. */
    public boolean isSettled() {
        return open == 0;
    }

    /** Where it begins. */
    public SourcePosition start() {
        return start;
    }

    /** Where the next one begins. */
    public SourcePosition end() {
        return end;
    }

    /** How many records were read. */
    public long read() {
        return read;
    }

    /** How many of them the pipeline did not want. */
    public long filtered() {
        return filtered;
    }

    /** How many of them arrived. */
    public long delivered() {
        return delivered;
    }

    /** How many of them are neither filtered nor rejected and have not arrived. */
    public long open() {
        return open;
    }

    /** How many of them are rejected. */
    public int rejectedCount() {
        return rejected.size();
    }

    /** Those that are rejected, in the order of the source. */
    public List<RejectedRecord> rejected() {
        if (refusals.isEmpty()) {
            return rejected;
        }
        List<RejectedRecord> sorted = new ArrayList<>(rejected);
        sorted.sort(Comparator.comparingLong(record -> record.position().byteOffset()));
        return sorted;
    }
}
