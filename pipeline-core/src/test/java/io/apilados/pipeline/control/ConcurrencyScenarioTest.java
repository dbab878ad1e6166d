// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The adaptive limit in every scenario of {@code src/test/resources/concurrency}, beside the best fixed limit, which is
 * found by trying all. The bars over all scenarios: goodput 97 % on the mean and 90 % at worst, latency 1.2 times on
 * the mean, 2 % refused, recovered within 20 windows. All are reached; no single scenario has a bar on latency, and the
 * smallest destination is the worst there: nine in flight where five do, 1.9 times. Those in which some are refused
 * whatever the limit stand apart: there the bar is 90 % of the goodput, and of the best limit that has no more than 2 %
 * refused beyond the background where there is a limit to concurrency too.
 */
@Tag("once")
class ConcurrencyScenarioTest {

    private static final Map<ConcurrencyScenario, ConcurrencyLeague.Standing> STANDINGS = new LinkedHashMap<>();

    @BeforeAll
    static void runAll() {
        for (ConcurrencyScenario scenario : ConcurrencyScenario.all()) {
            STANDINGS.put(scenario, new ConcurrencyLeague(scenario).standing(ConcurrencyScenarioTest::ours));
        }
    }

    private static ConcurrencyLimit ours() {
        return new WindowedLimit(ConcurrencyLeague.MIN, ConcurrencyLeague.START, ConcurrencyLeague.MAX);
    }

    @ParameterizedTest
    @MethodSource("io.apilados.pipeline.control.ConcurrencyScenario#all")
    void staysWithinWhatTheScenarioExpects(ConcurrencyScenario scenario) {
        ConcurrencyLeague.Standing standing = Objects.requireNonNull(STANDINGS.get(scenario));
        assertThatStanding(standing, scenario);
    }

    @ParameterizedTest
    @MethodSource("io.apilados.pipeline.control.ConcurrencyScenario#withBackground")
    void doesNotRetreatFromWhatIsRefusedWhateverTheLimit(ConcurrencyScenario scenario) {
        assertThatStanding(new ConcurrencyLeague(scenario).standing(ConcurrencyScenarioTest::ours), scenario);
    }

    private static void assertThatStanding(ConcurrencyLeague.Standing standing, ConcurrencyScenario scenario) {
        assertThat(standing.goodput()).as("goodput").isGreaterThanOrEqualTo(scenario.expected("goodput"));
        assertThat(standing.latency()).as("latency").isLessThanOrEqualTo(scenario.expected("latency"));
        assertThat(standing.refused()).as("refused").isLessThanOrEqualTo(scenario.expected("refused"));
        assertThat(standing.meanLimit())
                .as("mean limit")
                .isBetween(scenario.expected("limit.from"), scenario.expected("limit.to"));
    }

    @Test
    void reachesTheBarsOverAllScenarios() {
        assertThat(STANDINGS.values()).hasSize(10).allSatisfy(standing -> {
            assertThat(standing.goodput()).isGreaterThanOrEqualTo(0.90);
            assertThat(standing.refused()).isLessThanOrEqualTo(0.02);
        });
        assertThat(mean(ConcurrencyLeague.Standing::goodput)).isGreaterThanOrEqualTo(0.97);
        assertThat(mean(ConcurrencyLeague.Standing::latency)).isLessThanOrEqualTo(1.2);
    }

    private static double mean(ToDoubleFunction<ConcurrencyLeague.Standing> figure) {
        return STANDINGS.values().stream().mapToDouble(figure).average().orElseThrow();
    }

    @ParameterizedTest
    @MethodSource("stepping")
    void recoversFromAStepWithinTwentyWindows(ConcurrencyScenario scenario) {
        ConcurrencyLeague afterStep = new ConcurrencyLeague(scenario.afterStep());
        for (int seed = 1; seed <= ConcurrencyLeague.RUNS; seed++) {
            assertThat(ConcurrencyLeague.windowsToRecover(scenario, afterStep, seed))
                    .isLessThanOrEqualTo((int) scenario.expected("recovery.windows"));
        }
    }

    static Iterable<ConcurrencyScenario> stepping() {
        return ConcurrencyScenario.all().stream()
                .filter(ConcurrencyScenario::hasStep)
                .toList();
    }
}
