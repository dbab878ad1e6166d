// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.report.RunTimeline.Point;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The points of a timeline made ready for charts: each stands for the time since the one before it, which is no blink. */
final class ChartPoints {

    /** More intervals than this cannot be told apart in a chart. */
    private static final int MOST = 300;

    private final List<Point> points;
    private final double[] ends;
    private final boolean resumed;

    private ChartPoints(List<Point> points, boolean resumed) {
        this.points = points;
        this.ends = points.stream().mapToDouble(point -> seconds(point.at())).toArray();
        this.resumed = resumed;
    }

    /**
     * Of a timeline.
     *
     * @param resumed whether the counts include what an earlier run did, so that the first of them say nothing of how fast
     *     this one was
     */
    static ChartPoints of(RunTimeline timeline, boolean resumed) {
        List<Point> forwards = new ArrayList<>();
        for (Point point : timeline.points()) {
            Duration before =
                    forwards.isEmpty() ? Duration.ZERO : last(forwards).at();
            if (point.at().compareTo(before) > 0) {
                forwards.add(point);
            }
        }
        return new ChartPoints(TimelineThinning.toAtMost(MOST, withoutBlinks(forwards)), resumed);
    }

    /**
     * Joins intervals that are much shorter than is usual. Above all this is the last one: what was settled in the last
     * millisecond is no thousandfold throughput.
     */
    private static List<Point> withoutBlinks(List<Point> points) {
        if (points.size() < 2) {
            return points;
        }
        double[] lengths = new double[points.size()];
        double before = 0;
        for (int i = 0; i < lengths.length; i++) {
            double at = seconds(points.get(i).at());
            lengths[i] = at - before;
            before = at;
        }
        double[] sorted = lengths.clone();
        Arrays.sort(sorted);
        double enough = sorted[sorted.length / 2] / 2;

        List<Point> joined = new ArrayList<>();
        double length = 0;
        @Nullable Point pending = null;
        for (int i = 0; i < lengths.length; i++) {
            Point point = points.get(i);
            pending = pending == null ? point : TimelineThinning.together(pending, point);
            length += lengths[i];
            if (length >= enough) {
                joined.add(pending);
                pending = null;
                length = 0;
            }
        }
        if (pending != null) {
            int last = joined.size() - 1;
            joined.set(last, TimelineThinning.together(joined.get(last), pending));
        }
        return joined;
    }

    private static Point last(List<Point> points) {
        return points.get(points.size() - 1);
    }

    /** When each interval ends, in seconds since the run began. */
    double[] ends() {
        return ends;
    }

    /** What was seen at the end of each interval; of what the timeline keeps the greatest, the greatest; never less than 0. */
    double[] values(ToDoubleFunction<Point> value) {
        return points.stream().mapToDouble(value).map(seen -> Math.max(0, seen)).toArray();
    }

    /** How long it took in seconds, in each interval; not a number where nothing ended. */
    double[] durations(Function<Point, Duration> value) {
        return points.stream()
                .mapToDouble(point -> seconds(value.apply(point)))
                .map(took -> took > 0 ? took : Double.NaN)
                .toArray();
    }

    /** How much a count grew in each interval, a second; never less than 0. */
    double[] perSecond(ToLongFunction<Point> count) {
        double[] rates = new double[ends.length];
        double countBefore = 0;
        double endBefore = 0;
        for (int i = 0; i < rates.length; i++) {
            double now = count.applyAsLong(points.get(i));
            rates[i] = i == 0 && resumed ? Double.NaN : Math.max(0, (now - countBefore) / (ends[i] - endBefore));
            countBefore = now;
            endBefore = ends[i];
        }
        return rates;
    }

    /** In seconds; of any duration, which nanoseconds in a {@code long} are not. */
    static double seconds(Duration duration) {
        return duration.getSeconds() + duration.getNano() / 1e9;
    }
}
