// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.checkpoint.RejectReason;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * What became of the records of a split that is done. It says nothing of how long that took or how often something was
 * sent: every attempt at the split gives an equal one, as long as enrichers and destination answer as before. Immutable.
 *
 * @param planId the plan that the split is of
 * @param index which one it is, from 0
 * @param source where the records came from
 * @param fingerprint of the version of the source
 * @param read records that were read, malformed ones included
 * @param delivered records that arrived
 * @param rejected records that were put aside with a reason
 * @param filtered records that the pipeline did not want
 * @param oddities records that were accepted although something about them is odd
 * @param batches batches that were cut
 * @param bytes bytes of the source that the split is of
 * @param digest the sum of {@link io.apilados.pipeline.batch.KeySum#hash} over the keys of the records that arrived: those
 *     of splits add up to that of the source, however it is split
 * @param rejectReasons why records were rejected, the most frequent reason first; reasons of equal count by stage, code and
 *     message
 */
public record SplitReport(
        String planId,
        int index,
        String source,
        String fingerprint,
        long read,
        long delivered,
        long rejected,
        long filtered,
        long oddities,
        long batches,
        long bytes,
        long digest,
        List<RejectReason> rejectReasons) {

    /** Of reports: the same reasons always stand in the same order. */
    static final Comparator<RejectReason> REASONS = Comparator.comparingLong(RejectReason::count)
            .reversed()
            .thenComparing(RejectReason::stage)
            .thenComparing(RejectReason::code)
            .thenComparing(RejectReason::message);

    public SplitReport {
        Objects.requireNonNull(planId, "planId");
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(fingerprint, "fingerprint");
        if (index < 0) {
            throw new IllegalArgumentException("index was " + index + " but it must be 0 or more");
        }
        if (Math.min(Math.min(read, delivered), Math.min(rejected, filtered)) < 0
                || Math.min(oddities, Math.min(batches, bytes)) < 0) {
            throw new IllegalArgumentException("a count of split " + index + " was less than 0 but it must not be");
        }
        rejectReasons = rejectReasons.stream().sorted(REASONS).toList();
    }

    /** Whether each record that was read is in exactly one of the three places. */
    public boolean isBalanced() {
        return read == delivered + rejected + filtered;
    }

    /** The report as one JSON object on one line; equal reports give equal texts. */
    public String toJson() {
        return SplitReportJson.write(this);
    }

    /**
     * What {@link #toJson} gave.
     *
     * @throws IOException if the text is no report of a split; nothing of the text is in the message
     */
    public static SplitReport fromJson(String json) throws IOException {
        return SplitReportJson.read(json);
    }
}
