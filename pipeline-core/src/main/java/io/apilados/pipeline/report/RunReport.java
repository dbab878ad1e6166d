// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.checkpoint.RejectReason;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 * @param startedAt when it began, by the clock of its machine
 * @param elapsed from the opening of the source to the end
 * @param peakHeapBytes the most heap in use that was seen, garbage included; looked at whenever a batch ends
 * @param memoryShare the largest share of the memory that was in use for long, from 0 to 1: the live set of what the heap
 *     can hold, or the resident set of the container's limit; or the peak heap, garbage included, if nothing told the
 *     live set and that is at most 70 % of the heap; null if it is not known
 * @param resumedFrom the number of the record at which an earlier run was taken up; null if there was none
 * @param rejectReasons why records were rejected, the most frequent reason first
 * @param notes how it worked, one sentence each: for instance how the catalog was held, and why
 * @param latencies how long requests took, those that failed included; without the runs that it was taken up from
 * @param timeline how it went over time
 * @param settings what it was set to, by name; no secrets are among them
 * @param verdicts how it did by its goals
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
        Instant startedAt,
        Duration elapsed,
        long peakHeapBytes,
        @Nullable Double memoryShare,
        @Nullable Long resumedFrom,
        List<RejectReason> rejectReasons,
        List<String> notes,
        Latencies latencies,
        RunTimeline timeline,
        Map<String, String> settings,
        List<GoalVerdict> verdicts,
        @Nullable String endReason) {

    private static final String DEADLINE = "its deadline of ";

    public RunReport {
        Objects.requireNonNull(status, "status");
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(elapsed, "elapsed");
        rejectReasons = List.copyOf(rejectReasons);
        notes = List.copyOf(notes);
        Objects.requireNonNull(startedAt, "startedAt");
        Objects.requireNonNull(latencies, "latencies");
        Objects.requireNonNull(timeline, "timeline");
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
        verdicts = List.copyOf(verdicts);
    }

    /** Whether each record that was read is in exactly one of the four places. */
    public boolean isBalanced() {
        return read == delivered + rejected + filtered + unsettled;
    }

    /** Why a run ends that stops before its deadline; {@link #stoppedForDeadline} knows it by this. */
    public static String deadlineReason(Duration deadline) {
        return DEADLINE + deadline.toMillis() + " ms is near";
    }

    /** Whether it stopped only because its time was over, so that the next run goes on without anything being mended. */
    public boolean stoppedForDeadline() {
        return status == RunStatus.STOPPED && endReason != null && endReason.startsWith(DEADLINE);
    }

    /** How long it took, in seconds. */
    public double seconds() {
        return elapsed.toNanos() / 1e9;
    }

    /** Records read a second. */
    public double recordsPerSecond() {
        return elapsed.isZero() ? 0 : read / seconds();
    }

    /** Delivered records as a share of those that were to be, from 0 to 1; null if there were none. */
    public @Nullable Double successRate() {
        long wanted = delivered + rejected + unsettled;
        return wanted == 0 ? null : (double) delivered / wanted;
    }

    /** The worst of the verdicts that are known; {@link GoalVerdict.Verdict#UNKNOWN} if none is. */
    public GoalVerdict.Verdict worstVerdict() {
        return verdicts.stream()
                .map(GoalVerdict::verdict)
                .filter(verdict -> verdict != GoalVerdict.Verdict.UNKNOWN)
                .max(Comparator.naturalOrder())
                .orElse(GoalVerdict.Verdict.UNKNOWN);
    }

    /** The same report with verdicts by these goals. */
    public RunReport judgedBy(PerformanceGoals goals) {
        return withVerdicts(goals.judge(this));
    }

    RunReport withVerdicts(List<GoalVerdict> judged) {
        return new RunReport(
                status,
                source,
                read,
                delivered,
                rejected,
                filtered,
                unsettled,
                oddities,
                batches,
                requests,
                retries,
                bytesRead,
                startedAt,
                elapsed,
                peakHeapBytes,
                memoryShare,
                resumedFrom,
                rejectReasons,
                notes,
                latencies,
                timeline,
                settings,
                judged,
                endReason);
    }

    /**
     * This and another part of the same work, as one: counts add up exactly, the histograms of latencies too. It began
     * when the first did and ended when the last did; its status is the worse of the two, peaks are the greater, settings
     * are those that both have in common, and it is judged anew by the goals that this was judged by. The order of merging
     * changes no number.
     */
    public RunReport merge(RunReport other) {
        return RunReportMerge.of(this, other);
    }

    /** The summary as one JSON object on one line: without latencies, timeline and settings. */
    public String toSummaryJson() {
        return RunReportJson.summary(this);
    }

    /** All of it as one JSON object on one line, for {@link #fromJson}. */
    public String toJson() {
        return RunReportJson.write(this);
    }

    /**
     * What {@link #toJson} gave.
     *
     * @throws IOException if the text is no report; nothing of the text is in the message
     */
    public static RunReport fromJson(String json) throws IOException {
        return RunReportJson.read(json);
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
