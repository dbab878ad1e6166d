// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.control.MemoryMonitor;
import io.apilados.pipeline.control.Pressure;

/** A service takes less work in while memory is short. */
public final class MemoryAlone {

    private MemoryAlone() {}

    /** Runs it. */
    public static void main(String[] args) {
        try (MemoryMonitor memory = MemoryMonitor.ofDefaults();
                var told = memory.onPressure(level -> System.out.println("pressure is " + level))) {
            memory.logMemoryUsage("at the start");
            int batch = memory.pressure() == Pressure.NONE ? 100 : 10;
            System.out.println(
                    "batches of " + batch + ", leak: " + memory.leak().verdict());
        }
    }
}
