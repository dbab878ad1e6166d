// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;

/** How many bytes of the heap are free for good. */
final class AvailableMemory {

    private AvailableMemory() {}

    /** The largest heap, or the machine's or container's memory if that is less, without what is in use. */
    static long bytes() {
        long most = Runtime.getRuntime().maxMemory();
        if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                && system.getTotalMemorySize() > 0) {
            most = Math.min(most, system.getTotalMemorySize());
        }
        return Math.max(0, most - liveBytes());
    }

    /** What was in use after the last collection, because later use includes garbage; all that is, before the first. */
    private static long liveBytes() {
        long afterCollection = 0;
        long now = 0;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            if (pool.getType() == MemoryType.HEAP) {
                MemoryUsage collected = pool.getCollectionUsage();
                afterCollection += collected == null ? 0 : collected.getUsed();
                MemoryUsage usage = pool.getUsage();
                now += usage == null ? 0 : usage.getUsed();
            }
        }
        return afterCollection > 0 ? Math.min(afterCollection, now) : now;
    }
}
