// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.report.RunTimeline.Point;
import java.util.List;

/** The charts of a report: what is drawn of its timeline. */
final class ReportCharts {

    /** Two looks at a run are the least that has a course. */
    private static final int FEWEST_POINTS = 2;

    /**
     * What the bands are filled with: slanting lines where the breaker is open, dots where it probes; the memory's bands
     * are strips along the upper edge, lined upright or full.
     */
    private static final String PATTERNS = """
            <svg class="defs" width="0" height="0" aria-hidden="true"><defs>
            <pattern id="bo" width="8" height="8" patternUnits="userSpaceOnUse"><path class="w1" fill="#d03030" fill-opacity=".16" d="M0 0H8V8H0Z"/><path class="w1s" stroke="#d03030" stroke-opacity=".55" d="M-2 2l4-4M0 8l8-8M6 10l4-4"/></pattern>
            <pattern id="bh" width="6" height="6" patternUnits="userSpaceOnUse"><path class="w2" fill="#b58900" fill-opacity=".18" d="M0 0H6V6H0Z"/><circle class="w2" fill="#b58900" cx="3" cy="3" r="1"/></pattern>
            <pattern id="mh" width="4" height="9" patternUnits="userSpaceOnUse"><path class="w3s" stroke="#8450c8" stroke-width="2" d="M1 0v9"/></pattern>
            <pattern id="mc" width="9" height="9" patternUnits="userSpaceOnUse"><path class="w3" fill="#8450c8" d="M0 0H9V9H0Z"/></pattern>
            </defs></svg>
            """;

    private ReportCharts() {}

    static void write(StringBuilder page, RunReport report) {
        List<Point> looks = report.timeline().points();
        ChartPoints points = ChartPoints.of(report.timeline(), report.resumedFrom() != null);
        double[] ends = points.ends();
        if (looks.size() < FEWEST_POINTS || ends.length == 0) {
            page.append("<p class=\"quiet\">The run was too short for charts: it was looked at ")
                    .append(looks.size() == 1 ? "once" : looks.isEmpty() ? "never" : "at one moment only")
                    .append(".</p>\n");
            return;
        }
        Axis time = Axis.ofTime(Math.max(ChartPoints.seconds(report.elapsed()), ends[ends.length - 1]));
        List<ChartBand> bands = ChartBand.of(report.timeline().changes(), time.top());
        page.append(PATTERNS).append("<div class=\"charts\">\n");
        int number = 1;
        for (SvgChart chart : charts(points)) {
            chart.write(page, "c" + number++, ends, time, bands);
        }
        page.append("</div>\n");
    }

    private static List<SvgChart> charts(ChartPoints points) {
        return List.of(
                new SvgChart(
                        "Throughput",
                        "records a second",
                        Quantity.RATE,
                        List.of(
                                new ChartSeries("delivered", points.perSecond(Point::delivered)),
                                new ChartSeries("rejected", points.perSecond(Point::rejected)))),
                new SvgChart(
                        "Response time",
                        "of requests, by percentile",
                        Quantity.SECONDS,
                        List.of(
                                new ChartSeries("p50", points.durations(Point::p50)),
                                new ChartSeries("p95", points.durations(Point::p95)),
                                new ChartSeries("p99", points.durations(Point::p99)))),
                new SvgChart(
                        "Concurrency",
                        "batches at once",
                        Quantity.COUNT,
                        List.of(
                                new ChartSeries("limit", points.values(Point::concurrencyLimit)),
                                new ChartSeries("in flight", points.values(Point::inFlight)))),
                new SvgChart(
                        "Batch size",
                        "records in the next batch",
                        Quantity.COUNT,
                        List.of(new ChartSeries("batch size", points.values(Point::batchSize)))),
                new SvgChart(
                        "Retries",
                        "a second",
                        Quantity.RATE,
                        List.of(new ChartSeries("retries", points.perSecond(Point::retries)))),
                new SvgChart(
                        "Memory",
                        "heap in use, garbage included",
                        Quantity.BYTES,
                        List.of(new ChartSeries("heap", points.values(Point::heapUsedBytes)))));
    }
}
