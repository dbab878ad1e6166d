// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.checkpoint.RejectReason;
import io.apilados.pipeline.checkpoint.SplitObjects;
import io.apilados.pipeline.checkpoint.SplitStore;
import io.apilados.pipeline.source.Split;
import io.apilados.pipeline.source.SplitPlan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * The reports of a plan's splits, put together: those that are there. It does not matter in which order, and one that is
 * put in twice counts once. Immutable.
 *
 * @param planId the plan
 * @param source where the records come from
 * @param fingerprint of the version of the source
 * @param splits how many splits the plan has
 * @param reports what is there, by the index of the split
 */
public record SplitJobReport(
        String planId, String source, String fingerprint, int splits, SortedMap<Integer, SplitReport> reports) {

    public SplitJobReport {
        Objects.requireNonNull(planId, "planId");
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(fingerprint, "fingerprint");
        reports = Collections.unmodifiableSortedMap(new TreeMap<>(reports));
        if (splits < 1) {
            throw new IllegalArgumentException("splits was " + splits + " but it must be 1 or more");
        }
        for (Map.Entry<Integer, SplitReport> entry : reports.entrySet()) {
            SplitReport report = entry.getValue();
            if (report.index() != entry.getKey()
                    || report.index() >= splits
                    || !report.planId().equals(planId)
                    || !report.fingerprint().equals(fingerprint)) {
                throw new IllegalArgumentException("the report of split " + report.index() + " of plan "
                        + report.planId() + " is not one of the " + splits + " splits of plan " + planId);
            }
        }
    }

    /** Nothing of a plan's splits yet. */
    public static SplitJobReport of(SplitPlan plan) {
        return new SplitJobReport(
                plan.planId(),
                plan.version().location(),
                plan.version().fingerprint(),
                plan.splits().size(),
                new TreeMap<>());
    }

    /** These reports of a plan's splits; as {@link #with} each. */
    public static SplitJobReport of(SplitPlan plan, Collection<SplitReport> reports) {
        return of(plan).withAll(reports);
    }

    /**
     * All reports that have been published.
     *
     * @throws IOException if the store, or a report in it, cannot be read
     */
    public static SplitJobReport read(SplitPlan plan, SplitStore store) throws IOException {
        List<SplitReport> all = new ArrayList<>();
        for (Split split : plan.splits()) {
            String name = SplitObjects.reportName(plan.planId(), split.index());
            Optional<byte[]> report = store.read(name);
            if (report.isPresent()) {
                try {
                    all.add(SplitReport.fromJson(new String(report.get(), StandardCharsets.UTF_8)));
                } catch (IOException e) {
                    throw new IOException(name + ": " + e.getMessage() + "; delete it and commit the split again", e);
                }
            }
        }
        return of(plan, all);
    }

    /**
     * Deletes what attempts left behind that nobody needs any more: parts of rejected records. To be called when no
     * attempt is under way; one that is comes to no harm, but may leave some more.
     *
     * @throws IllegalStateException if a split is missing; its parts are needed
     */
    public void deleteLeftovers(SplitStore store) throws IOException {
        if (!isComplete()) {
            throw new IllegalStateException(missing().size() + " splits of plan " + planId
                    + " are missing, and parts of them are needed; run them first");
        }
        SplitObjects.deletePartsOf(store, planId);
    }

    /**
     * This and the report of one more split.
     *
     * @throws IllegalArgumentException if it is not of this plan, or there is one of the same split that differs
     */
    public SplitJobReport with(SplitReport report) {
        return withAll(List.of(report));
    }

    /**
     * This and what another one has of the same plan.
     *
     * @throws IllegalArgumentException if it is not of this plan, or both have a split and their reports differ
     */
    public SplitJobReport merge(SplitJobReport other) {
        if (!planId.equals(other.planId) || !fingerprint.equals(other.fingerprint) || splits != other.splits) {
            throw new IllegalArgumentException("the other report is of plan " + other.planId + " with " + other.splits
                    + " splits but it must be of plan " + planId + " with " + splits);
        }
        return withAll(other.reports.values());
    }

    private SplitJobReport withAll(Collection<SplitReport> more) {
        SortedMap<Integer, SplitReport> all = new TreeMap<>(reports);
        for (SplitReport report : more) {
            SplitReport before = all.putIfAbsent(report.index(), report);
            if (before != null && !before.equals(report)) {
                throw new IllegalArgumentException("split " + report.index() + " of plan " + planId
                        + " has two reports that differ; the one in the store is right, if both were made with the same"
                        + " enrichers and destination look at what they answer");
            }
        }
        return new SplitJobReport(planId, source, fingerprint, splits, all);
    }

    /** The indexes of the splits that have no report, in order. */
    public List<Integer> missing() {
        List<Integer> missing = new ArrayList<>();
        for (int i = 0; i < splits; i++) {
            if (!reports.containsKey(i)) {
                missing.add(i);
            }
        }
        return missing;
    }

    /** Whether all splits are there. */
    public boolean isComplete() {
        return reports.size() == splits;
    }

    /** Whether each record that was read is in exactly one of delivered, rejected and filtered, in every split. */
    public boolean isBalanced() {
        return reports.values().stream().allMatch(SplitReport::isBalanced);
    }

    /** Records that were read. */
    public long read() {
        return sum(SplitReport::read);
    }

    /** Records that arrived. */
    public long delivered() {
        return sum(SplitReport::delivered);
    }

    /** Records that were put aside with a reason. */
    public long rejected() {
        return sum(SplitReport::rejected);
    }

    /** Records that the pipeline did not want. */
    public long filtered() {
        return sum(SplitReport::filtered);
    }

    /** Records that were accepted although something about them is odd. */
    public long oddities() {
        return sum(SplitReport::oddities);
    }

    /** Batches that were cut. */
    public long batches() {
        return sum(SplitReport::batches);
    }

    /** Bytes of the source. */
    public long bytes() {
        return sum(SplitReport::bytes);
    }

    /** Stands for the set of keys of the records that arrived: see {@link SplitReport#digest()}. */
    public long digest() {
        return sum(SplitReport::digest);
    }

    private long sum(ToLongFunction<SplitReport> of) {
        return reports.values().stream().mapToLong(of).sum();
    }

    /** Why records were rejected, in the order of {@link SplitReport#rejectReasons()}; reasons are told apart by code. */
    public List<RejectReason> rejectReasons() {
        // Splits are gone over in the order of the source, so the first of each reason come first.
        Map<List<String>, RejectReason> byCode = new LinkedHashMap<>();
        for (SplitReport report : reports.values()) {
            for (RejectReason reason : report.rejectReasons()) {
                byCode.merge(List.of(reason.stage(), reason.code()), reason, SplitJobReport::sum);
            }
        }
        return byCode.values().stream().sorted(SplitReport.REASONS).toList();
    }

    private static RejectReason sum(RejectReason one, RejectReason other) {
        List<Long> lines = new ArrayList<>(one.firstLines());
        lines.addAll(other.firstLines());
        Collections.sort(lines);
        return new RejectReason(
                one.stage(),
                one.code(),
                one.message(),
                one.count() + other.count(),
                lines.subList(0, Math.min(RejectReason.LINES, lines.size())));
    }

    /** The report as one JSON object on one line, for {@link #fromJson}. */
    public String toJson() {
        return SplitReportJson.write(this);
    }

    /**
     * What {@link #toJson} gave.
     *
     * @throws IOException if the text is no report of a plan's splits; nothing of the text is in the message
     */
    public static SplitJobReport fromJson(String json) throws IOException {
        return SplitReportJson.readJob(json);
    }
}
