// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.aws.operate.LifecycleSpec.Move;
import io.apilados.pipeline.aws.testing.AwsStub;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.LifecycleRule;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.Tag;
import software.amazon.awssdk.services.s3.model.TransitionStorageClass;

@Timeout(60)
class StorageOptimizerTest {

    private static final String BUCKET = "enrolments";
    private static final LifecycleSpec UPLOADS = LifecycleSpec.ofDefaults("uploads", "uploads/");

    private AwsStub stub;
    private S3Client client;
    private StorageOptimizer storage;

    @BeforeEach
    void start() throws IOException {
        stub = AwsStub.start();
        client = stub.s3Client();
        storage = StorageOptimizer.of(client, BUCKET);
    }

    @AfterEach
    void stop() {
        client.close();
        stub.close();
    }

    private void putOther() {
        client.putBucketLifecycleConfiguration(r -> r.bucket(BUCKET)
                .transitionDefaultMinimumObjectSize("varies_by_storage_class")
                .lifecycleConfiguration(c -> c.rules(LifecycleRule.builder()
                        .id("logs")
                        .status("Disabled")
                        .filter(f -> f.and(and -> and.prefix("logs/")
                                .tags(Tag.builder().key("kind").value("debug").build())
                                .objectSizeGreaterThan(1L)))
                        .expiration(e -> e.days(7))
                        .abortIncompleteMultipartUpload(a -> a.daysAfterInitiation(2))
                        .build())));
    }

    @Test
    void aRuleIsPutIntoABucketWithoutAny() {
        String plan = storage.plan(UPLOADS);
        assertThat(plan.lines())
                .contains(
                        "+ ID: uploads",
                        "+ Filter.Prefix: uploads/",
                        "+ Status: Enabled",
                        "+ Transitions[0].Days: 30",
                        "+ Transitions[0].StorageClass: STANDARD_IA",
                        "+ Transitions[1].Days: 90",
                        "+ Transitions[1].StorageClass: GLACIER",
                        "+ Transitions[2].Days: 365",
                        "+ Transitions[2].StorageClass: DEEP_ARCHIVE");
        assertThat(stub.calls("PutBucketLifecycleConfiguration")).isEmpty();

        assertThat(storage.apply(UPLOADS)).isEqualTo(plan);

        assertThat(storage.apply(UPLOADS)).isEmpty();
        assertThat(stub.calls("PutBucketLifecycleConfiguration")).hasSize(1);
    }

    @Test
    void theRulesOfOthersAndTheirSizesStayAsTheyAre() {
        putOther();
        String before = stub.buckets().lifecycles().getOrDefault(BUCKET, "");

        storage.apply(UPLOADS);
        String diff = storage.apply(
                new LifecycleSpec("uploads", "uploads/", List.of(new Move(60, TransitionStorageClass.STANDARD_IA))));

        assertThat(diff.lines())
                .contains(
                        "- Transitions[0].Days: 30",
                        "+ Transitions[0].Days: 60",
                        "  Transitions[0].StorageClass: STANDARD_IA",
                        "- Transitions[2].StorageClass: DEEP_ARCHIVE");
        String rule = before.substring(before.indexOf("<Rule>"), before.indexOf("</Rule>") + 7);
        assertThat(stub.buckets().lifecycles().get(BUCKET)).contains(rule);
        assertThat(stub.buckets().minimumSizes()).containsEntry(BUCKET, "varies_by_storage_class");
        assertThat(client.getBucketLifecycleConfiguration(r -> r.bucket(BUCKET)).rules())
                .extracting(LifecycleRule::id)
                .containsExactly("logs", "uploads");
    }

    @Test
    void whoWritesAtTheSameTimeIsNoticed() {
        stub.watch(call -> {
            if (call.operation().equals("GetBucketLifecycleConfiguration")
                    && stub.calls("PutBucketLifecycleConfiguration").size() == 1) {
                stub.watch(unused -> {});
                putOther();
            }
        });

        assertThatThrownBy(() -> storage.apply(UPLOADS))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("bucket enrolments: its lifecycle rules are not those that were written");
    }

