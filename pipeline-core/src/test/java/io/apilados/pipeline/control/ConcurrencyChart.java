// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Writes {@code concurrency.svg} and the tables of {@code concurrency.md} to the directory given, or to docs. The
 * command is in the page it writes about.
 */
final class ConcurrencyChart {

    private static final int ROW = 34;
    private static final int TOP = 88;
    private static final int PANEL = 210;
    private static final int LEFT = 190;
    private static final List<String> COLOURS =
            List.of("#d62728", "#8c8c8c", "#5f9ed1", "#c85200", "#2ca02c", "#9467bd");

    private final Map<String, Supplier<ConcurrencyLimit>> rivals = new LinkedHashMap<>();
    private final Map<String, List<ConcurrencyLeague.Standing>> rows = new LinkedHashMap<>();

    private ConcurrencyChart() {
        int start = ConcurrencyLeague.START;
        int max = ConcurrencyLeague.MAX;
        rivals.put("ours", () -> new WindowedLimit(ConcurrencyLeague.MIN, start, max));
        rivals.put("fixed 5", () -> new FixedLimit(5));
        rivals.put("fixed 10", () -> new FixedLimit(10));
        rivals.put("AIMD", () -> new PublishedLimits.Aimd(start, max));
        rivals.put("Vegas", () -> new PublishedLimits.EachSecond(new PublishedLimits.Vegas(start, max)));
        rivals.put("Gradient2", () -> new PublishedLimits.EachSecond(new PublishedLimits.Gradient2(start, max)));
    }

    public static void main(String[] args) throws IOException {
        Path docs = Path.of(args.length > 0 ? args[0] : "docs");
        ConcurrencyChart chart = new ConcurrencyChart();
        chart.run();
        Files.writeString(docs.resolve("concurrency.svg"), chart.svg());
        Path page = docs.resolve("concurrency.md");
        String text = Files.readString(page);
        int from = text.indexOf("| scenario");
        int to = text.indexOf("\n\n", from);
        Files.writeString(page, text.substring(0, from) + chart.table().strip() + text.substring(to));
    }

    private void run() {
        for (ConcurrencyScenario scenario : ConcurrencyScenario.all()) {
            ConcurrencyLeague league = new ConcurrencyLeague(scenario);
            rows.put(
                    scenario.title() + " (" + league.bestLimit() + ")",
                    rivals.values().stream().map(league::standing).toList());
        }
    }

    private String table() {
        StringBuilder table =
                new StringBuilder("| scenario (best fixed) | " + String.join(" | ", rivals.keySet()) + " |\n|---");
        table.append("|---".repeat(rivals.size())).append("|\n");
        rows.forEach((title, standings) -> {
            table.append("| ").append(title);
            standings.forEach(s -> table.append(cell(" | %.0f / %.2f / %.1f", s)));
            table.append(" |\n");
        });
        table.append("| **mean**");
        for (int i = 0; i < rivals.size(); i++) {
            table.append(cell(" | **%.1f / %.2f / %.1f**", mean(i)));
        }
        table.append(" |\n| **worst goodput**");
        for (int i = 0; i < rivals.size(); i++) {
            int rival = i;
            table.append(String.format(
                    Locale.ROOT,
                    " | %.1f",
                    100
                            * rows.values().stream()
                                    .mapToDouble(s -> s.get(rival).goodput())
                                    .min()
                                    .orElseThrow()));
        }
        return table.append(" |\n").toString();
    }

    private static String cell(String format, ConcurrencyLeague.Standing s) {
        return String.format(Locale.ROOT, format, 100 * s.goodput(), s.latency(), 100 * s.refused());
    }

    private ConcurrencyLeague.Standing mean(int rival) {
        return new ConcurrencyLeague.Standing(
                mean(rival, ConcurrencyLeague.Standing::goodput),
                mean(rival, ConcurrencyLeague.Standing::latency),
                mean(rival, ConcurrencyLeague.Standing::refused),
                mean(rival, ConcurrencyLeague.Standing::meanLimit));
    }

    private double mean(int rival, ToDoubleFunction<ConcurrencyLeague.Standing> figure) {
        return rows.values().stream()
                .mapToDouble(s -> figure.applyAsDouble(s.get(rival)))
                .average()
                .orElseThrow();
    }

    private String svg() {
        int height = TOP + ROW * rows.size() + 16;
        int width = LEFT + 3 * PANEL + 20;
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\""
                        + " aria-label=\"Goodput, latency and refusals of six limits in ten scenarios\">%n",
                width, height, width, height));
        svg.append(
                "<style>text{font:12px sans-serif;fill:#24292f}.bg{fill:#fff}.line{stroke:#d0d7de}"
                        + "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.bg{fill:#0d1117}.line{stroke:#3d444d}}</style>\n");
        svg.append("<rect class=\"bg\" width=\"100%\" height=\"100%\"/>\n");
        int x = LEFT;
        int colour = 0;
        for (String name : rivals.keySet()) {
            dot(svg, x, 20, colour++);
            text(svg, x + 10, 24, name);
            x += 100;
        }
        axis(svg, 0, "goodput, % of best fixed", List.of("0", "50", "100"));
        axis(svg, 1, "latency, times best fixed (log)", List.of("0.5", "2.8", "16"));
        axis(svg, 2, "refused, %", List.of("0", "25", "50"));
        int y = TOP + ROW / 2;
        for (Map.Entry<String, List<ConcurrencyLeague.Standing>> row : rows.entrySet()) {
            text(svg, 8, y + 4, row.getKey());
            line(svg, LEFT, y, LEFT + 3 * PANEL - 30, y);
            for (int rival = rivals.size() - 1; rival >= 0; rival--) {
                ConcurrencyLeague.Standing s = row.getValue().get(rival);
                int shifted = y + 3 * rival - 8;
                dot(svg, at(0, s.goodput()), shifted, rival);
                dot(svg, at(1, Math.log(s.latency() / 0.5) / Math.log(32)), shifted, rival);
                dot(svg, at(2, s.refused() / 0.5), shifted, rival);
            }
            y += ROW;
        }
        return svg.append("</svg>\n").toString();
    }

    private void axis(StringBuilder svg, int panel, String title, List<String> ticks) {
        text(svg, at(panel, 0), 54, title);
        for (int i = 0; i < ticks.size(); i++) {
            int x = at(panel, i / (ticks.size() - 1.0));
            text(svg, x - 6, 76, ticks.get(i));
            line(svg, x, TOP - 6, x, TOP + ROW * rows.size());
        }
    }

    private static int at(int panel, double share) {
        return (int) Math.round(LEFT + panel * PANEL + (PANEL - 30) * Math.min(1.02, share));
    }

    private static void text(StringBuilder svg, int x, int y, String text) {
        svg.append(String.format("<text x=\"%d\" y=\"%d\">%s</text>%n", x, y, text));
    }

    private static void line(StringBuilder svg, int x, int y, int toX, int toY) {
        svg.append(String.format("<line class=\"line\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>%n", x, y, toX, toY));
    }

    private static void dot(StringBuilder svg, int x, int y, int colour) {
        svg.append(String.format(
                "<circle cx=\"%d\" cy=\"%d\" r=\"%d\" fill=\"%s\"/>%n",
                x, y, colour == 0 ? 6 : 4, COLOURS.get(colour)));
    }
}
