// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import java.util.Arrays;

/**
 * By how much one sample lies above another, with a confidence interval: the estimate of Hodges and Lehmann, and the
 * interval that inverts the rank test. No distribution of the noise is assumed, and a run that was disturbed counts for
 * its rank only, however far out it lies. The confidence is kept by the exact distribution of the test up to
 * {@value #MOST_EXACT} differences (20 runs each), above by the normal one, which is then all but the same.
 *
 * <p>Sources: Hodges and Lehmann 1963; Moses 1953 for the interval; Mann and Whitney 1947 for the test.
 *
 * @param estimate of the shift
 * @param low lower end of the interval; minus infinity if so few values cannot give the confidence
 * @param high upper end of the interval; infinity if so few values cannot give the confidence
 */
record RankShift(double estimate, double low, double high) {

    private static final int MOST_EXACT = 400;

    /** Of two independent samples: how far {@code values} lie above {@code base}. */
    static RankShift between(double[] base, double[] values, double confidence) {
        double[] differences = new double[base.length * values.length];
        int n = 0;
        for (double value : values) {
            for (double from : base) {
                differences[n++] = value - from;
            }
        }
        return of(differences, tail(base.length, values.length, (1 - confidence) / 2));
    }

    /** Cuts so many values off each end. */
    private static RankShift of(double[] values, int cut) {
        Arrays.sort(values);
        int n = values.length;
        double median = (values[(n - 1) / 2] + values[n / 2]) / 2;
        return cut == 0
                ? new RankShift(median, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY)
                : new RankShift(median, values[cut - 1], values[n - cut]);
    }

    /** How many values of the statistic of Mann and Whitney, from 0 up, have this probability at most together. */
    static int tail(int m, int n, double probability) {
        if (m * n > MOST_EXACT) {
            return normalTail(m * (double) n / 2, m * (double) n * (m + n + 1) / 12, probability);
        }
        // ways[u]: choices of i among n + i ranks whose sum is u above the least, the coefficients of a Gaussian
        // binomial
        long[] ways = new long[m * n + 1];
        ways[0] = 1;
        for (int i = 1; i <= m; i++) {
            for (int u = m * n; u >= n + i; u--) {
                ways[u] -= ways[u - (n + i)];
            }
            for (int u = i; u <= m * n; u++) {
                ways[u] += ways[u - i];
            }
        }
        return within(ways, probability);
    }

    private static int within(long[] ways, double probability) {
        double left = probability * Arrays.stream(ways).sum();
        int count = 0;
        while (ways[count] <= left) {
            left -= ways[count];
            count++;
        }
        return count;
    }

    private static int normalTail(double mean, double variance, double probability) {
        return (int) Math.max(0, Math.floor(mean - 0.5 - normalQuantile(1 - probability) * Math.sqrt(variance)) + 1);
    }

    /** By bisection of the distribution function, for a probability from 0.5 to 0.9999. */
    private static double normalQuantile(double probability) {
        double low = 0;
        double high = 4;
        while (high - low > 1e-9) {
            double middle = (low + high) / 2;
            if (normal(middle) < probability) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The share of a normal distribution below {@code x}, by the series of Marsaglia 2004. */
    private static double normal(double x) {
        double sum = x;
        double term = x;
        for (int i = 3; Math.abs(term) > 1e-16; i += 2) {
            term *= x * x / i;
            sum += term;
        }
        return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }
}
