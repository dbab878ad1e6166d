// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.Scheduler.Cancellable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Ends what takes too long. One timer serves all that is under way: it is set for the one that is due first, and when it
 * runs out and that one has ended in time, for the next. With a timer for each request, setting and calling it off would
 * be a notable part of what a small request costs.
 *
 * <p>Safe for use by many threads; one lock guards all state.
 */
final class Deadlines {

    private final Scheduler scheduler;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Limited first;
    private @Nullable Limited awaited;
    private @Nullable Cancellable timer;

    Deadlines(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /** What must end in time; begun once. */
    abstract static class Limited {
        private long dueNanos;
        private @Nullable Limited previous;
        private @Nullable Limited next;

        /** Its time is over. Called at most once, by the scheduler's thread; must be short. */
        abstract void late();
    }

    /** From now on the time runs. */
    void begin(Limited limited, Duration time) {
        lock.lock();
        try {
            limited.dueNanos = scheduler.nanoTime() + Scheduler.nanos(time);
            Limited second = first;
            limited.next = second;
            if (second != null) {
                second.previous = limited;
            }
            first = limited;
            Limited before = awaited;
            if (before == null || limited.dueNanos - before.dueNanos < 0) {
                await(limited, time);
            }
        } finally {
            lock.unlock();
        }
    }

    /** It has ended; its time will not be over any more. */
    void end(Limited limited) {
        lock.lock();
        try {
            remove(limited);
        } finally {
            lock.unlock();
        }
    }

    private void await(Limited limited, Duration time) {
        Cancellable earlier = timer;
        if (earlier != null) {
            earlier.cancel();
        }
        awaited = limited;
        timer = scheduler.schedule(() -> runOut(limited), time);
    }

    /** The timer for {@code expected} has run out. */
    private void runOut(Limited expected) {
        List<Limited> over = new ArrayList<>();
        lock.lock();
        try {
            if (!expected.equals(awaited)) {
                return;
            }
            awaited = null;
            timer = null;
            long now = scheduler.nanoTime();
            Limited soonest = null;
            Limited each = first;
            while (each != null) {
                Limited following = each.next;
                if (each.equals(expected) || each.dueNanos - now <= 0) {
                    remove(each);
                    over.add(each);
                } else if (soonest == null || each.dueNanos - soonest.dueNanos < 0) {
                    soonest = each;
                }
                each = following;
            }
            if (soonest != null) {
                await(soonest, Duration.ofNanos(soonest.dueNanos - now));
            }
        } finally {
            lock.unlock();
        }
        over.forEach(Limited::late);
    }

    private void remove(Limited limited) {
        Limited before = limited.previous;
        Limited after = limited.next;
        if (before != null) {
            before.next = after;
        } else if (limited.equals(first)) {
            first = after;
        }
        if (after != null) {
            after.previous = before;
        }
        limited.previous = null;
        limited.next = null;
    }

    /** Calls the timer off, unless something is under way still. */
    void close() {
        lock.lock();
        try {
            Cancellable set = timer;
            if (first == null && set != null) {
                set.cancel();
                timer = null;
                awaited = null;
            }
        } finally {
            lock.unlock();
        }
    }
}
