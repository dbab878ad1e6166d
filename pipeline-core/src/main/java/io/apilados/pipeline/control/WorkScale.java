// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.util.Arrays;

/**
 * How much longer work of one size takes than work of another, so that latencies of different work can stand in one
 * window.
 *
 * <p>Why it is measured and not reckoned from the size: what a record costs is what the batch size is chosen by, and it
 * is not in proportion. Sizes stand on rungs, four to an octave. Those on a rung that was not seen of late are compared
 * with the rest only after some have come back while the limit stayed the same; so a change of size does not look like a
 * queue, and a queue that is there when the size changes is taken to stay as it was.
 */
final class WorkScale {

    private static final double RUNGS_PER_OCTAVE = 4;
    private static final int RUNGS = (int) (64 * RUNGS_PER_OCTAVE);

    /** So many samples of a rung are compared with the rest before they count. */
    private static final int ENOUGH = 8;

    /** A rung that was not seen for so many windows is measured anew. */
    private static final int KEPT_WINDOWS = 90;

    /** Logarithms of how long work takes on each rung; not a number where that is not known. */
    private final double[] scale = new double[RUNGS];

    private final int[] seenIn = new int[RUNGS];
    private final double[] sum = new double[RUNGS];
    private final int[] count = new int[RUNGS];

    private double levelSum;
    private int levelCount;
    private double levelBefore = Double.NaN;
    private int windows;

    WorkScale() {
        Arrays.fill(scale, Double.NaN);
    }

    static int rung(long work) {
        return work <= 1 ? 0 : (int) Math.min(RUNGS - 1, Math.round(RUNGS_PER_OCTAVE * Math.log(work) / Math.log(2)));
    }

    /** How many times as long as the first work seen this takes; not a number while that is not known. */
    double add(int rung, long latencyNanos) {
        double latency = Math.log(Math.max(1, latencyNanos));
        if (Double.isNaN(levelBefore) && levelCount == 0) {
            scale[rung] = 0;
        }
        if (windows - seenIn[rung] > KEPT_WINDOWS) {
            scale[rung] = Double.NaN;
        }
        seenIn[rung] = windows;
        if (Double.isNaN(scale[rung])) {
            compare(rung, latency);
            return Double.NaN;
        }
        levelSum += latency - scale[rung];
        levelCount++;
        return Math.exp(scale[rung]);
    }

    private void compare(int rung, double latency) {
        sum[rung] += latency;
        count[rung]++;
        double level = levelCount >= ENOUGH || Double.isNaN(levelBefore) ? levelSum / levelCount : levelBefore;
        if (count[rung] >= ENOUGH) {
            scale[rung] = sum[rung] / count[rung] - level;
        }
    }

    void windowEnded() {
        windows++;
    }

    /** The limit moves: what comes from now on is compared with its like. */
    void limitChanged() {
        if (levelCount >= ENOUGH) {
            levelBefore = levelSum / levelCount;
        }
        levelSum = 0;
        levelCount = 0;
        Arrays.fill(sum, 0);
        Arrays.fill(count, 0);
    }
}
