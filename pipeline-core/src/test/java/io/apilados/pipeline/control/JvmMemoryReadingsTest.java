// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class JvmMemoryReadingsTest {

    private static final Path ROOT = Path.of("/");

    private record Told(long liveSet, long max, boolean whole) {}

    @Test
    void tellsOfFullCollectionsUntilItIsClosed() throws InterruptedException {
        BlockingQueue<Told> told = new LinkedBlockingQueue<>();
        AtomicInteger afterClose = new AtomicInteger();
        JvmMemoryReadings closed = new JvmMemoryReadings(ROOT);
        closed.listen((liveSet, max, whole) -> afterClose.incrementAndGet());
        closed.close();
        closed.close();
        try (JvmMemoryReadings readings = new JvmMemoryReadings(ROOT)) {
            readings.listen((liveSet, max, whole) -> told.add(new Told(liveSet, max, whole)));
            readings.collect();
            Told first = told.poll(60, TimeUnit.SECONDS);
            while (first != null && !first.whole) {
                first = told.poll(60, TimeUnit.SECONDS);
            }
            assertThat(first).isNotNull();
            assertThat(first.liveSet).isPositive().isLessThan(first.max);
            assertThat(first.max).isLessThanOrEqualTo(Runtime.getRuntime().maxMemory());
            assertThat(readings.pausedMillis()).isNotNegative();
        }
        assertThat(afterClose).hasValue(0);
    }

    @Test
    void countsDirectBuffers() {
        try (JvmMemoryReadings readings = new JvmMemoryReadings(ROOT)) {
            long before = readings.direct();
            ByteBuffer buffer = ByteBuffer.allocateDirect(5_000_000);
            assertThat(readings.direct() - before).isGreaterThanOrEqualTo(buffer.capacity());
            assertThat(readings.mapped()).isNotNegative();
            assertThat(readings.nonHeap()).isPositive();
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void readsTheResidentSetOfThisProcess() throws IOException {
        try (JvmMemoryReadings readings = new JvmMemoryReadings(ROOT)) {
            long status = Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                    .findFirst()
                    .orElseThrow();
            assertThat((double) readings.resident()).isBetween(0.8 * status, 1.2 * status);
        }
    }

    @Test
    void asAMachineThatTellsNothing(@TempDir Path empty) {
        try (JvmMemoryReadings readings = new JvmMemoryReadings(empty)) {
            assertThat(readings.resident()).isEqualTo(MemoryReadings.UNKNOWN);
            assertThat(readings.containerLimit()).isEqualTo(MemoryReadings.UNKNOWN);
            assertThat(readings.heapUsed()).isPositive();
        }
    }

    @Test
    void samplesMakeAllButNoGarbage() {
        assertThat(MemoryMonitorCost.sample().bytes()).isLessThan(100);
    }
}
