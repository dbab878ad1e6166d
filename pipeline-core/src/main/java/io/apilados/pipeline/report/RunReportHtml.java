// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.checkpoint.RejectReason;
import io.apilados.pipeline.report.RunTimeline.Change;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Writes the report as one page that needs nothing else: no script, no fonts or pictures from elsewhere. It is well-formed
 * XML but for the line that says it is HTML, so that programs can read it too.
 */
final class RunReportHtml {

    private final RunReport report;
    private final StringBuilder page = new StringBuilder(1 << 16);

    private RunReportHtml(RunReport report) {
        this.report = report;
    }

    static String write(RunReport report) {
        return new RunReportHtml(report).page();
    }

    private String page() {
        page.append("""
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width,initial-scale=1"/>
                <meta http-equiv="Content-Security-Policy" content="default-src 'none';style-src 'unsafe-inline'"/>
                <title>""")
                .append(report.status())
                .append(": ")
                .append(Markup.escape(report.source()))
                .append("</title>\n<style>\n")
                .append(ReportStyle.CSS)
                .append("</style>\n</head>\n<body>\n");
        header();
        figures();
        verdicts();
        title("Over time");
        ReportCharts.write(page, report);
        changes();
        rejects();
        page.append("<div class=\"pair\">\n");
        settings();
        notes();
        return page.append("</div>\n</body>\n</html>\n").toString();
    }

    private void header() {
        String source = report.source();
        String name = source.substring(1 + Math.max(source.lastIndexOf('/'), source.lastIndexOf('\\')));
        page.append("<h1>")
                .append(Markup.escape(name.isEmpty() ? source : name))
                .append(" <span class=\"badge ")
                .append(
                        switch (report.status()) {
                            case COMPLETED -> "good";
                            case STOPPED -> "fair";
                            case FAILED -> "bad";
                        })
                .append("\">")
                .append(report.status())
                .append("</span></h1>\n<p class=\"quiet\">Run report. Started ")
                .append(ReportWords.moment(report.startedAt()))
                .append(", took ")
                .append(ReportWords.time(report.elapsed()))
                .append(".</p>\n");
        if (!name.equals(source)) {
            page.append("<p class=\"quiet\">").append(Markup.escape(source)).append("</p>\n");
        }
        String endReason = report.endReason();
        if (endReason != null) {
            sentence("<b>Ended early:</b> " + Markup.escape(endReason));
        }
        Long resumedFrom = report.resumedFrom();
        if (resumedFrom != null) {
            sentence("Taken up at record " + ReportWords.number(resumedFrom)
                    + "; the counts include what was done before, the times do not.");
        }
        sentence("Of "
                + ReportWords.number(report.read()) + " records read, "
                + ReportWords.number(report.delivered()) + " were delivered, "
                + ReportWords.number(report.rejected()) + " rejected, "
                + ReportWords.number(report.filtered()) + " filtered out, and "
                + ReportWords.number(report.unsettled()) + " left unsettled"
                + (report.isBalanced() ? "." : ": <b class=\"bad\">THIS DOES NOT ADD UP.</b>"));
        if (report.oddities() > 0) {
            sentence(ReportWords.number(report.oddities()) + " records were accepted with a bare quote.");
        }
    }

    private void figures() {
        Latencies latencies = report.latencies();
        page.append("<div class=\"figures\">\n");
        figure("read", report.read());
        figure("delivered", report.delivered());
        figure("rejected", report.rejected());
        figure("filtered", report.filtered());
        figure("unsettled", report.unsettled());
        Double successRate = report.successRate();
        figure("success rate", successRate == null ? "not known" : ReportWords.share(successRate));
        figure("records/s", Math.round(report.recordsPerSecond()));
        figure("in total", ReportWords.time(report.elapsed()));
        figure("batches", report.batches());
        figure("requests", report.requests());
        figure("retries", report.retries());
        if (latencies.count() > 0) {
            figure("response, p50", ReportWords.time(latencies.percentile(50)));
            figure("response, p95", ReportWords.time(latencies.percentile(95)));
            figure("response, p99", ReportWords.time(latencies.percentile(99)));
        }
        figure("bytes read", ReportWords.bytes(report.bytesRead()));
        figure("peak heap", ReportWords.bytes(report.peakHeapBytes()));
        Double memoryShare = report.memoryShare();
        if (memoryShare != null) {
            figure("of the memory", ReportWords.share(memoryShare));
        }
        page.append("</div>\n");
    }

