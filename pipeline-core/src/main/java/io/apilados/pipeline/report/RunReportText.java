// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.checkpoint.RejectReason;
import io.apilados.pipeline.report.GoalVerdict.Verdict;
import java.util.Locale;

/** Writes the summary for people. */
final class RunReportText {

    private static final double MEBIBYTE = 1 << 20;

    private RunReportText() {}

    static String write(RunReport report) {
        StringBuilder text = new StringBuilder();
        line(text, "%s  %s", report.status(), report.source());
        line(
                text,
                "  read %,d = delivered %,d + rejected %,d + filtered %,d + unsettled %,d%s",
                report.read(),
                report.delivered(),
                report.rejected(),
                report.filtered(),
                report.unsettled(),
                report.isBalanced() ? "" : "  (DOES NOT ADD UP)");
        line(
                text,
                "  %,.1f s, %,.0f records/s, %,.1f MiB read, peak heap %,.0f MiB",
                report.seconds(),
                report.recordsPerSecond(),
                report.bytesRead() / MEBIBYTE,
                report.peakHeapBytes() / MEBIBYTE);
        line(text, "  %,d batches in %,d requests, %,d retries", report.batches(), report.requests(), report.retries());
        Latencies latencies = report.latencies();
        if (latencies.count() > 0) {
            line(
                    text,
                    "  response time p50 %s, p95 %s, p99 %s, at most %s",
                    ReportWords.time(latencies.percentile(50)),
                    ReportWords.time(latencies.percentile(95)),
                    ReportWords.time(latencies.percentile(99)),
                    ReportWords.time(latencies.max()));
        }
        for (GoalVerdict verdict : report.verdicts()) {
            if (verdict.verdict() != Verdict.UNKNOWN) {
                line(
                        text,
                        "  %s: %s %s (%s)",
                        verdict.verdict(),
                        verdict.goal().title(),
                        ReportWords.measured(verdict),
                        ReportWords.target(verdict));
            }
        }
        if (report.resumedFrom() != null) {
            line(text, "  taken up at record %,d", report.resumedFrom());
        }
        if (report.oddities() > 0) {
            line(text, "  %,d records accepted with a bare quote", report.oddities());
        }
        for (RejectReason reason : report.rejectReasons()) {
            line(
                    text,
                    "  rejected %,d: %s %s (%s), first on line %s",
                    reason.count(),
                    reason.stage(),
                    reason.code(),
                    reason.message(),
                    ReportWords.lines(reason.firstLines()));
        }
        for (String note : report.notes()) {
            line(text, "  %s", note);
        }
        if (report.endReason() != null) {
            line(text, "  ended early: %s", report.endReason());
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
