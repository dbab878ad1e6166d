// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.Signal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class DeadlinesTest {

    private final Clock clock = new Clock();
    private final Deadlines deadlines = new Deadlines(clock);

    @Test
    void whatTakesTooLongIsEndedWhenItsTimeIsOverAndNotBefore() {
        Exchange exchange = begun(1_000);
        clock.goTo(999);
        assertThat(exchange.lateAt).isEqualTo(-1);
        clock.goTo(1_000);
        assertThat(exchange.lateAt).isEqualTo(1_000);
    }

    @Test
    void whatEndsInTimeIsLeftAloneAndTheNextIsStillEndedInTime() {
        Exchange first = begun(1_000);
        clock.goTo(600);
        Exchange second = begun(1_000);
        deadlines.end(first);
        clock.goTo(5_000);

        assertThat(first.lateAt).isEqualTo(-1);
        assertThat(second.lateAt).isEqualTo(1_600);
    }

    @Test
    void shorterTimeThatBeginsLaterIsOverSooner() {
        Exchange patient = begun(1_000);
        Exchange hasty = begun(10);
        clock.goTo(5_000);

        assertThat(hasty.lateAt).isEqualTo(10);
        assertThat(patient.lateAt).isEqualTo(1_000);
    }

    @Test
    void tenThousandRequestsOneAfterTheOtherSetTheTimerHardlyEver() {
        for (int i = 0; i < 10_000; i++) {
            Exchange exchange = begun(1_000);
            clock.goTo(clock.now + 1);
            deadlines.end(exchange);
        }
        assertThat(clock.timersSet).isLessThan(20);
    }

    @Test
    void closingCallsTheTimerOffIfNothingIsUnderWay() {
        Exchange exchange = begun(1_000);
        deadlines.close();
        assertThat(clock.timers).hasSize(1);
        deadlines.end(exchange);
        deadlines.close();
        assertThat(clock.timers).isEmpty();
    }

    /** Beside a list of who is due when. */
    @Test
    void manyThatBeginAndEndAtRandomAreEndedEachAtItsTime() {
        SplittableRandom random = new SplittableRandom(7);
        List<Exchange> running = new ArrayList<>();
        List<Exchange> all = new ArrayList<>();
        for (int step = 0; step < 5_000; step++) {
            int what = random.nextInt(3);
            if (what == 0) {
                Exchange exchange = begun(1 + random.nextInt(200));
                running.add(exchange);
                all.add(exchange);
            } else if (what == 1 && !running.isEmpty()) {
                Exchange ended = running.remove(random.nextInt(running.size()));
                deadlines.end(ended);
                if (ended.lateAt < 0) {
                    ended.dueAt = -1;
                }
            } else {
                clock.goTo(clock.now + random.nextInt(20));
            }
        }
        clock.goTo(clock.now + 1_000);

        assertThat(all)
                .hasSizeGreaterThan(1_000)
                .allSatisfy(one -> assertThat(one.lateAt).isEqualTo(one.dueAt));
        assertThat(all).anySatisfy(one -> assertThat(one.lateAt).isNotNegative());
        assertThat(clock.timers).isEmpty();
    }

    private Exchange begun(long millis) {
        Exchange exchange = new Exchange();
        exchange.dueAt = clock.now + millis;
        deadlines.begin(exchange, Duration.ofMillis(millis));
        return exchange;
    }

    private final class Exchange extends Deadlines.Limited {
        private long dueAt;
        private long lateAt = -1;

        @Override
        void late() {
            assertThat(lateAt).isEqualTo(-1);
            lateAt = clock.now;
        }
    }

    /** Goes where it is told to, and runs timers at their time. */
    private static final class Clock implements Scheduler {
        private final List<Timer> timers = new ArrayList<>();
        private long now;
        private int timersSet;

        private record Timer(Runnable task, long at) {}

        void goTo(long millis) {
            while (true) {
                Timer next = null;
                for (Timer timer : timers) {
                    if (timer.at <= millis && (next == null || timer.at < next.at)) {
                        next = timer;
                    }
                }
                if (next == null) {
                    now = millis;
                    return;
                }
                timers.remove(next);
                now = Math.max(now, next.at);
                next.task.run();
            }
        }

        @Override
        public long nanoTime() {
            // Close to where it wraps around.
            return Long.MAX_VALUE - 500_000_000L + 1_000_000 * now;
        }

        @Override
        public long epochMillis() {
            return now;
        }

        @Override
        public Cancellable schedule(Runnable task, Duration delay) {
            timersSet++;
            Timer timer = new Timer(task, now + delay.toMillis());
            timers.add(timer);
            return () -> timers.remove(timer);
        }

        @Override
        public void await(Signal signal, BooleanSupplier condition) {
            throw new UnsupportedOperationException("nothing waits here");
        }
    }
}
