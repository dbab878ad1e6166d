// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchProcessor;
import io.apilados.pipeline.batch.BatchSample;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.source.SourcePosition;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Makes batches as the pipeline makes them, and waits for what becomes of them. */
final class Batches {

    static final String FINGERPRINT = "0123456789abcdef0123456789abcdef";

    /** How long a test waits before it takes something for hanging. */
    static final long PATIENCE_SECONDS = 30;

    private static final int BYTES_BETWEEN_RECORDS = 64;

    private Batches() {}

    /** One batch of these records, each a JSON object. */
    static Batch<JsonRecord> of(String... records) {
        return ofRecords(Arrays.stream(records)
                .map(text -> JsonRecord.ofUtf8(text.getBytes(StandardCharsets.UTF_8)))
                .toList());
    }

    static <T> Batch<T> ofRecords(List<T> records) {
        List<Batch<T>> cut = new ArrayList<>();
        try (BatchProcessor<T> processor = BatchProcessor.<T>to(batch -> {
                    cut.add(batch);
                    return CompletableFuture.completedFuture(
                            new BatchSample(batch.size(), 0, 0, 1, BatchSample.Outcome.CLEAN));
                })
                .sizing(BatchSizing.fixed(records.size()))
                .fingerprint(FINGERPRINT)
                .build()) {
            for (int i = 0; i < records.size(); i++) {
                SourcePosition position = new SourcePosition(BYTES_BETWEEN_RECORDS * (i + 1L), i + 1L, i + 2L);
                processor.submit(records.get(i), position, new byte[0]);
            }
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts a test", e);
        }
        return cut.get(0);
    }

    /** Delivers and waits. */
    static <T> DeliveryOutcome deliver(BatchDelivery<T> delivery, Batch<T> batch) {
        return outcome(delivery.deliver(batch));
    }

    static DeliveryOutcome outcome(CompletionStage<DeliveryOutcome> stage) {
        try {
            return stage.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("no outcome within " + PATIENCE_SECONDS + " s", e);
        } catch (ExecutionException e) {
            throw new AssertionError("an outcome was expected, but the delivery failed", e.getCause());
        }
    }

    /** Delivers, waits, and returns what the delivery failed with. */
    static <T> Throwable failure(BatchDelivery<T> delivery, Batch<T> batch) {
        return failure(delivery.deliver(batch));
    }

    static Throwable failure(CompletionStage<DeliveryOutcome> stage) {
        try {
            DeliveryOutcome outcome = stage.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            throw new AssertionError("a failure was expected, but the outcome was " + outcome);
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("no outcome within " + PATIENCE_SECONDS + " s", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            return cause == null ? e : cause;
        }
    }
}
