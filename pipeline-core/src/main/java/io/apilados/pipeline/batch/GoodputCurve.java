// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import java.util.Arrays;

/**
 * What is known of the goodput over the rungs of a ladder of batch sizes, as the logarithm of records a nanosecond of
 * service, if the destination has so many workers.
 *
 * <p>Why a Gaussian process [1]: at a noise of 60 % no rung alone can be measured within the batches of a job, but its
 * neighbours say something about it. The prior has a level that is not known, a slope (a request costs something besides
 * its records, so a larger batch rather gains), a smooth bend, and a rough part for knees, where a neighbour says
 * little. Logarithms make noise that multiplies durations additive; an observation further than three standard
 * deviations from what was predicted counts as three, so single slow requests do not move the curve.
 *
 * <p>Why workers: where many are in flight before few workers, a batch waits while others are served, and its latency
 * tells of their size as well as of its own. With {@code u} batches in flight for each worker a batch takes its own
 * service and {@code q} times the mean service of those that were before it, where {@code q = (1 + u^4)^(1/4) - 1}: next
 * to nothing while workers are idle, {@code u - 1} when all are busy. An observation is then one of several rungs at
 * once, each weighted by its share of the latency. Successive batches wait for much the same work, so what they say
 * together is discounted.
 *
 * <p>[1] C. E. Rasmussen, C. K. I. Williams, Gaussian Processes for Machine Learning, MIT Press 2006, sections 2.1 (for
 * the weights), 2.2 and 4.2.1 (for the kernels).
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

    /** How sharply waiting sets in where all workers are busy. */
    private static final double SHARPNESS = 4;

    /** At this pace it is noticed that batches take longer or shorter than predicted. */
    private static final double RECENT_SHARE = 0.3;

    private final double workers;
    private final double[] ladder;
    private final double[] x;
    private final double[][] priorPrecision;
    private final double[] priorMean;

    /** Sums, over observations, of products of their weights, and of weights times what was observed. */
    private final double[][] weights;

    private final double[] observed;

    private double[] mean;
    private double[][] covariance;
    private final double[] service;
    private final double[] share;

    private double noise = FIRST_NOISE_VARIANCE;
    private double noiseWeight = FIRST_NOISE_WEIGHT;
    private double recent;
    private boolean begun;
    private boolean predicts;
    private double likelihood;
    private double independence = 1;

    /** @param workers how many batches the destination serves at once; infinite where none ever waits */
    GoodputCurve(int[] ladder, int initial, double workers) {
        this.workers = workers;
        int rungs = ladder.length;
        this.ladder = Arrays.stream(ladder).asDoubleStream().toArray();
        x = new double[rungs];
        for (int i = 0; i < rungs; i++) {
            x[i] = Math.log(ladder[i] / (double) initial);
        }
        covariance = new double[rungs][rungs];
        for (int i = 0; i < rungs; i++) {
            for (int j = 0; j < rungs; j++) {
                covariance[i][j] = priorCovariance(x[i], x[j]);
            }
        }
        priorPrecision = inverse(covariance);
        priorMean = new double[rungs];
        weights = new double[rungs][rungs];
        observed = new double[rungs];
        mean = new double[rungs];
        service = new double[rungs];
        share = new double[rungs];
    }

    /** What the other knows, with another number of workers. */
    GoodputCurve(GoodputCurve other, double workers) {
        this.workers = workers;
        ladder = other.ladder;
        x = other.x;
        priorPrecision = other.priorPrecision;
        priorMean = other.priorMean.clone();
        weights = copy(other.weights);
        observed = other.observed.clone();
        mean = other.mean.clone();
        covariance = copy(other.covariance);
        service = new double[x.length];
        share = new double[x.length];
        noise = other.noise;
        noiseWeight = other.noiseWeight;
        recent = other.recent;
        begun = other.begun;
        predicts = other.predicts;
    }

    private static double[][] copy(double[][] matrix) {
        return Arrays.stream(matrix).map(double[]::clone).toArray(double[][]::new);
    }

    private static double priorCovariance(double a, double b) {
        double bend = Math.sqrt(3) * Math.abs(a - b) / BEND_LENGTH;
        return LEVEL_VARIANCE
                + SLOPE_VARIANCE * a * b
                + BEND_VARIANCE * (1 + bend) * Math.exp(-bend)
                + KNEE_VARIANCE * Math.exp(-Math.abs(a - b) / KNEE_LENGTH);
    }

    /**
     * A batch of this rung came through.
     *
     * @param goodput logarithm of its records over its latency in nanoseconds
     * @param others how many others of each rung were in flight when it began
     * @return how far it was from what was predicted, in standard deviations and clipped; 0 where nothing was
     */
    double observe(int rung, double goodput, double[] others) {
        if (!begun) {
            begun = true;
            expect(rung, goodput);
        }
        double waited = shareOut(rung, others);
        double surprise = 0;
        double residual = goodput - Math.log(ladder[rung] / (service[rung] + waited));
        recent += RECENT_SHARE * (residual - recent);
        likelihood = 0;
        if (predicts) {
            double variance = noise + predictedVariance();
            double squares = residual * residual / variance;
            likelihood = -0.5 * (Math.log(variance) + Math.min(CLIP * CLIP, squares));
            if (weights[rung][rung] > 1) {
                double deviation = Math.sqrt(variance);
                surprise = Math.max(-CLIP, Math.min(CLIP, residual / deviation));
                residual = surprise * deviation;
                learnNoise(surprise * surprise);
            }
        }
        double waiting = waited / (service[rung] + waited);
        independence = 1 / (1 + Arrays.stream(others).sum() * waiting * waiting);
        add(residual, independence);
        return surprise * Math.sqrt(independence);
    }

    /** Fills {@link #service} and {@link #share}; returns how long the batch waited. */
    private double shareOut(int rung, double[] others) {
        double count = 0;
        double work = 0;
        for (int i = 0; i < x.length; i++) {
            service[i] = ladder[i] * Math.exp(-mean[i]);
            count += others[i];
            work += others[i] * service[i];
        }
        double waitsFor = 0;
        if (count > 0) {
            double inFlightPerWorker = (count + 1) / workers;
            waitsFor = (Math.pow(1 + Math.pow(inFlightPerWorker, SHARPNESS), 1 / SHARPNESS) - 1) / count;
        }
        double latency = service[rung] + waitsFor * work;
        for (int i = 0; i < x.length; i++) {
            share[i] = waitsFor * others[i] * service[i] / latency;
        }
        share[rung] += service[rung] / latency;
        return waitsFor * work;
    }

    private double predictedVariance() {
        double variance = 0;
        for (int i = 0; i < x.length; i++) {
            if (share[i] > 0) {
                for (int j = 0; j < x.length; j++) {
                    variance += share[i] * share[j] * covariance[i][j];
                }
            }
        }
        return variance;
    }

    /** The square of a surprise is 1 on the mean where the noise is known, and 5 % less where it is clipped. */
    private void learnNoise(double squaredSurprise) {
        noiseWeight = Math.min(noiseWeight + 1, MOST_NOISE_WEIGHT);
        noise = Math.max(LEAST_NOISE_VARIANCE, noise + noise * (1.05 * squaredSurprise - 1) / noiseWeight);
    }

    private void add(double residual, double batches) {
        double seen = residual;
        for (int i = 0; i < x.length; i++) {
            seen += share[i] * mean[i];
        }
        for (int i = 0; i < x.length; i++) {
            observed[i] = KEPT * observed[i] + batches * share[i] * seen;
            for (int j = 0; j < x.length; j++) {
                weights[i][j] = KEPT * weights[i][j] + batches * share[i] * share[j];
            }
        }
    }

    private void expect(int rung, double goodput) {
        for (int i = 0; i < x.length; i++) {
            priorMean[i] = goodput + SLOPE * (x[i] - x[rung]);
        }
        mean = priorMean.clone();
    }

    /** Forgets all but the noise, and begins with how this rung did of late, as if so many batches had said it. */
    void restart(int rung, double batches) {
        double goodput = mean[rung] + recent;
        recent = 0;
        for (double[] row : weights) {
            Arrays.fill(row, 0);
        }
        Arrays.fill(observed, 0);
        expect(rung, goodput);
        weights[rung][rung] = batches;
        observed[rung] = batches * goodput;
    }

    /** Draws the curve through what was observed; batches under way make it more certain, not higher or lower. */
    void draw(double[] underWay) {
        int rungs = x.length;
        double[][] precision = new double[rungs][rungs];
        double[] told = new double[rungs];
        for (int i = 0; i < rungs; i++) {
            told[i] = observed[i] / noise;
            for (int j = 0; j < rungs; j++) {
                precision[i][j] = priorPrecision[i][j] + weights[i][j] / noise;
                told[i] += priorPrecision[i][j] * priorMean[j];
            }
        }
        covariance = inverse(precision);
        for (int i = 0; i < rungs; i++) {
            mean[i] = 0;
            for (int j = 0; j < rungs; j++) {
                mean[i] += covariance[i][j] * told[j];
            }
        }
        for (int i = 0; i < rungs; i++) {
            if (underWay[i] > 1e-6) {
                foresee(i, noise / underWay[i]);
            }
        }
        predicts = true;
    }

    private void foresee(int rung, double variance) {
        double[] column = covariance[rung].clone();
        double total = column[rung] + variance;
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < x.length; j++) {
                covariance[i][j] -= column[i] * column[j] / total;
            }
        }
    }

    /** Of a positive definite matrix, by elimination; those need no pivoting. */
    private static double[][] inverse(double[][] matrix) {
        int n = matrix.length;
        double[][] a = copy(matrix);
        for (int k = 0; k < n; k++) {
            double pivot = 1 / a[k][k];
            a[k][k] = 1;
            for (int j = 0; j < n; j++) {
                a[k][j] *= pivot;
            }
            for (int i = 0; i < n; i++) {
                double factor = a[i][k];
                if (i != k) {
                    a[i][k] = 0;
                    for (int j = 0; j < n; j++) {
                        a[i][j] -= factor * a[k][j];
                    }
                }
            }
        }
        return a;
    }

    /** Logarithm of how likely the last observation was before it came, but for a constant. */
    double likelihood() {
        return likelihood;
    }

    /** How much the last observation said beside those just before it, as a share of an observation. */
    double independence() {
        return independence;
    }

    /** How many batches, the forgotten ones less, were observed on this rung. */
    double weight(int rung) {
        return weights[rung][rung];
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
