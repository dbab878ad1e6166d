// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.cumulative.CumulativeCounter;
import io.micrometer.core.instrument.cumulative.CumulativeFunctionCounter;
import io.micrometer.core.instrument.cumulative.CumulativeFunctionTimer;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.distribution.pause.PauseDetector;
import io.micrometer.core.instrument.internal.DefaultGauge;
import io.micrometer.core.instrument.internal.DefaultLongTaskTimer;
import io.micrometer.core.instrument.internal.DefaultMeter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A registry that tells each thing once, whenever it is asked: how much counters grew, the statistics of timers and
 * summaries, and what gauges say at the moment. What did not change is not told, but for gauges. Percentiles and histograms
 * that a meter asks for are not kept.
 */
abstract class DeltaMeterRegistry extends MeterRegistry {

    /** What durations are told in. */
    static final TimeUnit TIME_UNIT = TimeUnit.MILLISECONDS;

    /** One at a time takes what is new. */
    private final ReentrantLock taking = new ReentrantLock();

    /** Sums that were told, by meter and part of it. */
    private final Map<Meter, Map<String, Double>> told = new HashMap<>();

    DeltaMeterRegistry(Clock clock) {
        super(clock);
        config().namingConvention(new CloudWatchNames());
    }

    /**
     * What is new since the last time.
     *
     * @param withGauges whether gauges are told, too
     */
    final List<MetricSample> take(boolean withGauges) {
        List<MetricSample> samples = new ArrayList<>();
        taking.lock();
        try {
            for (Meter meter : getMeters()) {
                take(meter, withGauges, samples);
            }
            told.keySet().retainAll(getMeters());
        } finally {
            taking.unlock();
        }
        samples.removeIf(sample -> !sample.isFinite());
        return samples;
    }

    private void take(Meter meter, boolean withGauges, List<MetricSample> samples) {
        Named named = new Named(getConventionName(meter.getId()), dimensions(meter), unit(meter));
        if (meter instanceof DeltaTimer timer) {
            add(timer.statistics.take(named.name, named.dimensions, named.unit), samples);
        } else if (meter instanceof DeltaSummary summary) {
            add(summary.statistics.take(named.name, named.dimensions, named.unit), samples);
        } else if (meter instanceof Counter counter) {
            add(growth(meter, named, counter.count()), samples);
        } else if (meter instanceof FunctionCounter counter) {
            add(growth(meter, named, counter.count()), samples);
        } else if (meter instanceof FunctionTimer timer) {
            add(means(timer, named), samples);
        } else if (meter instanceof LongTaskTimer timer) {
            if (withGauges) {
                samples.add(MetricSample.of(named.name + ".active", named.dimensions, "Count", timer.activeTasks()));
                samples.add(named.value(timer.duration(TIME_UNIT)));
            }
        } else if (meter instanceof Gauge gauge) {
            if (withGauges) {
                samples.add(named.value(gauge.value()));
            }
        } else {
            takeMeasurements(meter, named, withGauges, samples);
        }
    }

    private static void add(@Nullable MetricSample sample, List<MetricSample> samples) {
        if (sample != null) {
            samples.add(sample);
        }
    }

    /** A meter of somebody's own making. */
    private void takeMeasurements(Meter meter, Named named, boolean withGauges, List<MetricSample> samples) {
        for (Measurement measurement : meter.measure()) {
            String part = measurement.getStatistic().getTagValueRepresentation();
            Named partNamed = new Named(named.name + "." + part, named.dimensions, named.unit);
            switch (measurement.getStatistic()) {
                case COUNT, TOTAL, TOTAL_TIME -> add(growth(meter, partNamed, measurement.getValue()), samples);
                default -> {
                    if (withGauges) {
                        samples.add(partNamed.value(measurement.getValue()));
                    }
                }
            }
        }
    }

    private @Nullable MetricSample growth(Meter meter, Named named, double sum) {
        double growth = growth(meter, named.name, sum);
        return growth == 0 ? null : named.value(growth);
    }

    private double growth(Meter meter, String part, double sum) {
        Double before = told.computeIfAbsent(meter, unused -> new HashMap<>()).put(part, sum);
        return before == null ? sum : sum - before;
    }

    /** Of such a timer nobody knows the least and the greatest: the mean stands for them. */
    private @Nullable MetricSample means(FunctionTimer timer, Named named) {
        long count = (long) growth(timer, "count", timer.count());
        double sum = growth(timer, "sum", timer.totalTime(TIME_UNIT));
        return count <= 0
                ? null
                : new MetricSample(named.name, named.dimensions, named.unit, count, sum, sum / count, sum / count);
    }

    private record Named(String name, Map<String, String> dimensions, String unit) {
        MetricSample value(double value) {
            return MetricSample.of(name, dimensions, unit, value);
        }
    }

    private Map<String, String> dimensions(Meter meter) {
        return CloudWatchNames.dimensions(getConventionTags(meter.getId()));
    }

    private static String unit(Meter meter) {
        String unit = meter.getId().getBaseUnit();
        boolean counts = meter instanceof Counter || meter instanceof FunctionCounter;
        return unit == null && counts ? "Count" : CloudWatchNames.unit(unit);
    }

    @Override
    protected <T> Gauge newGauge(Meter.Id id, @Nullable T of, ToDoubleFunction<T> value) {
        return new DefaultGauge<>(id, of, value);
    }

    @Override
    protected Counter newCounter(Meter.Id id) {
        return new CumulativeCounter(id);
    }

    @Override
    protected Timer newTimer(Meter.Id id, DistributionStatisticConfig config, PauseDetector pauses) {
        return new DeltaTimer(id, clock, pauses);
    }

    @Override
    protected DistributionSummary newDistributionSummary(
            Meter.Id id, DistributionStatisticConfig config, double scale) {
        return new DeltaSummary(id, scale);
    }

    @Override
    protected LongTaskTimer newLongTaskTimer(Meter.Id id, DistributionStatisticConfig config) {
        return new DefaultLongTaskTimer(id, clock, TIME_UNIT, config, false);
    }

    @Override
    protected Meter newMeter(Meter.Id id, Meter.Type type, Iterable<Measurement> measurements) {
        return new DefaultMeter(id, type, measurements);
    }

    @Override
    protected <T> FunctionTimer newFunctionTimer(
            Meter.Id id, T of, ToLongFunction<T> count, ToDoubleFunction<T> total, TimeUnit unit) {
        return new CumulativeFunctionTimer<>(id, of, count, total, unit, TIME_UNIT);
    }

    @Override
    protected <T> FunctionCounter newFunctionCounter(Meter.Id id, T of, ToDoubleFunction<T> count) {
        return new CumulativeFunctionCounter<>(id, of, count);
    }

    @Override
    protected TimeUnit getBaseTimeUnit() {
        return TIME_UNIT;
    }

    @Override
    protected DistributionStatisticConfig defaultHistogramConfig() {
        return DistributionStatisticConfig.NONE;
    }
}
