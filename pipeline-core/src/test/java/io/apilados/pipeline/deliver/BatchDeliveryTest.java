// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.batch.Batch;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BatchDeliveryTest {

    private static final int PATIENCE_SECONDS = 30;

    /** What an ending was told. */
    private static final class Told implements BatchDelivery.Ending {
        private int times;
        private @Nullable DeliveryOutcome outcome;
        private @Nullable Throwable failure;

        @Override
        public void ended(@Nullable DeliveryOutcome ofBatch, @Nullable Throwable why) {
            times++;
            outcome = ofBatch;
            failure = why;
        }
    }

    @Test
    void stageThatIsCompleteIsToldBeforeTheCallReturns() throws Exception {
        Told told = tellOf(CompletableFuture.completedFuture(DeliveryOutcome.delivered()));

        assertThat(told.times).isEqualTo(1);
        assertThat(told.outcome).isEqualTo(DeliveryOutcome.delivered());
        assertThat(told.failure).isNull();
    }

    @Test
    void stageOfAnotherKindIsToldWhenItCompletes() throws Exception {
        CompletableFuture<DeliveryOutcome> later = new CompletableFuture<>();
        Told told = tellOf(later.minimalCompletionStage());
        assertThat(told.times).isZero();

        later.complete(DeliveryOutcome.delivered());

        assertThat(told.times).isEqualTo(1);
        assertThat(told.outcome).isEqualTo(DeliveryOutcome.delivered());
    }

    @Test
    void failureOfAStageIsTold() throws Exception {
        IOException failure = new IOException("lost");
        CompletableFuture<DeliveryOutcome> later = new CompletableFuture<>();
        Told atOnce = tellOf(CompletableFuture.failedFuture(failure));
        Told afterwards = tellOf(later);
        later.completeExceptionally(failure);

        assertThat(atOnce.failure).isSameAs(failure);
        assertThat(atOnce.outcome).isNull();
        assertThat(afterwards.failure).isSameAs(failure);
        assertThat(afterwards.times).isEqualTo(1);
    }

    @Test
    void deliveryWithoutAStageIsAtFault() throws Exception {
        assertThatThrownBy(() -> tellOf(null))
                .isInstanceOf(NullPointerException.class)
                .hasMessageContaining("stage");
    }

    @Test
    void blockingDeliveryTellsWhatItReturnsAndWhatItThrows() throws Exception {
        IOException failure = new IOException("lost");
        CompletableFuture<DeliveryOutcome> first = new CompletableFuture<>();
        CompletableFuture<Throwable> second = new CompletableFuture<>();
        Batch<String> batch = BlockingBatchDeliveryTest.batch();
        try (BatchDelivery<String> good = BatchDelivery.blocking(of -> DeliveryOutcome.delivered());
                BatchDelivery<String> bad = BatchDelivery.blocking(of -> {
                    throw failure;
                })) {
            good.deliver(batch, (outcome, why) -> first.complete(outcome));
            bad.deliver(batch, (outcome, why) -> second.complete(why));

            assertThat(first.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo(DeliveryOutcome.delivered());
            assertThat(second.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isSameAs(failure);
        }
    }

    @Test
    void blockingDeliveryKeepsBatchesUnlessItSaysThatItDoesNot() {
        BatchDelivery.Blocking<String> lettingGo = new BatchDelivery.Blocking<>() {
            @Override
            public DeliveryOutcome deliver(Batch<String> batch) {
                return DeliveryOutcome.delivered();
            }

            @Override
            public boolean letsGoOfBatches() {
                return true;
            }
        };
        try (BatchDelivery<String> keeping = BatchDelivery.blocking(batch -> DeliveryOutcome.delivered());
                BatchDelivery<String> forgetting = BatchDelivery.blocking(lettingGo)) {
            assertThat(keeping.letsGoOfBatches()).isFalse();
            assertThat(forgetting.letsGoOfBatches()).isTrue();
        }
    }

    /** The next call is made on the thread on which the ending throws. */
    @Test
    void whatAnEndingThrowsDoesNotStopTheCallThatItMade() throws Exception {
        CompletableFuture<DeliveryOutcome> second = new CompletableFuture<>();
        Batch<String> batch = BlockingBatchDeliveryTest.batch();
        try (BatchDelivery<String> delivery = BatchDelivery.blocking(of -> DeliveryOutcome.delivered())) {
            delivery.deliver(batch, (outcome, why) -> {
                delivery.deliver(batch, (again, whyAgain) -> second.complete(again));
                throw new IllegalStateException("an ending is not to throw");
            });

            assertThat(second.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo(DeliveryOutcome.delivered());
        }
    }

    @SuppressWarnings("NullAway") // As code that nobody checks may do.
    private static Told tellOf(@Nullable CompletionStage<DeliveryOutcome> stage) throws Exception {
        Told told = new Told();
        try (BatchDelivery<String> delivery = batch -> stage) {
            delivery.deliver(BlockingBatchDeliveryTest.batch(), told);
        }
        return told;
    }
}
