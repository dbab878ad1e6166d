// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import io.apilados.pipeline.batch.SimulatedDestination.Job;
import io.apilados.pipeline.batch.SimulatedDestination.Noise;
import io.apilados.pipeline.batch.SimulatedDestination.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Writes {@code batch-size.svg} to the directory given, or to docs, and prints the tables of {@code batch-size.md}. The
 * command is in that page.
 */
final class BatchSizeChart {

    private static final int SEEDS = 10;
    private static final long SEED = 9000;
    private static final int[][] WINDOWS = {{0, 50}, {50, 100}, {100, 200}, {200, 400}};
    private static final List<String> COLOURS = List.of("#d62728", "#8c8c8c", "#5f9ed1", "#c85200", "#2ca02c");

    private BatchSizeChart() {}

    public static void main(String[] args) throws IOException {
        Map<String, Supplier<SizeRule>> rivals = new LinkedHashMap<>();
        rivals.put("ours", SizeRule::adaptive);
        rivals.put("fixed 100", () -> SizeRule.fixed(100));
        rivals.put("seed heuristic", RivalSizes::seed);
        rivals.put("AIMD", RivalSizes::aimd);
        rivals.put("regression", RivalSizes::regression);
        Map<String, double[]> one = new LinkedHashMap<>();
        Map<String, double[]> ten = new LinkedHashMap<>();
        rivals.forEach((name, rule) -> {
            one.put(name, scores(rule, 1));
            ten.put(name, scores(rule, 10));
            System.out.printf("| %s | %s | %s |%n", name, cell(one.get(name)), cell(ten.get(name)));
        });
        for (JointSimulation.Destination destination : JointSimulation.Destination.values()) {
            printJoint(destination);
        }
        Path docs = Path.of(args.length > 0 ? args[0] : "docs");
        Files.writeString(docs.resolve("batch-size.svg"), svg(one, ten));
    }

    private static void printJoint(JointSimulation.Destination destination) {
        JointSimulation.Result best = JointSimulation.best(destination);
        double goodput = 0;
        double latency = 0;
        double worst = 1;
        for (int run = 0; run < SEEDS; run++) {
            JointSimulation.Result result = JointSimulation.adaptive(destination, SizeRule.adaptive(), 64, SEED + run);
            goodput += 100 * result.goodput() / best.goodput() / SEEDS;
            latency += result.latencyMillis() / best.latencyMillis() / SEEDS;
            worst = Math.min(worst, result.goodput() / best.goodput());
        }
        double tenOfHundred = JointSimulation.fixedLimit(destination, SizeRule.fixed(100), 10, SEED)
                        .goodput()
                / best.goodput();
        System.out.printf(
                Locale.ROOT,
                "| %s | %.1f | %.1f | %.1f | %.0f |%n",
                destination,
                goodput,
                100 * worst,
                latency,
                100 * tenOfHundred);
    }

    private static String cell(double[] scores) {
        return String.format(
                Locale.ROOT,
                "%.1f / %.1f / %.1f / %.1f | %.1f",
                100 * scores[0],
                100 * scores[1],
                100 * scores[2],
                100 * scores[3],
                100 * scores[4]);
    }

    /** Means over all destinations of four windows, and the worst destination's in the last. */
    private static double[] scores(Supplier<SizeRule> rule, int inFlight) {
        double[] scores = {0, 0, 0, 0, 1};
        int cases = Shape.values().length * Noise.values().length;
        for (Shape shape : Shape.values()) {
            for (Noise noise : Noise.values()) {
                double last = 0;
                for (int seed = 0; seed < SEEDS; seed++) {
                    SimulatedDestination destination = new SimulatedDestination(shape, noise, SEED + seed);
                    Job job = destination.run(rule.get(), inFlight);
                    for (int i = 0; i < WINDOWS.length; i++) {
                        int from = WINDOWS[i][0];
                        int to = WINDOWS[i][1];
                        double score = Math.min(1, job.goodput(from, to) / destination.bestGoodput(from, to));
                        scores[i] += score / SEEDS / cases;
                        last = i == WINDOWS.length - 1 ? last + score / SEEDS : last;
                    }
                }
                scores[4] = Math.min(scores[4], last);
            }
        }
        return scores;
    }

    private static String svg(Map<String, double[]> one, Map<String, double[]> ten) {
        StringBuilder svg = new StringBuilder("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 270\""
                + " width=\"720\" height=\"270\" role=\"img\" aria-label=\"Goodput of five ways to choose a batch size\">\n"
                + "<style>text{font:12px sans-serif;fill:#24292f}.bg{fill:#fff}.line{stroke:#d0d7de}"
                + "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.bg{fill:#0d1117}.line{stroke:#3d444d}}</style>\n"
                + "<rect class=\"bg\" width=\"100%\" height=\"100%\"/>\n");
        int colour = 0;
        for (String name : new ArrayList<>(one.keySet())) {
            int x = 50 + 125 * colour;
            svg.append(String.format(
                    "<circle cx=\"%d\" cy=\"20\" r=\"5\" fill=\"%s\"/><text x=\"%d\" y=\"24\">%s</text>%n",
                    x, COLOURS.get(colour++), x + 10, name));
        }
        panel(svg, 50, "one in flight, % of best fixed size", one);
        panel(svg, 400, "ten in flight", ten);
        return svg.append("</svg>\n").toString();
    }

    private static void panel(StringBuilder svg, int left, String title, Map<String, double[]> rivals) {
        svg.append(String.format("<text x=\"%d\" y=\"50\">%s</text>%n", left, title));
        for (int percent = 0; percent <= 100; percent += 25) {
            int y = 235 - 17 * percent / 10;
            svg.append(String.format(
                    "<line class=\"line\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/><text x=\"%d\" y=\"%d\">%d</text>%n",
                    left, y, left + 280, y, left - 28, y + 4, percent));
        }
        for (int i = 0; i < WINDOWS.length; i++) {
            svg.append(String.format(
                    "<text x=\"%d\" y=\"256\">%d-%d</text>%n", left + 10 + 75 * i, WINDOWS[i][0] + 1, WINDOWS[i][1]));
        }
        int colour = 0;
        for (double[] scores : rivals.values()) {
            StringBuilder points = new StringBuilder();
            for (int i = 0; i < WINDOWS.length; i++) {
                points.append(left + 30 + 75 * i)
                        .append(',')
                        .append(Math.round(235 - 170 * scores[i]))
                        .append(' ');
            }
            svg.append(String.format(
                    "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%d\"/>%n",
                    points.toString().strip(), COLOURS.get(colour), colour == 0 ? 3 : 2));
            colour++;
        }
    }
}
