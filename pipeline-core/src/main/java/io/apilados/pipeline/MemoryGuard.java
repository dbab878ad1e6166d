// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.MemoryMonitor;
import io.apilados.pipeline.control.MemoryUsage;
import io.apilados.pipeline.control.Pressure;
import io.apilados.pipeline.control.Registration;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.Scheduler.Cancellable;
import io.apilados.pipeline.control.Signal;
import io.apilados.pipeline.deliver.Deliverer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Makes a run obey the pressure on memory: HIGH halves its batches and how many are open, CRITICAL pauses the reading
 * until it falls. What is on its way goes on, and is what gives memory back.
 *
 * <p>Safe for use by many threads: the monitor tells it of changes on a thread of its own.
 */
final class MemoryGuard implements AutoCloseable {

    /** With nothing read for so long it is not this run that fills the memory. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

    /**
     * The JVM's own monitoring takes 40 ms of CPU to come up. So it is asked for once the used heap, garbage included, is
     * this part of the largest, or after so many looks: a run that ends before has no use for it.
     */
    private static final int FILLING_PART = 4;

    private static final int LOOKS_BEFORE_WATCHING = 10;
    private static final Duration LOOK_EVERY = Duration.ofMillis(500);

    private final @Nullable MemoryMonitor given;
    private final boolean shared;
    private final Scheduler scheduler;
    private final RunState state;
    private final Deliverer<?> deliverer;
    private final ConcurrencyController concurrency;
    private final RunRecorder recorder;
    private final ReentrantLock lock = new ReentrantLock();
    private final Signal changed = new Signal();

    private @Nullable MemoryMonitor monitor;
    private @Nullable Registration registration;
    private @Nullable Books<?> books;
    private @Nullable Cancellable nextLook;
    private volatile Pressure level = Pressure.NONE;
    private @Nullable Double greatestShare;
    private int freeSize;
    private int timesHigh;
    private int timesCritical;
    private long pausedSince;
    private long pausedNanos;
    private @Nullable Cancellable limit;
    private volatile boolean paused;

    MemoryGuard(PipelineSettings<?> settings, RunState state, Deliverer<?> deliverer, RunRecorder recorder) {
        this.recorder = recorder;
        this.given = settings.memory;
        this.shared = settings.sharedMemory;
        this.scheduler = settings.scheduler;
        this.state = state;
        this.deliverer = deliverer;
        this.concurrency = settings.resilience.concurrency();
    }

    /** From now on these books are kept within what memory allows. */
    void watch(Books<?> opened) {
        lock.lock();
        try {
            books = opened;
        } finally {
            lock.unlock();
        }
        if (given != null) {
            ask(given);
        } else if (shared) {
            askOnceItFills(0);
        }
    }

    private void askOnceItFills(int looks) {
        boolean fills = RunState.usedHeapBytes() >= Runtime.getRuntime().maxMemory() / FILLING_PART;
        boolean ask = fills || looks >= LOOKS_BEFORE_WATCHING;
        lock.lock();
        try {
            if (books != null) {
                nextLook = ask
                        ? scheduler.schedule(() -> ask(SharedMonitor.INSTANCE), Duration.ZERO)
                        : scheduler.schedule(() -> askOnceItFills(looks + 1), LOOK_EVERY);
            }
        } finally {
            lock.unlock();
        }
    }

    private void ask(MemoryMonitor asked) {
        lock.lock();
        try {
            if (books == null) {
                return;
            }
            monitor = asked;
            registration = asked.onPressure(told -> look());
        } finally {
            lock.unlock();
        }
        look();
    }

    /** One for all pipelines of the process that have none of their own; it listens as long as the process lives. */
    private static final class SharedMonitor {
        static final MemoryMonitor INSTANCE = MemoryMonitor.ofDefaults();
    }

    /** Waits until reading may go on, or the run is to end. */
    void awaitRelief() throws InterruptedException {
        if (paused) {
            scheduler.await(changed, () -> !paused || state.isEnding());
        }
    }

