// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.checkpoint.Checkpoint;
import io.apilados.pipeline.checkpoint.CheckpointLease;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.testing.GeneratedSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.s3.S3Client;

/** The thread of a run is interrupted while it waits for the store: the run stops, saves, and gives its lease back. */
@Timeout(60)
class InterruptedRunTest {

    private static final URI PREFIX = URI.create("s3://b/checkpoints");

    @Test
    void stopsWithACheckpoint() throws Exception {
        GeneratedSource rows = new GeneratedSource(20_000);
        byte[] content = rows.open(rows.version(), 0).readAllBytes();
        try (LoopbackS3 store = new LoopbackS3();
                S3Client client = PlantedCredentials.client(S3Clients.builder().endpoint(store.endpoint()))) {
            store.put("b", "a.csv", content);
            S3ByteSource source = S3ByteSource.of(client, "b", "a.csv");
            Thread running = Thread.currentThread();
            RunReport report = Pipeline.from(source)
                    .parse(CsvParser.withHeader())
                    .enrich((CsvRow row) -> row.text(0))
                    .batch(BatchSizing.fixed(100))
                    .deliver(batch -> {
                        if (batch.records().get(0).equals("000000003001")) {
                            running.interrupt();
                        }
                        return CompletableFuture.completedFuture(DeliveryOutcome.delivered());
                    })
                    .checkpoint(S3CheckpointStore.of(client, PREFIX))
                    .build()
                    .run();

            assertThat(Thread.interrupted()).as("the flag is kept").isTrue();
            assertThat(report.status()).as("%s", report.endReason()).isEqualTo(RunStatus.STOPPED);
            try (CheckpointLease lease =
                    S3CheckpointStore.of(client, PREFIX, new VirtualScheduler()).acquire(source.location())) {
                Checkpoint saved = lease.load().orElseThrow();
                assertThat(saved.counters().delivered())
                        .isBetween(3_000L, 19_999L)
                        .isEqualTo(report.delivered());
            }
        }
    }
}
