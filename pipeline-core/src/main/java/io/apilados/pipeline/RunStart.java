// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.control.MemoryUsage;
import io.apilados.pipeline.report.RunReport;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * That a run begins to read.
 *
 * @param source where from
 * @param sizeBytes how many bytes it has, or -1 if it does not tell
 * @param settings what the run was set to, as in {@link RunReport#settings()}
 * @param progress tells how far the run is, now and whenever it is asked; cheap enough to be asked several times a second,
 *     by any thread
 * @param memory tells what memory is in use, as of now; null if nobody watches it
 */
public record RunStart(
        String source,
        long sizeBytes,
        Map<String, String> settings,
        Supplier<Progress> progress,
        Supplier<@Nullable MemoryUsage> memory) {

    public RunStart {
        settings = Map.copyOf(settings);
    }
}
