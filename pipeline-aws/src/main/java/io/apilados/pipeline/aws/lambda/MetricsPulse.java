// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import io.apilados.pipeline.aws.cloudwatch.EmfMeterRegistry;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.Scheduler.Cancellable;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Writes metrics once a minute as long as a run is under way, so that its gauges are seen. Safe for use by many threads. */
final class MetricsPulse implements AutoCloseable {

    /** The shortest period that CloudWatch keeps by default. */
    private static final Duration PERIOD = Duration.ofMinutes(1);

    private final @Nullable EmfMeterRegistry registry;
    private final Scheduler scheduler;
    private volatile @Nullable Cancellable next;
    private volatile boolean closed;

    private MetricsPulse(@Nullable EmfMeterRegistry registry, Scheduler scheduler) {
        this.registry = registry;
        this.scheduler = scheduler;
    }

    static MetricsPulse start(@Nullable EmfMeterRegistry registry, Scheduler scheduler) {
        MetricsPulse pulse = new MetricsPulse(registry, scheduler);
        if (registry != null) {
            pulse.next = scheduler.schedule(pulse::beat, PERIOD);
        }
        return pulse;
    }

    private void beat() {
        EmfMeterRegistry written = registry;
        if (!closed && written != null) {
            written.flush();
            next = scheduler.schedule(this::beat, PERIOD);
        }
    }

    @Override
    public void close() {
        closed = true;
        Cancellable waiting = next;
        if (waiting != null) {
            waiting.cancel();
        }
    }
}
