// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import java.util.Arrays;

/**
 * One {@link GoodputCurve} for each number of workers that the destination may have, and which of them has foretold best.
 *
 * <p>Why: a batch's own latency is the right judge where nothing waits, and a wrong one before a queue that all share,
 * where a large batch makes the others wait. Which it is shows in the latencies of batches that are in flight with some
 * of another size, and when the number in flight changes. Evidence is the sum of logarithms of likelihoods; a lead that
 * is larger than a bound is forgotten, so that a destination may change.
 */
final class QueueHypotheses {

    private static final double[] WORKERS = {Double.POSITIVE_INFINITY, 2, 4, 8, 16, 32};

    /** What the first hypothesis is ahead at the start, and a new one must be to be believed. */
    private static final double LEAD = 3;

    private static final double MOST_EVIDENCE = 20;

    private static final double COMPANY = 0.5;

    /** Only the first until two batches were in flight at once: alone, all foretell the same. */
    private GoodputCurve[] curves;

    private final double[] evidence = new double[WORKERS.length];
    private int believed;

    QueueHypotheses(int[] ladder, int initial) {
        curves = new GoodputCurve[] {new GoodputCurve(ladder, initial, WORKERS[0])};
        evidence[0] = LEAD;
    }

    GoodputCurve believed() {
        return curves[believed];
    }

    /** What one hypothesis takes for news the others may not take for more, or the boldest would always win or lose. */
    double observe(int rung, double goodput, double[] others) {
        if (curves.length == 1 && Arrays.stream(others).sum() > COMPANY) {
            GoodputCurve first = curves[0];
            curves = Arrays.stream(WORKERS)
                    .mapToObj(workers -> new GoodputCurve(first, workers))
                    .toArray(GoodputCurve[]::new);
        }
        double news = believed().independence();
        double surprise = 0;
        for (int i = 0; i < curves.length; i++) {
            double surprised = curves[i].observe(rung, goodput, others);
            evidence[i] += news * curves[i].likelihood();
            if (i == believed) {
                surprise = surprised;
            }
        }
        return surprise;
    }

    void restart(int rung, double batches) {
        for (GoodputCurve curve : curves) {
            curve.restart(rung, batches);
        }
    }

    void draw(double[] underWay) {
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < curves.length; i++) {
            curves[i].draw(underWay);
            most = Math.max(most, evidence[i]);
        }
        for (int i = 0; i < curves.length; i++) {
            evidence[i] = Math.max(evidence[i] - most, -MOST_EVIDENCE);
            if (evidence[i] > evidence[believed] + LEAD) {
                believed = i;
            }
        }
    }
}
