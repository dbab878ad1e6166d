// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * The one seam for time: reading it, being called later, and waiting for something to change. Everything that
 * measures, backs off or waits does it through a scheduler, so that a test can run hours of it in milliseconds.
 *
 * <p>Safe for use by many threads. Tasks run one after another on a thread of the scheduler's own and must be short;
 * whoever has to block hands the work to another thread.
 */
public interface Scheduler {

    /** The nanoseconds of a duration, from zero to a century: longer is as good as endless, and sums with it do not overflow. */
    static long nanos(Duration duration) {
        return Waits.nanos(duration);
    }

    /** Nanoseconds from an arbitrary origin, never running backwards, as {@link System#nanoTime()}. */
    long nanoTime();

    /** Milliseconds since the epoch: for dates that a server sends, not for measuring. */
    long epochMillis();

    /**
     * Runs {@code task} once, no sooner than {@code delay} from now.
     *
     * @return what cancels it; cancelling a task that has run changes nothing
     */
    Cancellable schedule(Runnable task, Duration delay);

    /**
     * Waits until {@code condition} holds, looking again each time {@code signal} is raised.
     *
     * @throws InterruptedException if the thread is interrupted first
     */
    void await(Signal signal, BooleanSupplier condition) throws InterruptedException;

    /**
     * Parks the thread for so long; zero or less returns at once.
     *
     * @throws InterruptedException if the thread is interrupted first
     */
    default void pause(Duration time) throws InterruptedException {
        Waits.pass(Waits.nanos(time), this);
    }

    /** The machine's clock and one daemon thread, shared by the whole JVM. */
    static Scheduler system() {
        return SystemScheduler.INSTANCE;
    }

    /** What can be called off. */
    @FunctionalInterface
    interface Cancellable {
        /** Calls it off if it has not begun; otherwise changes nothing. */
        void cancel();
    }
}
