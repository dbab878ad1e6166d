// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import io.apilados.pipeline.enrich.JsonBuffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * From where an attempt at a split can go on. Immutable.
 *
 * @param checkpoint its counters are those of the split alone
 * @param keySum the hashes of the keys of all records below the mark that were delivered
 * @param batchRecords after so many records a batch ends; another attempt must do the same
 * @param maxBatchBytes so many bytes a batch may have; another attempt must do the same
 */
public record SplitCheckpoint(Checkpoint checkpoint, long keySum, int batchRecords, long maxBatchBytes) {

    static final int FORMAT = 4;

    public SplitCheckpoint {
        Objects.requireNonNull(checkpoint, "checkpoint");
    }

    /** The same, with everything of the split done and published. */
    public SplitCheckpoint completed() {
        Checkpoint whole = new Checkpoint(
                checkpoint.fingerprint(),
                checkpoint.position(),
                true,
                checkpoint.counters(),
                checkpoint.rejectsMark(),
                checkpoint.rejectReasons(),
                checkpoint.sizes(),
                checkpoint.settled());
        return new SplitCheckpoint(whole, keySum, batchRecords, maxBatchBytes);
    }

    /** Whether it is further than another one of the same split: so it may take that one's place. */
    public boolean isAheadOf(SplitCheckpoint other) {
        if (checkpoint.complete() != other.checkpoint.complete()) {
            return checkpoint.complete();
        }
        long reached = checkpoint.position().byteOffset();
        long otherReached = other.checkpoint.position().byteOffset();
        return reached > otherReached
                || (reached == otherReached
                        && checkpoint.settled().size()
                                > other.checkpoint.settled().size());
    }

    /** The checkpoint as JSON. */
    public byte[] toBytes() {
        JsonBuffer text = new JsonBuffer();
        CheckpointJson.write(this, text);
        return text.copy(0, text.length());
    }

    /**
     * What {@link #toBytes()} gave.
     *
     * @param name for the message
     * @throws IOException if it is no checkpoint of a split
     */
    public static SplitCheckpoint fromBytes(byte[] bytes, String name) throws IOException {
        try {
            return CheckpointReader.readSplit(new String(bytes, StandardCharsets.UTF_8));
        } catch (IOException | IllegalArgumentException e) {
            throw unreadable(name, String.valueOf(e.getMessage()));
        }
    }

    private static IOException unreadable(String name, String why) {
        return new IOException(name + ": the checkpoint of the split cannot be read (" + why
                + "); put back a whole one, or delete it to begin the split anew");
    }
}
