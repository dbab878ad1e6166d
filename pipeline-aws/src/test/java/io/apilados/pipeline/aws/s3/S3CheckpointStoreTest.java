// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.aws.testing.S3ServerProcess.Kind;
import io.apilados.pipeline.aws.testing.S3Servers;
import io.apilados.pipeline.aws.testing.SerializingProxy;
import io.apilados.pipeline.checkpoint.CheckpointLease;
import io.apilados.pipeline.checkpoint.CheckpointStore;
import io.apilados.pipeline.checkpoint.LeaseHeldException;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.testing.CheckpointStoreContract;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.s3.S3Client;

/** In two stores, one request at a time. */
@Tag("once")
@ExtendWith(S3Servers.class)
@Timeout(180)
class S3CheckpointStoreTest {

    abstract static class InStore extends CheckpointStoreContract {
        private final Kind kind;
        private SerializingProxy proxy;
        private S3Client client;
        private String bucket;

        InStore(Kind kind) {
            this.kind = kind;
        }

        @BeforeEach
        void begin(S3Servers servers) throws IOException {
            proxy = new SerializingProxy(servers.endpoint(kind));
            client = client(proxy.endpoint());
            bucket = servers.newBucket(kind);
        }

        S3Client client(URI endpoint) {
            return S3Clients.create(endpoint);
        }

        @AfterEach
        void stop() throws IOException {
            client.close();
            proxy.close();
        }

        /** The store's own clock tells: that of the run which crashed stands still. */
        @Test
        @Tag("slow")
        void aLeaseThatIsNotRenewedEndsAfterItsTerm() throws Exception {
            URI prefix = URI.create("s3://" + bucket + "/checkpoints");
            S3CheckpointStore store = S3CheckpointStore.of(client, prefix);
            CheckpointLease crashed = S3CheckpointStore.of(client, prefix, new VirtualScheduler())
                    .withTerm(S3CheckpointStore.SHORTEST_TERM)
                    .acquire("x");
            long began = System.nanoTime();
            boolean taken = false;
            while (!taken) {
                try (CheckpointLease next = store.acquire("x")) {
                    taken = true;
                    assertThatThrownBy(() -> crashed.save(FULL))
                            .hasMessageContaining("another run has taken the lease");
                } catch (LeaseHeldException e) {
                    Scheduler.system().pause(Duration.ofMillis(100));
                }
            }
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isBetween(S3CheckpointStore.SHORTEST_TERM.minusSeconds(1), Duration.ofSeconds(10));
        }

        @Override
        protected CheckpointStore store() {
            return S3CheckpointStore.of(client, URI.create("s3://" + bucket + "/checkpoints"));
        }
    }

    @Nested
    class InS3Mock extends InStore {
        InS3Mock() {
            super(Kind.S3MOCK);
        }
    }

    @Nested
    class InS3MockWithTheSdksDefaults extends InStore {
        InS3MockWithTheSdksDefaults() {
            super(Kind.S3MOCK);
        }

        @Override
        S3Client client(URI endpoint) {
            return PlantedCredentials.clientWithTheSdksDefaults(endpoint);
        }
    }

    @Nested
    class InS3Proxy extends InStore {
        InS3Proxy() {
            super(Kind.S3PROXY);
        }
    }

    @Test
    void refusesATermThatIsTooShortForTheClocksOfStores() {
        try (S3Client client = S3Clients.create(URI.create("http://127.0.0.1:1"))) {
            S3CheckpointStore store = S3CheckpointStore.of(client, URI.create("s3://b"));
            assertThatIllegalArgumentException().isThrownBy(() -> store.withTerm(Duration.ofMillis(2_999)));
        }
    }
}
