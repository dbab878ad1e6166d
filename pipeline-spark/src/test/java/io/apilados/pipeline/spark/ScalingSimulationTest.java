// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.apilados.pipeline.spark.ScalingSimulation.Result;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** 10 TB and a thousand workers, which no test has: 5e10 records of 200 bytes, 500 in a request. */
class ScalingSimulationTest {

    private static final double REQUESTS = 1e8;
    private static final double NO_CHECKPOINT = Double.POSITIVE_INFINITY;
    private static final double BYTES = 1e13;

    private static ScalingSimulation tenTerabytes(
            double rate, int workers, double splitBytes, double checkpointSeconds, boolean leased, double step) {
        // Half a second for a request, eight at once.
        return new ScalingSimulation(
                REQUESTS,
                rate,
                workers,
                (int) Math.ceil(BYTES / splitBytes),
                0.5 / 8,
                0.05,
                60,
                checkpointSeconds,
                leased,
                step);
    }

    @ParameterizedTest
    @CsvSource({
        "10000, 1000, 256e6, 60",
        "10000, 1000, 1e9, 60",
        "10000, 1000, 256e6, Infinity",
        "10000, 1000, 1e9, Infinity"
    })
    void nothingIsLostAndTheRateIsNeverExceeded(double rate, int workers, double splitBytes, double checkpointSeconds) {
        ScalingSimulation simulation = tenTerabytes(rate, workers, splitBytes, checkpointSeconds, false, 5);
        Result result = simulation.run(1);
        assertThat(result.done()).isCloseTo(REQUESTS, within(1.0));
        assertThat(result.seconds()).isGreaterThanOrEqualTo(REQUESTS / rate);
        assertThat(result.busiestSecond()).isLessThanOrEqualTo(rate * (1 + 1e-9));
        // A loss repeats what was done since the checkpoint, and no more than the split.
        double splitRequests = REQUESTS / simulation.splits();
        double sinceCheckpoint = (checkpointSeconds + simulation.step()) * rate / workers;
        assertThat(result.sent() - REQUESTS)
                .isLessThanOrEqualTo(result.losses() * Math.min(splitRequests, sinceCheckpoint));
        assertThat(result.losses()).isPositive();
    }

    @Test
    void aCheckpointMakesLongSplitsAsCheapAsShortOnes() {
        Result without =
                tenTerabytes(10_000, 1_000, 1e9, NO_CHECKPOINT, false, 5).run(2);
        Result with = tenTerabytes(10_000, 1_000, 1e9, 60, false, 5).run(2);
        assertThat(with.resentShare(REQUESTS)).isLessThan(without.resentShare(REQUESTS) / 5);
    }

    @Test
    void leasesPayWhereSplitsAreFewAndNotWhereTheyAreMany() {
        double fewDivided =
                tenTerabytes(10_000, 1_000, 4e9, 60, false, 5).run(3).seconds();
        double fewLeased = tenTerabytes(10_000, 1_000, 4e9, 60, true, 5).run(3).seconds();
        assertThat(fewLeased).isLessThan(0.9 * fewDivided);
        double manyDivided =
                tenTerabytes(10_000, 1_000, 256e6, 60, false, 5).run(3).seconds();
        double manyLeased =
                tenTerabytes(10_000, 1_000, 256e6, 60, true, 5).run(3).seconds();
        assertThat(manyDivided).isCloseTo(manyLeased, within(0.03 * manyLeased));
    }

    @Test
    void theSameSeedTellsTheSameStory() {
        ScalingSimulation simulation = tenTerabytes(10_000, 1_000, 1e9, 60, false, 20);
        assertThat(simulation.run(4)).isEqualTo(simulation.run(4)).isNotEqualTo(simulation.run(5));
    }

    /** The table of docs/scaling.md. */
    @Test
    @Tag("slow")
    void printsTheTable() {
        for (Object[] row : new Object[][] {
            {1_000.0, 100, 256e6}, {10_000.0, 1_000, 256e6}, {10_000.0, 1_000, 1e9}, {10_000.0, 1_000, 4e9}
        }) {
            double rate = (double) row[0];
            int workers = (int) row[1];
            for (double checkpoint : new double[] {NO_CHECKPOINT, 60}) {
                for (boolean leased : new boolean[] {false, true}) {
                    ScalingSimulation simulation = tenTerabytes(rate, workers, (double) row[2], checkpoint, leased, 2);
                    Result result = simulation.run(6);
                    System.out.println(String.format(
                            Locale.ROOT,
                            "| %,.0f | %,d | %,.0f MB, %,d | %s | %s | %.2f h | %.3f %% | %d | %,.0f |",
                            rate,
                            workers,
                            (double) row[2] / 1e6,
                            simulation.splits(),
                            checkpoint == NO_CHECKPOINT ? "none" : "60 s",
                            leased ? "leased" : "divided",
                            result.seconds() / 3_600,
                            100 * result.resentShare(REQUESTS),
                            result.losses(),
                            workers * 0.2 * result.seconds() / 3_600));
                }
            }
        }
    }
}
