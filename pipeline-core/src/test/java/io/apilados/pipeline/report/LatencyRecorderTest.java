// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class LatencyRecorderTest {

    @Test
    void countsAsTheHistogramItselfDoes() {
        Random random = new Random(11);
        LatencyRecorder recorder = new LatencyRecorder();
        Histogram expected = new Histogram(Latencies.LONGEST_MICROS, Latencies.DIGITS);
        for (int i = 0; i < 200_000; i++) {
            long micros = (long) Math.pow(10, random.nextDouble() * 10) - 1;
            recorder.record(micros * 1000 + random.nextInt(1000));
            expected.recordValue(Math.min(micros, Latencies.LONGEST_MICROS));
        }
        for (long micros : new long[] {0, 1, 127, 128, 255, 256, 257, 511, 512, 1023, 1024, 3_599_999_999L}) {
            recorder.record(micros * 1000);
            expected.recordValue(micros);
        }
        Latencies all = recorder.total();
        assertThat(all).isEqualTo(new Latencies(expected));
        for (double percent = 0; percent <= 100; percent += 0.5) {
            assertThat(all.percentile(percent).toNanos() / 1000).isEqualTo(expected.getValueAtPercentile(percent));
        }
    }

    @Test
    void tellsOfThoseSinceTheLastTimeWithinOnePercent() {
        Random random = new Random(3);
        LatencyRecorder recorder = new LatencyRecorder();
        for (int round = 0; round < 20; round++) {
            long[] nanos = new long[1000];
            for (int i = 0; i < nanos.length; i++) {
                nanos[i] = (long) (1e6 * (1 + round) * Math.exp(random.nextGaussian()));
                recorder.record(nanos[i]);
            }
            Arrays.sort(nanos);
            LatencyRecorder.Late late = recorder.sinceLast();
            assertThat((double) late.p50().toNanos() / nanos[499]).isBetween(0.99, 1.01);
            assertThat((double) late.p95().toNanos() / nanos[949]).isBetween(0.99, 1.01);
            assertThat((double) late.p99().toNanos() / nanos[989]).isBetween(0.99, 1.01);
        }
        assertThat(recorder.sinceLast())
                .isEqualTo(new LatencyRecorder.Late(Duration.ZERO, Duration.ZERO, Duration.ZERO));
        assertThat(recorder.total().count()).isEqualTo(20_000);
    }

    @Test
    void whatIsTooShortOrTooLongCountsAtTheEnds() {
        LatencyRecorder recorder = new LatencyRecorder();
        recorder.record(-5);
        recorder.record(Long.MAX_VALUE);
        assertThat(recorder.total().count()).isEqualTo(2);
        assertThat(recorder.total().percentile(0)).isZero();
        assertThat((double) recorder.total().max().toSeconds()).isBetween(3564.0, 3636.0);
        assertThatThrownBy(() -> recorder.total().percentile(101))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("percent was 101.0");
    }
}
