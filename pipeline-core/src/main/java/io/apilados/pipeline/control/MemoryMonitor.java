// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Watches the memory of this JVM: how much is used, how short it is, and whether it leaks.
 *
 * <p>It looks at the live set, which is what a collection of the old generation leaves, not at the used heap, which is
 * mostly garbage; at the resident set beside the container's limit; and at the time that collections take. It costs a few
 * microseconds a second and is meant to stay on. It steers nothing itself: whoever takes work in asks for
 * {@link #pressure()}, or is told.
 *
 * <p>A monitor listens to the JVM until it is closed. Safe for use by many threads.
 */
public interface MemoryMonitor extends AutoCloseable {

    /** What is used now. It reads everything anew, in a few microseconds. */
    MemoryUsage usage();

    /** How short memory is, as of the last sample. Costs nothing. A closed monitor says {@link Pressure#NONE}. */
    Pressure pressure();

    /** Whether the live set grows without end. */
    LeakVerdict leak();

    /**
     * Tells {@code listener} of each change of the pressure, on the scheduler's thread: it must not block. What it throws
     * is logged. The level at the time of registering is not told; ask for it afterwards.
     *
     * @return what ends it; it is not called after that, but for a call that has begun
     */
    Registration onPressure(Consumer<? super Pressure> listener);

    /**
     * Logs one line at INFO with what is used, in MB of 1,048,576 bytes.
     *
     * @param context what the process is about, such as "after the catalog"; it stands in the line as it is
     */
    void logMemoryUsage(String context);

    /** Stops watching. Tells the listeners {@link Pressure#NONE} if it was anything else. A second time does nothing. */
    @Override
    void close();

    /** A monitor with the defaults, which has begun. Close it. */
    static MemoryMonitor ofDefaults() {
        return builder().build();
    }

    /** A builder with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** A monitor that watches nothing: there is never pressure nor a verdict. It still says what is used when asked. */
    static MemoryMonitor disabled() {
        return new DisabledMemoryMonitor();
    }

    /** Settings of a monitor. Confined to one thread. */
    final class Builder {
        private double heapHigh = 0.70;
        private double heapCritical = 0.85;
        private double containerHigh = 0.85;
        private double containerCritical = 0.92;
        private double gcHigh = 0.15;
        private double gcCritical = 0.30;
        private double calmHigh = 0.05;
        private double calmCritical = 0.10;
        Duration sampleInterval = Duration.ofSeconds(1);
        Duration leakWindow = LeakDetector.SHORTEST_WINDOW;
        boolean diagnosticGc;
        Scheduler scheduler = Scheduler.system();
        private @Nullable MemoryReadings readings;

        private Builder() {}

        /**
         * From which share of what the old generation can hold the live set means HIGH and CRITICAL: 0.70 and 0.85 by
         * default.
         *
         * @throws IllegalArgumentException unless {@code 0 < high < critical < 1}
         */
        public Builder heap(double high, double critical) {
            checkMarks("heap", high, critical);
            heapHigh = high;
            heapCritical = critical;
            return this;
        }

        /**
         * From which share of the container's limit the resident set means HIGH and CRITICAL: 0.85 and 0.92 by default.
         *
         * @throws IllegalArgumentException unless {@code 0 < high < critical < 1}
         */
        public Builder container(double high, double critical) {
            checkMarks("container", high, critical);
            containerHigh = high;
            containerCritical = critical;
            return this;
        }

        /**
         * From which share of the last ten seconds the time in which collections stop all threads means HIGH and CRITICAL:
         * 0.15 and 0.30 by default.
         *
         * @throws IllegalArgumentException unless {@code 0 < high < critical < 1}
         */
        public Builder gcTime(double high, double critical) {
            checkMarks("gcTime", high, critical);
            gcHigh = high;
            gcCritical = critical;
            return this;
        }

        /**
         * How far below its mark a share has to fall for its level to end: 0.05 for HIGH and 0.10 for CRITICAL by default.
         *
         * @throws IllegalArgumentException unless both are 0 or more
         */
        public Builder calmDown(double high, double critical) {
            if (!(high >= 0 && critical >= 0)) {
                throw new IllegalArgumentException(
                        "calmDown was " + high + " and " + critical + " but both must be 0 or more");
            }
            calmHigh = high;
            calmCritical = critical;
            return this;
        }

        /**
         * How often the resident set and the collections' time are looked at, and listeners told: every second by default.
         *
         * @throws IllegalArgumentException unless it is 100 ms to 60 s
         */
        public Builder sampleInterval(Duration value) {
            if (value.compareTo(Duration.ofMillis(100)) < 0 || value.compareTo(Duration.ofSeconds(60)) > 0) {
                throw new IllegalArgumentException("sampleInterval was " + value + " but it must be 100 ms to 60 s");
            }
            sampleInterval = value;
            return this;
        }

        /**
         * The shortest window the live set is judged by: 17.5 s by default. Growth has to go on for that long to be suspected;
         * make it longer where caches take minutes to fill. The others are 6, 36 and 216 times as long.
         *
         * @throws IllegalArgumentException unless it is 7 s to 1 day
         */
        public Builder leakWindow(Duration value) {
            if (value.compareTo(Duration.ofSeconds(7)) < 0 || value.compareTo(Duration.ofDays(1)) > 0) {
                throw new IllegalArgumentException("leakWindow was " + value + " but it must be 7 s to 1 day");
            }
            leakWindow = value;
            return this;
        }

        /**
         * Whether the monitor may ask the JVM for a full collection, once a minute at most, when it says CRITICAL by a live
         * set that is five seconds old: not by default, since all threads stop for it, in a big heap for seconds. Without
         * it, CRITICAL falls after ten seconds in which nothing is collected, and the next collection decides.
         */
        public Builder diagnosticGc(boolean allowed) {
            diagnosticGc = allowed;
            return this;
        }

        /** Whose clock and thread it uses: the system's by default. */
        public Builder scheduler(Scheduler value) {
            scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        Builder readings(MemoryReadings value) {
            readings = value;
            return this;
        }

        MemoryReadings readings() {
            return readings != null ? readings : new JvmMemoryReadings(Path.of("/"));
        }

        PressureGauge.Levels levels() {
            return new PressureGauge.Levels(
                    marks("heap", heapHigh, heapCritical),
                    marks("container", containerHigh, containerCritical),
                    marks("gcTime", gcHigh, gcCritical));
        }

        private PressureJudge.Marks marks(String name, double high, double critical) {
            if (calmHigh >= high || critical - calmCritical < high - calmHigh) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "calmDown was %s and %s but with %s at %s and %s both levels must end above 0,"
                                + " and CRITICAL no lower than HIGH",
                        calmHigh,
                        calmCritical,
                        name,
                        high,
                        critical));
            }
            return new PressureJudge.Marks(high, critical, high - calmHigh, critical - calmCritical);
        }

        private static void checkMarks(String name, double high, double critical) {
            if (!(high > 0 && high < critical && critical < 1)) {
                throw new IllegalArgumentException(
                        name + " was " + high + " and " + critical + " but it must be 0 < high < critical < 1");
            }
        }

        /**
         * A monitor that has begun. Close it.
         *
         * @throws IllegalArgumentException if the margins to calm down do not fit the marks
         */
        public MemoryMonitor build() {
            HeapMemoryMonitor monitor = new HeapMemoryMonitor(this);
            monitor.begin();
            return monitor;
        }
    }
}
