// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.control.LeakVerdict.Verdict;
import io.apilados.pipeline.control.MemoryMonitor;
import io.apilados.pipeline.control.MemoryUsage;
import io.apilados.pipeline.control.Pressure;
import io.apilados.pipeline.control.Registration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link MemoryMonitor} that can come under pressure does. */
public abstract class MemoryMonitorContract {

    /** The time of the monitor under test. */
    protected final VirtualScheduler time = new VirtualScheduler();

    /** A monitor without pressure. */
    protected abstract MemoryMonitor monitor();

    /** Makes memory so short, or so plentiful, that the monitor of {@link #monitor()} says {@code level} when it looks. */
    protected abstract void press(Pressure level);

    private MemoryMonitor monitor;
    private final List<Pressure> told = new ArrayList<>();

    @BeforeEach
    void makeMonitor() {
        monitor = monitor();
    }

    private void pressed(Pressure level) {
        press(level);
        time.advance(Duration.ofSeconds(1));
    }

    @Test
    void hasNoPressureAndNoVerdictAtFirst() {
        assertThat(monitor.pressure()).isEqualTo(Pressure.NONE);
        assertThat(monitor.leak().verdict()).isEqualTo(Verdict.INSUFFICIENT_DATA);
    }

    @Test
    void saysHowMuchIsUsed() {
        MemoryUsage usage = monitor.usage();
        assertThat(usage.heapUsed()).isPositive().isLessThanOrEqualTo(usage.heapCommitted());
        assertThat(usage.heapCommitted()).isLessThanOrEqualTo(usage.heapMax());
        assertThat(usage.heapShare()).isBetween(0.0, 1.0);
        assertThat(usage.nonHeap()).isPositive();
        assertThat(usage.direct()).isNotNegative();
        assertThat(usage.mapped()).isNotNegative();
        assertThat(usage.gcShare()).isBetween(0.0, 1.0);
        assertThat(usage.liveSetAge()).isGreaterThanOrEqualTo(Duration.ZERO);
    }

    @Test
    void tellsEveryChangeOnceAndInOrder() {
        Registration unused = monitor.onPressure(told::add);
        pressed(Pressure.HIGH);
        assertThat(monitor.pressure()).isEqualTo(Pressure.HIGH);
        pressed(Pressure.HIGH);
        pressed(Pressure.CRITICAL);
        pressed(Pressure.CRITICAL);
        assertThat(monitor.pressure()).isEqualTo(Pressure.CRITICAL);
        pressed(Pressure.NONE);
        assertThat(monitor.pressure()).isEqualTo(Pressure.NONE);
        assertThat(told).containsExactly(Pressure.HIGH, Pressure.CRITICAL, Pressure.NONE);
    }

    @Test
    void whoIsToldSeesTheNewLevel() {
        Registration unused = monitor.onPressure(level -> told.add(monitor.pressure()));
        pressed(Pressure.CRITICAL);
        assertThat(told).containsExactly(Pressure.CRITICAL);
    }

    @Test
    void whoHasLeftIsNotTold() {
        List<Pressure> stays = new ArrayList<>();
        Registration leaves = monitor.onPressure(told::add);
        Registration unused = monitor.onPressure(stays::add);
        leaves.close();
        leaves.close();
        pressed(Pressure.HIGH);
        assertThat(told).isEmpty();
        assertThat(stays).containsExactly(Pressure.HIGH);
    }

    @Test
    void theSameListenerTwiceIsToldTwiceAndLeavesOnce() {
        java.util.function.Consumer<Pressure> listener = told::add;
        Registration first = monitor.onPressure(listener);
        Registration unused = monitor.onPressure(listener);
        pressed(Pressure.HIGH);
        first.close();
        pressed(Pressure.CRITICAL);
        assertThat(told).containsExactly(Pressure.HIGH, Pressure.HIGH, Pressure.CRITICAL);
    }

    @Test
    void closingEndsThePressureSoThatNobodyWaitsForEver() {
        Registration unused = monitor.onPressure(told::add);
        pressed(Pressure.CRITICAL);
        monitor.close();
        monitor.close();
        time.advance(Duration.ofSeconds(1));
        assertThat(monitor.pressure()).isEqualTo(Pressure.NONE);
        assertThat(told).containsExactly(Pressure.CRITICAL, Pressure.NONE);
    }

    @Test
    void aClosedOneStaysQuietAndStillSaysWhatIsUsed() {
        Registration unused = monitor.onPressure(told::add);
        monitor.close();
        pressed(Pressure.CRITICAL);
        assertThat(told).isEmpty();
        assertThat(monitor.pressure()).isEqualTo(Pressure.NONE);
        assertThat(monitor.usage().heapUsed()).isPositive();
    }

    @Test
    void logsWithoutAskingForMore() {
        assertThatCode(() -> monitor.logMemoryUsage("the start {} of a test")).doesNotThrowAnyException();
    }

    @Test
    void refusesNobodyAsListener() {
        assertThatThrownBy(() -> monitor.onPressure(null)).isInstanceOf(NullPointerException.class);
    }
}
