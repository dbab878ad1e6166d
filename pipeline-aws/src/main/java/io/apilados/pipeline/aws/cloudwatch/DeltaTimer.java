// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import io.micrometer.core.instrument.AbstractTimer;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.distribution.NoopHistogram;
import io.micrometer.core.instrument.distribution.pause.PauseDetector;
import io.micrometer.core.instrument.util.TimeUtils;
import java.util.concurrent.TimeUnit;

/** A timer whose statistics are told once. */
final class DeltaTimer extends AbstractTimer {

    final IntervalStatistics statistics = new IntervalStatistics();

    DeltaTimer(Id id, Clock clock, PauseDetector pauses) {
        super(id, clock, pauses, DeltaMeterRegistry.TIME_UNIT, NoopHistogram.INSTANCE);
    }

    @Override
    protected void recordNonNegative(long amount, TimeUnit unit) {
        statistics.add(TimeUtils.convert(amount, unit, DeltaMeterRegistry.TIME_UNIT));
    }

    @Override
    public long count() {
        return statistics.totalCount();
    }

    @Override
    public double totalTime(TimeUnit unit) {
        return TimeUtils.convert(statistics.totalSum(), DeltaMeterRegistry.TIME_UNIT, unit);
    }

    @Override
    public double max(TimeUnit unit) {
        return TimeUtils.convert(statistics.greatest(), DeltaMeterRegistry.TIME_UNIT, unit);
    }
}
