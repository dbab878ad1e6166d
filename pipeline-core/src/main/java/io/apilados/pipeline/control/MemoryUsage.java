// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What the process uses of memory at one moment, in bytes. Empty is what the JVM or the machine does not tell: the
 * resident set away from Linux, the limit where there is none, the live set before the old generation was first collected.
 *
 * @param heapUsed objects in the heap, garbage included: it rises and falls all the time, and says little
 * @param heapCommitted what the heap has taken from the machine
 * @param heapMax what the heap may take, as with {@code -Xmx}
 * @param nonHeap classes, compiled code and what else the JVM keeps beside the heap
 * @param direct direct buffers
 * @param mapped mapped files
 * @param resident what of the process is in the machine's memory
 * @param containerLimit what the container may have; the least of its cgroups' limits
 * @param liveSet what was left in the old generation when it was last collected: what is in use, give or take
 * @param liveSetAge how long ago that was; zero without a live set
 * @param liveSetMax what the old generation can hold; zero without a live set
 * @param gcShare the share of the last 10 seconds in which the collector stopped all threads, 0 to 1
 */
public record MemoryUsage(
        long heapUsed,
        long heapCommitted,
        long heapMax,
        long nonHeap,
        long direct,
        long mapped,
        OptionalLong resident,
        OptionalLong containerLimit,
        OptionalLong liveSet,
        Duration liveSetAge,
        long liveSetMax,
        double gcShare) {

    /** The heap's used share of its maximum, 0 to 1, garbage included: to show, not to decide by. */
    public double heapShare() {
        return heapMax > 0 ? (double) heapUsed / heapMax : 0;
    }

    /** The live set as a share of what the old generation can hold, 0 to 1. */
    public OptionalDouble liveShare() {
        return share(liveSet, liveSetMax);
    }

    /** The resident set as a share of the container's limit. */
    public OptionalDouble containerShare() {
        return containerLimit.isPresent() ? share(resident, containerLimit.getAsLong()) : OptionalDouble.empty();
    }

    private static OptionalDouble share(OptionalLong part, long whole) {
        return part.isPresent() && whole > 0
                ? OptionalDouble.of((double) part.getAsLong() / whole)
                : OptionalDouble.empty();
    }
}
