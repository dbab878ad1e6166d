// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import java.io.IOException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a performance test measured: each run, how much runs differ, and one of them in full. Store it as JSON and a later
 * test is compared with it. Immutable.
 *
 * @param measuredAt when the test began
 * @param warmUpRuns runs before the first that was measured
 * @param samples the measured runs in the order in which they were made; at least one
 * @param medianRun the run whose records per second are in the middle (the slower of the two in the middle), judged by
 *     the goals of the test
 * @param latencies of the requests of all measured runs
 */
public record PerformanceReport(
        Instant measuredAt, int warmUpRuns, List<PerformanceSample> samples, RunReport medianRun, Latencies latencies) {

    public PerformanceReport {
        Objects.requireNonNull(measuredAt, "measuredAt");
        samples = List.copyOf(samples);
        Objects.requireNonNull(medianRun, "medianRun");
        Objects.requireNonNull(latencies, "latencies");
        if (samples.isEmpty()) {
            throw new IllegalArgumentException("samples was empty but it must have one run at least");
        }
    }

    /**
     * Of these runs.
     *
     * @param runs as many as samples, in the same order
     */
    public static PerformanceReport of(
            Instant measuredAt,
            int warmUpRuns,
            List<PerformanceSample> samples,
            List<RunReport> runs,
            PerformanceGoals goals) {
        List<RunReport> bySpeed = runs.stream()
                .sorted(Comparator.comparingDouble(RunReport::recordsPerSecond))
                .toList();
        Latencies all = runs.stream().map(RunReport::latencies).reduce(Latencies.NONE, Latencies::merge);
        return new PerformanceReport(
                measuredAt,
                warmUpRuns,
                samples,
                bySpeed.get((bySpeed.size() - 1) / 2).judgedBy(goals),
                all);
    }

    /**
     * How a figure varies from run to run.
     *
     * @param min the least
     * @param lowerQuartile a quarter of the runs has less
     * @param median half of the runs have less
     * @param upperQuartile a quarter of the runs has more
     * @param max the most
     */
    public record Spread(double min, double lowerQuartile, double median, double upperQuartile, double max) {

        static Spread of(double... values) {
            double[] sorted = values.clone();
            java.util.Arrays.sort(sorted);
            return new Spread(
                    sorted[0],
                    quantile(sorted, 0.25),
                    quantile(sorted, 0.5),
                    quantile(sorted, 0.75),
                    sorted[sorted.length - 1]);
        }

        /** Between two values in proportion. */
        private static double quantile(double[] sorted, double share) {
            double at = share * (sorted.length - 1);
            int below = (int) at;
            int above = Math.min(below + 1, sorted.length - 1);
            return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
        }

        /** From quartile to quartile, as a share of the median; zero if that is zero. */
        public double relative() {
            return median == 0 ? 0 : (upperQuartile - lowerQuartile) / median;
        }
    }

    /** How a metric varies; null if a run does not tell it. */
    public @Nullable Spread spread(PerformanceMetric metric) {
        return spread(metric::of);
    }

    /** How any figure of a run varies; null if a run does not tell it. */
    public @Nullable Spread spread(Function<PerformanceSample, @Nullable Double> figure) {
        double[] values = new double[samples.size()];
        for (int i = 0; i < values.length; i++) {
            Double value = figure.apply(samples.get(i));
            if (value == null) {
                return null;
            }
            values[i] = value;
        }
        return Spread.of(values);
    }

    /** The speed of the last half of the runs as a multiple of the first half's, by medians; 1 for a single run. */
    double speedUp() {
        int half = samples.size() / 2;
        if (half == 0) {
            return 1;
        }
        double first = median(0, half);
        return first == 0 ? 1 : median(samples.size() - half, samples.size()) / first;
    }

    private double median(int from, int to) {
        return Spread.of(IntStream.range(from, to)
                        .mapToDouble(i -> samples.get(i).recordsPerSecond())
                        .toArray())
                .median();
    }

    /** What might make it do better, each with the measurement that says so; empty if nothing stands out. */
    public List<Recommendation> recommendations() {
        return Recommendations.of(this);
    }

    /** Compared with an earlier test by the default rule. */
    public Comparison compare(PerformanceReport baseline) {
        return compare(baseline, ComparisonRule.ofDefaults());
    }

    /**
     * Compared with an earlier test.
     *
     * @throws IllegalArgumentException if a run does not tell the rule's metric
     */
    public Comparison compare(PerformanceReport baseline, ComparisonRule rule) {
        return Comparison.of(baseline, this, rule);
    }

    /** All of it as one JSON object on one line, for {@link #fromJson}. */
    public String toJson() {
        return PerformanceReportJson.write(this);
    }

    /**
     * What {@link #toJson} gave.
     *
     * @throws IOException if the text is no such report; nothing of the text is in the message
     */
    public static PerformanceReport fromJson(String json) throws IOException {
        return PerformanceReportJson.read(json);
    }

    /** For people, on several lines. */
    public String toText() {
        return PerformanceReportText.write(this);
    }
}