    private void figure(String name, long value) {
        figure(name, ReportWords.number(value));
    }

    private void figure(String name, String value) {
        page.append("<div class=\"card\"><b>")
                .append(value)
                .append("</b><span>")
                .append(name)
                .append("</span></div>\n");
    }

    private void verdicts() {
        if (report.verdicts().isEmpty()) {
            return;
        }
        title("Goals");
        List<List<String>> rows = new ArrayList<>();
        for (GoalVerdict verdict : report.verdicts()) {
            rows.add(List.of(
                    Markup.escape(verdict.goal().title()),
                    badge(verdict.verdict()),
                    ReportWords.measured(verdict),
                    ReportWords.target(verdict),
                    ReportWords.critical(verdict)));
        }
        table("stack", List.of("goal", "verdict", "measured", "target", "critical"), rows);
    }

    private static String badge(GoalVerdict.Verdict verdict) {
        String looks = switch (verdict) {
            case MET -> "good\">✓ ";
            case MISSED -> "fair\">! ";
            case CRITICAL -> "bad\">✕ ";
            case UNKNOWN -> "quiet\">? ";
        };
        return "<span><span class=\"badge " + looks + verdict + "</span></span>";
    }

    /** What the bands of the charts show, for those who cannot point at them. */
    private void changes() {
        List<Change> changes = report.timeline().changes();
        if (changes.isEmpty()) {
            return;
        }
        page.append("<details>\n<summary>Changes of the circuit breaker and of the pressure on memory: ")
                .append(changes.size())
                .append("</summary>\n");
        List<List<String>> rows = new ArrayList<>();
        for (Change change : changes) {
            rows.add(List.of(
                    Quantity.SECONDS.text(Math.max(0, ChartPoints.seconds(change.at()))),
                    change.what().name().toLowerCase(Locale.ROOT),
                    Markup.escape(change.to())));
        }
        table("", List.of("after", "what", "now"), rows);
        page.append("</details>\n");
    }

    private void rejects() {
        if (report.rejectReasons().isEmpty()) {
            return;
        }
        title("Rejected records");
        List<List<String>> rows = new ArrayList<>();
        for (RejectReason reason : report.rejectReasons()) {
            rows.add(List.of(
                    ReportWords.number(reason.count()),
                    Markup.escape(reason.stage()),
                    Markup.escape(reason.code()),
                    Markup.escape(reason.message()),
                    ReportWords.lines(reason.firstLines())));
        }
        table("stack", List.of("count", "stage", "reason", "the first of them", "first on lines"), rows);
    }

    private void settings() {
        if (report.settings().isEmpty()) {
            return;
        }
        page.append("<div>\n");
        title("Settings");
        List<List<String>> rows = new ArrayList<>();
        report.settings().forEach((name, value) -> rows.add(List.of(Markup.escape(name), Markup.escape(value))));
        table("pairs", List.of("setting", "value"), rows);
        page.append("</div>\n");
    }

    private void notes() {
        if (report.notes().isEmpty()) {
            return;
        }
        page.append("<div>\n");
        title("Notes");
        page.append("<div class=\"card\">\n");
        report.notes().forEach(note -> sentence(Markup.escape(note)));
        page.append("</div>\n</div>\n");
    }

    private void title(String text) {
        page.append("<h2>").append(text).append("</h2>\n");
    }

    private void sentence(String markup) {
        page.append("<p>").append(markup).append("</p>\n");
    }

    /** Cells are markup; on a phone a table of the class {@code stack} shows the name of its column before each. */
    private void table(String style, List<String> names, List<List<String>> rows) {
        boolean stacked = style.equals("stack");
        page.append("<div class=\"card\"><table class=\"").append(style).append("\">\n<tr>");
        names.forEach(name -> page.append("<th>").append(name).append("</th>"));
        page.append("</tr>\n");
        for (List<String> row : rows) {
            page.append("<tr>");
            for (int i = 0; i < row.size(); i++) {
                page.append(stacked ? "<td data-name=\"" + names.get(i) + "\">" : "<td>")
                        .append(row.get(i))
                        .append("</td>");
            }
            page.append("</tr>\n");
        }
        page.append("</table></div>\n");
    }
}
