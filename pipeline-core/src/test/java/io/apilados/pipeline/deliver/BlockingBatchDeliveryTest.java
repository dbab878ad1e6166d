// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchProcessor;
import io.apilados.pipeline.batch.BatchSample;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.source.SourcePosition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BlockingBatchDeliveryTest {

    private static final int PATIENCE_SECONDS = 30;

    @Test
    void callsThatAreMadeAtOnceAreUnderWayAtOnce() throws Exception {
        int calls = 8;
        CyclicBarrier all = new CyclicBarrier(calls);
        try (BatchDelivery<String> delivery = BatchDelivery.blocking(batch -> {
            all.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return DeliveryOutcome.delivered();
        })) {
            List<CompletionStage<DeliveryOutcome>> stages = new ArrayList<>();
            for (int i = 0; i < calls; i++) {
                stages.add(delivery.deliver(batch()));
            }
            for (CompletionStage<DeliveryOutcome> stage : stages) {
                assertThat(get(stage)).isEqualTo(DeliveryOutcome.delivered());
            }
        }
    }

    @Test
    void callThatFollowsFromAnOutcomeGoesOnTheSameThread() throws Exception {
        List<Thread> threads = new CopyOnWriteArrayList<>();
        CountDownLatch told = new CountDownLatch(1);
        try (BatchDelivery<String> delivery = BatchDelivery.blocking(batch -> {
            threads.add(Thread.currentThread());
            told.await();
            return DeliveryOutcome.delivered();
        })) {
            CompletionStage<DeliveryOutcome> second =
                    delivery.deliver(batch()).thenCompose(outcome -> delivery.deliver(batch()));
            told.countDown();

            assertThat(get(second)).isEqualTo(DeliveryOutcome.delivered());
            assertThat(threads).hasSize(2);
            assertThat(threads.get(1)).isSameAs(threads.get(0));
        }
    }

    @Test
    void secondCallThatFollowsFromAnOutcomeDoesNotWaitForTheFirst() throws Exception {
        CountDownLatch set = new CountDownLatch(1);
        CyclicBarrier both = new CyclicBarrier(2);
        AtomicInteger calls = new AtomicInteger();
        try (BatchDelivery<String> delivery = BatchDelivery.blocking(batch -> {
            if (calls.getAndIncrement() == 0) {
                set.await();
            } else {
                both.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
            return DeliveryOutcome.delivered();
        })) {
            CompletionStage<DeliveryOutcome> end = delivery.deliver(batch()).thenCompose(outcome -> {
                CompletionStage<DeliveryOutcome> one = delivery.deliver(batch());
                return delivery.deliver(batch()).thenCombine(one, (a, b) -> b);
            });
            set.countDown();

            assertThat(get(end)).isEqualTo(DeliveryOutcome.delivered());
        }
    }

    @Test
    void callOfAnotherDeliveryDoesNotWaitUntilTheOutcomeIsTold() throws Exception {
        CountDownLatch set = new CountDownLatch(1);
        try (BatchDelivery<String> other = BatchDelivery.blocking(batch -> DeliveryOutcome.delivered());
                BatchDelivery<String> delivery = BatchDelivery.blocking(batch -> {
                    set.await();
                    return DeliveryOutcome.delivered();
                })) {
            CompletionStage<DeliveryOutcome> end = delivery.deliver(batch()).thenApply(outcome -> {
                try {
                    return get(other.deliver(batch()));
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
            set.countDown();

            assertThat(get(end)).isEqualTo(DeliveryOutcome.delivered());
        }
    }

    @Test
    void callThatIsWaitedForWhereItWasMadeGetsAThreadOfItsOwn() throws Exception {
        CountDownLatch set = new CountDownLatch(1);
        try (BatchDelivery<String> delivery = BatchDelivery.blocking(batch -> {
            set.await();
            return DeliveryOutcome.delivered();
        })) {
            CompletionStage<DeliveryOutcome> end = delivery.deliver(batch()).thenApply(outcome -> {
                try {
                    DeliveryOutcome second =
                            delivery.deliver(batch()).toCompletableFuture().join();
                    DeliveryOutcome third = get(delivery.deliver(batch()).thenApply(same -> same));
                    return second.equals(third)
                            ? delivery.deliver(batch()).toCompletableFuture().get()
                            : outcome;
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
            set.countDown();

            assertThat(get(end)).isEqualTo(DeliveryOutcome.delivered());
        }
    }

    @Test
    void longChainOfCallsMakesNoDeepStack() throws Exception {
        int calls = 100_000;
        AtomicInteger left = new AtomicInteger(calls);
        CompletableFuture<DeliveryOutcome> end = new CompletableFuture<>();
        try (BatchDelivery<String> delivery = BatchDelivery.blocking(batch -> DeliveryOutcome.delivered())) {
            Batch<String> batch = batch();
            follow(delivery, batch, left, end);

            assertThat(get(end)).isEqualTo(DeliveryOutcome.delivered());
        }
        assertThat(left).hasValue(0);
    }

    private static void follow(
            BatchDelivery<String> delivery,
            Batch<String> batch,
            AtomicInteger left,
            CompletableFuture<DeliveryOutcome> end) {
        CompletionStage<DeliveryOutcome> unused = delivery.deliver(batch).whenComplete((outcome, failure) -> {
            if (failure != null) {
                end.completeExceptionally(failure);
            } else if (left.decrementAndGet() == 0) {
                end.complete(outcome);
            } else {
                follow(delivery, batch, left, end);
            }
        });
    }

    @Test
    void whatACallThrowsIsWhatItsStageFailsWithAndTheNextOneGoesOn() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        CountDownLatch set = new CountDownLatch(1);
        try (BatchDelivery<String> delivery = BatchDelivery.blocking(batch -> {
            set.await();
            if (calls.getAndIncrement() == 0) {
                throw new IOException("no");
            }
            return DeliveryOutcome.delivered();
        })) {
            CompletionStage<DeliveryOutcome> first = delivery.deliver(batch());
            CompletableFuture<DeliveryOutcome> second = new CompletableFuture<>();
            CompletionStage<DeliveryOutcome> unused = first.whenComplete((outcome, failure) -> {
                CompletionStage<DeliveryOutcome> unusedToo =
                        delivery.deliver(batch()).whenComplete((again, again2) -> second.complete(again));
            });
            set.countDown();

            assertThatThrownBy(() -> get(first))
                    .isInstanceOf(ExecutionException.class)
                    .hasRootCauseMessage("no");
            assertThat(get(second)).isEqualTo(DeliveryOutcome.delivered());
        }
    }

    private static DeliveryOutcome get(CompletionStage<DeliveryOutcome> stage) throws Exception {
        return stage.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    static Batch<String> batch() {
        List<Batch<String>> cut = new ArrayList<>();
        try (BatchProcessor<String> processor = BatchProcessor.<String>to(batch -> {
                    cut.add(batch);
                    return CompletableFuture.completedFuture(
                            new BatchSample(batch.size(), 0, 0, 1, BatchSample.Outcome.CLEAN));
                })
                .sizing(BatchSizing.fixed(1))
                .fingerprint("test")
                .build()) {
            processor.submit("record", new SourcePosition(10, 1, 2), new byte[0]);
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts a test", e);
        }
        return cut.get(0);
    }
}
