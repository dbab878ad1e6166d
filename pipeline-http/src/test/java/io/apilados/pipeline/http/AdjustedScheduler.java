// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.Signal;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/** The system's clock with other delays, and a date that stands still. */
class AdjustedScheduler implements Scheduler {

    /** Ten o'clock at night on the 23rd of November 2026, always. */
    static final Instant NOW = Instant.parse("2026-11-23T22:00:00Z");

    private final Scheduler system = Scheduler.system();
    private final UnaryOperator<Duration> delays;

    AdjustedScheduler(UnaryOperator<Duration> delays) {
        this.delays = delays;
    }

    @Override
    public long nanoTime() {
        return system.nanoTime();
    }

    @Override
    public long epochMillis() {
        return NOW.toEpochMilli();
    }

    @Override
    public Cancellable schedule(Runnable task, Duration delay) {
        return system.schedule(task, delays.apply(delay));
    }

    @Override
    public void await(Signal signal, BooleanSupplier condition) throws InterruptedException {
        system.await(signal, condition);
    }
}
