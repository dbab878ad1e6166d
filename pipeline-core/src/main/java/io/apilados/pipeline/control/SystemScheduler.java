// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** {@link System#nanoTime()} and a daemon thread that is started with the first task. */
final class SystemScheduler implements Scheduler {

    static final SystemScheduler INSTANCE = new SystemScheduler();

    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, new Daemons());

    private SystemScheduler() {
        timer.setRemoveOnCancelPolicy(true);
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public long epochMillis() {
        return System.currentTimeMillis();
    }

    @Override
    public Cancellable schedule(Runnable task, Duration delay) {
        Future<?> future = timer.schedule(task, Waits.nanos(delay), TimeUnit.NANOSECONDS);
        return new Scheduled(future);
    }

    @Override
    public void await(Signal signal, BooleanSupplier condition) throws InterruptedException {
        signal.park(condition);
    }

    // Classes and not lambdas, because these are come to in every run: see decision 29.

    private static final class Daemons implements ThreadFactory {
        @Override
        public Thread newThread(Runnable task) {
            Thread thread = new Thread(task, "pipeline-timer");
            thread.setDaemon(true);
            return thread;
        }
    }

    private static final class Scheduled implements Cancellable {
        private final Future<?> future;

        Scheduled(Future<?> future) {
            this.future = future;
        }

        @Override
        public void cancel() {
            future.cancel(false);
        }
    }
}
