// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static io.apilados.pipeline.control.ScriptedMemoryReadings.MEGABYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.control.LeakVerdict.Verdict;
import io.apilados.pipeline.testing.MemoryMonitorContract;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class MemoryMonitorTest {

    @Nested
    class Contract extends MemoryMonitorContract {

        private final ScriptedMemoryReadings pressed = new ScriptedMemoryReadings();

        @Override
        protected MemoryMonitor monitor() {
            return MemoryMonitor.builder().scheduler(time).readings(pressed).build();
        }

        @Override
        protected void press(Pressure level) {
            switch (level) {
                case NONE -> pressed.left(30);
                case HIGH -> pressed.left(75);
                case CRITICAL -> pressed.left(90);
            }
        }
    }

    private final VirtualScheduler time = new VirtualScheduler();
    private final ScriptedMemoryReadings readings = new ScriptedMemoryReadings();

    private MemoryMonitor.Builder builder() {
        return MemoryMonitor.builder().scheduler(time).readings(readings);
    }

    private MemoryMonitor monitor() {
        return builder().build();
    }

    private void seconds(long seconds) {
        time.advance(Duration.ofSeconds(seconds));
    }

    @Test
    void saysTheLiveSetAndHowOldItIs() {
        MemoryMonitor monitor = monitor();
        assertThat(monitor.usage().liveSet()).isEmpty();
        assertThat(monitor.usage().liveShare()).isEmpty();
        readings.left(40);
        seconds(7);
        MemoryUsage usage = monitor.usage();
        assertThat(usage.liveSet()).hasValue(40 * MEGABYTE);
        assertThat(usage.liveSetAge()).isEqualTo(Duration.ofSeconds(7));
        assertThat(usage.liveShare()).hasValue(0.4);
    }

    @Test
    void judgesTheResidentSetByTheContainersLimitAndNoticesWhenThatChanges() {
        readings.containerLimit = 1000 * MEGABYTE;
        MemoryMonitor monitor = monitor();
        readings.resident = 930 * MEGABYTE;
        seconds(1);
        assertThat(monitor.pressure()).isEqualTo(Pressure.CRITICAL);
        assertThat(monitor.usage().containerShare()).hasValue(0.93);
        readings.containerLimit = 2000 * MEGABYTE;
        seconds(60);
        assertThat(monitor.pressure()).isEqualTo(Pressure.NONE);
        assertThat(readings.limitsRead).isEqualTo(2);
    }

    @Test
    void judgesTheShareOfTimeInCollections() {
        MemoryMonitor monitor = monitor();
        readings.heapUsed = 100 * MEGABYTE;
        for (int i = 0; i < 10; i++) {
            readings.pausedMillis += 350;
            seconds(1);
        }
        assertThat(monitor.pressure()).isEqualTo(Pressure.CRITICAL);
        assertThat(monitor.usage().gcShare()).isBetween(0.30, 0.36);
        seconds(10);
        assertThat(monitor.pressure()).isEqualTo(Pressure.NONE);
        assertThat(monitor.usage().gcShare()).isZero();
    }

    @Test
    void asksForACollectionOnceAMinuteAndOnlyIfAllowed() {
        MemoryMonitor monitor = monitor();
        readings.left(90);
        seconds(9);
        assertThat(monitor.pressure()).isEqualTo(Pressure.CRITICAL);
        assertThat(readings.collectionsAsked).isZero();
        monitor.close();

        MemoryMonitor allowed = builder().diagnosticGc(true).build();
        readings.left(90);
        seconds(4);
        assertThat(readings.collectionsAsked).isZero();
        seconds(2);
        assertThat(readings.collectionsAsked).isEqualTo(1);
        for (int i = 0; i < 40; i++) {
            readings.left(90);
            seconds(1);
        }
        seconds(12);
        assertThat(readings.collectionsAsked).isEqualTo(1);
        readings.left(90);
        seconds(8);
        assertThat(allowed.pressure()).isEqualTo(Pressure.CRITICAL);
        assertThat(readings.collectionsAsked).isEqualTo(2);
    }

    @Test
    void suspectsALeak() {
        MemoryMonitor monitor = monitor();
        for (int i = 0; i < 60; i++) {
            readings.left(20 + i);
            seconds(1);
        }
        LeakVerdict verdict = monitor.leak();
        assertThat(verdict.verdict()).isEqualTo(Verdict.SUSPECTED_LEAK);
        assertThat(verdict.bytesPerSecond()).isBetween(0.9 * MEGABYTE, 1.1 * MEGABYTE);
    }

    @Test
    void watchesOnAfterAMomentWithoutMemoryAndTellsWhatItCouldNot() {
        FullHeap full = new FullHeap(time);
        MemoryMonitor monitor =
                MemoryMonitor.builder().scheduler(full).readings(readings).build();
        List<Pressure> told = new ArrayList<>();
        int[] failing = {1};
        var registered = monitor.onPressure(level -> {
            if (failing[0]-- > 0) {
                throw new OutOfMemoryError("planted");
            }
            told.add(level);
        });
        readings.left(90);
        full.refusals = 2;

        assertThatThrownBy(() -> seconds(1)).isInstanceOf(OutOfMemoryError.class);
        assertThat(full.refusals).isZero();
        seconds(1);
        assertThat(told).containsExactly(Pressure.CRITICAL);
        readings.left(30);
        seconds(1);
        assertThat(told).containsExactly(Pressure.CRITICAL, Pressure.NONE);
        registered.close();
        monitor.close();
    }

    /** A scheduler that finds no memory for its next tasks. */
    private static final class FullHeap implements Scheduler {
        private final Scheduler inner;
        private int refusals;

        FullHeap(Scheduler inner) {
            this.inner = inner;
        }

        @Override
        public long nanoTime() {
            return inner.nanoTime();
        }

        @Override
        public long epochMillis() {
            return inner.epochMillis();
        }

        @Override
        public Cancellable schedule(Runnable task, Duration delay) {
            if (refusals > 0) {
                refusals--;
                throw new OutOfMemoryError("planted");
            }
            return inner.schedule(task, delay);
        }

        @Override
        public void await(Signal signal, BooleanSupplier condition) throws InterruptedException {
            inner.await(signal, condition);
        }
    }

    @Test
    void aListenerThatFailsKeepsNobodyElseFromBeingTold() {
        MemoryMonitor monitor = monitor();
        List<Pressure> told = new ArrayList<>();
        var first = monitor.onPressure(level -> {
            throw new IllegalStateException("planted");
        });
        var second = monitor.onPressure(told::add);
        readings.left(90);
        seconds(1);
        readings.left(30);
        seconds(1);
        assertThat(told).containsExactly(Pressure.CRITICAL, Pressure.NONE);
        first.close();
        second.close();
    }

    @Test
    void readingsThatFailDoNotStopIt() {
        MemoryMonitor monitor = monitor();
        readings.broken = new IllegalStateException("planted");
        seconds(5);
        readings.broken = null;
        readings.left(90);
        seconds(1);
        assertThat(monitor.pressure()).isEqualTo(Pressure.CRITICAL);
    }

    @Test
    void closingEndsTheReadingsOnceAndTheTimer() {
        MemoryMonitor monitor = monitor();
        monitor.close();
        monitor.close();
        assertThat(readings.closed).isEqualTo(1);
        readings.broken = new IllegalStateException("nobody reads any more");
        seconds(100);
        assertThat(readings.limitsRead).isEqualTo(1);
    }

    @Test
    void theLineHasMegabytesAndLeavesOutWhatIsNotKnown() {
        MemoryMonitor monitor = monitor();
        assertThat(HeapMemoryMonitor.text(monitor.usage()))
                .isEqualTo("heap 50 of 128 MB, non-heap 20 MB, direct 3 MB, mapped 0 MB, resident 200 MB,"
                        + " stopped by GC 0 %");
        readings.containerLimit = 512 * MEGABYTE;
        readings.left(40);
        seconds(60);
        assertThat(HeapMemoryMonitor.text(monitor.usage()))
                .isEqualTo("heap 50 of 128 MB (live 40 of 100 MB 60 s ago), non-heap 20 MB, direct 3 MB, mapped 0 MB,"
                        + " resident 200 of 512 MB, stopped by GC 0 %");
    }

    @Test
    void theDisabledOneNeverSaysAnythingButWhatIsUsed() {
        try (MemoryMonitor monitor = MemoryMonitor.disabled()) {
            assertThat(monitor.pressure()).isEqualTo(Pressure.NONE);
            assertThat(monitor.leak().verdict()).isEqualTo(Verdict.INSUFFICIENT_DATA);
            assertThat(monitor.usage().heapUsed()).isPositive();
            assertThat(monitor.usage().liveSet()).isEmpty();
            monitor.onPressure(level -> {}).close();
            monitor.logMemoryUsage("nowhere");
        }
    }

    @Test
    void refusesSettingsThatMakeNoSense() {
        assertThatThrownBy(() -> MemoryMonitor.builder().heap(0.9, 0.8))
                .hasMessage("heap was 0.9 and 0.8 but it must be 0 < high < critical < 1");
        assertThatThrownBy(() -> MemoryMonitor.builder().container(0.5, 1)).hasMessageContaining("container was");
        assertThatThrownBy(() -> MemoryMonitor.builder().gcTime(Double.NaN, 0.5))
                .hasMessageContaining("gcTime was");
        assertThatThrownBy(() -> MemoryMonitor.builder().calmDown(-0.1, 0)).hasMessageContaining("0 or more");
        assertThatThrownBy(() -> MemoryMonitor.builder().sampleInterval(Duration.ofMillis(99)))
                .hasMessageContaining("100 ms to 60 s");
        assertThatThrownBy(() -> MemoryMonitor.builder().leakWindow(Duration.ofSeconds(6)))
                .hasMessageContaining("7 s to 1 day");
        assertThatThrownBy(() -> builder().calmDown(0.05, 0.5).build())
                .hasMessageContaining("calmDown was 0.05 and 0.5 but with heap at 0.7 and 0.85");
        assertThatThrownBy(() -> builder().calmDown(0.15, 0.15).build()).hasMessageContaining("with gcTime at");
    }
}
