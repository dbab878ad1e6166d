// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * Takes down how long things took, without locks, and tells of all of them and of those since the last time. Safe for use
 * by many threads.
 */
public final class LatencyRecorder {

    private final Recorder recorder = new Recorder(Latencies.LONGEST_MICROS, Latencies.DIGITS);
    private final ReentrantLock lock = new ReentrantLock();
    private final Histogram total = new Histogram(Latencies.LONGEST_MICROS, Latencies.DIGITS);
    private @Nullable Histogram interval;

    /** A recorder of nothing so far. */
    public LatencyRecorder() {}

    /** Something took so long; below zero counts as zero. */
    public void record(long nanos) {
        long micros = TimeUnit.NANOSECONDS.toMicros(nanos);
        recorder.recordValue(Math.max(0, Math.min(micros, Latencies.LONGEST_MICROS)));
    }

    /**
     * What was taken down since this was last asked.
     *
     * @return valid until it is asked again
     */
    public Latencies sinceLast() {
        lock.lock();
        try {
            return new Latencies(takeIn());
        } finally {
            lock.unlock();
        }
    }

    /** All that was taken down. */
    public Latencies total() {
        lock.lock();
        try {
            Histogram unused = takeIn();
            return new Latencies(total.copy());
        } finally {
            lock.unlock();
        }
    }

    private Histogram takeIn() {
        Histogram taken = recorder.getIntervalHistogram(interval);
        interval = taken;
        total.add(taken);
        return taken;
    }
}
