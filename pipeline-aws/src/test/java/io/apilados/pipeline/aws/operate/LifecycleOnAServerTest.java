// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.aws.operate.LifecycleSpec.Move;
import io.apilados.pipeline.aws.s3.S3Clients;
import io.apilados.pipeline.aws.testing.S3ServerProcess.Kind;
import io.apilados.pipeline.aws.testing.S3Servers;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.LifecycleRule;
import software.amazon.awssdk.services.s3.model.TransitionStorageClass;

/** Lifecycle rules go there and back through a store that is none of ours. */
@Tag("once")
@Timeout(180)
@ExtendWith(S3Servers.class)
class LifecycleOnAServerTest {

    @Test
    void rulesRoundTrip(S3Servers servers) {
        String bucket = servers.newBucket(Kind.S3MOCK);
        try (S3Client client = S3Clients.create(servers.endpoint(Kind.S3MOCK))) {
            StorageOptimizer storage = StorageOptimizer.of(client, bucket);
            LifecycleSpec uploads = LifecycleSpec.ofDefaults("uploads", "uploads/");
            LifecycleSpec reports =
                    new LifecycleSpec("reports", "reports/", List.of(new Move(0, TransitionStorageClass.GLACIER_IR)));

            assertThat(storage.apply(uploads)).contains("+ Transitions[2].StorageClass: DEEP_ARCHIVE");
            assertThat(storage.apply(reports)).contains("+ ID: reports");
            assertThat(storage.apply(uploads)).isEmpty();
            assertThat(storage.apply(reports)).isEmpty();
            LifecycleSpec later =
                    new LifecycleSpec("uploads", "uploads/", List.of(new Move(45, TransitionStorageClass.STANDARD_IA)));
            assertThat(storage.plan(later)).contains("- Transitions[0].Days: 30", "+ Transitions[0].Days: 45");
            storage.apply(later);

            List<LifecycleRule> rules = client.getBucketLifecycleConfiguration(request -> request.bucket(bucket))
                    .rules();
            assertThat(rules).extracting(LifecycleRule::id).containsExactly("uploads", "reports");
            assertThat(rules.get(0).transitions()).singleElement().satisfies(transition -> {
                assertThat(transition.days()).isEqualTo(45);
                assertThat(transition.storageClass()).isEqualTo(TransitionStorageClass.STANDARD_IA);
            });
            assertThat(rules.get(0).filter().prefix()).isEqualTo("uploads/");
        }
    }
}
