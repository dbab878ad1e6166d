// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.checkpoint.RejectReason;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a run did. Every record that was read is in exactly one of {@code delivered}, {@code rejected}, {@code filtered}
 * and {@code unsettled}; a run for which that does not hold ends as {@link RunStatus#FAILED}. Immutable.
 *
 * @param status how it ended
 * @param source where the records came from
 * @param read records that were read, malformed ones included
 * @param delivered records that arrived
 * @param rejected records that were put aside with a reason
 * @param filtered records that the pipeline did not want
 * @param unsettled records that were read and are none of these, because the run ended first
 * @param oddities records that were accepted although something about them is odd, such as a bare quote
 * @param batches batches that were cut
 * @param requests attempts to deliver a batch or a part of one
 * @param retries waits before a further attempt
 * @param bytesRead bytes of the source that were gone through
 * @param elapsed from the opening of the source to the end
 * @param peakHeapBytes the most heap in use that was seen, garbage included; looked at whenever a batch ends
 * @param resumedFrom the number of the record at which an earlier run was taken up; null if there was none
 * @param rejectReasons why records were rejected, the most frequent reason first
 * @param notes how it worked, one sentence each: for instance how the catalog was held, and why
 * @param endReason why the run ended before its time; null if it completed
 */
public record RunReport(
        RunStatus status,
        String source,
        long read,
        long delivered,
        long rejected,
        long filtered,
        long unsettled,
        long oddities,
        long batches,
        long requests,
        long retries,
        long bytesRead,
        Duration elapsed,
        long peakHeapBytes,
        @Nullable Long resumedFrom,
        List<RejectReason> rejectReasons,
        List<String> notes,
        @Nullable String endReason) {

    public RunReport {
        Objects.requireNonNull(status, "status");
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(elapsed, "elapsed");
        rejectReasons = List.copyOf(rejectReasons);
        notes = List.copyOf(notes);
    }

    /** Whether each record that was read is in exactly one of the four places. */
    public boolean isBalanced() {
        return read == delivered + rejected + filtered + unsettled;
    }

    /** How long it took, in seconds. */
    public double seconds() {
        return elapsed.toNanos() / 1e9;
    }

    /** Records read a second. */
    public double recordsPerSecond() {
        return elapsed.isZero() ? 0 : read / seconds();
    }

    /** The summary as one JSON object on one line. */
    public String toJson() {
        return RunReportJson.write(this);
    }

    /** The summary for people, on several lines. */
    public String toText() {
        return RunReportText.write(this);
    }

    /** The report as one HTML page that needs nothing else. */
    public String toHtml() {
        return RunReportHtml.write(this);
    }
}
