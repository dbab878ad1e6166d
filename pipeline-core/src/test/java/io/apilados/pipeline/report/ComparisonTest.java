// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.report.Comparison.Verdict;
import io.apilados.pipeline.testing.ReportSamples;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ComparisonTest {

    private static final int RUNS = 20;
    private static final int TIMES = 1000;

    private static final RunReport RUN = ReportSamples.completed(10, 1);

    private static PerformanceReport taking(double... seconds) {
        List<PerformanceSample> samples = DoubleStream.of(seconds)
                .mapToObj(s -> new PerformanceSample(10_000, s, null, null, null, null, 0, null, null, null))
                .toList();
        return new PerformanceReport(Instant.EPOCH, 2, samples, RUN, RUN.latencies());
    }

    /** Lognormal noise; now and then a run takes 30 % longer; from the first run to the last all become slower. */
    private static PerformanceReport noisy(
            Random random, int runs, double sigma, double outliers, double drift, double factor) {
        double[] seconds = new double[runs];
        for (int i = 0; i < runs; i++) {
            seconds[i] = factor
                    * Math.exp(sigma * random.nextGaussian() + drift * i / runs)
                    * (random.nextDouble() < outliers ? 1.3 : 1);
        }
        return taking(seconds);
    }

    private static double share(Verdict verdict, int runs, double sigma, double outliers, double drift, double factor) {
        Random random = new Random(20261124);
        int found = 0;
        for (int i = 0; i < TIMES; i++) {
            Comparison comparison = noisy(random, runs, sigma, outliers, drift, factor)
                    .compare(noisy(random, runs, sigma, outliers, drift, 1));
            found += comparison.verdict() == verdict ? 1 : 0;
        }
        return (double) found / TIMES;
    }

    @ParameterizedTest
    @CsvSource({"0.03, 0, 0", "0.05, 0, 0", "0.06, 0, 0", "0.03, 0.1, 0", "0.05, 0.1, 0", "0.05, 0, 0.05"})
    void findsTenPercentAndCallsEqualOnesEqualNineteenTimesOfTwenty(double sigma, double outliers, double drift) {
        assertThat(share(Verdict.SLOWER, RUNS, sigma, outliers, drift, 1.1)).isGreaterThanOrEqualTo(0.95);
        assertThat(share(Verdict.FASTER, RUNS, sigma, outliers, drift, 1 / 1.1)).isGreaterThanOrEqualTo(0.95);
        assertThat(share(Verdict.NO_DIFFERENCE, RUNS, sigma, outliers, drift, 1))
                .isGreaterThanOrEqualTo(0.95);
    }

    @Test
    void saysThatItCannotTellWhereNoiseIsLarge() {
        assertThat(share(Verdict.INCONCLUSIVE, RUNS, 0.2, 0, 0, 1)).isGreaterThan(0.9);
        assertThat(share(Verdict.SLOWER, RUNS, 0.2, 0, 0, 1)).isLessThan(0.03);
    }

    @Test
    void tenRunsDoForFourPercentOfNoiseAndNotForMore() {
        assertThat(share(Verdict.SLOWER, 10, 0.04, 0, 0, 1.1)).isGreaterThanOrEqualTo(0.95);
        assertThat(share(Verdict.NO_DIFFERENCE, 10, 0.04, 0, 0, 1)).isGreaterThanOrEqualTo(0.95);
        assertThat(share(Verdict.NO_DIFFERENCE, 10, 0.06, 0, 0, 1)).isLessThan(0.9);
    }

    @Test
    void aCertainDifferenceSmallerThanMattersIsNone() {
        Comparison comparison = taking(1.03, 1.031, 1.032, 1.033, 1.034).compare(taking(1, 1.001, 1.002, 1.003, 1.004));

        assertThat(comparison.high()).isLessThan(1);
        assertThat(comparison.verdict()).isEqualTo(Verdict.NO_DIFFERENCE);
    }

    @Test
    void threeRunsDoNotTellHoweverFarApart() {
        Comparison comparison = taking(2, 2, 2).compare(taking(1, 1, 1));

        assertThat(comparison.verdict()).isEqualTo(Verdict.INCONCLUSIVE);
        assertThat(comparison.low()).isZero();
        assertThat(comparison.high()).isInfinite();
        assertThat(comparison.toText()).contains("make more runs");
    }

    @Test
    void aBuildFailsOnASlowerOneOnly() {
        PerformanceReport base = taking(1, 1.01, 1.02, 1, 1.01);
        PerformanceReport slower = taking(1.2, 1.21, 1.22, 1.2, 1.21);

        assertThatThrownBy(() -> slower.compare(base).throwIfSlower())
                .isInstanceOf(PerformanceRegressionException.class)
                .hasMessageStartingWith("SLOWER: 0.83");
        assertThatCode(() -> base.compare(slower).throwIfSlower()).doesNotThrowAnyException();
        assertThatCode(() -> base.compare(base).throwIfSlower()).doesNotThrowAnyException();
    }

    @Test
    void aMetricThatARunDoesNotTellIsRefused() {
        PerformanceReport report = taking(1, 1, 1, 1);

        assertThatThrownBy(() -> report.compare(
                        report, ComparisonRule.ofDefaults().by(PerformanceMetric.RECORDS_PER_CPU_SECOND)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("run 1 of the baseline tells no records/CPU s");
        assertThatThrownBy(() -> ComparisonRule.ofDefaults().withConfidence(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("confidence was 1.0 but it must be between 0.5 and 0.999");
    }
}
