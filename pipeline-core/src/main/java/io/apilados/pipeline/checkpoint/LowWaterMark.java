// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import io.apilados.pipeline.source.SourcePosition;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The position below which every record is settled. Batches come to their ends in any order; the mark passes them in
 * the order of the source, so that a run that goes on from it leaves nothing out.
 *
 * <p>Not safe for use by many threads: guard it by a lock.
 */
public final class LowWaterMark {

    private final ArrayDeque<Segment> segments = new ArrayDeque<>();
    private SourcePosition position;
    private long rejectedRecords;

    /** A mark that begins at {@code start}. */
    public LowWaterMark(SourcePosition start) {
        this.position = start;
    }

    /** The next stretch of the source; it begins where the one before ends. */
    public void add(Segment segment) {
        segments.add(segment);
        rejectedRecords += segment.rejectedCount();
    }

    /** How many segments have not been passed. */
    public int open() {
        return segments.size();
    }

    /** So many more records of a segment that was added are rejected. */
    public void addRejected(int records) {
        rejectedRecords += records;
    }

    /** How many rejected records are held in segments that are not passed yet. */
    public long heldRejectedRecords() {
        return rejectedRecords;
    }

    /** Passes the segment at the front if it is settled, and returns it; null if it is not, or there is none. */
    public @Nullable Segment pass() {
        Segment segment = segments.peek();
        if (segment == null || !segment.isSettled()) {
            return null;
        }
        segments.remove();
        position = segment.end();
        rejectedRecords -= segment.rejectedCount();
        return segment;
    }

    /** Takes out a segment that will never be passed; the position stays. */
    public void remove(Segment segment) {
        if (segments.remove(segment)) {
            rejectedRecords -= segment.rejectedCount();
        }
    }

    /** What has not been passed, in the order of the source. */
    public List<Segment> unsettled() {
        return List.copyOf(segments);
    }

    /** The position below which every record is settled. */
    public SourcePosition position() {
        return position;
    }
}
