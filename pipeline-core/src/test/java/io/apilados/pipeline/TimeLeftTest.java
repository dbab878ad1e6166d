// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class TimeLeftTest {

    private static final double STEP = 0.2;

    /** What was told at each look, and how much was really left then. */
    private record Look(double at, double told, double real) {}

    /**
     * A run that settles so many bytes in each step.
     *
     * @param seconds how long it takes
     * @param rate what is settled in a step, by its number
     * @param before what was settled by runs before
     */
    private static List<Look> looks(double seconds, IntToDoubleFunction rate, double before) {
        int steps = (int) Math.round(seconds / STEP);
        double[] settled = new double[steps + 1];
        settled[0] = before;
        for (int i = 1; i <= steps; i++) {
            settled[i] = settled[i - 1] + rate.applyAsDouble(i);
        }
        TimeLeft left = new TimeLeft((long) settled[steps]);
        List<Look> looks = new ArrayList<>();
        for (int i = 0; i <= steps; i++) {
            Optional<Duration> told = left.at(Duration.ofMillis(Math.round(i * STEP * 1000)), (long) settled[i]);
            double now = i * STEP;
            told.ifPresent(time -> looks.add(new Look(now, time.toMillis() / 1000.0, seconds - now)));
        }
        return looks;
    }

    private static void assertWithin(double share, List<Look> looks, double from, double seconds) {
        assertWithin(share, 0.5, looks, from, seconds);
    }

    private static void assertWithin(double share, double slack, List<Look> looks, double from, double seconds) {
        assertThat(looks).isNotEmpty();
        for (Look look : looks) {
            if (look.at >= from && look.at <= seconds * 0.9) {
                assertThat(look.told)
                        .as("at " + look.at + " of " + seconds)
                        .isBetween(look.real * (1 - share) - slack, look.real * (1 + share) + slack);
            }
        }
    }

    private static void assertNeverGrows(List<Look> looks) {
        for (int i = 1; i < looks.size(); i++) {
            assertThat(looks.get(i).told).as("at " + looks.get(i).at).isLessThanOrEqualTo(looks.get(i - 1).told);
        }
    }

    @Test
    void isRightWithinATenthAfterAFifthOfASteadyRunAndNeverGrows() {
        for (int seconds : new int[] {10, 30, 60, 300, 3600, 36_000}) {
            List<Look> looks = looks(seconds, step -> 1_000_000, 0);
            assertWithin(0.10, looks, seconds / 5.0, seconds);
            assertNeverGrows(looks);
        }
    }

    @Test
    void isNearlyAsRightThoughTheRateVariesFromMomentToMoment() {
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            int seconds = 40 + 40 * (seed % 10);
            List<Look> looks = looks(seconds, step -> 1_000_000 * Math.exp(0.3 * random.nextGaussian()), 0);
            assertWithin(0.12, looks, seconds / 5.0, seconds);
        }
    }

    @Test
    void isRightWithinATenthAndALeapThoughWhatIsSettledMovesInLeaps() {
        for (int every = 2; every <= 5; every++) {
            int leap = every;
            List<Look> looks = looks(120, step -> step % (5 * leap) == 0 ? 5 * leap * 1_000_000.0 : 0, 0);
            assertWithin(0.10 + leap / 24.0, leap, looks, 24, 120);
        }
    }

    @Test
    void countsFromWhereThisRunBegan() {
        List<Look> looks = looks(100, step -> 1_000_000, 800_000_000.0);
        assertWithin(0.10, looks, 20, 100);
    }

    @Test
    void followsARateThatHasHalvedWithinAMinute() {
        List<Look> looks = looks(600, step -> step * STEP < 120 ? 2_000_000 : 1_000_000, 0);
        assertWithin(0.15, looks, 220, 600);
    }

    @Test
    void followsARateThatHasDoubledWithinAMinute() {
        List<Look> looks = looks(600, step -> step * STEP < 120 ? 1_000_000 : 2_000_000, 0);
        assertWithin(0.15, looks, 220, 600);
        assertNeverGrows(looks.stream().filter(look -> look.at > 30).toList());
    }

    @Test
    void growsInAnOutageAndComesBackAfterIt() {
        List<Look> looks = looks(400, step -> step * STEP > 100 && step * STEP < 200 ? 0 : 1_000_000, 0);
        double before = told(looks, 99);
        assertThat(told(looks, 199)).isGreaterThan(1.5 * before);
        assertWithin(0.25, looks, 300, 400);
    }

    private static double told(List<Look> looks, double at) {
        return looks.stream().filter(look -> look.at >= at).findFirst().orElseThrow().told;
    }

    @Test
    void tellsNothingWhileItCannotKnow() {
        TimeLeft unknown = new TimeLeft(-1);
        TimeLeft known = new TimeLeft(1_000_000);
        for (int second = 0; second < 100; second++) {
            assertThat(unknown.at(Duration.ofSeconds(second), 1000L * second)).isEmpty();
            assertThat(known.at(Duration.ofSeconds(second), 0)).isEmpty();
        }
        assertThat(new TimeLeft(1000).at(Duration.ZERO, 500)).isEmpty();
    }

    @Test
    void isOfUseAgainSoonAfterALongOutage() {
        List<Look> looks = looks(7800, step -> step * STEP > 3600 && step * STEP < 4200 ? 0 : 1_000_000, 0);
        double before = told(looks, 3599);
        for (Look look : looks) {
            assertThat(look.told).as("at " + look.at).isLessThan(6 * before);
        }
        assertWithin(0.30, looks, 4500, 7800);
    }

    @Test
    void isOfUseAgainSoonAfterAnOutageThatIsJustBorne() {
        List<Look> looks = looks(3600, step -> step * STEP > 600 && step * STEP < 1490 ? 0 : 1_000_000, 0);
        assertWithin(0.60, looks, 1800, 3600);
    }
}
