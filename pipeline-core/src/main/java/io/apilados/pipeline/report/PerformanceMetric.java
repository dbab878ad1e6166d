// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What two performance tests are compared by. Each is a speed, of which more is better; that of a latency is its inverse.
 */
public enum PerformanceMetric {
    /**
     * Records read a second of time: what a user waits for. Whatever else runs on the machine slows it down, so on a
     * shared machine compare by interleaved runs.
     */
    RECORDS_PER_SECOND("records/s", PerformanceSample::recordsPerSecond),
    /**
     * Records read a second of processor time. Steadier where other processes take processors away, and blind to waiting:
     * a destination that answers later does not show.
     */
    RECORDS_PER_CPU_SECOND("records/CPU s", sample -> inverse(sample.cpuSeconds(), sample.read())),
    /** The inverse of what half of the requests took at most. */
    REQUEST_P50("1/p50 s", sample -> inverse(sample.p50Millis(), 1000)),
    /** The inverse of what 95 % of the requests took at most; steady only with some hundreds of requests a run. */
    REQUEST_P95("1/p95 s", sample -> inverse(sample.p95Millis(), 1000));

    private final String unit;
    private final Function<PerformanceSample, @Nullable Double> speed;

    PerformanceMetric(String unit, Function<PerformanceSample, @Nullable Double> speed) {
        this.unit = unit;
        this.speed = speed;
    }

    /** What it is measured in. */
    public String unit() {
        return unit;
    }

    /** How fast a run was; null if it does not tell. */
    public @Nullable Double of(PerformanceSample sample) {
        Double value = speed.apply(sample);
        return value == null || value <= 0 || value.isInfinite() ? null : value;
    }

    private static @Nullable Double inverse(@Nullable Double value, double of) {
        return value == null ? null : of / value;
    }
}
