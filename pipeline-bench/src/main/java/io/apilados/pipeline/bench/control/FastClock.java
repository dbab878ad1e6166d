// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.control;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.Signal;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * The system's clock, a thousand times as fast: so a million starts a second are a thousand million, more than any
 * benchmark makes, and reading it costs a multiplication more. Nothing may wait by it.
 */
final class FastClock implements Scheduler {

    private static final long TIMES = 1000;

    @Override
    public long nanoTime() {
        return System.nanoTime() * TIMES;
    }

    @Override
    public long epochMillis() {
        return System.currentTimeMillis();
    }

    @Override
    public Cancellable schedule(Runnable task, Duration delay) {
        throw new IllegalStateException(
                "something waits for " + delay + ", but the limits are meant to be out of reach");
    }

    @Override
    public void await(Signal signal, BooleanSupplier condition) {
        throw new IllegalStateException("something waits, but the limits are meant to be out of reach");
    }
}
