// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import io.apilados.pipeline.control.RequestLease;
import io.apilados.pipeline.control.Scheduler;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What this process keeps for the jobs whose tasks it runs, one runtime for each. It is closed when no task has used it for
 * a minute, or when the executor ends, if that is told of it.
 *
 * <p>The tasks of an executor have nothing in common but their process, so this is the one thing that is static.
 *
 * <p>Safe for use by many threads.
 */
final class ExecutorRuntimes {

    static final ExecutorRuntimes OF_THIS_PROCESS = new ExecutorRuntimes(Scheduler.system());

    static final Duration KEPT_IDLE = Duration.ofMinutes(1);

    /** Asks the driver. */
    @FunctionalInterface
    interface Driver {
        RequestLease ask(BudgetQuestion question) throws IOException;
    }

    /** Who this process is, if Spark has told. */
    record Plugged(String executorId, Driver driver) {}

    private final Scheduler scheduler;
    private final ReentrantLock lock = new ReentrantLock();

    /** Guarded by the lock. */
    private final Map<String, Kept> byJob = new HashMap<>();

    private volatile @Nullable Plugged plugged;

    ExecutorRuntimes(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    void plug(String executorId, Driver driver) {
        plugged = new Plugged(executorId, driver);
    }

    /** The executor ends. */
    void unplug() {
        plugged = null;
        List<Kept> all;
        lock.lock();
        try {
            all = new ArrayList<>(byJob.values());
            byJob.clear();
        } finally {
            lock.unlock();
        }
        all.forEach(kept -> kept.runtime.close());
    }

    /** How many jobs something is kept for. */
    int size() {
        lock.lock();
        try {
            return byJob.size();
        } finally {
            lock.unlock();
        }
    }

    /** The runtime for a task of a job; close the use when the task ends. */
    <T> Use<T> use(SplitJob<T> job) {
        lock.lock();
        try {
            Kept kept = byJob.computeIfAbsent(job.id(), id -> new Kept(new ExecutorRuntime<>(job, plugged, scheduler)));
            kept.users++;
            if (kept.closing != null) {
                kept.closing.cancel();
                kept.closing = null;
            }
            return new Use<>(this, kept, kept.<T>runtime());
        } finally {
            lock.unlock();
        }
    }

    private void release(Kept kept) {
        lock.lock();
        try {
            if (--kept.users == 0) {
                kept.closing = scheduler.schedule(() -> closeIfIdle(kept), KEPT_IDLE);
            }
        } finally {
            lock.unlock();
        }
    }

    private void closeIfIdle(Kept kept) {
        lock.lock();
        try {
            if (kept.users > 0 || !byJob.remove(kept.runtime.jobId(), kept)) {
                return;
            }
        } finally {
            lock.unlock();
        }
        // Closing may wait for connections, and the timer's thread must not.
        Thread closer = new Thread(kept.runtime::close, "pipeline-executor-close");
        closer.setDaemon(true);
        closer.start();
    }

    /** A runtime that one task uses. */
    static final class Use<T> implements AutoCloseable {
        private final ExecutorRuntimes runtimes;
        private final Kept kept;
        private final ExecutorRuntime<T> runtime;

        Use(ExecutorRuntimes runtimes, Kept kept, ExecutorRuntime<T> runtime) {
            this.runtimes = runtimes;
            this.kept = kept;
            this.runtime = runtime;
        }

        ExecutorRuntime<T> runtime() {
            return runtime;
        }

        @Override
        public void close() {
            runtimes.release(kept);
        }
    }

    private static final class Kept {
        final ExecutorRuntime<?> runtime;
        int users;
        Scheduler.@Nullable Cancellable closing;

        Kept(ExecutorRuntime<?> runtime) {
            this.runtime = runtime;
        }

        /** The job's own type: a job has one specification. */
        @SuppressWarnings("unchecked")
        <T> ExecutorRuntime<T> runtime() {
            return (ExecutorRuntime<T>) runtime;
        }
    }
}
