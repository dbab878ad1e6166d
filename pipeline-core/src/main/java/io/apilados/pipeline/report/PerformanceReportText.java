// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.report.PerformanceReport.Spread;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Writes a performance report for people. */
final class PerformanceReportText {

    private static final double MEBIBYTE = 1 << 20;

    private PerformanceReportText() {}

    static String write(PerformanceReport report) {
        StringBuilder text = new StringBuilder();
        line(
                text,
                "%s: %,d runs after %,d to warm up, %,d records each",
                report.medianRun().source(),
                report.samples().size(),
                report.warmUpRuns(),
                report.medianRun().read());
        line(text, "  %-16s %12s %12s %12s %8s", "", "median", "least", "most", "IQR");
        spread(text, report, "records/s", PerformanceSample::recordsPerSecond);
        spread(text, report, "seconds", PerformanceSample::seconds);
        spread(text, report, "CPU seconds", PerformanceSample::cpuSeconds);
        spread(text, report, "request p50 ms", PerformanceSample::p50Millis);
        spread(text, report, "request p95 ms", PerformanceSample::p95Millis);
        spread(text, report, "request p99 ms", PerformanceSample::p99Millis);
        spread(text, report, "peak heap MiB", sample -> sample.peakHeapBytes() / MEBIBYTE);
        spread(text, report, "allocated MiB", PerformanceReportText::allocated);
        spread(text, report, "memory %", sample -> percent(sample.memoryShare()));
        spread(text, report, "success %", sample -> percent(sample.successRate()));
        for (GoalVerdict goal : report.medianRun().verdicts()) {
            line(
                    text,
                    "  goal %s: %s (target %s %s)",
                    goal.goal().title(),
                    goal.measured() == null
                            ? goal.verdict()
                            : String.format(Locale.ROOT, "%s, %.4g", goal.verdict(), goal.measured()),
                    goal.target(),
                    goal.goal().unit());
        }
        for (Recommendation recommendation : report.recommendations()) {
            line(text, "  %s: %s", recommendation.title(), recommendation.evidence());
            line(text, "    -> %s", recommendation.advice());
        }
        return text.toString();
    }

    private static @Nullable Double allocated(PerformanceSample sample) {
        return sample.allocatedBytes() == null ? null : Double.valueOf(sample.allocatedBytes() / MEBIBYTE);
    }

    private static @Nullable Double percent(@Nullable Double share) {
        return share == null ? null : Double.valueOf(100 * share);
    }

    private static void spread(
            StringBuilder text,
            PerformanceReport report,
            String name,
            Function<PerformanceSample, @Nullable Double> of) {
        Spread spread = report.spread(of);
        if (spread != null) {
            line(
                    text,
                    "  %-16s %,12.3f %,12.3f %,12.3f %6.1f %%",
                    name,
                    spread.median(),
                    spread.min(),
                    spread.max(),
                    100 * spread.relative());
        }
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
    }
}
