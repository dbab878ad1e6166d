// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.control.PressureJudge.Marks;
import org.junit.jupiter.api.Test;

/** Numbers in, levels out. Seconds throughout. */
class PressureGaugeTest {

    private static final long SECOND = 1_000_000_000L;
    private static final double UNKNOWN = Double.NaN;

    private final PressureGauge gauge = new PressureGauge(
            new PressureGauge.Levels(
                    new Marks(0.70, 0.85, 0.65, 0.75),
                    new Marks(0.85, 0.92, 0.80, 0.82),
                    new Marks(0.15, 0.30, 0.10, 0.20)),
            SECOND);

    private Pressure at(double seconds) {
        return gauge.read((long) (seconds * SECOND), 0, UNKNOWN, UNKNOWN);
    }

    private Pressure at(double seconds, double ofContainer) {
        return gauge.read((long) (seconds * SECOND), 0, ofContainer, UNKNOWN);
    }

    private void full(double seconds, double share) {
        gauge.collected((long) (seconds * SECOND), share, true);
    }

    private void partial(double seconds, double share) {
        gauge.collected((long) (seconds * SECOND), share, false);
    }

    @Test
    void risesAtTheMarksAndFallsBelowTheCalmOnes() {
        full(1, 0.699);
        assertThat(at(1)).isEqualTo(Pressure.NONE);
        full(2, 0.70);
        assertThat(at(2)).isEqualTo(Pressure.HIGH);
        full(3, 0.66);
        assertThat(at(3)).isEqualTo(Pressure.HIGH);
        full(4, 0.649);
        assertThat(at(4)).isEqualTo(Pressure.NONE);
        full(5, 0.66);
        assertThat(at(5)).isEqualTo(Pressure.NONE);
        full(6, 0.85);
        assertThat(at(6)).isEqualTo(Pressure.CRITICAL);
        full(7, 0.76);
        assertThat(at(7)).isEqualTo(Pressure.CRITICAL);
        full(8, 0.749);
        assertThat(at(8)).isEqualTo(Pressure.HIGH);
        full(9, 0.2);
        assertThat(at(9)).isEqualTo(Pressure.NONE);
    }

    @Test
    void aPartialCollectionCountsOnlyWhenNoLowerOneFollows() {
        partial(1.0, 0.92);
        partial(1.5, 0.80);
        partial(2.0, 0.60);
        assertThat(at(2)).isEqualTo(Pressure.NONE);
        assertThat(at(6)).isEqualTo(Pressure.NONE);
        partial(10, 0.90);
        assertThat(at(12)).isEqualTo(Pressure.NONE);
        assertThat(at(13)).isEqualTo(Pressure.CRITICAL);
        full(14, 0.70);
        assertThat(at(14)).isEqualTo(Pressure.HIGH);
    }

    @Test
    void partialCollectionsThatLeaveMoreAndMoreCountAtOnce() {
        partial(1.0, 0.86);
        partial(1.5, 0.88);
        assertThat(at(1.5)).isEqualTo(Pressure.CRITICAL);
    }

    @Test
    void aFullCollectionOverrulesThePartialOneBefore() {
        partial(1.0, 0.92);
        full(1.5, 0.40);
        assertThat(at(10)).isEqualTo(Pressure.NONE);
    }

    @Test
    void criticalFallsWhenNothingIsCollectedAnyMoreSoThatAPausedReaderGoesOn() {
        full(1, 0.9);
        assertThat(at(10.9)).isEqualTo(Pressure.CRITICAL);
        assertThat(at(11)).isEqualTo(Pressure.HIGH);
        assertThat(at(70)).isEqualTo(Pressure.HIGH);
        assertThat(at(71)).isEqualTo(Pressure.NONE);
    }

    @Test
    void criticalThatIsConfirmedAgainAndAgainHoldsForLonger() {
        double now = 1;
        for (int life : new int[] {10, 20, 40, 80, 160, 160}) {
            full(now, 0.9);
            assertThat(at(now + life - 0.1)).isEqualTo(Pressure.CRITICAL);
            assertThat(at(now + life)).isEqualTo(Pressure.HIGH);
            now += life + 1;
        }
        full(now, 0.5);
        full(now + 1, 0.9);
        assertThat(at(now + 11)).isEqualTo(Pressure.HIGH);
    }

