// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A destination with so many workers and a queue, always backlogged; numbers are virtual nanoseconds. */
class WindowedLimitTest {

    private static final long MILLI = 1_000_000;

    private record Work(long start, long end, int inFlight, boolean dropped) {}

    private static final class Destination {
        private final SplittableRandom random = new SplittableRandom(1);
        private final PriorityQueue<Work> underWay = new PriorityQueue<>(Comparator.comparingLong(Work::end));
        private final long[] workers;
        private final int refusesAbove;
        private double refusesAnyway;
        private long now;
        private long refused;
        private long sumOfLimits;

        Destination(int workers, int refusesAbove) {
            this.workers = new long[workers];
            this.refusesAbove = refusesAbove;
        }

        /** Runs so many pieces of work; returns the limit at the end. */
        int run(ConcurrencyLimit limit, int pieces) {
            for (int i = 0; i < pieces; i++) {
                while (underWay.size() < limit.limit()) {
                    begin();
                }
                Work done = underWay.poll();
                now = done.end;
                refused += done.dropped ? 1 : 0;
                sumOfLimits += limit.limit();
                limit.onSample(done.start, done.end, done.inFlight, done.dropped, 1);
            }
            return limit.limit();
        }

        private void begin() {
            int inFlight = underWay.size() + 1;
            if (inFlight > refusesAbove || (refusesAnyway > 0 && random.nextDouble() < refusesAnyway)) {
                underWay.add(new Work(now, now + 5 * MILLI, inFlight, true));
                return;
            }
            int worker = 0;
            for (int i = 1; i < workers.length; i++) {
                worker = workers[i] < workers[worker] ? i : worker;
            }
            long start = Math.max(now, workers[worker]);
            long service = (long) (100 * MILLI * (0.9 + 0.2 * random.nextDouble()));
            workers[worker] = start + service;
            underWay.add(new Work(now, start + service, inFlight, false));
        }
    }

    @Test
    void growsToWhatTheDestinationCanDo() {
        assertThat(new Destination(32, Integer.MAX_VALUE).run(new WindowedLimit(1, 5, 64), 5000))
                .isBetween(28, 48);
    }

    @Test
    void doesNotFillTheQueueOfASmallDestination() {
        assertThat(new Destination(3, Integer.MAX_VALUE).run(new WindowedLimit(1, 5, 64), 5000))
                .isBetween(3, 12);
    }

    @Test
    void staysAroundWhatIsNotRefused() {
        Destination destination = new Destination(64, 12);
        destination.run(new WindowedLimit(1, 5, 64), 5000);
        assertThat(destination.sumOfLimits / 5000.0).isBetween(7.0, 13.0);
        assertThat(destination.refused / 5000.0).isLessThan(0.06);
    }

    @Test
    void staysWithinItsBounds() {
        ConcurrencyLimit limit = new WindowedLimit(4, 5, 6);
        new Destination(1, Integer.MAX_VALUE).run(limit, 2000);
        assertThat(limit.limit()).isBetween(4, 6);
        new Destination(64, 1).run(limit, 2000);
        assertThat(limit.limit()).isBetween(4, 6);
    }

    @Test
    void shrinksWhenRefused() {
        ConcurrencyLimit limit = new WindowedLimit(1, 20, 64);
        for (int i = 0; i < 20; i++) {
            limit.onSample(0, 5 * MILLI, 20, true, 1);
        }
        assertThat(limit.limit()).isEqualTo(10);
    }

    @Test
    void staysWhereFewerInFlightAreRefusedAsOften() {
        Destination destination = new Destination(64, Integer.MAX_VALUE);
        destination.refusesAnyway = 0.05;
        ConcurrencyLimit limit = new WindowedLimit(1, 5, 10);
        destination.run(limit, 1000);
        destination.sumOfLimits = 0;
        destination.run(limit, 5000);
        assertThat(destination.sumOfLimits / 5000.0).isGreaterThan(9);
    }

    @Test
    void retreatsFromOverloadThoughSomeAreRefusedAnyway() {
        Destination destination = new Destination(64, 12);
        destination.refusesAnyway = 0.05;
        ConcurrencyLimit limit = new WindowedLimit(1, 5, 64);
        destination.run(limit, 2000);
        destination.sumOfLimits = 0;
        destination.run(limit, 10_000);
        assertThat(destination.sumOfLimits / 10_000.0).isBetween(8.0, 14.0);
    }

    @Test
    void retreatsToTheLeastInAnOutageAndIsBackSoonAfterIt() {
        Destination destination = new Destination(64, Integer.MAX_VALUE);
        WindowedLimit limit = new WindowedLimit(1, 5, 64);
        int before = destination.run(limit, 5000);
        destination.refusesAnyway = 1;
        assertThat(destination.run(limit, 300)).isEqualTo(1);
        destination.refusesAnyway = 0;
        int windows = limit.windows();
        while (limit.limit() < before * 3 / 4) {
            destination.run(limit, 1);
        }
        assertThat(limit.windows() - windows).isLessThanOrEqualTo(10);
    }

    @Test
    void whatBeganBeforeTheLastChangeDoesNotCount() {
        ConcurrencyLimit limit = new WindowedLimit(1, 8, 64);
        for (int i = 0; i < 8; i++) {
            limit.onSample(30 * i * MILLI, (30 * i + 100) * MILLI, 8, false, 1);
        }
        assertThat(limit.limit()).isEqualTo(16);
        for (int i = 0; i < 100; i++) {
            limit.onSample(300 * MILLI, 400 * MILLI, 16, true, 1);
        }
        assertThat(limit.limit()).isEqualTo(16);
    }

    @Test
    void refusesBoundsInTheWrongOrder() {
        assertThatThrownBy(() -> new WindowedLimit(5, 4, 10))
                .hasMessage("adaptive concurrency was 5:4:10 but it must be min:initial:max with"
                        + " 1 <= min <= initial <= max");
    }
}
