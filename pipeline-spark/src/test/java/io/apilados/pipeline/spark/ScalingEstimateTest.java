// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.apilados.pipeline.spark.ScalingEstimate.Job;
import io.apilados.pipeline.spark.ScalingEstimate.Machine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ScalingEstimateTest {

    private static final long TEN_TB = 10_000_000_000_000L;
    private static final Machine MACHINE = new Machine(4, Machine.RECORDS_PER_CORE_SECOND, 100, 0.2);

    private static ScalingEstimate estimate(long bytes, double rate) {
        return new ScalingEstimate(new Job(bytes, 200, 500, rate, Duration.ofMillis(500)), MACHINE);
    }

    @Test
    void atFiftyRequestsASecondAnEngineNeverPays() {
        for (long bytes = 1_000_000; bytes <= TEN_TB; bytes *= 10) {
            assertThat(estimate(bytes, 50).engineSpeedsUp()).isFalse();
            assertThat(estimate(bytes, 50).machinesThatHelp()).isEqualTo(1);
        }
        assertThat(estimate(TEN_TB, 50).leastTime().toDays()).isEqualTo(23);
        assertThat(estimate(TEN_TB, 50))
                .hasToString("1.00e+08 requests at 50.0 a second take PT555H33M20S at the least; one"
                        + " machine takes PT555H33M20S, and an engine would not be notably faster");
    }

    @Test
    void machinesHelpUntilTheDestinationIsTheLimit() {
        ScalingEstimate fast = estimate(TEN_TB, 10_000);
        assertThat(fast.engineSpeedsUp()).isTrue();
        assertThat(fast.machinesThatHelp()).isEqualTo(50);
        assertThat(fast.time(25).toMinutes()).isEqualTo(333);
        assertThat(fast.time(50)).isEqualTo(fast.leastTime()).isEqualTo(fast.time(1_000));
        assertThat(fast.dollars(50)).isCloseTo(50 * 0.2 * 1e8 / 10_000 / 3_600, within(0.01));
        assertThat(fast.toString()).endsWith("and 50 are as fast as the destination allows");
    }

    @Test
    void whereRequestsAreShortReadingIsTheLimit() {
        ScalingEstimate estimate =
                new ScalingEstimate(new Job(TEN_TB, 200, 500, 10_000, Duration.ofMillis(1)), MACHINE);
        assertThat(estimate.machinesThatHelp()).isEqualTo(13);
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertThatThrownBy(() -> new Job(0, 1, 1, 1, Duration.ofSeconds(1))).hasMessageContaining("bytes was 0");
        assertThatThrownBy(() -> new Job(1, 1, 1, 1, Duration.ZERO)).hasMessageContaining("latency was PT0S");
        assertThatThrownBy(() -> new Machine(0, 1, 1, 1)).hasMessageContaining("cores was 0");
        assertThatThrownBy(() -> estimate(1, 1).time(0)).hasMessageContaining("machines was 0");
    }

    @Test
    void theTableInTheDocumentsIsWhatItSays() throws Exception {
        StringBuilder table = new StringBuilder();
        for (double rate : new double[] {50, 200, 500, 1_000, 2_000, 10_000}) {
            ScalingEstimate estimate = estimate(TEN_TB, rate);
            table.append(String.format(
                    Locale.ROOT,
                    "| %,.0f | %.1f h | %.1f h | %d | %s |%n",
                    rate,
                    estimate.leastTime().toSeconds() / 3_600.0,
                    estimate.time(1).toSeconds() / 3_600.0,
                    estimate.machinesThatHelp(),
                    estimate.engineSpeedsUp() ? "yes" : "no"));
        }
        assertThat(Files.readString(Path.of("..", "docs", "scaling.md"))).contains(table.toString());
    }
}