    @Test
    void anotherErrorIsNotTakenForAnEmptyConfiguration() {
        stub.refuseNext("GetBucketLifecycleConfiguration", 404, "NoSuchBucket");
        assertThatThrownBy(() -> storage.apply(UPLOADS)).isInstanceOf(S3Exception.class);
        stub.refuseNext("GetBucketLifecycleConfiguration", 403, "AccessDenied");
        assertThatThrownBy(() -> storage.apply(UPLOADS)).isInstanceOf(S3Exception.class);
        stub.refuseNext("GetBucketIntelligentTieringConfiguration", 403, "AccessDenied");
        assertThatThrownBy(() -> storage.apply(TieringSpec.ofDefaults("all", "")))
                .isInstanceOf(S3Exception.class);
        assertThat(stub.buckets().lifecycles()).isEmpty();
    }

    @Test
    void failuresAreRetried() {
        stub.refuseNext("GetBucketLifecycleConfiguration", 503, "SlowDown");
        stub.refuseNext("PutBucketLifecycleConfiguration", 500, "InternalError");

        storage.apply(UPLOADS);

        assertThat(stub.calls("PutBucketLifecycleConfiguration"))
                .extracting(AwsStub.Call::attempt)
                .containsExactly(1, 2);
        assertThat(storage.plan(UPLOADS)).isEmpty();
    }

    @Test
    void aTieringIsPutReadBackAndReplaced() {
        TieringSpec all = TieringSpec.ofDefaults("all", "");
        assertThat(storage.plan(all).lines())
                .contains(
                        "+ Id: all",
                        "+ Tierings[0].Days: 90",
                        "+ Tierings[0].AccessTier: ARCHIVE_ACCESS",
                        "+ Tierings[1].Days: 180",
                        "+ Tierings[1].AccessTier: DEEP_ARCHIVE_ACCESS");
        assertThat(stub.buckets().tierings()).isEmpty();

        storage.apply(all);
        assertThat(storage.apply(all)).isEmpty();
        storage.apply(new TieringSpec("old", "archive/", 0, 730));
        String diff = storage.apply(new TieringSpec("all", "", 120, 0));

        assertThat(diff.lines())
                .contains("- Tierings[0].Days: 90", "+ Tierings[0].Days: 120", "- Tierings[1].Days: 180");
        assertThat(stub.buckets().tierings()).containsOnlyKeys("enrolments/all", "enrolments/old");
    }

    @Test
    void whatS3WouldRefuseIsRefusedBeforeItIsSent() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TieringSpec("EntireBucket", "", 1, 90))
                .withMessage("tiering 'EntireBucket': archiveDays was 1 but it must be 0 or between 90 and 730;"
                        + " deepArchiveDays was 90 but it must be 0 or between 180 and 730");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TieringSpec("all", "", 200, 180))
                .withMessageContaining("more than archiveDays");
        assertThatIllegalArgumentException().isThrownBy(() -> new TieringSpec("all", "", 0, 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LifecycleSpec(
                        "x",
                        "",
                        List.of(
                                new Move(10, TransitionStorageClass.STANDARD_IA),
                                new Move(35, TransitionStorageClass.GLACIER),
                                new Move(90, TransitionStorageClass.STANDARD_IA))))
                .withMessageContaining("the move to STANDARD_IA was after 10 days but it must be after 30 or more")
                .withMessageContaining("the move to GLACIER was after 35 days but it must be after 40 or more, since"
                        + " STANDARD_IA comes after 10")
                .withMessageContaining("objects cannot move from GLACIER to STANDARD_IA");
        assertThatIllegalArgumentException().isThrownBy(() -> new LifecycleSpec("", "", List.of()));
        assertThat(stub.calls()).isEmpty();
    }
}
