// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import io.apilados.pipeline.source.SourcePosition;
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
}
