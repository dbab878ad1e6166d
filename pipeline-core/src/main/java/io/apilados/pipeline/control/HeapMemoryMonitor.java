// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import io.apilados.pipeline.control.LeakVerdict.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/**
 * Feeds the {@link PressureGauge} and the {@link LeakDetector}: with a sample from the scheduler every so often, and from
 * the JVM's thread with every collection of the old generation. One lock guards both; listeners are called outside of it.
 */
final class HeapMemoryMonitor implements MemoryMonitor {

    private static final long DIAGNOSTIC_GC_EVERY = 60_000_000_000L;

    /** How often, and how long apart, it asks for the next sample while not even that finds memory. */
    private static final int LONGEST_SHORTAGE = 600;

    private static final long PATIENCE = 100_000_000L;

    /** A container's limit may be changed while it runs; looking for it costs more than all else. */
    private static final long LIMIT_EVERY = 60_000_000_000L;

    private final MemoryReadings readings;
    private final Scheduler scheduler;
    private final Duration interval;
    private final boolean diagnosticGc;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final PressureGauge gauge;
    private final LeakDetector detector;
    private Scheduler.Cancellable next = () -> {};
    private Pressure told = Pressure.NONE;
    private boolean closed;
    private boolean failed;
    private boolean suspected;
    private long liveSet = MemoryReadings.UNKNOWN;
    private long liveSetMax;
    private long liveSetAt;
    private long limit;
    private long limitReadAt;
    private long askedAt;

    private volatile Pressure pressure = Pressure.NONE;

    HeapMemoryMonitor(Builder builder) {
        this.gauge = new PressureGauge(builder.levels(), builder.sampleInterval.toNanos());
        this.detector = new LeakDetector(builder.leakWindow);
        this.scheduler = builder.scheduler;
        this.interval = builder.sampleInterval;
        this.diagnosticGc = builder.diagnosticGc;
        this.readings = builder.readings();
        this.limit = readings.containerLimit();
        this.limitReadAt = scheduler.nanoTime();
        this.askedAt = limitReadAt - DIAGNOSTIC_GC_EVERY;
    }

    void begin() {
        readings.listen(this::collected);
        lock.lock();
        try {
            next = scheduler.schedule(this::sample, interval);
        } finally {
            lock.unlock();
        }
    }

    void collected(long left, long max, boolean whole) {
        lock.lock();
        try {
            long now = scheduler.nanoTime();
            liveSet = left;
            liveSetMax = max;
            liveSetAt = now;
            gauge.collected(now, (double) left / max, whole);
            detector.add(now, left);
        } finally {
            lock.unlock();
        }
    }

    void sample() {
        Pressure now = pressure;
        boolean changed = false;
        boolean collect = false;
        lock.lock();
        try {
            if (closed) {
                return;
            }
            long nanos = scheduler.nanoTime();
            long max = readings.heapMax();
            double ofHeap = max > 0 ? (double) readings.heapUsed() / max : Double.NaN;
            now = gauge.read(nanos, readings.pausedMillis() * 1_000_000, containerShare(nanos), ofHeap);
            pressure = now;
            warnOfLeak(detector.verdict(nanos));
            if (diagnosticGc && gauge.isUnsure(nanos) && nanos - askedAt >= DIAGNOSTIC_GC_EVERY) {
                askedAt = nanos;
                collect = true;
            }
            changed = now != told;
        } catch (RuntimeException | OutOfMemoryError e) {
            failed(e);
        } finally {
            if (!closed) {
                next = scheduleNext();
            }
            lock.unlock();
        }
        if (collect) {
            readings.collect();
        }
        if (changed) {
            tell(now);
        }
    }

    /**
     * A heap that is full for a moment is what this is to notice, and must not be the end of noticing: whoever waits for
     * the pressure to fall would wait for ever.
     */
    private Scheduler.Cancellable scheduleNext() {
        for (int i = 1; ; i++) {
            try {
                return scheduler.schedule(this::sample, interval);
            } catch (OutOfMemoryError e) {
                if (i == LONGEST_SHORTAGE) {
                    throw e;
                }
                LockSupport.parkNanos(PATIENCE);
            }
        }
    }

    private double containerShare(long now) {
        if (now - limitReadAt >= LIMIT_EVERY) {
            limitReadAt = now;
            limit = readings.containerLimit();
        }
        long resident = limit > 0 ? readings.resident() : MemoryReadings.UNKNOWN;
        return resident < 0 ? Double.NaN : (double) resident / limit;
    }

    private void warnOfLeak(LeakVerdict verdict) {
        boolean suspects = verdict.verdict() == Verdict.SUSPECTED_LEAK;
        if (suspects && !suspected) {
            LoggerFactory.getLogger(MemoryMonitor.class)
                    .warn(
                            "the live set grows by {} KB/s, by {} MB over the last {} s, and does not cease to: a leak is suspected;"
                                    + " jcmd {} GC.heap_dump FILE shows what holds it",
                            (long) verdict.bytesPerSecond() >> 10,
                            megabytes(verdict.growthBytes()),
                            verdict.window().toSeconds(),
                            ProcessHandle.current().pid());
        }
        suspected = suspects;
    }

