// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.aws.lambda.SplitWorker;
import io.apilados.pipeline.aws.lambda.SplitWorkerHandler;
import io.apilados.pipeline.aws.s3.S3ByteSource;
import io.apilados.pipeline.aws.s3.S3Clients;
import io.apilados.pipeline.aws.s3.S3SplitStore;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.enrich.JsonMapping;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.HttpDelivery;
import io.apilados.pipeline.parse.CsvParser;
import java.net.URI;
import java.time.Duration;
import software.amazon.awssdk.services.s3.S3Client;

/** A function for splits, as a user writes one: file and store in S3, records to an API. */
public final class SplitsHandler extends SplitWorkerHandler {

    static final String SOURCE = "TEST_SOURCE";
    static final String STORE = "TEST_STORE";
    static final String TARGET = "TEST_TARGET";

    public SplitsHandler() {
        super(worker());
    }

    private static SplitWorker worker() {
        S3Client client = S3Clients.create(null);
        HttpDelivery<JsonRecord> delivery =
                HttpDelivery.to(URI.create(System.getenv(TARGET))).build();
        return SplitWorker.of(
                        S3SplitStore.of(client, URI.create(System.getenv(STORE))),
                        split -> Pipeline.from(S3ByteSource.of(client, URI.create(System.getenv(SOURCE))))
                                .parse(CsvParser.withHeader())
                                .enrich(JsonMapping.builder()
                                        .text("id", "nombre")
                                        .build())
                                .batch(BatchSizing.fixed(10))
                                .deliver(delivery)
                                .concurrency(ConcurrencyController.fixed(1)))
                .withReserve(Duration.ofMillis(200));
    }
}
