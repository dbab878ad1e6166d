// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rate found, against destinations that limit theirs with a leaky bucket, as nginx and most gateways do. */
class AdaptiveRateTest {

    private static final double NANOS = 1e9;

    /**
     * A client with so many slots that is always ready to send, and a destination that takes {@code perSecond} and a
     * burst. Starts come up to {@code lateMillis} late, as timers do.
     */
    private static final class Simulation {
        private final AdaptiveRate rate = new AdaptiveRate();
        private final SplittableRandom random = new SplittableRandom(5);
        private final int slots;
        private final double latencyMillis;
        private final double lateMillis;
        private final PriorityQueue<double[]> ends = new PriorityQueue<>(Comparator.comparingDouble(end -> end[1]));
        private double perSecond;
        private final int burst;
        private double byChance;
        private double excess;
        private double lastArrival;
        private double now;
        private double nextMoment;
        int accepted;
        int refused;

        Simulation(double perSecond, int burst, int slots, double latencyMillis, double lateMillis) {
            this.perSecond = perSecond;
            this.burst = burst;
            this.slots = slots;
            this.latencyMillis = latencyMillis;
            this.lateMillis = lateMillis;
        }

        /** Goes on until that many seconds have passed, with new counts. */
        void runTo(double seconds) {
            accepted = 0;
            refused = 0;
            while (now < seconds) {
                while (ends.size() >= slots) {
                    answer();
                }
                double start = now;
                if (rate.perSecond() != AdaptiveRate.UNLIMITED) {
                    start = Math.max(now, nextMoment);
                    nextMoment = start + 1 / rate.perSecond();
                    start += random.nextDouble() * lateMillis / 1e3;
                }
                while (!ends.isEmpty() && ends.peek()[1] <= start) {
                    answer();
                }
                now = Math.max(now, start);
                double latency = latencyMillis / 1e3 * (0.5 + random.nextDouble());
                ends.add(new double[] {start, start + latency, refuses(start) ? 1 : 0});
                if (rate.perSecond() == AdaptiveRate.UNLIMITED && ends.size() >= slots) {
                    answer();
                }
            }
        }

        private boolean refuses(double arrival) {
            double after = Math.max(0, excess - (arrival - lastArrival) * perSecond) + 1;
            if (after > burst + 1 + 1e-9) {
                return true;
            }
            excess = after;
            lastArrival = arrival;
            return random.nextDouble() < byChance;
        }

        private void answer() {
            double[] end = ends.remove();
            now = Math.max(now, end[1]);
            boolean wasRefused = end[2] > 0;
            if (wasRefused) {
                refused++;
            } else {
                accepted++;
            }
            rate.onAnswer((long) (end[0] * NANOS), (long) (end[1] * NANOS), wasRefused);
        }

        double refusedShare() {
            return refused / (double) (refused + accepted);
        }
    }

    @ParameterizedTest
    @CsvSource({
        // limit, burst, slots, latency, late
        "50, 5, 5, 1, 1",
        "50, 0, 5, 1, 1",
        "50, 20, 10, 1, 1",
        "50, 5, 10, 100, 5",
        "50, 1, 1, 1, 3",
        "5, 5, 5, 1, 1",
        "5, 0, 10, 300, 10",
        "500, 5, 10, 1, 0.1",
        "500, 50, 10, 10, 1",
    })
    void settlesJustUnderALimit(double limit, int burst, int slots, double latencyMillis, double lateMillis) {
        Simulation run = new Simulation(limit, burst, slots, latencyMillis, lateMillis);
        double settling = Math.max(10, 1500 / limit);
        run.runTo(settling);
        double end = settling + Math.max(60, 3000 / limit);
        run.runTo(end);
        assertThat(run.refusedShare()).as("refused").isLessThanOrEqualTo(0.01);
        assertThat(run.accepted / (end - settling)).as("rate reached").isBetween(0.9 * limit, 1.01 * limit);
    }

    @Test
    void hasNoRateAsLongAsNothingIsRefused() {
        Simulation run = new Simulation(1e9, 1000, 10, 10, 1);
        run.runTo(10);

        assertThat(run.rate.perSecond()).isEqualTo(AdaptiveRate.UNLIMITED);
        assertThat(run.accepted).isGreaterThan(8_000);
    }

    @ParameterizedTest
    @CsvSource({"50, 500", "50, 60", "500, 50", "50, 5"})
    void followsALimitThatChanges(double before, double after) {
        Simulation run = new Simulation(before, 5, 10, 5, 1);
        run.runTo(60);
        run.perSecond = after;
        run.runTo(60 + 1500 / Math.min(before, after));
        double from = run.now;
        run.runTo(from + Math.max(60, 3000 / after));

        assertThat(run.accepted / (run.now - from)).isBetween(0.9 * after, 1.01 * after);
        assertThat(run.refusedShare()).isLessThanOrEqualTo(0.01);
    }

    @Test
    void refusalsByChanceDoNotStarveARun() {
        Simulation run = new Simulation(1e9, 1000, 10, 10, 1);
        run.byChance = 0.03;
        run.runTo(200);
        double from = run.now;
        run.runTo(from + 60);

        assertThat(run.accepted / (run.now - from)).isGreaterThan(600);
    }

    @Test
    void anOutageIsOverWhenItIsOver() {
        Simulation run = new Simulation(1e9, 1000, 10, 10, 1);
        run.runTo(10);
        run.byChance = 1;
        run.runTo(20);
        run.byChance = 0;
        double from = run.now;
        run.runTo(from + 30);
        run.runTo(from + 60);

        assertThat(run.accepted / 30.0).isGreaterThan(800);
    }

    @Test
    void whatAnOutageLeftNeverRaisesTheRateOfADestinationThatRefusesAll() {
        AdaptiveRate unlimited = new AdaptiveRate();
        AdaptiveRate cut = new AdaptiveRate();
        for (int i = 0; i < 60; i++) {
            cut.onAnswer(i * 10_000_000L, i * 10_000_000L + 1_000_000, i % 3 == 0);
        }
        double before = cut.perSecond();
        for (AdaptiveRate rate : new AdaptiveRate[] {unlimited, cut}) {
            rate.onOutage(1_000_000_000L);
            for (int i = 0; i < 500; i++) {
                long at = 2_000_000_000L + i * 10_000_000L;
                double last = rate.perSecond();
                rate.onAnswer(at, at + 1_000_000, true);
                assertThat(rate.perSecond()).isLessThanOrEqualTo(last);
            }
        }

        assertThat(before).isLessThan(100);
        assertThat(unlimited.perSecond()).isLessThan(60);
        assertThat(cut.perSecond()).isLessThan(before);
    }
}