    /** Once, lest the log fill up; whatever fails will fail every second. */
    private void failed(Throwable e) {
        if (!failed && !(e instanceof OutOfMemoryError)) {
            failed = true;
            LoggerFactory.getLogger(MemoryMonitor.class)
                    .warn("memory could not be read; the pressure stays {} until it can", pressure, e);
        }
    }

    /** The listeners before the log: a line takes memory, and there may be none. */
    private void tell(Pressure level) {
        tellAll(level);
        lock.lock();
        try {
            told = level;
        } finally {
            lock.unlock();
        }
        MemoryUsage usage = usage();
        if (level == Pressure.CRITICAL) {
            LoggerFactory.getLogger(MemoryMonitor.class).warn("memory pressure is now {}: {}", level, text(usage));
        } else {
            LoggerFactory.getLogger(MemoryMonitor.class).info("memory pressure is now {}: {}", level, text(usage));
        }
    }

    @Override
    public MemoryUsage usage() {
        lock.lock();
        try {
            return usage(
                    readings,
                    limit,
                    liveSet,
                    liveSet < 0 ? Duration.ZERO : Duration.ofNanos(scheduler.nanoTime() - liveSetAt),
                    liveSetMax,
                    gauge.gcShare());
        } finally {
            lock.unlock();
        }
    }

    static MemoryUsage usage(
            MemoryReadings readings, long limit, long liveSet, Duration liveSetAge, long liveSetMax, double gcShare) {
        return new MemoryUsage(
                readings.heapUsed(),
                readings.heapCommitted(),
                readings.heapMax(),
                readings.nonHeap(),
                readings.direct(),
                readings.mapped(),
                known(readings.resident()),
                known(limit),
                known(liveSet),
                liveSetAge,
                liveSetMax,
                gcShare);
    }

    private static OptionalLong known(long value) {
        return value < 0 ? OptionalLong.empty() : OptionalLong.of(value);
    }

    @Override
    public Pressure pressure() {
        return pressure;
    }

    @Override
    public LeakVerdict leak() {
        lock.lock();
        try {
            return detector.verdict(scheduler.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Registration onPressure(Consumer<? super Pressure> listener) {
        Listener registered = new Listener(Objects.requireNonNull(listener, "listener"));
        listeners.add(registered);
        return registered;
    }

    @Override
    public void logMemoryUsage(String context) {
        if (LoggerFactory.getLogger(MemoryMonitor.class).isInfoEnabled()) {
            LoggerFactory.getLogger(MemoryMonitor.class)
                    .info("memory at {}: {}, pressure {}, leak {}", context, text(usage()), pressure, leak().verdict());
        }
    }

    static String text(MemoryUsage usage) {
        StringBuilder line = new StringBuilder(160);
        line.append("heap ").append(megabytes(usage.heapUsed())).append(" of ");
        line.append(megabytes(usage.heapMax())).append(" MB");
        if (usage.liveSet().isPresent()) {
            line.append(" (live ")
                    .append(megabytes(usage.liveSet().getAsLong()))
                    .append(" of ");
            line.append(megabytes(usage.liveSetMax())).append(" MB ");
            line.append(usage.liveSetAge().toSeconds()).append(" s ago)");
        }
        line.append(", non-heap ").append(megabytes(usage.nonHeap())).append(" MB");
        line.append(", direct ").append(megabytes(usage.direct())).append(" MB");
        line.append(", mapped ").append(megabytes(usage.mapped())).append(" MB");
        if (usage.resident().isPresent()) {
            line.append(", resident ").append(megabytes(usage.resident().getAsLong()));
            usage.containerLimit().ifPresent(bytes -> line.append(" of ").append(megabytes(bytes)));
            line.append(" MB");
        }
        line.append(", stopped by GC ")
                .append(Math.round(100 * usage.gcShare()))
                .append(" %");
        return line.toString();
    }

    private static long megabytes(long bytes) {
        return (bytes + (1 << 19)) >> 20;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            next.cancel();
            if (pressure != Pressure.NONE) {
                pressure = Pressure.NONE;
                // Whoever waits for it to fall would wait for ever.
                var unused = scheduler.schedule(() -> tellAll(Pressure.NONE), Duration.ZERO);
            }
        } finally {
            lock.unlock();
        }
        readings.close();
    }

    private void tellAll(Pressure level) {
        listeners.forEach(listener -> listener.tell(level));
    }

    private final class Listener implements Registration {
        private final Consumer<? super Pressure> action;

        Listener(Consumer<? super Pressure> action) {
            this.action = action;
        }

        void tell(Pressure level) {
            try {
                action.accept(level);
            } catch (RuntimeException e) {
                LoggerFactory.getLogger(MemoryMonitor.class)
                        .warn("a listener failed when it was told that memory pressure is {}", level, e);
            }
        }

        @Override
        public void close() {
            listeners.remove(this);
        }
    }
}
