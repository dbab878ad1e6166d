// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import io.apilados.pipeline.enrich.JsonBuffer;
import io.apilados.pipeline.source.SourcePosition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * From where a run can go on: below {@code position} every record is settled, and every rejected one of them durable.
 * Immutable.
 *
 * @param fingerprint of the version of the source that it belongs to
 * @param position the low-water mark
 * @param complete whether the source was read to its end and everything is settled
 * @param counters what was counted below the mark
 * @param rejectsMark where the place for rejected records goes on
 * @param rejectReasons why records below the mark were rejected
 * @param sizes how large the batches above the mark are that may have been sent
 * @param settled the batches above the mark that need not be sent again
 */
public record Checkpoint(
        String fingerprint,
        SourcePosition position,
        boolean complete,
        Counters counters,
        long rejectsMark,
        List<RejectReason> rejectReasons,
        List<PlannedSize> sizes,
        List<SettledBatch> settled) {

    public Checkpoint {
        Objects.requireNonNull(fingerprint, "fingerprint");
        Objects.requireNonNull(position, "position");
        Objects.requireNonNull(counters, "counters");
        rejectReasons = List.copyOf(rejectReasons);
        sizes = List.copyOf(sizes);
        settled = List.copyOf(settled);
    }

    /** Where a run begins that has nothing to go on from. */
    public static Checkpoint start(String fingerprint, SourcePosition position) {
        return new Checkpoint(fingerprint, position, false, Counters.ZERO, 0, List.of(), List.of(), List.of());
    }

    /** The same, with what was noted since it was saved. */
    public Checkpoint with(List<PlannedSize> moreSizes, List<SettledBatch> moreSettled) {
        List<PlannedSize> allSizes = new ArrayList<>(sizes);
        allSizes.addAll(moreSizes);
        List<SettledBatch> allSettled = new ArrayList<>(settled);
        allSettled.addAll(moreSettled);
        return new Checkpoint(
                fingerprint, position, complete, counters, rejectsMark, rejectReasons, allSizes, allSettled);
    }

    /** The checkpoint as JSON, for stores. */
    public byte[] toBytes() {
        JsonBuffer text = new JsonBuffer();
        CheckpointJson.write(this, text);
        return text.copy(0, text.length());
    }

    /**
     * What {@link #toBytes()} gave.
     *
     * @param name of what held it, for the message
     * @throws IOException if it is no checkpoint
     */
    public static Checkpoint fromBytes(byte[] bytes, String name) throws IOException {
        try {
            return CheckpointReader.readCheckpoint(new String(bytes, StandardCharsets.UTF_8));
        } catch (IOException | IllegalArgumentException e) {
            throw unreadable(name, String.valueOf(e.getMessage()));
        }
    }

    private static IOException unreadable(String name, String why) {
        return new IOException(name + ": the checkpoint cannot be read (" + why
                + "); put back a whole one, or delete it to begin anew");
    }
}
