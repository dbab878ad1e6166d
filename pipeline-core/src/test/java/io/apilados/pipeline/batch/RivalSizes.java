// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Other ways to choose a batch size, between 10 and 500 from 100 on, written anew from their descriptions. */
final class RivalSizes {

    private static final int MIN = 10;
    private static final int MAX = 500;

    private RivalSizes() {}

    private abstract static class Rule implements SizeRule {
        double size = 100;

        @Override
        public int size() {
            return (int) Math.round(size);
        }

        @Override
        public void onSample(BatchSample sample) {
            learn(sample.records(), (sample.endNanos() - sample.startNanos()) / 1e6);
            size = Math.max(MIN, Math.min(MAX, size));
        }

        abstract void learn(int records, double millis);
    }

    /**
     * The heuristic this library began with, its memory term left out, and mended where its third batch failed: a fifth
     * more when a batch is 10 % better than the last three, itself included, a fifth less when 10 % worse than the three
     * before them.
     */
    static SizeRule seed() {
        return new Rule() {
            private final List<Double> scores = new ArrayList<>();

            @Override
            void learn(int records, double millis) {
                double score = records / millis;
                scores.add(score);
                int count = scores.size();
                if (count < 4) {
                    return;
                }
                if (score > 1.1 * mean(count - 3, count)) {
                    size *= 1.2;
                } else if (score < 0.9 * mean(Math.max(0, count - 6), count - 3)) {
                    size *= 0.8;
                }
            }

            private double mean(int from, int to) {
                return scores.subList(from, to).stream()
                        .mapToDouble(x -> x)
                        .average()
                        .orElseThrow();
            }
        };
    }

    /** Adds ten records while batches take less than half a second, and takes a tenth away when one takes longer [1]. */
    // [1] D. Crankshaw et al., Clipper: A Low-Latency Online Prediction Serving System, NSDI 2017, section 4.3.
    static SizeRule aimd() {
        return new Rule() {
            @Override
            void learn(int records, double millis) {
                size = millis > 500 ? 0.9 * size : size + 10;
            }
        };
    }

    /** A line through the last hundred durations; the size at which what a request costs besides is 5 % of it [1]. */
    // [1] Apache Beam, BatchElements: target_batch_overhead 0.05, target_batch_duration_secs 10, growth at most
    // twofold.
    static SizeRule regression() {
        return new Rule() {
            private final Deque<double[]> points = new ArrayDeque<>();

            @Override
            void learn(int records, double millis) {
                points.add(new double[] {records, millis});
                if (points.size() > 100) {
                    points.remove();
                }
                double n = points.size();
                double x = points.stream().mapToDouble(p -> p[0]).sum() / n;
                double y = points.stream().mapToDouble(p -> p[1]).sum() / n;
                double xx = points.stream()
                        .mapToDouble(p -> (p[0] - x) * (p[0] - x))
                        .sum();
                double xy = points.stream()
                        .mapToDouble(p -> (p[0] - x) * (p[1] - y))
                        .sum();
                if (xx == 0) {
                    size *= points.size() % 2 == 0 ? 1.2 : 1;
                    return;
                }
                double each = Math.max(1e-3, xy / xx);
                double besides = Math.max(0, y - each * x);
                double wanted = Math.min(besides / each * (1 / 0.05 - 1), (10_000 - besides) / each);
                // A tenth more or less each time, so that there is a slope to see.
                size = Math.min(2 * size, Math.max(MIN, wanted)) * (points.size() % 2 == 0 ? 1.1 : 0.9);
            }
        };
    }
}
