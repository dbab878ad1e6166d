// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.batch.BatchHandler;
import io.apilados.pipeline.batch.BatchProcessor;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.Resilience;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/** Records of a service that come one at a time leave it in batches, without a pipeline. */
public final class BatchesAlone {

    private BatchesAlone() {}

    /** Runs it. */
    public static void main(String[] args) throws InterruptedException {
        AtomicLong arrived = new AtomicLong();
        AtomicLong requests = new AtomicLong();
        Resilience resilience = Resilience.ofDefaults();
        BatchHandler<String> sender = BatchHandler.sending(batch -> resilience.call(() -> {
            requests.incrementAndGet();
            return CompletableFuture.completedFuture(arrived.addAndGet(batch.size()));
        }));
        try (BatchProcessor<String> processor = BatchProcessor.to(sender)
                .sizing(BatchSizing.adaptive(10, 100, 500))
                .build()) {
            for (int i = 0; i < 10_000; i++) {
                processor.submit("record " + i);
            }
        }
        System.out.println(
                arrived + " records arrived in " + (requests.get() < 1_000 ? "batches" : "too many requests"));
    }
}
