// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.ingest;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.source.ByteArray;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Writes the body of each request and drops it. Confined to one thread: its outcomes are known at once. */
final class NullSink implements BatchDelivery<JsonRecord> {

    private static final byte[] BEFORE = "{\"data\":[".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] AFTER = "]}".getBytes(StandardCharsets.US_ASCII);

    private static final CompletionStage<DeliveryOutcome> DELIVERED =
            CompletableFuture.completedFuture(DeliveryOutcome.delivered());

    private final ByteArray body = new ByteArray();
    private long bytes;

    @Override
    public CompletionStage<DeliveryOutcome> deliver(Batch<JsonRecord> batch) {
        try {
            body.truncate(0);
            body.write(BEFORE);
            batch.writeJson(body, ',');
            body.write(AFTER);
            bytes += body.length();
            return DELIVERED;
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public boolean letsGoOfBatches() {
        return true;
    }

    /** How many bytes were dropped. */
    long bytes() {
        return bytes;
    }
}
