// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.Pressure;
import io.apilados.pipeline.control.Registration;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.report.Latencies;
import io.apilados.pipeline.report.LatencyRecorder;
import io.apilados.pipeline.report.RunTimeline;
import io.apilados.pipeline.report.RunTimeline.Change;
import io.apilados.pipeline.report.RunTimeline.Change.Subject;
import io.apilados.pipeline.report.RunTimeline.Point;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes down how a run goes over time. It has no timer: it looks when a request ends or a segment does, if enough time has
 * passed since the last look. That is a tenth of a second to begin with; whenever there are as many points as a timeline
 * may have, two become one and it is twice as long.
 *
 * <p>Safe for use by many threads: who comes while another looks goes on.
 */
final class RunRecorder implements AutoCloseable {

    private static final long FIRST_INTERVAL = 100_000_000L;

    private final Scheduler scheduler;
    private final Supplier<@Nullable Progress> progress;
    private final long startNanos;
    private final Registration breakerChanges;
    private final LatencyRecorder latencies = new LatencyRecorder();
    private final AtomicLong nextLook;
    private final AtomicBoolean looking = new AtomicBoolean();

    private final ReentrantLock lock = new ReentrantLock();
    private final List<Change> changes = new ArrayList<>();
    private List<Point> points = new ArrayList<>();
    private long interval = FIRST_INTERVAL;

    /** @param progress how the run is now; null if it cannot be told */
    RunRecorder(Scheduler scheduler, CircuitBreaker breaker, Supplier<@Nullable Progress> progress) {
        this.scheduler = scheduler;
        this.progress = progress;
        this.startNanos = scheduler.nanoTime();
        this.nextLook = new AtomicLong(startNanos + interval);
        this.breakerChanges = breaker.onStateChange(state -> changed(Subject.BREAKER, state.name()));
        if (breaker.state() != CircuitBreaker.State.CLOSED) {
            changed(Subject.BREAKER, breaker.state().name());
        }
    }

    void requestEnded(long nanos) {
        latencies.record(nanos);
        look();
    }

    void memoryIs(Pressure level) {
        changed(Subject.MEMORY, level.name());
    }

    private void changed(Subject what, String to) {
        lock.lock();
        try {
            if (changes.size() < RunTimeline.MOST_CHANGES) {
                changes.add(new Change(sinceStart(), what, to));
            }
        } finally {
            lock.unlock();
        }
    }

    private Duration sinceStart() {
        return Duration.ofMillis((scheduler.nanoTime() - startNanos) / 1_000_000);
    }

    /** Takes down how the run is now, if it is time. */
    void look() {
        if (isTime()) {
            lookAlone();
        }
    }

    private void lookAlone() {
        if (!looking.compareAndSet(false, true)) {
            return;
        }
        try {
            if (isTime()) {
                // Asked for without our lock: it takes the ledger's, under which the breaker may tell of a change.
                @Nullable Progress now = progress.get();
                lock.lock();
                try {
                    if (now != null) {
                        takeDown(now);
                    }
                    nextLook.set(scheduler.nanoTime() + interval);
                } finally {
                    lock.unlock();
                }
            }
        } finally {
            looking.set(false);
        }
    }

    private boolean isTime() {
        return scheduler.nanoTime() - nextLook.get() >= 0;
    }

    private void takeDown(Progress now) {
        LatencyRecorder.Late late = latencies.sinceLast();
        points.add(new Point(
                sinceStart(),
                now.read(),
                now.delivered(),
                now.rejected(),
                now.requests(),
                now.retries(),
                now.bytesRead(),
                now.inFlight(),
                now.batchSize(),
                now.concurrencyLimit(),
                late.p50(),
                late.p95(),
                late.p99(),
                RunState.usedHeapBytes()));
        if (points.size() > RunTimeline.MOST_POINTS) {
            points = new ArrayList<>(RunTimeline.thinned(points));
            interval *= 2;
        }
    }

    Latencies latencies() {
        return latencies.total();
    }

    /** How it went until now; the last point is of this moment. */
    RunTimeline timeline() {
        @Nullable Progress now = progress.get();
        lock.lock();
        try {
            if (now != null) {
                takeDown(now);
            }
            return new RunTimeline(points, changes);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        breakerChanges.close();
    }
}
