// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.source;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * One version of a source in pieces that can be read apart: together they are the whole source, and no record is in two
 * of them. The same source, parser and target give the same plan, whoever makes it. Immutable and safe to pass on as
 * JSON or by Java serialization.
 *
 * @param planId stands for the version, the way of parsing and the target: reports and checkpoints of splits are kept
 *     under it
 * @param version which bytes the plan is for
 * @param targetBytes how long a split was meant to be; it ends with the record that reaches over its end
 * @param columns the names of the columns, so that a split need not read the header again; empty where the source has
 *     not been read for the plan
 * @param header the line of column names as it stands in the source, one character for each byte; empty where there is
 *     none
 * @param note what is out of the ordinary with the plan, such as why it has one split only; empty if nothing is
 * @param splits the pieces in the order of the source; at least one
 */
public record SplitPlan(
        String planId,
        SourceVersion version,
        long targetBytes,
        List<String> columns,
        String header,
        String note,
        List<Split> splits)
        implements Serializable {

    public SplitPlan {
        Objects.requireNonNull(planId, "planId");
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(header, "header");
        Objects.requireNonNull(note, "note");
        columns = List.copyOf(columns);
        splits = List.copyOf(splits);
        if (planId.isEmpty()) {
            throw new IllegalArgumentException("planId was empty but it must stand for the plan");
        }
        if (targetBytes < 1) {
            throw new IllegalArgumentException("targetBytes was " + targetBytes + " but it must be 1 or more");
        }
        requireContiguous(version, splits);
    }

    private static void requireContiguous(SourceVersion version, List<Split> splits) {
        if (splits.isEmpty()) {
            throw new IllegalArgumentException("splits was empty but at least one is needed");
        }
        SourcePosition expected = SourcePosition.START;
        for (int i = 0; i < splits.size(); i++) {
            Split split = splits.get(i);
            if (!split.version().equals(version)) {
                throw new IllegalArgumentException(split + " is of another version of the source than the plan");
            }
            if (split.index() != i) {
                throw new IllegalArgumentException(split + " stands at index " + i);
            }
            SourcePosition start = split.start();
            boolean follows = start.byteOffset() == expected.byteOffset()
                    && start.recordNumber() == expected.recordNumber()
                    && start.line() >= expected.line();
            if (!follows || (i == 0 && start.line() != 1)) {
                throw new IllegalArgumentException(split + " starts at record " + start.recordNumber() + ", " + start
                        + ", but it must start at record " + expected.recordNumber() + ", byte "
                        + expected.byteOffset() + ", where the one before it ends");
            }
            boolean isLast = i == splits.size() - 1;
            if (!isLast && (split.records() < 1 || split.endByte() <= start.byteOffset())) {
                throw new IllegalArgumentException(split + " has " + split.records()
                        + " records but only the last one may have none or be uncounted");
            }
            if (isLast && split.endByte() != version.sizeBytes()) {
                throw new IllegalArgumentException(
                        split + " is the last one but the source has " + version.sizeBytes() + " bytes");
            }
            if (!isLast) {
                expected = new SourcePosition(split.endByte(), start.recordNumber() + split.records(), start.line());
            }
        }
    }

    /** How many records the source has, broken ones included; {@link Split#UNKNOWN_RECORDS} if nobody has counted. */
    public long records() {
        Split last = splits.get(splits.size() - 1);
        return last.records() == Split.UNKNOWN_RECORDS
                ? Split.UNKNOWN_RECORDS
                : last.start().recordNumber() - 1 + last.records();
    }

    /** The plan as JSON, about 30 bytes for each split. */
    public String toJson() {
        return SplitPlanJson.write(this);
    }

    /**
     * What {@link #toJson()} gave.
     *
     * @throws IOException if the text is no plan, or one of another version of this library; make a new plan
     */
    public static SplitPlan fromJson(String json) throws IOException {
        return SplitPlanJson.read(json);
    }

    /** For messages; names no column. */
    @Override
    public String toString() {
        return "plan " + planId + " of " + version.location() + ": " + splits.size() + " splits of about " + targetBytes
                + " bytes" + (note.isEmpty() ? "" : "; " + note);
    }
}
