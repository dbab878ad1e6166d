// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the parts of a load at once, as many as there are connections, on threads of its own; a single one on the
 * calling thread. The first failure ends all. Safe for use by many threads.
 */
final class PartsAtOnce implements AutoCloseable {

    private final int most;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "pipeline-lookup");
        thread.setDaemon(true);
        return thread;
    });

    /** Asks for so many parts at once. */
    PartsAtOnce(int most) {
        this.most = most;
    }

    /** Asks for one part. */
    @FunctionalInterface
    interface Part {
        void ask(List<String> keys) throws IOException, InterruptedException;
    }

    /**
     * Asks for all parts and waits for them.
     *
     * @throws IOException the first failure; a {@link RuntimeException} likewise. The others are interrupted and not waited
     *     for
     * @throws InterruptedException if the thread is interrupted; so are they
     */
    void ask(List<List<String>> parts, Part part) throws IOException, InterruptedException {
        Queue<List<String>> left = new ConcurrentLinkedQueue<>(parts);
        int workers = Math.min(most, parts.size());
        if (workers <= 1) {
            askAll(left, part);
            return;
        }
        Callable<Void> worker = () -> {
            askAll(left, part);
            return null;
        };
        ExecutorCompletionService<Void> ended = new ExecutorCompletionService<>(threads);
        List<Future<Void>> working = new ArrayList<>();
        try {
            for (int i = 0; i < workers; i++) {
                working.add(ended.submit(worker));
            }
            for (int i = 0; i < workers; i++) {
                Void unused = ended.take().get();
            }
        } catch (ExecutionException e) {
            throw failure(e.getCause());
        } finally {
            left.clear();
            working.forEach(future -> future.cancel(true));
        }
    }

    private static void askAll(Queue<List<String>> left, Part part) throws IOException, InterruptedException {
        for (List<String> keys = left.poll(); keys != null; keys = left.poll()) {
            part.ask(keys);
        }
    }

    private static IOException failure(@Nullable Throwable cause) throws InterruptedException {
        if (cause instanceof IOException failure) {
            return failure;
        }
        if (cause instanceof InterruptedException) {
            throw new InterruptedException("the lookup was closed");
        }
        if (cause instanceof Error error) {
            throw error;
        }
        if (cause instanceof RuntimeException fault) {
            throw fault;
        }
        throw new IllegalStateException("a lookup failed for no reason that it may have", cause);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
