// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.Signal;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;

/**
 * Time that passes only when a test lets it, or when the code under test waits for something: then the tasks that are
 * due run, one after the other, on the waiting thread. So a whole run takes place on one thread, in the same order each
 * time, and hours of it in milliseconds.
 *
 * <p>Confined to one thread.
 */
public final class VirtualScheduler implements Scheduler {

    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparingLong(Task::dueNanos).thenComparingLong(Task::order));
    private long now;
    private long order;

    private record Task(long dueNanos, long order, Runnable action) {}

    @Override
    public long nanoTime() {
        return now;
    }

    @Override
    public long epochMillis() {
        return now / 1_000_000;
    }

    @Override
    public Cancellable schedule(Runnable action, Duration delay) {
        Task task = new Task(now + Math.max(0, delay.toNanos()), order++, action);
        tasks.add(task);
        return () -> tasks.remove(task);
    }

    @Override
    public void await(Signal signal, BooleanSupplier condition) throws InterruptedException {
        // Only a raised signal makes it look again, as in real time: a signal that is forgotten must show.
        while (!condition.getAsBoolean()) {
            long times = signal.times();
            while (signal.times() == times) {
                if (Thread.interrupted()) {
                    throw new InterruptedException("interrupted while waiting in virtual time");
                }
                if (!runNext()) {
                    throw new AssertionError("it waits for ever: nothing is due, and the signal was not raised");
                }
            }
        }
    }

    /** Lets time pass, and runs what comes due. */
    public void advance(Duration time) {
        long until = now + time.toNanos();
        while (!tasks.isEmpty() && tasks.peek().dueNanos() <= until) {
            runNext();
        }
        now = until;
    }

    /** How much time has passed. */
    public Duration elapsed() {
        return Duration.ofNanos(now);
    }

    private boolean runNext() {
        Task task = tasks.poll();
        if (task == null) {
            return false;
        }
        now = Math.max(now, task.dueNanos());
        task.action().run();
        return true;
    }
}