    /** The run is ending: nobody waits any longer. */
    void wakeUp() {
        changed.raise();
    }

    /** Asks instead of believing what it is told: two tellers may come in the wrong order. */
    private void look() {
        lock.lock();
        try {
            Books<?> kept = books;
            MemoryMonitor asked = monitor;
            Pressure now = asked == null ? level : asked.pressure();
            if (kept == null || now == level) {
                return;
            }
            boolean rising = now.compareTo(level) > 0;
            if (level == Pressure.NONE) {
                freeSize = kept.batches.batchSize();
            }
            leave(level);
            level = now;
            recorder.memoryIs(now);
            if (asked != null) {
                lookAtShare(asked);
            }
            if (now == Pressure.HIGH) {
                timesHigh += rising ? 1 : 0;
                kept.batches.ceiling(Math.max(1, freeSize / 2));
                deliverer.openAtMost(Math.max(1, concurrency.limit() / 2));
            } else if (now == Pressure.CRITICAL) {
                timesCritical++;
                kept.batches.ceiling(1);
                deliverer.openAtMost(1);
                pausedSince = scheduler.nanoTime();
                paused = true;
                limit = scheduler.schedule(this::pausedTooLong, LONGEST_PAUSE);
            } else {
                kept.batches.ceiling(Integer.MAX_VALUE);
                deliverer.openAtMost(Integer.MAX_VALUE);
            }
        } finally {
            lock.unlock();
        }
        changed.raise();
    }

    /** How short memory is, as far as the run knows. */
    Pressure level() {
        return level;
    }

    /** What is in use; null if nobody watches. */
    @Nullable MemoryUsage usage() {
        MemoryMonitor asked;
        lock.lock();
        try {
            asked = monitor;
        } finally {
            lock.unlock();
        }
        return asked == null ? null : asked.usage();
    }

    /** The largest share that was in use for long; null if nobody watched. */
    @Nullable Double greatestShare() {
        lock.lock();
        try {
            return greatestShare;
        } finally {
            lock.unlock();
        }
    }

    /** Looks at how much is in use: at every change, and at the end. */
    private void lookAtShare(MemoryMonitor asked) {
        MemoryUsage usage = asked.usage();
        usage.liveShare().ifPresent(this::share);
        usage.containerShare().ifPresent(this::share);
    }

    private void share(double seen) {
        Double before = greatestShare;
        greatestShare = before == null ? seen : Math.max(before, seen);
    }

    private void leave(Pressure before) {
        if (before == Pressure.CRITICAL) {
            pausedNanos += scheduler.nanoTime() - pausedSince;
            paused = false;
            Cancellable timer = limit;
            if (timer != null) {
                timer.cancel();
            }
        }
    }

    private void pausedTooLong() {
        if (paused) {
            state.stop("memory has been critical for " + LONGEST_PAUSE.toSeconds()
                    + " s although nothing was read; give the process more, or find what else fills it");
        }
    }

    /** What the report says of it: nothing, if there was no pressure. */
    List<String> notes() {
        lock.lock();
        try {
            if (timesHigh + timesCritical == 0) {
                return List.of();
            }
            long nanos = pausedNanos + (paused ? scheduler.nanoTime() - pausedSince : 0);
            return List.of(String.format(
                    Locale.ROOT,
                    "memory was short: high %d times, critical %d times; reading paused for %.1f s",
                    timesHigh,
                    timesCritical,
                    nanos / 1e9));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        Registration told;
        lock.lock();
        try {
            told = registration;
            registration = null;
            MemoryMonitor asked = monitor;
            if (asked != null && books != null) {
                lookAtShare(asked);
            }
            leave(level);
            level = Pressure.NONE;
            books = null;
            if (nextLook != null) {
                nextLook.cancel();
            }
        } finally {
            lock.unlock();
        }
        if (told != null) {
            told.close();
        }
    }
}
