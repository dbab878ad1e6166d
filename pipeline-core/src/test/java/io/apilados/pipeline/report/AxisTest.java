// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.report.Axis.Tick;
import java.util.HashSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class AxisTest {

    private static final int CASES = 20_000;
    private static final int MOST_TICKS = 8;
    private static final int LONGEST_LABEL = 9;

    @ParameterizedTest
    @EnumSource(Quantity.class)
    void reachesWhateverIsToBeShownWithFewRoundTicks(Quantity quantity) {
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < CASES; i++) {
            double most = Math.pow(10, -7 + 22 * random.nextDouble());
            Axis axis = Axis.upTo(most, quantity);
            assertThat(axis.top()).as("%s", most).isGreaterThanOrEqualTo(most * (1 - 1e-6));
            assertTicks(axis, most);
        }
    }

    @Test
    void timeEndsWhereTheRunDoes() {
        SplittableRandom random = new SplittableRandom(4);
        for (int i = 0; i < CASES; i++) {
            double seconds = Math.pow(10, -3 + 10 * random.nextDouble());
            Axis axis = Axis.ofTime(seconds);
            assertThat(axis.top()).isEqualTo(seconds);
            assertTicks(axis, seconds);
        }
    }

    private static void assertTicks(Axis axis, double of) {
        HashSet<String> labels = new HashSet<>();
        double before = -1;
        for (Tick tick : axis.ticks()) {
            assertThat(tick.at()).as("%s", of).isGreaterThan(before).isLessThanOrEqualTo(axis.top() * (1 + 1e-9));
            assertThat(tick.label().length()).as("%s: %s", of, tick).isLessThanOrEqualTo(LONGEST_LABEL);
            assertThat(labels.add(tick.label())).as("%s: %s twice", of, tick).isTrue();
            before = tick.at();
        }
        assertThat(axis.ticks()).as("%s", of).hasSizeBetween(2, MOST_TICKS);
    }

    @ParameterizedTest
    @CsvSource({"COUNT, 0, 1", "COUNT, 3, 3", "COUNT, 497, 600", "BYTES, 1000000, 1024000", "SECONDS, 0.173, 0.2"})
    void endsAtARoundNumber(Quantity quantity, double most, double top) {
        assertThat(Axis.upTo(most, quantity).top())
                .isCloseTo(top, org.assertj.core.data.Percentage.withPercentage(0.1));
    }
}
