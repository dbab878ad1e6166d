// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.testing.VirtualScheduler;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class AdaptiveRateLimitTest {

    private final VirtualScheduler time = new VirtualScheduler();
    private final RateLimit limit = RateLimit.adaptive(time);

    private void answers(int count, boolean refused) {
        for (int i = 0; i < count; i++) {
            long start = time.nanoTime();
            time.advance(Duration.ofMillis(10));
            limit.answered(start, refused);
        }
    }

    @Test
    void nothingWaitsAsLongAsNothingIsRefused() {
        answers(1000, false);

        for (int i = 0; i < 100; i++) {
            assertThat(limit.reserve().delay()).isZero();
        }
    }

    @Test
    void startsAreSpacedEvenlyOnceSomeWereRefused() {
        answers(20, false);
        answers(1, true);

        // A hundred a second were sent, one was refused: three in a hundred less.
        Duration first = limit.reserve().delay();
        Duration second = limit.reserve().delay();
        Duration third = limit.reserve().delay();
        assertThat(second.minus(first)).isEqualTo(third.minus(second));
        assertThat(second.minus(first)).isBetween(Duration.ofNanos(10_300_000), Duration.ofNanos(10_320_000));
    }

    @Test
    void timeThatWasNotUsedIsNotMadeUpFor() {
        answers(20, false);
        answers(1, true);
        time.advance(Duration.ofSeconds(10));

        assertThat(limit.reserve().delay()).isZero();
        assertThat(limit.reserve().delay()).isGreaterThan(Duration.ofMillis(10));
    }

    @Test
    void theLastMomentCanBeGivenBack() {
        answers(20, false);
        answers(1, true);
        limit.reserve();
        RateLimit.Reservation leaves = limit.reserve();
        leaves.cancel();

        assertThat(limit.reserve().delay()).isEqualTo(leaves.delay());
        assertThat(limit.tryAcquire()).isFalse();
    }

    @Test
    void waitsForItsMomentOrTellsAtOnceThatItComesTooLate() throws Exception {
        answers(20, false);
        answers(1, true);
        Duration before = time.elapsed();
        limit.acquire();
        limit.acquire();

        assertThat(time.elapsed().minus(before)).isGreaterThan(Duration.ofMillis(10));
        assertThatThrownBy(() -> limit.acquire(Duration.ofMillis(10))).isInstanceOf(TimeoutException.class);
    }
}
