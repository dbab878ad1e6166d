// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** Writes a tuning result as one page of HTML with a drawing in it, without script, fonts or pictures from elsewhere. */
final class TuningResultHtml {

    private static final String STYLE = """
            :root{color-scheme:light dark;--time:#2a6fdb;--cost:#c2571a}
            @media (prefers-color-scheme:dark){:root{--time:#7fb0ff;--cost:#f0a070}}
            body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
            h1{font-size:1.4rem;overflow-wrap:anywhere}
            svg{width:100%;height:auto}
            svg text{font:13px system-ui,sans-serif;fill:currentColor}
            .time{stroke:var(--time);fill:none;stroke-width:2}
            .cost{stroke:var(--cost);fill:none;stroke-width:2}
            polyline.cost{stroke-dasharray:6 4}
            .axis{stroke:currentColor;opacity:.4}
            .chosen{stroke:currentColor;opacity:.5;stroke-dasharray:2 4}
            table{border-collapse:collapse;width:100%}
            td,th{text-align:right;padding:.3rem .6rem;border-bottom:1px solid #8884}
            .scroll{overflow-x:auto}
            """;

    private static final int WIDTH = 800;
    private static final int HEIGHT = 340;
    private static final int LEFT = 70;
    private static final int RIGHT = 80;
    private static final int TOP = 34;
    private static final int BOTTOM = 46;

    private TuningResultHtml() {}

    static String write(TuningResult result) {
        StringBuilder page = new StringBuilder();
        String title = result.functionName() + ": " + result.chosen().memoryMb() + " MB";
        page.append("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n")
                .append("<title>Memory of a function</title>\n<style>\n")
                .append(STYLE)
                .append("</style>\n<h1>")
                .append(escape(title))
                .append("</h1>\n<p>Chosen by ")
                .append(result.strategy().name().toLowerCase(Locale.ROOT))
                .append(" among ")
                .append(result.trials().size())
                .append(" sizes, ")
                .append(result.measuredAt())
                .append("</p>\n");
        chart(page, result);
        table(page, result);
        for (MemoryTrial rival : result.rivals()) {
            page.append("<p>")
                    .append(rival.memoryMb())
                    .append(" MB may be as good: the difference is within the noise.</p>\n");
        }
        return page.append("</html>\n").toString();
    }

    private static void chart(StringBuilder page, TuningResult result) {
        List<MemoryTrial> trials = result.trials();
        page.append("<svg viewBox=\"0 0 ")
                .append(WIDTH)
                .append(' ')
                .append(HEIGHT)
                .append("\" role=\"img\" aria-label=\"Time and cost of an invocation by memory size\">\n");
        line(page, "axis", LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM);
        double chosenX = x(trials, result.chosen());
        line(page, "chosen", chosenX, TOP, chosenX, HEIGHT - BOTTOM);
        for (MemoryTrial trial : trials) {
            text(page, x(trials, trial), HEIGHT - BOTTOM + 20, "middle", Integer.toString(trial.memoryMb()));
        }
        text(page, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 6, "middle", "MB");
        curve(page, "time", trials, MemoryTrial::meanMillis);
        curve(page, "cost", trials, trial -> 1e6 * trial.cost());
        scale(page, LEFT - 8, "end", trials, MemoryTrial::meanMillis);
        scale(page, WIDTH - RIGHT + 8, "start", trials, trial -> 1e6 * trial.cost());
        text(page, LEFT, 14, "start", "ms (solid, left)");
        text(page, WIDTH - RIGHT, 14, "end", result.currency() + "/million (dashed, right)");
        page.append("</svg>\n");
    }

    private static double x(List<MemoryTrial> trials, MemoryTrial trial) {
        double first = trials.get(0).memoryMb();
        double last = trials.get(trials.size() - 1).memoryMb();
        double share = last == first ? 0.5 : (trial.memoryMb() - first) / (last - first);
        return LEFT + 10 + share * (WIDTH - LEFT - RIGHT - 20);
    }

    private static double greatest(List<MemoryTrial> trials, ToDoubleFunction<MemoryTrial> figure) {
        double greatest = trials.stream().mapToDouble(figure).max().orElse(1);
        return greatest > 0 ? greatest : 1;
    }

    private static double y(double share) {
        return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP);
    }

    private static void curve(
            StringBuilder page, String kind, List<MemoryTrial> trials, ToDoubleFunction<MemoryTrial> figure) {
        double greatest = greatest(trials, figure);
        page.append("<polyline class=\"")
                .append(kind)
                .append("\" points=\"")
                .append(trials.stream()
                        .map(trial -> String.format(
                                Locale.ROOT, "%.1f,%.1f", x(trials, trial), y(figure.applyAsDouble(trial) / greatest)))
                        .collect(Collectors.joining(" ")))
                .append("\"/>\n");
        for (MemoryTrial trial : trials) {
            page.append(String.format(
                    Locale.ROOT,
                    "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>%n",
                    kind,
                    x(trials, trial),
                    y(figure.applyAsDouble(trial) / greatest)));
        }
    }

    private static void scale(
            StringBuilder page,
            double at,
            String anchor,
            List<MemoryTrial> trials,
            ToDoubleFunction<MemoryTrial> figure) {
        double greatest = greatest(trials, figure);
        text(page, at, y(1) + 5, anchor, number(greatest));
        text(page, at, y(0.5) + 5, anchor, number(greatest / 2));
        text(page, at, y(0) + 5, anchor, "0");
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.2f" : "%,.0f", value);
    }

    private static void line(StringBuilder page, String kind, double x1, double y1, double x2, double y2) {
        page.append(String.format(
                Locale.ROOT,
                "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>%n",
                kind,
                x1,
                y1,
                x2,
                y2));
    }

    private static void text(StringBuilder page, double x, double y, String anchor, String text) {
        page.append(String.format(
                Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n", x, y, anchor, escape(text)));
    }

    private static void table(StringBuilder page, TuningResult result) {
        page.append("<div class=\"scroll\"><table>\n<tr><th>MB<th>invocations<th>ms<th>&plusmn; %<th>")
                .append(escape(result.currency()))
                .append("/million<th>MB used\n");
        for (MemoryTrial trial : result.trials()) {
            boolean chosen = trial.equals(result.chosen());
            page.append(String.format(
                    Locale.ROOT,
                    "<tr><td>%s<td>%d<td>%,.1f<td>%.1f<td>%.2f<td>%d%n",
                    chosen ? "<b>" + trial.memoryMb() + "</b>" : Integer.toString(trial.memoryMb()),
                    trial.invocations(),
                    trial.meanMillis(),
                    100 * trial.relativeError(),
                    1e6 * trial.cost(),
                    trial.maxMemoryUsedMb()));
        }
        page.append("</table></div>\n");
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
