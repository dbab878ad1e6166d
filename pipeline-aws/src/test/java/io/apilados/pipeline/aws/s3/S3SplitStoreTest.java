// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.aws.testing.S3ServerProcess.Kind;
import io.apilados.pipeline.aws.testing.S3Servers;
import io.apilados.pipeline.aws.testing.SerializingProxy;
import io.apilados.pipeline.checkpoint.SplitStore;
import io.apilados.pipeline.testing.SplitStoreContract;
import java.io.IOException;
import java.net.URI;
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
class S3SplitStoreTest {

    abstract static class InStore extends SplitStoreContract {
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
            client = S3Clients.create(proxy.endpoint());
            bucket = servers.newBucket(kind);
        }

        @AfterEach
        void stop() throws IOException {
            client.close();
            proxy.close();
        }

        @Override
        protected SplitStore store() {
            return S3SplitStore.of(client, URI.create("s3://" + bucket + "/jobs/2026"));
        }

        @Test
        void keepsToItsPrefix() throws IOException {
            SplitStore whole = S3SplitStore.of(client, URI.create("s3://" + bucket));
            store().write("a", new byte[] {1});
            whole.write("b", new byte[] {2});

            assertThat(store().list("")).containsExactly("a");
            assertThat(whole.list("")).containsExactly("b", "jobs/2026/a");
        }

        @Test
        void saysThatThereIsNoBucketAndNotThatThereIsNoObject() {
            SplitStore nowhere = S3SplitStore.of(client, URI.create("s3://no-such-bucket-here/p"));

            assertThatThrownBy(() -> nowhere.read("a"))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("s3://no-such-bucket-here/p/a: ")
                    .hasMessageContaining("NoSuchBucket");
            assertThatThrownBy(() -> nowhere.replace("a", null, new byte[] {1}))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("NoSuchBucket");
        }
    }

    @Nested
    class InS3Mock extends InStore {
        InS3Mock() {
            super(Kind.S3MOCK);
        }
    }

    @Nested
    class InS3Proxy extends InStore {
        InS3Proxy() {
            super(Kind.S3PROXY);
        }
    }

    @Test
    void refusesAnotherLocation() {
        try (S3Client client = S3Clients.create(URI.create("http://127.0.0.1:1"))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> S3SplitStore.of(client, URI.create("https://b/k?planted")))
                    .withMessageStartingWith("location was https://b/k?... but it must be s3://bucket/prefix")
                    .withMessageNotContaining("planted");
        }
    }
}
