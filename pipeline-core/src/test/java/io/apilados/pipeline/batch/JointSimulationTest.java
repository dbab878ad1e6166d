// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.batch.JointSimulation.Destination;
import io.apilados.pipeline.batch.JointSimulation.Result;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Size and concurrency adapt at the same time, each blind to what the other tries. */
@Tag("once")
class JointSimulationTest {

    private static final int MOST_IN_FLIGHT = 64;
    private static final long SEED = 9000;

    private static Map<Destination, Double> scores(int runs) {
        Map<Destination, Double> scores = new EnumMap<>(Destination.class);
        for (Destination destination : Destination.values()) {
            Result best = JointSimulation.best(destination);
            double goodput = 0;
            double latency = 0;
            for (int run = 0; run < runs; run++) {
                Result result = JointSimulation.adaptive(destination, SizeRule.adaptive(), MOST_IN_FLIGHT, SEED + run);
                goodput += result.goodput() / best.goodput() / runs;
                latency += result.latencyMillis() / best.latencyMillis() / runs;
            }
            scores.put(destination, goodput);
            assertThat(latency).as("latency of %s", destination).isLessThan(6);
        }
        return scores;
    }

    /** The bars: 95 % of the best pair of size and limit on the mean, 85 % at worst. */
    @Test
    @Tag("slow")
    void comesNearToTheBestPairOfSizeAndLimit() {
        Map<Destination, Double> scores = scores(8);
        assertThat(scores.values()).as("%s", scores).allMatch(score -> score >= 0.85);
        assertThat(scores.values().stream().mapToDouble(x -> x).average().orElseThrow())
                .as("%s", scores)
                .isGreaterThanOrEqualTo(0.95);
    }

    /** With ten in flight at four workers, large batches make the others wait: only the goodput of all tells. */
    @Test
    void isNotMisledByASharedQueue() {
        Result best = JointSimulation.best(Destination.KNEE_30);
        Result result = JointSimulation.fixedLimit(Destination.KNEE_30, SizeRule.adaptive(), 10, SEED);
        assertThat(result.goodput()).isGreaterThan(0.85 * best.goodput());
    }
}
