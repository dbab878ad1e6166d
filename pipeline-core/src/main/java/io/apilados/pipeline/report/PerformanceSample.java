// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import org.jspecify.annotations.Nullable;

/**
 * What one run of a performance test measured. Immutable.
 *
 * @param read records that were read
 * @param seconds from the opening of the source to the end
 * @param cpuSeconds what all threads of the JVM spent on processors meanwhile, collecting garbage and compiling
 *     included; null if the JVM does not tell
 * @param p50Millis what half of the requests took at most; null if there were none
 * @param p95Millis what 95 % of them took
 * @param p99Millis what 99 % of them took
 * @param peakHeapBytes the most heap in use that was seen, garbage included
 * @param memoryShare the largest share of the memory that was in use for long, from 0 to 1; null if nobody watched it
 * @param successRate delivered records as a share of those that were to be, from 0 to 1; null if there were none
 * @param allocatedBytes what all threads of the JVM allocated meanwhile; null before Java 21, which does not tell
 */
public record PerformanceSample(
        long read,
        double seconds,
        @Nullable Double cpuSeconds,
        @Nullable Double p50Millis,
        @Nullable Double p95Millis,
        @Nullable Double p99Millis,
        long peakHeapBytes,
        @Nullable Double memoryShare,
        @Nullable Double successRate,
        @Nullable Long allocatedBytes) {

    /**
     * Of one run.
     *
     * @param cpuSeconds null if not known
     * @param allocatedBytes null if not known
     */
    public static PerformanceSample of(RunReport run, @Nullable Double cpuSeconds, @Nullable Long allocatedBytes) {
        return new PerformanceSample(
                run.read(),
                run.seconds(),
                cpuSeconds,
                millis(run, 50),
                millis(run, 95),
                millis(run, 99),
                run.peakHeapBytes(),
                run.memoryShare(),
                run.successRate(),
                allocatedBytes);
    }

    private static @Nullable Double millis(RunReport run, double percent) {
        return run.latencies().count() == 0
                ? null
                : run.latencies().percentile(percent).toNanos() / 1e6;
    }

    /** Records read a second; zero for a run that took no time. */
    public double recordsPerSecond() {
        return seconds == 0 ? 0 : read / seconds;
    }
}
