// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.testing.MemoryMonitorContract;
import io.apilados.pipeline.testing.ScriptedMemoryMonitor;
import org.junit.jupiter.api.Test;

class ScriptedMemoryMonitorTest extends MemoryMonitorContract {

    private final ScriptedMemoryMonitor scripted = new ScriptedMemoryMonitor();

    @Override
    protected MemoryMonitor monitor() {
        return scripted;
    }

    @Override
    protected void press(Pressure level) {
        scripted.press(level);
    }

    @Test
    void remembersWhatWasAskedOfIt() {
        scripted.logMemoryUsage("one");
        scripted.logMemoryUsage("two");
        assertThat(scripted.logged()).containsExactly("one", "two");
        var registration = scripted.onPressure(level -> {});
        assertThat(scripted.listeners()).isEqualTo(1);
        registration.close();
        assertThat(scripted.listeners()).isZero();
        assertThat(scripted.isClosed()).isFalse();
        scripted.close();
        assertThat(scripted.isClosed()).isTrue();
    }
}
