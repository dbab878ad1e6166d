// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.checkpoint.RejectReason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes one report of two that are of parts of the same work. */
final class RunReportMerge {

    /** Many parts have much the same to say. */
    private static final int MOST_NOTES = 50;

    private RunReportMerge() {}

    static RunReport of(RunReport one, RunReport other) {
        boolean worse = other.status().ordinal() > one.status().ordinal();
        RunReport first = worse ? other : one;
        RunReport second = worse ? one : other;
        Instant start = one.startedAt().isBefore(other.startedAt()) ? one.startedAt() : other.startedAt();
        Instant oneEnd = one.startedAt().plus(one.elapsed());
        Instant otherEnd = other.startedAt().plus(other.elapsed());
        RunReport merged = new RunReport(
                first.status(),
                source(one.source(), other.source()),
                one.read() + other.read(),
                one.delivered() + other.delivered(),
                one.rejected() + other.rejected(),
                one.filtered() + other.filtered(),
                one.unsettled() + other.unsettled(),
                one.oddities() + other.oddities(),
                one.batches() + other.batches(),
                one.requests() + other.requests(),
                one.retries() + other.retries(),
                one.bytesRead() + other.bytesRead(),
                start,
                Duration.between(start, oneEnd.isAfter(otherEnd) ? oneEnd : otherEnd),
                Math.max(one.peakHeapBytes(), other.peakHeapBytes()),
                greater(one.memoryShare(), other.memoryShare()),
                lesser(one.resumedFrom(), other.resumedFrom()),
                reasons(one.rejectReasons(), other.rejectReasons()),
                notes(one.notes(), other.notes()),
                one.latencies().merge(other.latencies()),
                new TimelineMerge(start).add(one).add(other).merged(),
                common(one.settings(), other.settings()),
                List.of(),
                first.endReason() != null ? first.endReason() : second.endReason());
        if (one.verdicts().isEmpty() && other.verdicts().isEmpty()) {
            return merged;
        }
        RunReport judged = one.verdicts().isEmpty() ? other : one;
        return merged.judgedBy(PerformanceGoals.of(judged.verdicts()));
    }

    /** One name, or all of them in the order of the alphabet, each once. */
    private static String source(String one, String other) {
        TreeSet<String> names = new TreeSet<>(List.of(one.split(", ")));
        names.addAll(List.of(other.split(", ")));
        return String.join(", ", names);
    }

    private static @Nullable Double greater(@Nullable Double one, @Nullable Double other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return Math.max(one, other);
    }

    private static @Nullable Long lesser(@Nullable Long one, @Nullable Long other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return Math.min(one, other);
    }

    private static List<RejectReason> reasons(List<RejectReason> one, List<RejectReason> other) {
        Map<List<String>, RejectReason> byKind = new LinkedHashMap<>();
        Stream.concat(one.stream(), other.stream())
                .forEach(reason -> byKind.merge(List.of(reason.stage(), reason.code()), reason, RunReportMerge::both));
        List<RejectReason> all = new ArrayList<>(byKind.values());
        all.sort(Comparator.comparingLong(RejectReason::count)
                .reversed()
                .thenComparing(RejectReason::stage)
                .thenComparing(RejectReason::code));
        return all;
    }

    /** The message is that of the first record. */
    private static RejectReason both(RejectReason one, RejectReason other) {
        boolean first = firstLine(one) <= firstLine(other);
        return new RejectReason(
                one.stage(),
                one.code(),
                first ? one.message() : other.message(),
                one.count() + other.count(),
                Stream.concat(one.firstLines().stream(), other.firstLines().stream())
                        .sorted()
                        .limit(RejectReason.LINES)
                        .toList());
    }

    private static long firstLine(RejectReason reason) {
        return reason.firstLines().isEmpty()
                ? Long.MAX_VALUE
                : reason.firstLines().get(0);
    }

    private static List<String> notes(List<String> one, List<String> other) {
        return Stream.concat(one.stream(), other.stream())
                .distinct()
                .limit(MOST_NOTES)
                .toList();
    }

    private static Map<String, String> common(Map<String, String> one, Map<String, String> other) {
        Map<String, String> both = new LinkedHashMap<>(one);
        both.entrySet().retainAll(other.entrySet());
        return both;
    }
}
