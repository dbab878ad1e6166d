// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import io.apilados.pipeline.control.LeakVerdict;
import io.apilados.pipeline.control.LeakVerdict.Verdict;
import io.apilados.pipeline.control.MemoryMonitor;
import io.apilados.pipeline.control.MemoryUsage;
import io.apilados.pipeline.control.Pressure;
import io.apilados.pipeline.control.Registration;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * A monitor that says what a test tells it to. Listeners are called on the thread that changes the pressure, before
 * {@link #press} returns; to have it change at some time, hand that to the {@link VirtualScheduler}. It has no timer, so
 * whoever waits in vain under virtual time finds out. Safe for use by many threads, one of which presses.
 */
public final class ScriptedMemoryMonitor implements MemoryMonitor {

    private static final long MEGABYTE = 1 << 20;

    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final List<String> logged = new CopyOnWriteArrayList<>();
    private volatile Pressure pressure = Pressure.NONE;
    private volatile LeakVerdict leak = new LeakVerdict(Verdict.INSUFFICIENT_DATA, 0, 0, 0, 0, Duration.ZERO, 0);
    private volatile MemoryUsage usage = new MemoryUsage(
            64 * MEGABYTE,
            128 * MEGABYTE,
            256 * MEGABYTE,
            32 * MEGABYTE,
            0,
            0,
            OptionalLong.of(200 * MEGABYTE),
            OptionalLong.empty(),
            OptionalLong.empty(),
            Duration.ZERO,
            0,
            0);
    private volatile boolean closed;

    /** The pressure is {@code level} from now on; a closed monitor stays at NONE. */
    public void press(Pressure level) {
        if (!closed) {
            change(level);
        }
    }

    private void change(Pressure level) {
        if (pressure != level) {
            pressure = level;
            listeners.forEach(listener -> listener.told.accept(level));
        }
    }

    /** What {@link #usage()} says from now on. */
    public void use(MemoryUsage value) {
        usage = Objects.requireNonNull(value, "usage");
    }

    /** What {@link #leak()} says from now on. */
    public void judge(LeakVerdict value) {
        leak = Objects.requireNonNull(value, "leak");
    }

    /** The contexts of all calls of {@link #logMemoryUsage}, in order. */
    public List<String> logged() {
        return List.copyOf(logged);
    }

    /** How many listeners there are: a run that has ended leaves none. */
    public int listeners() {
        return listeners.size();
    }

    /** Whether it was closed: who was handed a monitor must leave it open. */
    public boolean isClosed() {
        return closed;
    }

    @Override
    public MemoryUsage usage() {
        return usage;
    }

    @Override
    public Pressure pressure() {
        return pressure;
    }

    @Override
    public LeakVerdict leak() {
        return leak;
    }

    @Override
    public Registration onPressure(Consumer<? super Pressure> listener) {
        Listener registered = new Listener(Objects.requireNonNull(listener, "listener"));
        listeners.add(registered);
        return registered;
    }

    @Override
    public void logMemoryUsage(String context) {
        logged.add(context);
    }

    @Override
    public void close() {
        closed = true;
        change(Pressure.NONE);
    }

    private final class Listener implements Registration {
        private final Consumer<? super Pressure> told;

        Listener(Consumer<? super Pressure> told) {
            this.told = told;
        }

        @Override
        public void close() {
            listeners.remove(this);
        }
    }
}
