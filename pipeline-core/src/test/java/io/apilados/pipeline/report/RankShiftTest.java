// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RankShiftTest {

    /** One more than the critical values of U that textbooks print, two-sided, 5 %. */
    @ParameterizedTest
    @CsvSource({"3, 3, 0", "4, 4, 1", "5, 5, 3", "8, 8, 14", "10, 10, 24", "5, 10, 9", "20, 20, 128"})
    void cutsOffWhatTheTablesOfMannAndWhitneySay(int m, int n, int cut) {
        assertThat(RankShift.tail(m, n, 0.025)).isEqualTo(cut);
    }

    @Test
    void takesTheMedianOfAllDifferencesAndItsRanksAsTheInterval() {
        RankShift shift = RankShift.between(new double[] {1, 2, 3, 4}, new double[] {11, 12, 13, 14}, 0.95);

        assertThat(shift).isEqualTo(new RankShift(10, 7, 13));
    }

    @Test
    void threeValuesCannotGiveTheConfidence() {
        RankShift shift = RankShift.between(new double[] {1, 2, 3}, new double[] {11, 12, 13}, 0.95);

        assertThat(shift).isEqualTo(new RankShift(10, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY));
    }

    @ParameterizedTest
    @CsvSource({"10, 0.95", "10, 0.8", "20, 0.95", "25, 0.95", "25, 0.99"})
    void theIntervalHoldsTheTruthAsOftenAsItSays(int n, double confidence) {
        Random random = new Random(7);
        int held = 0;
        int times = 2000;
        for (int i = 0; i < times; i++) {
            RankShift shift = RankShift.between(
                    random.doubles(n).toArray(),
                    random.doubles(n).map(x -> x + 0.5).toArray(),
                    confidence);
            held += shift.low() <= 0.5 && shift.high() >= 0.5 ? 1 : 0;
        }
        // At least so often, as ranks are whole, and not much more often.
        assertThat((double) held / times).isBetween(confidence - 0.012, confidence + 0.025);
    }
}
