// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives tasks to the idle threads of a pool, one of which watches for the next task for a little while before it sleeps.
 *
 * <p>To wake a thread costs the one that wakes it, too: on few cores the woken thread often takes the core of the thread
 * that reads, which then waits although another core falls idle a moment later. Where the next task comes at once, as
 * from a reader that makes one every 100 µs, a thread that is still awake takes it.
 */
@SuppressWarnings("ReferenceEquality") // What stands for nothing is known by being it.
final class WatchedHandOff extends SynchronousQueue<Runnable> {

    private static final long serialVersionUID = 1L;

    /** About what it costs to wake a thread: who watches for so long wastes no more than that. */
    static final long WATCH_NANOS = 50_000;

    private static final Runnable NONE = () -> {};

    /** Null if nobody watches; {@link #NONE} while somebody does; a task for the one that watches. */
    private final transient AtomicReference<@Nullable Runnable> watched = new AtomicReference<>();

    private final transient LongSupplier nanoTime;
    private final boolean watches;

    /**
     * A hand-off.
     *
     * @param watches whether an idle thread watches: not where the thread that makes tasks needs the only core
     */
    WatchedHandOff(LongSupplier nanoTime, boolean watches) {
        this.nanoTime = nanoTime;
        this.watches = watches;
    }

    @Override
    public boolean offer(Runnable task) {
        return (watched.get() == NONE && watched.compareAndSet(NONE, task)) || super.offer(task);
    }

    @Override
    public @Nullable Runnable poll(long time, TimeUnit unit) throws InterruptedException {
        if (watches && watched.get() == null && watched.compareAndSet(null, NONE)) {
            Runnable task = watch();
            if (task != NONE) {
                return task;
            }
        }
        return super.poll(time, unit);
    }

    @SuppressWarnings("ThreadPriorityCheck") // Nothing relies on it: whoever waits for the core may have it.
    private @Nullable Runnable watch() {
        long begun = nanoTime.getAsLong();
        while (watched.get() == NONE && nanoTime.getAsLong() - begun < WATCH_NANOS) {
            Thread.yield();
        }
        return watched.getAndSet(null);
    }
}
