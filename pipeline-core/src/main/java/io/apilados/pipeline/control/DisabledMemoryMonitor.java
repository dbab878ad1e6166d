// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;

/** No timer, no listener; what is asked for is read there and then. */
final class DisabledMemoryMonitor implements MemoryMonitor {

    @Override
    public MemoryUsage usage() {
        try (MemoryReadings readings = new JvmMemoryReadings(Path.of("/"))) {
            return HeapMemoryMonitor.usage(
                    readings, readings.containerLimit(), MemoryReadings.UNKNOWN, Duration.ZERO, 0, 0);
        }
    }

    @Override
    public Pressure pressure() {
        return Pressure.NONE;
    }

    @Override
    public LeakVerdict leak() {
        return LeakVerdict.UNKNOWN;
    }

    @Override
    public Registration onPressure(Consumer<? super Pressure> listener) {
        Objects.requireNonNull(listener, "listener");
        return () -> {};
    }

    @Override
    public void logMemoryUsage(String context) {}

    @Override
    public void close() {}
}
