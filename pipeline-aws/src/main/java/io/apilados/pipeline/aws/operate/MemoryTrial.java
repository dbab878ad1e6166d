// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * How a function did with one memory size. Means leave out the fifth of the invocations that is highest and the fifth that is
 * lowest. Immutable.
 *
 * @param memoryMb the size
 * @param invocations how many there were
 * @param meanMillis how long one took, with the start of an environment if there was one
 * @param errorMillis the standard error of that mean
 * @param meanBilledMillis what is paid for
 * @param maxMemoryUsedMb the most that was in use
 * @param cost of one invocation, in the currency of the price book
 */
public record MemoryTrial(
        int memoryMb,
        int invocations,
        double meanMillis,
        double errorMillis,
        double meanBilledMillis,
        int maxMemoryUsedMb,
        double cost) {

    /** The share that is left out at either end: {@value}. */
    public static final double TRIMMED = 0.2;

    static MemoryTrial of(
            int memoryMb, int storageMb, Processor processor, PriceBook prices, List<LambdaReport> reports) {
        double billed = trimmedMean(sorted(reports, LambdaReport::billedMillis));
        double[] totals = sorted(reports, LambdaReport::totalMillis);
        LambdaUsage one =
                new LambdaUsage(1, BigDecimal.valueOf(billed), memoryMb, storageMb, processor, Duration.ZERO, null);
        return new MemoryTrial(
                memoryMb,
                reports.size(),
                trimmedMean(totals),
                standardError(totals),
                billed,
                reports.stream().mapToInt(LambdaReport::maxMemoryUsedMb).max().orElse(0),
                CostEstimate.of(one, prices).total().doubleValue());
    }

    /** The error of its mean as a share of the mean. */
    double relativeError() {
        return errorMillis / meanMillis;
    }

    private static double[] sorted(List<LambdaReport> reports, ToDoubleFunction<LambdaReport> figure) {
        return reports.stream().mapToDouble(figure).sorted().toArray();
    }

    private static int trimmed(double[] sorted) {
        return (int) (sorted.length * TRIMMED);
    }

    static double trimmedMean(double[] sorted) {
        int cut = trimmed(sorted);
        return Arrays.stream(sorted, cut, sorted.length - cut).average().orElse(0);
    }

    /**
     * Of a trimmed mean, by the winsorized variance.
     *
     * <p>Source: J. W. Tukey and D. H. McLaughlin, Less Vulnerable Confidence and Significance Procedures for Location,
     * Sankhya A 25 (1963).
     */
    static double standardError(double[] sorted) {
        int cut = trimmed(sorted);
        int n = sorted.length;
        double[] winsorized = sorted.clone();
        Arrays.fill(winsorized, 0, cut, sorted[cut]);
        Arrays.fill(winsorized, n - cut, n, sorted[n - cut - 1]);
        double mean = Arrays.stream(winsorized).average().orElse(0);
        double variance =
                Arrays.stream(winsorized).map(x -> (x - mean) * (x - mean)).sum() / (n - 1);
        return Math.sqrt(variance) / ((1 - 2.0 * cut / n) * Math.sqrt(n));
    }
}
