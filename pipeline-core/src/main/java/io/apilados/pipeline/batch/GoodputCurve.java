// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import java.util.Arrays;

/**
 * What is known of the goodput over the rungs of a ladder of batch sizes, as the logarithm of records a nanosecond.
 *
 * <p>Why a Gaussian process [1]: at a noise of 60 % no rung alone can be measured within the batches of a job, but its
 * neighbours say something about it. The prior has a level that is not known, a slope (a request costs something besides
 * its records, so a larger batch rather gains), a smooth bend, and a rough part for knees, where a neighbour says
 * little. Every rung's observations are conditioned on as one mean with the variance of that mean. Logarithms make noise
 * that multiplies durations additive; an observation further than three standard deviations from what was predicted
 * counts as three, so single slow requests do not move the curve.
 *
 * <p>[1] C. E. Rasmussen, C. K. I. Williams, Gaussian Processes for Machine Learning, MIT Press 2006, section 2.2 and
 * (for the kernels) 4.2.1.
 */
final class GoodputCurve {

    private static final double SLOPE = 0.2;
    private static final double LEVEL_VARIANCE = 9;
    private static final double SLOPE_VARIANCE = 4;
    private static final double BEND_VARIANCE = 1;
    private static final double BEND_LENGTH = 1;
    private static final double KNEE_VARIANCE = 0.09;
    private static final double KNEE_LENGTH = 0.5;

    /** An octave must gain 2 % to be worth its larger batches: they take more memory, and fail as a whole. */
    private static final double LARGER_COSTS = 0.02 / Math.log(2);

    private static final double FIRST_NOISE_VARIANCE = 0.25;
    private static final double FIRST_NOISE_WEIGHT = 3.5;
    private static final double MOST_NOISE_WEIGHT = 400;
    private static final double LEAST_NOISE_VARIANCE = 4e-4;
    private static final double CLIP = 3;

    /** Half of what was seen 1000 batches ago is forgotten. */
    private static final double KEPT = Math.pow(0.5, 1 / 1000.0);

    private final double[] x;
    private final double[][] prior;
    private final double[] weight;
    private final double[] observed;
    private final double[] mean;
    private final double[][] covariance;

    private double noise = FIRST_NOISE_VARIANCE;
    private double noiseWeight = FIRST_NOISE_WEIGHT;
    private boolean predicts;

    GoodputCurve(int[] ladder, int initial) {
        int rungs = ladder.length;
        x = new double[rungs];
        prior = new double[rungs][rungs];
        weight = new double[rungs];
        observed = new double[rungs];
        mean = new double[rungs];
        covariance = new double[rungs][rungs];
        for (int i = 0; i < rungs; i++) {
            x[i] = Math.log(ladder[i] / (double) initial);
        }
        for (int i = 0; i < rungs; i++) {
            for (int j = 0; j < rungs; j++) {
                prior[i][j] = priorCovariance(x[i], x[j]);
            }
        }
    }

    private static double priorCovariance(double a, double b) {
        double bend = Math.sqrt(3) * Math.abs(a - b) / BEND_LENGTH;
        return LEVEL_VARIANCE
                + SLOPE_VARIANCE * a * b
                + BEND_VARIANCE * (1 + bend) * Math.exp(-bend)
                + KNEE_VARIANCE * Math.exp(-Math.abs(a - b) / KNEE_LENGTH);
    }

    /**
     * A batch of this rung came through with this goodput.
     *
     * @return how far it was from what was predicted, in standard deviations and clipped; 0 where nothing was
     */
    double observe(int rung, double goodput) {
        double surprise = 0;
        double clipped = goodput;
        if (predicts && weight[rung] > 1) {
            double deviation = Math.sqrt(noise + covariance[rung][rung]);
            surprise = Math.max(-CLIP, Math.min(CLIP, (goodput - mean[rung]) / deviation));
            clipped = mean[rung] + surprise * deviation;
            learnNoise(surprise * surprise);
        }
        for (int i = 0; i < weight.length; i++) {
            weight[i] *= KEPT;
        }
        add(rung, clipped, 1);
        return surprise;
    }

    /** The square of a surprise is 1 on the mean where the noise is known, and 5 % less where it is clipped. */
    private void learnNoise(double squaredSurprise) {
        noiseWeight = Math.min(noiseWeight + 1, MOST_NOISE_WEIGHT);
        noise = Math.max(LEAST_NOISE_VARIANCE, noise + noise * (1.05 * squaredSurprise - 1) / noiseWeight);
    }

    private void add(int rung, double goodput, double batches) {
        weight[rung] += batches;
        observed[rung] += (goodput - observed[rung]) * batches / weight[rung];
    }

    /** Forgets all but the noise, and begins with this. */
    void restart(int rung, double goodput, double batches) {
        Arrays.fill(weight, 0);
        predicts = false;
        add(rung, goodput, batches);
    }

    /** Draws the curve through what was observed; batches under way make it more certain, not higher or lower. */
    void draw(double[] underWay) {
        double level = level();
        for (int i = 0; i < x.length; i++) {
            mean[i] = level + SLOPE * x[i];
            System.arraycopy(prior[i], 0, covariance[i], 0, x.length);
        }
        for (int i = 0; i < x.length; i++) {
            if (weight[i] > 1e-6) {
                condition(i, observed[i], noise / weight[i]);
            }
            if (underWay[i] > 1e-6) {
                condition(i, mean[i], noise / underWay[i]);
            }
        }
        predicts = true;
    }

    private double level() {
        double sum = 0;
        double weights = 0;
        for (int i = 0; i < x.length; i++) {
            sum += weight[i] * (observed[i] - SLOPE * x[i]);
            weights += weight[i];
        }
        return sum / weights;
    }

    private void condition(int rung, double value, double variance) {
        double[] column = covariance[rung].clone();
        double total = column[rung] + variance;
        double innovation = (value - mean[rung]) / total;
        for (int i = 0; i < x.length; i++) {
            mean[i] += column[i] * innovation;
            double share = column[i] / total;
            for (int j = 0; j < x.length; j++) {
                covariance[i][j] -= share * column[j];
            }
        }
    }

    /** How many batches, the forgotten ones less, were observed on this rung. */
    double weight(int rung) {
        return weight[rung];
    }

    /** By how much one rung is better than another; 0.01 is about 1 % of goodput. */
    double gain(int rung, int over) {
        return mean[rung] - mean[over] - LARGER_COSTS * (x[rung] - x[over]);
    }

    /** Variance of {@link #gain}. */
    double variance(int rung, int other) {
        return Math.max(0, covariance[rung][rung] + covariance[other][other] - 2 * covariance[rung][other]);
    }

    /** Standard deviation by which so many more batches on {@code rung} are expected to move the gain over the other. */
    double movedBy(int rung, int other, double batches) {
        double variance = variance(rung, other);
        return variance / Math.sqrt(variance + noise / batches);
    }
}
