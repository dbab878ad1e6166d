// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;

/**
 * What the JVM has used up to now.
 *
 * @param cpuNanos time on processors of all threads; negative if not known
 * @param allocatedBytes by all threads, those that have ended included; negative if not known
 */
record ProcessUse(long cpuNanos, long allocatedBytes) {

    static ProcessUse now() {
        return new ProcessUse(cpu(), allocated());
    }

    private static long cpu() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getProcessCpuTime()
                : -1;
    }

    /** The method is there from Java 21 on; earlier ones tell of living threads only, which would be too little. */
    private static long allocated() {
        if (!(ManagementFactory.getThreadMXBean() instanceof ThreadMXBean threads)) {
            return -1;
        }
        try {
            Object bytes =
                    ThreadMXBean.class.getMethod("getTotalThreadAllocatedBytes").invoke(threads);
            return bytes instanceof Long known ? known : -1;
        } catch (ReflectiveOperationException | UnsupportedOperationException e) {
            return -1;
        }
    }

    @Nullable Double cpuSecondsSince(ProcessUse earlier) {
        return cpuNanos < 0 || earlier.cpuNanos < 0 ? null : Double.valueOf((cpuNanos - earlier.cpuNanos) / 1e9);
    }

    @Nullable Long allocatedSince(ProcessUse earlier) {
        return allocatedBytes < 0 || earlier.allocatedBytes < 0
                ? null
                : Long.valueOf(allocatedBytes - earlier.allocatedBytes);
    }
}
