// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.testing.VirtualScheduler;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateLimitTest {

    private final VirtualScheduler time = new VirtualScheduler();

    @Test
    void spacesStartsEvenly() {
        RateLimit limit = new SpacedRateLimit(50, time);
        assertThat(limit.reserve()).isEqualTo(Duration.ZERO);
        assertThat(limit.reserve()).isEqualTo(Duration.ofMillis(20));
        assertThat(limit.reserve()).isEqualTo(Duration.ofMillis(40));
    }

    @Test
    void doesNotSaveUpForABurst() {
        RateLimit limit = new SpacedRateLimit(50, time);
        time.advance(Duration.ofSeconds(10));
        assertThat(limit.reserve()).isEqualTo(Duration.ZERO);
        assertThat(limit.reserve()).isEqualTo(Duration.ofMillis(20));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN, 1_000_001, Double.POSITIVE_INFINITY})
    void refusesRatesThatMakeNoSense(double rate) {
        assertThatThrownBy(() -> RateLimit.perSecond(rate)).hasMessageContaining("rate was " + rate);
    }

    @Test
    void withoutALimitEveryMomentIsFree() {
        assertThat(RateLimit.disabled().reserve()).isZero();
    }
}
