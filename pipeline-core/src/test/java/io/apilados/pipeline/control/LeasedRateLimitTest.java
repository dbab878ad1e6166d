// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.apilados.pipeline.testing.RateLimitContract;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** One worker with a lease; and what happens when it gets none. */
class LeasedRateLimitTest extends RateLimitContract {

    @Override
    protected RateLimit limit(double perSecond, int burst) {
        return leased("w", request -> new RequestLease(perSecond, Duration.ofDays(1)), burst);
    }

    private LeasedRateLimit leased(String holder, RequestBudget.Channel channel, int burst) {
        RateLimit.Builder checked = RateLimit.builder(1).burst(burst);
        LeasedRateLimit limit = new LeasedRateLimit(holder, channel, time, checked.burst);
        try {
            limit.renew();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return limit;
    }

    @Test
    void aLeaseThatEndedLetsOneRequestBeginEachTerm() {
        LeasedRateLimit limit = leased("w", request -> new RequestLease(50, RequestBudget.TERM), 1);
        assertThat(limit.tryAcquire()).isTrue();
        time.advance(RequestBudget.TERM);
        assertThat(limit.perSecond()).isZero();

        assertThat(limit.reserve().delay()).isZero();
        assertThat(limit.reserve().delay()).isEqualTo(RequestBudget.TERM);
        assertThat(limit.reserve().delay()).isEqualTo(RequestBudget.TERM.multipliedBy(2));
    }

    @Test
    void whatItHasGoesOnWhenTheBudgetCannotBeAsked() {
        boolean[] broken = {false};
        LeasedRateLimit limit = leased(
                "w",
                request -> {
                    if (broken[0]) {
                        throw new IOException("gone");
                    }
                    return new RequestLease(50, RequestBudget.TERM);
                },
                1);
        broken[0] = true;
        time.advance(LeasedRateLimit.RENEWAL);
        assertThatThrownBy(limit::renew).hasMessage("gone");
        assertThat(limit.perSecond()).isEqualTo(50);
    }

    @Test
    void asksForMoreWhileItIsBusyAndForLessBitByBitOtherwise() throws IOException {
        double[] asked = {0};
        LeasedRateLimit limit = leased(
                "w",
                request -> {
                    asked[0] = request.perSecond();
                    return new RequestLease(Math.min(20, asked[0]), RequestBudget.TERM);
                },
                1);
        assertThat(asked[0]).isInfinite();

        for (int i = 0; i < 20; i++) {
            assertThat(limit.tryAcquire()).isTrue();
            time.advance(Duration.ofMillis(50));
        }
        limit.renew();
        assertThat(asked[0]).isEqualTo(40);

        for (int i = 0; i < 12; i++) {
            assertThat(limit.tryAcquire()).isTrue();
            time.advance(Duration.ofMillis(50));
        }
        time.advance(Duration.ofMillis(400));
        limit.renew();
        assertThat(asked[0]).isCloseTo(15, within(1e-9));

        for (double least : new double[] {7.5, 3.75, 2, 2}) {
            time.advance(LeasedRateLimit.RENEWAL);
            limit.renew();
            assertThat(asked[0]).isCloseTo(least, within(1e-9));
        }
    }

    @Test
    void asksForAllWhereRequestsWaitForLong() throws IOException {
        double[] asked = {0};
        LeasedRateLimit limit = leased(
                "w",
                request -> {
                    asked[0] = request.perSecond();
                    return new RequestLease(2, RequestBudget.TERM);
                },
                1);
        for (int i = 0; i < 4; i++) {
            limit.reserve();
        }
        time.advance(LeasedRateLimit.RENEWAL.dividedBy(2));
        limit.renew();
        assertThat(asked[0]).isInfinite();
    }

    @Test
    void tellsHowFarAheadItHasGivenMomentsAway() throws IOException {
        Duration[] committed = {Duration.ZERO};
        LeasedRateLimit limit = leased(
                "w",
                request -> {
                    committed[0] = request.committed();
                    return new RequestLease(10, RequestBudget.TERM);
                },
                1);
        for (int i = 0; i < 5; i++) {
            limit.reserve();
        }
        limit.renew();
        assertThat(committed[0]).isEqualTo(Duration.ofMillis(500));
    }
}
