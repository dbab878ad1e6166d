// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class WorkScaleTest {

    private static double afterTen(WorkScale scale, long work, long latency) {
        for (int i = 0; i < 10; i++) {
            scale.add(WorkScale.rung(work), latency);
        }
        return scale.add(WorkScale.rung(work), latency);
    }

    @Test
    void workOfAnotherSizeIsComparedWithTheRestBeforeItCounts() {
        WorkScale scale = new WorkScale();
        assertThat(afterTen(scale, 100, 1000)).isEqualTo(1);
        assertThat(scale.add(WorkScale.rung(400), 3000)).isNaN();
        assertThat(afterTen(scale, 400, 3000)).isCloseTo(3, within(1e-9));
    }

    @Test
    void whatIsMeasuredIsNotMeasuredAgainWhenLatenciesGrow() {
        WorkScale scale = new WorkScale();
        afterTen(scale, 100, 1000);
        afterTen(scale, 400, 3000);
        scale.limitChanged();
        assertThat(afterTen(scale, 400, 9000)).isCloseTo(3, within(1e-9));
    }

    @Test
    void sizesOfOneQuarterOfAnOctaveAreAlike() {
        assertThat(WorkScale.rung(1)).isZero();
        assertThat(WorkScale.rung(100)).isEqualTo(WorkScale.rung(105)).isNotEqualTo(WorkScale.rung(120));
        assertThat(WorkScale.rung(Long.MAX_VALUE)).isLessThan(256);
    }
}
