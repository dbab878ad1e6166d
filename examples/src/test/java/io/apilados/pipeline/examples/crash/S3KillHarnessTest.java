// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.aws.testing.S3ServerProcess.Kind;
import io.apilados.pipeline.aws.testing.S3Servers;
import io.apilados.pipeline.aws.testing.SerializingProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * As {@link KillHarnessTest}, with the source, the catalog, the checkpoints and the rejected records in S3. What is settled
 * is noted there with the next write only, so a restart may send more again than was in flight; as before with the same
 * keys, so that nothing is applied twice.
 */
@Tag("once")
@ExtendWith(S3Servers.class)
final class S3KillHarnessTest {

    private final List<SerializingProxy> proxies = new ArrayList<>();

    @AfterEach
    void closeProxies() throws IOException {
        for (SerializingProxy proxy : proxies) {
            proxy.close();
        }
    }

    /** A bucket of its own; every write that has a condition is an event of the checkpoint. */
    private Bucket bucket(Ingestion ingestion, S3Servers servers) throws IOException {
        SerializingProxy proxy = new SerializingProxy(
                servers.endpoint(Kind.S3PROXY), () -> ingestion.events().add(Events.Kind.CHECKPOINT, 0));
        proxies.add(proxy);
        return new Bucket(proxy.endpoint(), servers.newBucket(Kind.S3PROXY));
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void losesNothingWhenItIsKilledFourTimes(@TempDir Path folder, S3Servers servers) throws Exception {
        KillHarnessTest.killUntil(4, 20_261_130, folder, ingestion -> ingestion.in(bucket(ingestion, servers)), false);
    }

    @Test
    @Tag("slow")
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void losesNothingWhenItIsKilledEightyTimes(@TempDir Path folder, S3Servers servers) throws Exception {
        KillHarnessTest.killUntil(80, 7_041_777, folder, ingestion -> ingestion.in(bucket(ingestion, servers)), false);
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void secondRunIsRefusedAndSendsNothingWhileTheFirstLives(@TempDir Path folder, S3Servers servers) throws Exception {
        DirtySource source = DirtySource.write(folder, 2_000, 3, 31);
        try (Ingestion ingestion = new Ingestion(folder, source, 33)) {
            Bucket bucket = bucket(ingestion, servers);
            ingestion.in(bucket).api().hold();
            IngestProcess first = ingestion.start();
            assertThat(ingestion.events().await(first, Events.Kind.RECEIVED, 1))
                    .as(first.describe())
                    .isTrue();

            IngestProcess second = ingestion.start();
            assertThat(second.exitCode()).as(second.describe()).isEqualTo(IngestProcess.FAILED);
            assertThat(second.errors())
                    .as(second.describe())
                    .singleElement()
                    .asString()
                    .contains("another run of it is under way (process ");
            assertThat(ingestion.ledger().requestsOf(second.number()))
                    .as("its requests")
                    .isZero();

            ingestion.api().release();
            assertThat(first.exitCode()).as(first.describe()).isEqualTo(IngestProcess.COMPLETED_WITH_REJECTS);
            ingestion.complete();
            ingestion.assertNothingLost();
            assertThat(bucket.keys())
                    .as("neither parts nor trials are left")
                    .hasSize(4)
                    .contains("rejects.csv")
                    .anyMatch(key -> key.startsWith("checkpoints/participants.csv-"));
        }
    }
}