    @Test
    void criticalHoldsWhileCollectionsConfirmIt() {
        for (int second = 1; second < 300; second++) {
            full(second, 0.8 + (second == 1 ? 0.1 : 0));
            assertThat(at(second)).isEqualTo(Pressure.CRITICAL);
        }
    }

    @Test
    void aFullContainerThatDoesNotFillFurtherPausesNobodyForLong() {
        assertThat(at(1, 0.91)).isEqualTo(Pressure.HIGH);
        assertThat(at(2, 0.93)).isEqualTo(Pressure.CRITICAL);
        assertThat(at(11, 0.932)).isEqualTo(Pressure.CRITICAL);
        assertThat(at(12, 0.934)).isEqualTo(Pressure.HIGH);
        assertThat(at(13, 0.945)).isEqualTo(Pressure.CRITICAL);
        assertThat(at(32, 0.945)).isEqualTo(Pressure.CRITICAL);
        assertThat(at(33, 0.945)).isEqualTo(Pressure.HIGH);
        assertThat(at(34, 0.79)).isEqualTo(Pressure.NONE);
    }

    @Test
    void anUnknownContainerIsNoPressure() {
        for (int second = 0; second < 100; second++) {
            assertThat(at(second)).isEqualTo(Pressure.NONE);
        }
    }

    @Test
    void timeInCollectionsIsThatOfTheLastTenSeconds() {
        long paused = 0;
        for (int second = 0; second < 60; second++) {
            paused += SECOND / 5;
            Pressure level = gauge.read(second * SECOND, paused, UNKNOWN, UNKNOWN);
            assertThat(level).isEqualTo(second < 8 ? Pressure.NONE : Pressure.HIGH);
        }
        assertThat(gauge.gcShare()).isEqualTo(0.2);
        assertThat(gauge.read(70 * SECOND, paused, UNKNOWN, UNKNOWN)).isEqualTo(Pressure.NONE);
        assertThat(gauge.gcShare()).isZero();
    }

    @Test
    void timeInCollectionsIsCriticalOnlyIfTheHeapIsNotKnownToHaveRoom() {
        long paused = 0;
        for (int second = 0; second < 20; second++) {
            paused += SECOND / 2;
            gauge.read(second * SECOND, paused, UNKNOWN, UNKNOWN);
        }
        assertThat(gauge.read(20 * SECOND, paused, UNKNOWN, UNKNOWN)).isEqualTo(Pressure.CRITICAL);
        full(20, 0.5);
        assertThat(gauge.read(20 * SECOND, paused, UNKNOWN, UNKNOWN)).isEqualTo(Pressure.HIGH);
        full(20, 0.66);
        assertThat(gauge.read(20 * SECOND, paused, UNKNOWN, UNKNOWN)).isEqualTo(Pressure.CRITICAL);
    }

    @Test
    void twoSecondsOfPauseAtTheStartAreNoEmergency() {
        assertThat(gauge.read(0, 2 * SECOND, UNKNOWN, UNKNOWN)).isEqualTo(Pressure.NONE);
        assertThat(gauge.read(SECOND, 2 * SECOND, UNKNOWN, UNKNOWN)).isEqualTo(Pressure.NONE);
    }

    @Test
    void isUnsureWhenItPausesForAHeapThatNobodyLookedAtOfLate() {
        full(1, 0.9);
        assertThat(gauge.isUnsure(5 * SECOND)).isFalse();
        assertThat(gauge.isUnsure(6 * SECOND)).isTrue();
        full(7, 0.72);
        assertThat(gauge.isUnsure(30 * SECOND)).isFalse();
    }

    @Test
    void longPausesMeanNothingWhileHalfOfTheHeapIsFree() {
        long paused = 0;
        for (int second = 0; second <= 20; second++) {
            paused += SECOND / 2;
            assertThat(gauge.read(second * SECOND, paused, UNKNOWN, 0.4)).isEqualTo(Pressure.NONE);
        }
        assertThat(gauge.read(20 * SECOND, paused, UNKNOWN, 0.6)).isNotEqualTo(Pressure.NONE);
    }
}
