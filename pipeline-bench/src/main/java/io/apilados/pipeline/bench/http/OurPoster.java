// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.http;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.HttpDelivery;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Delivers as the pipeline does: the end of one request begins the next. */
final class OurPoster implements HttpDeliveryBenchmark.Poster {

    private final HttpDelivery<JsonRecord> delivery;

    OurPoster(URI uri) {
        delivery = HttpDelivery.to(uri)
                .maxConnections(HttpDeliveryBenchmark.CONNECTIONS)
                .build();
    }

    @Override
    public void post(List<Batch<JsonRecord>> batches, List<byte[]> bodies, int requests)
            throws InterruptedException, ExecutionException {
        Round round = new Round(batches, requests);
        for (int i = 0; i < HttpDeliveryBenchmark.CONNECTIONS; i++) {
            round.next();
        }
        round.end.get();
    }

    @Override
    public void close() {
        delivery.close();
    }

    private final class Round {
        private final List<Batch<JsonRecord>> batches;
        private final int requests;
        private final AtomicInteger begun = new AtomicInteger();
        private final AtomicInteger ended = new AtomicInteger();
        private final CompletableFuture<Void> end = new CompletableFuture<>();

        Round(List<Batch<JsonRecord>> batches, int requests) {
            this.batches = batches;
            this.requests = requests;
        }

        void next() {
            int number = begun.getAndIncrement();
            if (number < requests) {
                CompletionStage<DeliveryOutcome> unused =
                        delivery.deliver(batches.get(number % batches.size())).whenComplete(this::answered);
            }
        }

        private void answered(@Nullable DeliveryOutcome outcome, @Nullable Throwable failure) {
            if (!(outcome instanceof DeliveryOutcome.Delivered)) {
                end.completeExceptionally(failure == null ? new IllegalStateException("got " + outcome) : failure);
            } else if (ended.incrementAndGet() == requests) {
                end.complete(null);
            } else {
                next();
            }
        }
    }
}
