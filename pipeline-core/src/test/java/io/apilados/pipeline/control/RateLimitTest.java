// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.apilados.pipeline.control.RateLimit.Reservation;
import io.apilados.pipeline.testing.RateLimitContract;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RateLimitTest extends RateLimitContract {

    @Override
    protected RateLimit limit(double perSecond, int burst) {
        return RateLimit.builder(perSecond).burst(burst).scheduler(time).build();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN, 1_000_001, Double.POSITIVE_INFINITY, 1e-9})
    void refusesRatesThatMakeNoSense(double rate) {
        assertThatThrownBy(() -> RateLimit.perSecond(rate)).hasMessageContaining("rate was " + rate);
    }

    @Test
    void refusesABurstThatWouldTakeACentury() {
        assertThatThrownBy(() -> RateLimit.perSecond(0.000_01, 1_000_000)).hasMessageContaining("a century");
        assertThat(RateLimit.perSecond(1, 1_000_000).tryAcquire()).isTrue();
    }

    @Test
    void isNeverFasterThanAskedWhereTheSpacingIsNoWholeNumberOfNanoseconds() {
        RateLimit limit = limit(300_000, 1);
        Duration last = Duration.ZERO;
        for (int i = 0; i < 3_001; i++) {
            last = limit.reserve().delay();
        }
        assertThat(last).isBetween(Duration.ofMillis(10), Duration.ofNanos(10_003_000));
    }

    @Test
    void withoutALimitEveryMomentIsFree() throws Exception {
        RateLimit limit = RateLimit.disabled();
        for (int i = 0; i < 1000; i++) {
            assertThat(limit.reserve().delay()).isZero();
            assertThat(limit.tryAcquire()).isTrue();
            limit.acquire();
            limit.acquire(Duration.ZERO);
        }
        limit.reserve().cancel();
    }

    /**
     * Whoever asks is told the moment that the textbook's algorithm gives, as long as nobody leaves. When some leave, the
     * moments that are used still conform to rate and burst, and nobody waits for more than a spacing longer than the
     * soonest moment there is, found by trying.
     */
    @ParameterizedTest
    @CsvSource({"1,0", "1,30", "1,70", "3,0", "3,30", "3,70", "10,50"})
    void keepsRateAndBurstWhoeverLeaves(int burst, int percentLeave) {
        for (int seed = 0; seed < 50; seed++) {
            run(new Random(seed), burst, percentLeave);
        }
    }

    private void run(Random random, int burst, int percentLeave) {
        long spacing = 20;
        RateLimit limit = limit(50, burst);
        List<Long> kept = new ArrayList<>();
        List<Long> moments = new ArrayList<>();
        List<Reservation> waiting = new ArrayList<>();
        long textbook = 0;
        long begun = time.elapsed().toMillis();
        for (int step = 0; step < 120; step++) {
            time.advance(Duration.ofMillis(random.nextInt(random.nextInt(10) == 0 ? 200 : 30)));
            long now = time.elapsed().toMillis() - begun;
            leave(random, percentLeave, now, kept, moments, waiting);
            Reservation reservation = limit.reserve();
            long moment = now + reservation.delay().toMillis();
            if (percentLeave == 0) {
                long expected = Math.max(now, textbook - (burst - 1) * spacing);
                textbook = Math.max(expected, textbook) + spacing;
                assertThat(moment).isEqualTo(expected);
            } else if (burst == 1) {
                assertThat(moment).isLessThanOrEqualTo(soonest(kept, now, spacing) + spacing);
            }
            kept.add(moment);
            moments.add(moment);
            waiting.add(reservation);
            assertConforms(kept, spacing, burst);
        }
    }

    private static void leave(
            Random random, int percent, long now, List<Long> kept, List<Long> moments, List<Reservation> waiting) {
        for (int i = waiting.size() - 1; i >= 0; i--) {
            boolean over = moments.get(i) < now;
            boolean leaves = !over && random.nextInt(400) < percent;
            if (leaves) {
                waiting.get(i).cancel();
                kept.remove(moments.get(i));
            }
            if (over || leaves) {
                waiting.remove(i);
                moments.remove(i);
            }
        }
    }

    private static long soonest(List<Long> kept, long now, long spacing) {
        for (long moment = now; ; moment++) {
            long tried = moment;
            if (kept.stream().allMatch(other -> Math.abs(other - tried) >= spacing)) {
                return moment;
            }
        }
    }

    /** Of any starts in a row, the last is no sooner than their number allows after the first. */
    private static void assertConforms(List<Long> kept, long spacing, int burst) {
        List<Long> starts = kept.stream().sorted().toList();
        int last = starts.size() - 1;
        for (int i = 0; i <= last; i++) {
            for (int j = i + 1; j <= last; j++) {
                long between = starts.get(j) - starts.get(i);
                if (between < (j - i - burst + 1) * spacing) {
                    fail("starts %d and %d of %s", i, j, starts);
                }
            }
        }
    }

    @Test
    void whoIsInterruptedGivesItsMomentBack() throws InterruptedException {
        RateLimit limit = RateLimit.perSecond(0.001);
        limit.acquire();
        CountDownLatch interrupted = new CountDownLatch(6);
        List<Thread> waiters = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Thread waiter = new Thread(() -> {
                try {
                    limit.acquire();
                } catch (InterruptedException e) {
                    interrupted.countDown();
                }
            });
            waiter.start();
            waiters.add(waiter);
        }
        waiters.forEach(Thread::interrupt);
        interrupted.await();
        assertThat(limit.reserve().delay()).isLessThanOrEqualTo(Duration.ofSeconds(1000));
    }

    @Test
    void givesNoMomentTwiceUnderManyThreads() throws InterruptedException {
        // No time passes: what is free now is the burst, whoever takes and gives back.
        RateLimit limit = limit(1, 1000);
        AtomicInteger taken = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            threads.add(new Thread(() -> {
                for (int i = 0; i < 20_000; i++) {
                    Reservation reservation = limit.reserve();
                    if (reservation.delay().isZero() && i % 50 == 0) {
                        taken.incrementAndGet();
                    } else {
                        reservation.cancel();
                    }
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(taken.get()).isBetween(1, 1000);
        while (limit.tryAcquire()) {
            taken.incrementAndGet();
        }
        assertThat(taken.get()).isLessThanOrEqualTo(1000);
    }
}
