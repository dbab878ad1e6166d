// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import com.sun.management.GarbageCollectionNotificationInfo;
import com.sun.management.GcInfo;
import io.apilados.pipeline.control.OldCollections.Kind;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.management.ListenerNotFoundException;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.NotificationListener;
import javax.management.openmbean.CompositeData;
import org.jspecify.annotations.Nullable;

/** This JVM's management beans, and what Linux tells of its process. */
final class JvmMemoryReadings implements MemoryReadings {

    /** What Serial, Parallel, G1, and ZGC and Shenandoah with generations call it. */
    private static final Set<String> OLD_GENERATIONS =
            Set.of("Tenured Gen", "PS Old Gen", "G1 Old Gen", "ZGC Old Generation", "Shenandoah Old Gen");

    private final Path root;
    private final ResidentMemory resident;
    private final MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    private final List<BufferPoolMXBean> buffers = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class);
    private final List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans();
    private final List<Runnable> listening = new ArrayList<>();

    /**
     * Readings of this JVM.
     *
     * @param root where {@code proc} and {@code sys} are
     */
    JvmMemoryReadings(Path root) {
        this.root = root;
        this.resident = new ResidentMemory(root);
    }

    @Override
    public long heapUsed() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    @Override
    public long heapCommitted() {
        return Runtime.getRuntime().totalMemory();
    }

    @Override
    public long heapMax() {
        return Runtime.getRuntime().maxMemory();
    }

    @Override
    public long nonHeap() {
        return memory.getNonHeapMemoryUsage().getUsed();
    }

    @Override
    public long direct() {
        return used("direct");
    }

    @Override
    public long mapped() {
        return used("mapped");
    }

    private long used(String kind) {
        for (BufferPoolMXBean pool : buffers) {
            if (pool.getName().equals(kind)) {
                return Math.max(0, pool.getMemoryUsed());
            }
        }
        return 0;
    }

    @Override
    public long resident() {
        return resident.bytes();
    }

    @Override
    public long containerLimit() {
        return CgroupMemory.limit(root);
    }

    @Override
    public long pausedMillis() {
        long sum = 0;
        // An indexed loop, and a name the JVM keeps: this is read every second and makes no garbage.
        for (int i = 0; i < collectors.size(); i++) {
            GarbageCollectorMXBean collector = collectors.get(i);
            // The threads run on during a cycle of ZGC or Shenandoah.
            if (!collector.getName().endsWith("Cycles")) {
                sum += Math.max(0, collector.getCollectionTime());
            }
        }
        return sum;
    }

    @Override
    public void listen(OldCollectionListener listener) {
        MemoryPoolMXBean pool = oldGeneration();
        if (pool == null) {
            return;
        }
        NotificationListener heard = new Heard(pool, listener);
        for (GarbageCollectorMXBean collector : collectors) {
            if (collector instanceof NotificationEmitter emitter) {
                emitter.addNotificationListener(heard, null, null);
                listening.add(() -> stop(emitter, heard));
            }
        }
    }

    /** The pool of the old generation; that of the heap if it has but one; null in a JVM that we do not know. */
    private static @Nullable MemoryPoolMXBean oldGeneration() {
        List<MemoryPoolMXBean> pools = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .toList();
        return pools.stream()
                .filter(pool -> OLD_GENERATIONS.contains(pool.getName()) || pools.size() == 1)
                .findFirst()
                .orElse(null);
    }

    private static void stop(NotificationEmitter emitter, NotificationListener heard) {
        try {
            emitter.removeNotificationListener(heard);
        } catch (ListenerNotFoundException e) {
            // Somebody removed it before.
        }
    }

    /** Runs on the one thread on which the JVM tells of collections, in their order. */
    static final class Heard implements NotificationListener {
        private final MemoryPoolMXBean pool;
        private final OldCollectionListener listener;
        private final OldCollections collections;

        Heard(MemoryPoolMXBean pool, OldCollectionListener listener) {
            this.pool = pool;
            this.listener = listener;
            this.collections = new OldCollections(OLD_GENERATIONS.contains(pool.getName()));
        }

        @Override
        public void handleNotification(Notification notification, @Nullable Object handback) {
            if (!notification.getType().equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION)) {
                return;
            }
            var info = GarbageCollectionNotificationInfo.from((CompositeData) notification.getUserData());
            Kind kind = collections.kind(info.getGcName(), info.getGcAction());
            if (kind == Kind.PAUSE) {
                return;
            }
            GcInfo figures = info.getGcInfo();
            var before = figures.getMemoryUsageBeforeGc().get(pool.getName());
            var after = figures.getMemoryUsageAfterGc().get(pool.getName());
            if (before == null || after == null) {
                return;
            }
            var afterCollection = pool.getCollectionUsage();
            long liveSet = collections.liveSet(
                    kind,
                    before.getUsed(),
                    after.getUsed(),
                    afterCollection == null ? UNKNOWN : afterCollection.getUsed());
            if (liveSet != OldCollections.NOT_COLLECTED) {
                long max = after.getMax() > 0
                        ? after.getMax()
                        : Runtime.getRuntime().maxMemory();
                listener.collected(liveSet, max, kind == Kind.FULL);
            }
        }
    }

    /** On a thread of its own, for a big heap takes seconds and the scheduler's thread serves others. */
    @Override
    public void collect() {
        Thread thread = new Thread(memory::gc, "memory-diagnostic-gc");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        listening.forEach(Runnable::run);
        listening.clear();
        resident.close();
    }
}
