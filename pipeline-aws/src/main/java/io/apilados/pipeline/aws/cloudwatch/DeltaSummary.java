// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import io.micrometer.core.instrument.AbstractDistributionSummary;
import io.micrometer.core.instrument.distribution.NoopHistogram;

/** A summary whose statistics are told once. */
final class DeltaSummary extends AbstractDistributionSummary {

    final IntervalStatistics statistics = new IntervalStatistics();

    DeltaSummary(Id id, double scale) {
        super(id, scale, NoopHistogram.INSTANCE);
    }

    @Override
    protected void recordNonNegative(double amount) {
        statistics.add(amount);
    }

    @Override
    public long count() {
        return statistics.totalCount();
    }

    @Override
    public double totalAmount() {
        return statistics.totalSum();
    }

    @Override
    public double max() {
        return statistics.greatest();
    }
}
