// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import io.apilados.pipeline.batch.Batch;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Gives each call a thread. How many there are is bounded by the concurrency controller before it, never by a pool: a
 * pool would queue batches where nobody sees them.
 *
 * <p>What follows from an outcome often is the next call. It goes on the same thread, as soon as the outcome has been told:
 * to wake another costs about as much as a small request. A second call in between gets a thread of its own; so does one
 * whose stage, or a stage made from it, is waited for on that thread, because it would never begin. Whoever waits there by
 * other means, such as a latch, must not wait for a call that it has just made.
 */
final class BlockingBatchDelivery<T> implements BatchDelivery<T> {

    private static final int FIRST_WITH_VIRTUAL_THREADS = 21;

    /** An idle thread ends after this. */
    private static final long KEEP_SECONDS = 60;

    private final Blocking<T> delivery;
    private final ExecutorService threads = newExecutor();

    /** On a thread that makes calls, what it does next. */
    private final ThreadLocal<Turn<T>> turns = new ThreadLocal<>();

    BlockingBatchDelivery(Blocking<T> delivery) {
        this.delivery = Objects.requireNonNull(delivery, "delivery");
    }

    @Override
    public CompletionStage<DeliveryOutcome> deliver(Batch<T> batch) {
        Stage<T, DeliveryOutcome> stage = new Stage<>(this);
        deliver(batch, stage::told);
        return stage;
    }

    @Override
    public void deliver(Batch<T> batch, Ending end) {
        Call<T> call = new Call<>(this, batch, end);
        Turn<T> turn = turns.get();
        if (turn != null && turn.telling && turn.next == null) {
            turn.next = call;
        } else {
            threads.execute(call);
        }
    }

    @Override
    public boolean letsGoOfBatches() {
        return delivery.letsGoOfBatches();
    }

    private void run(Call<T> first) {
        Turn<T> turn = new Turn<>();
        turns.set(turn);
        try {
            for (Call<T> call = first; call != null; call = turn.next) {
                turn.next = null;
                makeAndTell(call, turn);
            }
        } finally {
            turns.remove();
        }
    }

    private void makeAndTell(Call<T> call, Turn<T> turn) {
        DeliveryOutcome outcome = null;
        Throwable failure = null;
        try {
            outcome = deliver(call);
        } catch (Throwable e) {
            failure = e;
        }
        turn.telling = true;
        try {
            call.end.ended(outcome, failure);
        } catch (RuntimeException | Error e) {
            // It is not to throw, and there is nobody to tell.
        } finally {
            turn.telling = false;
        }
    }

    private DeliveryOutcome deliver(Call<T> call) throws Exception {
        if (call.context.isNone()) {
            return delivery.deliver(call.batch);
        }
        try (RequestContext.Scope unused = call.context.activate()) {
            return delivery.deliver(call.batch);
        }
    }

    @Override
    public void close() {
        threads.shutdown();
    }

    /** This thread is about to wait: what it was to do next goes to another. */
    private void handOver() {
        Turn<T> turn = turns.get();
        Call<T> next = turn == null ? null : turn.next;
        if (turn != null && next != null) {
            threads.execute(next);
            turn.next = null;
        }
    }

    /** What a thread does next. */
    private static final class Turn<T> {
        private @Nullable Call<T> next;

        /** Whether it tells an outcome at this moment. */
        private boolean telling;
    }

    /** A stage that may be waited for wherever it is. */
    private static final class Stage<T, V> extends CompletableFuture<V> {
        private final BlockingBatchDelivery<T> owner;

        Stage(BlockingBatchDelivery<T> owner) {
            this.owner = owner;
        }

        void told(@Nullable V outcome, @Nullable Throwable failure) {
            if (failure == null) {
                complete(outcome);
            } else {
                completeExceptionally(failure);
            }
        }

        @Override
        public <U> CompletableFuture<U> newIncompleteFuture() {
            return new Stage<>(owner);
        }

        @Override
        public V get() throws InterruptedException, ExecutionException {
            owner.handOver();
            return super.get();
        }

        @Override
        public V get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
            owner.handOver();
            return super.get(timeout, unit);
        }

        @Override
        public V join() {
            owner.handOver();
            return super.join();
        }
    }

    /** A batch on its way, and who is told what becomes of it. */
    private static final class Call<T> implements Runnable {
        private final BlockingBatchDelivery<T> owner;
        private final Batch<T> batch;
        private final Ending end;
        private final RequestContext context = RequestContext.current();

        Call(BlockingBatchDelivery<T> owner, Batch<T> batch, Ending end) {
            this.owner = owner;
            this.batch = batch;
            this.end = end;
        }

        @Override
        public void run() {
            owner.run(this);
        }
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
        boolean watches = Runtime.getRuntime().availableProcessors() > 1;
        BlockingQueue<Runnable> tasks = new WatchedHandOff(System::nanoTime, watches);
        return new ThreadPoolExecutor(0, Integer.MAX_VALUE, KEEP_SECONDS, TimeUnit.SECONDS, tasks, task -> {
            Thread thread = new Thread(task, "pipeline-delivery");
            thread.setDaemon(true);
            return thread;
        });
    }
}
