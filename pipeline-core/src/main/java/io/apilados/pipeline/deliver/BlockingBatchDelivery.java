// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import io.apilados.pipeline.batch.Batch;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Gives each call a thread. How many there are is bounded by the concurrency controller before it, never by a pool: a
 * pool would queue batches where nobody sees them.
 */
final class BlockingBatchDelivery<T> implements BatchDelivery<T> {

    private static final int FIRST_WITH_VIRTUAL_THREADS = 21;

    private final Blocking<T> delivery;
    private final ExecutorService threads = newExecutor();

    BlockingBatchDelivery(Blocking<T> delivery) {
        this.delivery = Objects.requireNonNull(delivery, "delivery");
    }

    @Override
    public CompletionStage<DeliveryOutcome> deliver(Batch<T> batch) {
        CompletableFuture<DeliveryOutcome> outcome = new CompletableFuture<>();
        threads.execute(() -> {
            try {
                outcome.complete(delivery.deliver(batch));
            } catch (Throwable e) {
                outcome.completeExceptionally(e);
            }
        });
        return outcome;
    }

    @Override
    public void close() {
        threads.shutdown();
    }

    private static ExecutorService newExecutor() {
        if (Runtime.version().feature() >= FIRST_WITH_VIRTUAL_THREADS) {
            try {
                return (ExecutorService) MethodHandles.publicLookup()
                        .findStatic(
                                Executors.class,
                                "newVirtualThreadPerTaskExecutor",
                                MethodType.methodType(ExecutorService.class))
                        .invokeExact();
            } catch (Throwable e) {
                throw new AssertionError("every Java platform from 21 on has virtual threads", e);
            }
        }
        return Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "pipeline-delivery");
            thread.setDaemon(true);
            return thread;
        });
    }
}
