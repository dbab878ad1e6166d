// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.report.RunTimeline.Change;
import io.apilados.pipeline.report.RunTimeline.Point;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Lays the timelines of parts over each other by the clock: at each moment at which one of them was looked at, counts and
 * what was in flight are the sum of what each of them said last; sizes, percentiles and memory are the greatest of those
 * that were running.
 */
final class TimelineMerge {

    private final Instant start;
    private final List<Part> parts = new ArrayList<>();

    private record Part(List<Point> points, List<Change> changes, Duration end) {}

    TimelineMerge(Instant start) {
        this.start = start;
    }

    TimelineMerge add(RunReport report) {
        Duration offset = Duration.between(start, report.startedAt());
        List<Point> points = new ArrayList<>();
        for (Point point : report.timeline().points()) {
            points.add(at(point, point.at().plus(offset)));
        }
        List<Change> changes = new ArrayList<>();
        for (Change change : report.timeline().changes()) {
            changes.add(new Change(change.at().plus(offset), change.what(), change.to()));
        }
        parts.add(new Part(points, changes, offset.plus(report.elapsed())));
        return this;
    }

    RunTimeline merged() {
        TreeSet<Duration> moments = new TreeSet<>();
        parts.forEach(part -> part.points.forEach(point -> moments.add(point.at())));
        List<Point> points = new ArrayList<>();
        int[] next = new int[parts.size()];
        for (Duration moment : moments) {
            points.add(sum(moment, next));
        }
        List<Change> changes = new ArrayList<>();
        parts.forEach(part -> changes.addAll(part.changes));
        changes.sort(Comparator.comparing(Change::at));
        return new RunTimeline(
                TimelineThinning.toAtMost(RunTimeline.MOST_POINTS, points),
                changes.subList(0, Math.min(changes.size(), RunTimeline.MOST_CHANGES)));
    }

    /** What each part said last, at or before the moment. */
    private Point sum(Duration moment, int[] next) {
        Point sum = new Point(moment, 0, 0, 0, 0, 0, 0, 0, 0, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0);
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            while (next[i] < part.points.size() && part.points.get(next[i]).at().compareTo(moment) <= 0) {
                next[i]++;
            }
            Point last = next[i] == 0 ? null : part.points.get(next[i] - 1);
            sum = plus(sum, last, part.end.compareTo(moment) >= 0);
        }
        return sum;
    }

    /** What runs no longer holds nothing any more, but what it did counts on. */
    private static Point plus(Point sum, @Nullable Point last, boolean running) {
        if (last == null) {
            return sum;
        }
        return new Point(
                sum.at(),
                sum.read() + last.read(),
                sum.delivered() + last.delivered(),
                sum.rejected() + last.rejected(),
                sum.requests() + last.requests(),
                sum.retries() + last.retries(),
                sum.bytesRead() + last.bytesRead(),
                sum.inFlight() + (running ? last.inFlight() : 0),
                running ? Math.max(sum.batchSize(), last.batchSize()) : sum.batchSize(),
                sum.concurrencyLimit() + (running ? last.concurrencyLimit() : 0),
                running ? TimelineThinning.longer(sum.p50(), last.p50()) : sum.p50(),
                running ? TimelineThinning.longer(sum.p95(), last.p95()) : sum.p95(),
                running ? TimelineThinning.longer(sum.p99(), last.p99()) : sum.p99(),
                running ? Math.max(sum.heapUsedBytes(), last.heapUsedBytes()) : sum.heapUsedBytes());
    }

    private static Point at(Point point, Duration at) {
        return new Point(
                at,
                point.read(),
                point.delivered(),
                point.rejected(),
                point.requests(),
                point.retries(),
                point.bytesRead(),
                point.inFlight(),
                point.batchSize(),
                point.concurrencyLimit(),
                point.p50(),
                point.p95(),
                point.p99(),
                point.heapUsedBytes());
    }
}
