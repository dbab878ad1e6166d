// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.report.RunTimeline.Point;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Makes fewer points of many: of two neighbours one that keeps the counts of the later and the greatest of the rest. */
final class TimelineThinning {

    private TimelineThinning() {}

    /** No more points than so many, 2 or more; the very last one stays as it is, so that the sums at the end are right. */
    static List<Point> toAtMost(int most, List<Point> points) {
        List<Point> thinned = points;
        while (thinned.size() > most) {
            List<Point> half = new ArrayList<>(thinned.size() / 2 + 2);
            int last = thinned.size() - 1;
            for (int i = 0; i < last; i += 2) {
                half.add(i + 1 < last ? together(thinned.get(i), thinned.get(i + 1)) : thinned.get(i));
            }
            half.add(thinned.get(last));
            thinned = half;
        }
        return thinned;
    }

    static Point together(Point before, Point after) {
        return new Point(
                after.at(),
                after.read(),
                after.delivered(),
                after.rejected(),
                after.requests(),
                after.retries(),
                after.bytesRead(),
                Math.max(before.inFlight(), after.inFlight()),
                after.batchSize(),
                Math.max(before.concurrencyLimit(), after.concurrencyLimit()),
                longer(before.p50(), after.p50()),
                longer(before.p95(), after.p95()),
                longer(before.p99(), after.p99()),
                Math.max(before.heapUsedBytes(), after.heapUsedBytes()));
    }

    static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
