// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.checkpoint.RejectReason;
import java.util.Locale;

/** Writes the report as one page of HTML without script, fonts or pictures from elsewhere. */
final class RunReportHtml {

    private static final String STYLE = """
            :root{color-scheme:light dark}
            body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
            h1{font-size:1.4rem;overflow-wrap:anywhere}
            .figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));gap:1rem;margin:1.5rem 0}
            .figures div{border:1px solid #8884;border-radius:.5rem;padding:.6rem .8rem}
            .figures b{display:block;font-size:1.3rem}
            table{border-collapse:collapse;width:100%}
            td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8884;vertical-align:top}
            .scroll{overflow-x:auto}
            """;

    private RunReportHtml() {}

    static String write(RunReport report) {
        StringBuilder page = new StringBuilder();
        page.append("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n")
                .append("<title>Run report</title>\n<style>\n")
                .append(STYLE)
                .append("</style>\n");
        page.append("<h1>").append(report.status()).append(": ").append(escape(report.source()));
        page.append("</h1>\n");
        String endReason = report.endReason();
        if (endReason != null) {
            page.append("<p>Ended early: ").append(escape(endReason)).append("</p>\n");
        }
        page.append("<div class=\"figures\">\n");
        figure(page, "read", report.read());
        figure(page, "delivered", report.delivered());
        figure(page, "rejected", report.rejected());
        figure(page, "filtered", report.filtered());
        figure(page, "unsettled", report.unsettled());
        figure(page, "batches", report.batches());
        figure(page, "requests", report.requests());
        figure(page, "retries", report.retries());
        figure(page, "records/s", Math.round(report.recordsPerSecond()));
        figure(page, "seconds", Math.round(report.seconds()));
        figure(page, "peak heap, MiB", report.peakHeapBytes() >> 20);
        page.append("</div>\n");
        if (!report.rejectReasons().isEmpty()) {
            rejects(page, report);
        }
        for (String note : report.notes()) {
            page.append("<p>").append(escape(note)).append("</p>\n");
        }
        return page.append("</html>\n").toString();
    }

    private static void rejects(StringBuilder page, RunReport report) {
        page.append("<h2>Rejected records</h2>\n<div class=\"scroll\"><table>\n")
                .append("<tr><th>count<th>stage<th>code<th>first of them<th>on lines\n");
        for (RejectReason reason : report.rejectReasons()) {
            page.append("<tr><td>")
                    .append(number(reason.count()))
                    .append("<td>")
                    .append(escape(reason.stage()))
                    .append("<td>")
                    .append(escape(reason.code()))
                    .append("<td>")
                    .append(escape(reason.message()))
                    .append("<td>")
                    .append(reason.firstLines().toString().replaceAll("[\\[\\]]", ""))
                    .append('\n');
        }
        page.append("</table></div>\n");
    }

    private static void figure(StringBuilder page, String name, long value) {
        page.append("<div><b>")
                .append(number(value))
                .append("</b>")
                .append(name)
                .append("</div>\n");
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
