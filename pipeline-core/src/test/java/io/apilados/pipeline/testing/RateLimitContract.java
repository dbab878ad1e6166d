// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.control.RateLimit;
import io.apilados.pipeline.control.RateLimit.Reservation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** What every {@link RateLimit} does: starts evenly spaced, and moments that are given back. */
public abstract class RateLimitContract {

    private static final Duration SPACING = Duration.ofMillis(20);

    /** The time of the limit under test. */
    protected final VirtualScheduler time = new VirtualScheduler();

    /** A new limit that nobody has used. */
    protected abstract RateLimit limit(double perSecond, int burst);

    private static Duration millis(long millis) {
        return Duration.ofMillis(millis);
    }

    @Test
    void spacesStartsEvenly() {
        RateLimit limit = limit(50, 1);
        for (int i = 0; i < 100; i++) {
            assertThat(limit.reserve().delay()).isEqualTo(SPACING.multipliedBy(i));
        }
    }

    @Test
    void doesNotSaveUpForMoreThanItsBurst() {
        RateLimit even = limit(50, 1);
        RateLimit bursts = limit(50, 3);
        time.advance(Duration.ofSeconds(10));
        assertThat(delays(even, 3)).containsExactly(millis(0), millis(20), millis(40));
        assertThat(delays(bursts, 6))
                .containsExactly(millis(0), millis(0), millis(0), millis(20), millis(40), millis(60));
    }

    private static List<Duration> delays(RateLimit limit, int times) {
        List<Duration> delays = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            delays.add(limit.reserve().delay());
        }
        return delays;
    }

    @Test
    void hasNoEdgeOfASecondAtWhichTheRateDoubles() throws InterruptedException {
        RateLimit limit = limit(50, 10);
        time.advance(millis(990));
        List<Duration> starts = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            limit.acquire();
            starts.add(time.elapsed());
        }
        for (int from = 0; from < starts.size(); from++) {
            Duration until = starts.get(from).plusMillis(100);
            assertThat(starts.stream().skip(from).filter(start -> start.compareTo(until) < 0))
                    .hasSizeLessThanOrEqualTo(10 + 5);
        }
    }

    @Test
    void waitsForItsMoment() throws Exception {
        RateLimit limit = limit(50, 1);
        limit.acquire();
        limit.acquire();
        limit.acquire(SPACING);
        assertThat(time.elapsed()).isEqualTo(millis(40));
    }

    @Test
    void takesTheMomentThatIsNowOrNone() {
        RateLimit limit = limit(50, 1);
        assertThat(limit.tryAcquire()).isTrue();
        assertThat(limit.tryAcquire()).isFalse();
        time.advance(SPACING.minusNanos(1));
        assertThat(limit.tryAcquire()).isFalse();
        time.advance(Duration.ofNanos(1));
        assertThat(limit.tryAcquire()).isTrue();
    }

    @Test
    void tellsAtOnceWhoseMomentComesTooLateAndTakesNothing() throws Exception {
        RateLimit limit = limit(50, 1);
        limit.acquire(Duration.ZERO);
        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(() -> limit.acquire(SPACING.minusNanos(1))).isInstanceOf(TimeoutException.class);
        }
        assertThatThrownBy(() -> limit.acquire(Duration.ofSeconds(-1))).isInstanceOf(TimeoutException.class);
        assertThat(time.elapsed()).isZero();
        limit.acquire(SPACING);
        assertThat(time.elapsed()).isEqualTo(SPACING);
    }

    @Test
    void acceptsPatienceWithoutEnd() throws Exception {
        RateLimit limit = limit(50, 1);
        limit.acquire(Duration.ofSeconds(Long.MAX_VALUE));
        limit.acquire(Duration.ofSeconds(Long.MAX_VALUE));
        assertThat(time.elapsed()).isEqualTo(SPACING);
    }

    @RepeatedTest(20)
    void waitersWhoAllLeaveLeaveNothingBehind(RepetitionInfo repetition) {
        RateLimit limit = limit(2, 1);
        limit.reserve();
        List<Reservation> waiters = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            waiters.add(limit.reserve());
        }
        Collections.shuffle(waiters, new Random(repetition.getCurrentRepetition()));
        waiters.forEach(Reservation::cancel);
        assertThat(limit.reserve().delay()).isEqualTo(millis(500));
    }

    @Test
    void aMomentGivenBackGoesToTheNextAndNobodyElseMoves() {
        RateLimit limit = limit(50, 1);
        limit.reserve();
        Reservation leaves = limit.reserve();
        Reservation stays = limit.reserve();
        leaves.cancel();
        assertThat(limit.reserve().delay()).isEqualTo(leaves.delay());
        assertThat(limit.reserve().delay()).isEqualTo(stays.delay().plus(SPACING));
    }

    @Test
    void aMomentIsGivenBackOnce() {
        RateLimit limit = limit(50, 1);
        limit.reserve();
        Reservation leaves = limit.reserve();
        leaves.cancel();
        Reservation stays = limit.reserve();
        leaves.cancel();
        assertThat(limit.reserve().delay()).isEqualTo(stays.delay().plus(SPACING));
    }

    @Test
    void aMomentThatPassedUnusedIsNotMadeUpFor() {
        RateLimit limit = limit(50, 1);
        limit.reserve();
        Reservation leaves = limit.reserve();
        limit.reserve();
        leaves.cancel();
        time.advance(millis(30));
        // The one before is at 20 ms, unused; the one after at 40 ms is somebody's.
        assertThat(limit.reserve().delay()).isEqualTo(millis(30));
    }

    @Test
    void aBurstThatIsGivenBackCanBeTakenAgain() {
        RateLimit limit = limit(50, 4);
        time.advance(Duration.ofSeconds(1));
        List<Reservation> burst = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            burst.add(limit.reserve());
        }
        assertThat(limit.tryAcquire()).isFalse();
        burst.forEach(Reservation::cancel);
        assertThat(delays(limit, 5)).containsExactly(millis(0), millis(0), millis(0), millis(0), millis(20));
    }

    @Test
    void refusesBurstsThatMakeNoSense() {
        assertThatThrownBy(() -> limit(50, 0)).hasMessageContaining("burst was 0");
        assertThatThrownBy(() -> limit(50, 1_000_001)).hasMessageContaining("burst was 1000001");
    }
}
