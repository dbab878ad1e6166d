// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.Progress;
import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.Pressure;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProgressDisplayTest {

    private static Progress progress(long settled, long size, int seconds) {
        return new Progress(
                1000,
                900,
                7,
                0,
                12,
                3,
                4,
                100,
                10,
                CircuitBreaker.State.CLOSED,
                Pressure.NONE,
                settled,
                settled,
                size,
                Duration.ofSeconds(seconds));
    }

    @Test
    void showsRateTimeLeftFromBytesAndTrouble() {
        assertThat(ProgressDisplay.line(progress(250, 1000, 30)))
                .isEqualTo(" 25% 900 delivered, 7 rejected, 30 records/s, 0:01:30 left, 4 in flight, batches of 100,"
                        + " 3 retries");
    }

    @Test
    void saysNothingOfTheTimeLeftWhileItCannotBeKnown() {
        assertThat(ProgressDisplay.line(progress(1, 1000, 30))).doesNotContain("left");
        assertThat(ProgressDisplay.line(progress(500, -1, 30)))
                .doesNotContain("left")
                .doesNotContain("%");
    }
}
