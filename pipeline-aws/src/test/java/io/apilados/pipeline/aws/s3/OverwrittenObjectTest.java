// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.PipelineException;
import io.apilados.pipeline.aws.testing.S3ServerProcess.Kind;
import io.apilados.pipeline.aws.testing.S3Servers;
import io.apilados.pipeline.aws.testing.SerializingProxy;
import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceChangedException;
import io.apilados.pipeline.source.SourceVersion;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** The object is overwritten in the middle of a run: the run ends, and from then on nothing is sent. */
@Tag("once")
@ExtendWith(S3Servers.class)
@Timeout(120)
class OverwrittenObjectTest {

    private static final int ROWS = 100_000;
    private static final int OVERWRITTEN_AT_BATCH = 30;

    private final AtomicInteger sends = new AtomicInteger();
    private final AtomicInteger sendsWhenItWasNoticed = new AtomicInteger(-1);
    private final AtomicInteger foreign = new AtomicInteger();
    private SerializingProxy proxy;
    private S3Client client;
    private String bucket;

    @BeforeEach
    void begin(S3Servers servers) throws IOException {
        proxy = new SerializingProxy(servers.endpoint(Kind.S3PROXY));
        client = S3Clients.create(proxy.endpoint());
        bucket = servers.newBucket(Kind.S3PROXY);
        put("old");
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        proxy.close();
    }

    private void put(String age) {
        StringBuilder csv = new StringBuilder("id,age\n");
        for (int i = 0; i < ROWS; i++) {
            csv.append(1_000_000 + i).append(',').append(age).append('\n');
        }
        var unused = client.putObject(
                put -> put.bucket(bucket).key("a.csv"),
                RequestBody.fromBytes(csv.toString().getBytes(StandardCharsets.UTF_8)));
    }

    private CompletionStage<DeliveryOutcome> deliver(Batch<String> batch) {
        if (sends.incrementAndGet() == OVERWRITTEN_AT_BATCH && sendsWhenItWasNoticed.get() < 0) {
            put("new");
        }
        batch.records().stream().filter(age -> !age.equals("old")).forEach(age -> foreign.incrementAndGet());
        return CompletableFuture.completedFuture(DeliveryOutcome.delivered());
    }

    private RunReport run(int rangesAtOnce) {
        return Pipeline.from(new Noticing(S3ByteSource.of(client, bucket, "a.csv")
                        .withRangeBytes(64 << 10)
                        .withRangesAtOnce(rangesAtOnce)))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("age"))
                .batch(BatchSizing.fixed(100))
                .deliver(this::deliver)
                .concurrency(ConcurrencyController.fixed(1))
                .checkpoint(S3CheckpointStore.of(client, URI.create("s3://" + bucket + "/checkpoints")))
                .build()
                .run();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void endsTheRunWithoutAFurtherSend(int rangesAtOnce) {
        PipelineException failure = catchThrowableOfType(PipelineException.class, () -> run(rangesAtOnce));

        assertThat(failure).hasCauseInstanceOf(SourceChangedException.class);
        assertThat(failure.report().status()).isEqualTo(RunStatus.FAILED);
        assertThat(failure.report().isBalanced()).isTrue();
        assertThat(sendsWhenItWasNoticed.get()).isBetween(OVERWRITTEN_AT_BATCH, ROWS / 100 - 1);
        assertThat(sends.get()).as("sent in all, and when it was noticed").isEqualTo(sendsWhenItWasNoticed.get());
        assertThat(foreign.get()).as("records of the new object").isZero();

        // Run again: the checkpoint is of another object.
        assertThatThrownBy(() -> run(rangesAtOnce))
                .isInstanceOf(PipelineException.class)
                .hasMessageContaining("has changed since the checkpoint");
        assertThat(sends.get()).isEqualTo(sendsWhenItWasNoticed.get());
    }

    @Test
    void aRunOverAnObjectThatStaysCompletes() {
        sendsWhenItWasNoticed.set(0);

        assertThat(run(4).delivered()).isEqualTo(ROWS);
        assertThat(sends.get()).isEqualTo(ROWS / 100);
    }

    /** Tells how much had been sent when the change was noticed. */
    private final class Noticing implements ByteSource {
        private final S3ByteSource source;

        Noticing(S3ByteSource source) {
            this.source = source;
        }

        @Override
        public String location() {
            return source.location();
        }

        @Override
        public SourceVersion version() throws IOException {
            return source.version();
        }

        @Override
        public InputStream open(SourceVersion version, long byteOffset) throws IOException {
            return new FilterInputStream(source.open(version, byteOffset)) {
                @Override
                public int read(byte[] bytes, int from, int length) throws IOException {
                    try {
                        return super.read(bytes, from, length);
                    } catch (SourceChangedException e) {
                        sendsWhenItWasNoticed.set(sends.get());
                        throw e;
                    }
                }
            };
        }
    }
}
