// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.control.LeakVerdict.Verdict;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/** Live sets in, verdicts out. */
class LeakDetectorTest {

    private static final double SECOND = 1e9;
    private static final double MB = 1 << 20;

    private final LeakDetector detector = new LeakDetector(LeakDetector.SHORTEST_WINDOW);
    private final SplittableRandom random = new SplittableRandom(42);
    private double firstSuspicion = Double.NaN;

    /** A collection every so many seconds leaves so many MB; says how many verdicts of a leak there were. */
    private int run(double seconds, double every, DoubleUnaryOperator megabytes) {
        int suspected = 0;
        for (double now = every; now <= seconds; now += every) {
            detector.add((long) (now * SECOND), (long) (megabytes.applyAsDouble(now) * MB));
            if (verdict(now).verdict() == Verdict.SUSPECTED_LEAK) {
                suspected++;
                firstSuspicion = Double.isNaN(firstSuspicion) ? now : firstSuspicion;
            }
        }
        return suspected;
    }

    private LeakVerdict verdict(double seconds) {
        return detector.verdict((long) (seconds * SECOND));
    }

    private double noise(double megabytes) {
        return (2 * random.nextDouble() - 1) * megabytes;
    }

    @Test
    void findsALeakOfSevenTenthsOfAMegabyteASecondWithinThirtySeconds() {
        run(30, 0.5, now -> 40 + 0.7 * now + noise(1));
        assertThat(firstSuspicion).isBetween(17.0, 25.0);
        assertThat(verdict(30).bytesPerSecond() / MB).isBetween(0.6, 0.8);
        assertThat(verdict(30).growthBytes() / MB).isBetween(8.0, 15.0);
        assertThat(verdict(30).window()).isEqualTo(Duration.ofMillis(17_500));
        assertThat(verdict(30).collections()).isBetween(30, 35);
    }

    @Test
    void findsItWithACollectionEveryFourSecondsOnly() {
        run(40, 4, now -> 40 + 0.7 * now + noise(1));
        assertThat(firstSuspicion).isLessThanOrEqualTo(32);
    }

    @Test
    void whatACollectionDidNotGetAtHidesNoLeakAndMakesNone() {
        DoubleUnaryOperator left = now -> random.nextInt(4) == 0 ? 0 : 25 * random.nextDouble();
        assertThat(run(3600, 0.4, now -> 40 + left.applyAsDouble(now))).isZero();
        LeakDetectorTest leaking = new LeakDetectorTest();
        leaking.run(60, 0.4, now -> 40 + 0.7 * now + left.applyAsDouble(now));
        assertThat(leaking.firstSuspicion).isLessThan(40);
    }

    @Test
    void findsASlowLeakInALongerWindow() {
        assertThat(run(3 * 3600, 5, now -> 40 + 0.02 * now + noise(1))).isPositive();
        assertThat(firstSuspicion / 60).isBetween(10.0, 40.0);
        assertThat(verdict(3 * 3600).window()).isGreaterThan(Duration.ofMinutes(10));
    }

    @Test
    void noiseIsNoLeakInTenHoursOfAnyCadence() {
        for (double every : new double[] {0.3, 1, 4, 30}) {
            LeakDetectorTest quiet = new LeakDetectorTest();
            assertThat(quiet.run(10 * 3600, every, now -> 60 + quiet.noise(4))).isZero();
        }
    }

    @Test
    void noiseAsWideAsTheGrowthThatMattersSeldomLooksLikeALeak() {
        double seconds = 100 * 3600;
        assertThat(run(seconds, 4, now -> 60 + noise(6)) * 4 / seconds).isLessThan(0.005);
    }

    @Test
    void wavesAreNoLeak() {
        for (double period : new double[] {5, 10, 14, 60}) {
            LeakDetectorTest waves = new LeakDetectorTest();
            int suspected = waves.run(2 * 3600, 0.5, now -> 40 + 12 * (now / period - Math.floor(now / period)));
            assertThat(suspected).as("period " + period).isZero();
        }
    }

    @Test
    void aCacheThatFillsInElevenSecondsIsNoLeak() {
        for (double fill : new double[] {3, 6, 9, 11}) {
            LeakDetectorTest filling = new LeakDetectorTest();
            int suspected = filling.run(600, 0.5, now -> 20 + 30 * Math.min(1, now / fill) + filling.noise(1));
            assertThat(suspected).as("filled in " + fill).isZero();
        }
    }

    @Test
    void aCacheThatFillsEverMoreSlowlyIsNoLeak() {
        assertThat(run(1800, 0.5, now -> 20 + 40 * (1 - Math.exp(-now / 4)) + noise(1)))
                .isZero();
    }

    @Test
    void oneStepIsNoLeak() {
        for (int step = 3; step < 40; step++) {
            LeakDetectorTest stepping = new LeakDetectorTest();
            double at = step;
            assertThat(stepping.run(300, 0.5, now -> (now < at ? 20 : 60) + stepping.noise(1)))
                    .isZero();
        }
    }

    @Test
    void growthThatIsAFewPercentOfABigLiveSetIsNoLeak() {
        assertThat(run(60, 0.5, now -> 2000 + 0.7 * now)).isZero();
    }

    @Test
    void oneWindowThatGrowsIsGrowthAndTheSecondASuspicion() {
        run(15.4, 0.5, now -> 40 + 0.8 * now);
        assertThat(verdict(15.4).verdict()).isEqualTo(Verdict.INSUFFICIENT_DATA);
        assertThat(verdict(15.6).verdict()).isEqualTo(Verdict.GROWING);
        detector.add((long) (17.9 * SECOND), (long) (54.3 * MB));
        assertThat(verdict(17.9).verdict()).isEqualTo(Verdict.GROWING);
        assertThat(verdict(18.1).verdict()).isEqualTo(Verdict.SUSPECTED_LEAK);
    }

    @Test
    void theSuspicionEndsWhenTheGrowthDoes() {
        run(60, 0.5, now -> 20 + Math.min(30, now));
        assertThat(firstSuspicion).isLessThan(30);
        assertThat(verdict(60).verdict()).isEqualTo(Verdict.STABLE);
    }

    @Test
    void withoutCollectionsThereIsNoVerdictAndAfterAPauseItBeginsAnew() {
        assertThat(verdict(1000).verdict()).isEqualTo(Verdict.INSUFFICIENT_DATA);
        run(30, 0.5, now -> 40 + 0.7 * now);
        assertThat(verdict(30).verdict()).isEqualTo(Verdict.SUSPECTED_LEAK);
        assertThat(verdict(20_000).verdict()).isEqualTo(Verdict.INSUFFICIENT_DATA);
        assertThat(verdict(20_000).collections()).isZero();
        double later = 20_000;
        for (int i = 0; i < 30; i++) {
            detector.add((long) ((later + i) * SECOND), (long) (40 * MB));
        }
        assertThat(verdict(later + 30).verdict()).isEqualTo(Verdict.STABLE);
    }
}
