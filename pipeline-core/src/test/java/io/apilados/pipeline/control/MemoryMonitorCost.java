// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import com.sun.management.ThreadMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import javax.management.Notification;
import javax.management.NotificationEmitter;

/**
 * What a sample, a notification of a collection and a look at the usage cost on this JVM, in CPU time and garbage:
 *
 * <pre>mvn -q -pl pipeline-core test-compile exec:java -Dexec.skip=false -Dexec.classpathScope=test
 *     -Dexec.mainClass=io.apilados.pipeline.control.MemoryMonitorCost</pre>
 */
final class MemoryMonitorCost {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private MemoryMonitorCost() {}

    /** The cost of doing something once. */
    record Cost(double microseconds, double bytes) {}

    public static void main(String[] args) throws Exception {
        print("sample", sample());
        print("notification", notification());
        try (MemoryMonitor monitor = MemoryMonitor.ofDefaults()) {
            print("usage()", cost(5_000, monitor::usage));
            print("leak()", cost(20_000, monitor::leak));
        }
        print("container limit", cost(500, () -> CgroupMemory.limit(Path.of("/"))));
    }

    private static void print(String what, Cost cost) {
        System.out.printf("%-16s %8.2f us %10.0f B%n", what, cost.microseconds, cost.bytes);
    }

    /** One look at the resident set, the collections' time and the verdict, without the timer. */
    static Cost sample() {
        try (JvmMemoryReadings readings = new JvmMemoryReadings(Path.of("/"))) {
            HeapMemoryMonitor monitor = new HeapMemoryMonitor(
                    MemoryMonitor.builder().scheduler(new NoTimer()).readings(new Limited(readings)));
            for (int i = 0; i < 100; i++) {
                monitor.collected(40 << 20, 100 << 20, true);
            }
            return cost(20_000, monitor::sample);
        }
    }

    /** What is made of one notification of this JVM's, on the JVM's thread. */
    static Cost notification() throws Exception {
        CompletableFuture<Notification> told = new CompletableFuture<>();
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            ((NotificationEmitter) collector)
                    .addNotificationListener((notification, handback) -> told.complete(notification), null, null);
        }
        System.gc();
        Notification notification = told.get();
        MemoryPoolMXBean pool = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(candidate -> candidate.getName().matches(".*(Old|Tenured).*"))
                .findFirst()
                .orElseThrow();
        var heard = new JvmMemoryReadings.Heard(pool, (liveSet, max, whole) -> {});
        return cost(5_000, () -> heard.handleNotification(notification, null));
    }

    private static Cost cost(int times, Runnable action) {
        for (int i = 0; i < times; i++) {
            action.run();
        }
        long thread = Thread.currentThread().getId();
        long bytes = THREADS.getThreadAllocatedBytes(thread);
        long nanos = THREADS.getCurrentThreadCpuTime();
        for (int i = 0; i < times; i++) {
            action.run();
        }
        nanos = THREADS.getCurrentThreadCpuTime() - nanos;
        bytes = THREADS.getThreadAllocatedBytes(thread) - bytes;
        return new Cost(nanos / 1e3 / times, (double) bytes / times);
    }

    /** The machine's clock, and nothing is ever due. */
    private static final class NoTimer implements Scheduler {
        private static final Cancellable NOTHING = () -> {};

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public long epochMillis() {
            return 0;
        }

        @Override
        public Cancellable schedule(Runnable task, Duration delay) {
            return NOTHING;
        }

        @Override
        public void await(Signal signal, BooleanSupplier condition) {
            throw new UnsupportedOperationException();
        }
    }

    /** This JVM in a container, so that the resident set is looked at. */
    private record Limited(MemoryReadings jvm) implements MemoryReadings {
        @Override
        public long heapUsed() {
            return jvm.heapUsed();
        }

        @Override
        public long heapCommitted() {
            return jvm.heapCommitted();
        }

        @Override
        public long heapMax() {
            return jvm.heapMax();
        }

        @Override
        public long nonHeap() {
            return jvm.nonHeap();
        }

        @Override
        public long direct() {
            return jvm.direct();
        }

        @Override
        public long mapped() {
            return jvm.mapped();
        }

        @Override
        public long resident() {
            return jvm.resident();
        }

        @Override
        public long containerLimit() {
            return 1L << 40;
        }

        @Override
        public long pausedMillis() {
            return jvm.pausedMillis();
        }

        @Override
        public void listen(OldCollectionListener listener) {}

        @Override
        public void collect() {}

        @Override
        public void close() {}
    }
}
