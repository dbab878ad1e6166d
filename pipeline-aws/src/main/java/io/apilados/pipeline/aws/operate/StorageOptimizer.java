// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketLifecycleConfiguration;
import software.amazon.awssdk.services.s3.model.GetBucketLifecycleConfigurationResponse;
import software.amazon.awssdk.services.s3.model.IntelligentTieringConfiguration;
import software.amazon.awssdk.services.s3.model.LifecycleRule;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Moves what is rarely read to cheaper storage: lifecycle rules and intelligent tiering of one bucket.
 *
 * <p>S3 replaces all lifecycle rules of a bucket at once. So the rules that are there are read first and written back as they
 * are, but for the one with the same id. S3 has no condition for that: where two write at the same time, one gets lost, so the
 * rules are read once more afterwards and compared. What is as it is to be is not written.
 *
 * <p>Needs {@code s3:GetLifecycleConfiguration}, {@code PutLifecycleConfiguration},
 * {@code GetIntelligentTieringConfiguration} and {@code PutIntelligentTieringConfiguration}. What the client throws goes to
 * the caller. Safe for use by many threads. The client stays the caller's.
 */
public final class StorageOptimizer {

    private static final String NO_LIFECYCLE = "NoSuchLifecycleConfiguration";
    private static final String NO_TIERING = "NoSuchConfiguration";

    private final S3Client client;
    private final String bucket;

    private StorageOptimizer(S3Client client, String bucket) {
        this.client = Objects.requireNonNull(client, "client");
        this.bucket = Objects.requireNonNull(bucket, "bucket");
    }

    /** Of this bucket. */
    public static StorageOptimizer of(S3Client client, String bucket) {
        return new StorageOptimizer(client, bucket);
    }

    /** What {@link #apply(LifecycleSpec)} would change, as a diff; empty if all is as it is to be. Writes nothing. */
    public String plan(LifecycleSpec spec) {
        return diff(find(lifecycle().rules(), spec.id()), spec.toRule());
    }

    /**
     * Puts a lifecycle rule into the bucket, in the place of one with the same id.
     *
     * @return what changed, as a diff; empty if nothing did
     * @throws IllegalStateException if somebody else changed the rules at the same time; look at them, then call again
     */
    public String apply(LifecycleSpec spec) {
        Lifecycle found = lifecycle();
        LifecycleRule wanted = spec.toRule();
        String diff = diff(find(found.rules(), spec.id()), wanted);
        if (diff.isEmpty()) {
            return diff;
        }
        List<LifecycleRule> rules = new ArrayList<>();
        boolean replaced = false;
        for (LifecycleRule rule : found.rules()) {
            boolean same = spec.id().equals(rule.id());
            rules.add(same ? wanted : rule);
            replaced |= same;
        }
        if (!replaced) {
            rules.add(wanted);
        }
        client.putBucketLifecycleConfiguration(request -> request.bucket(bucket)
                .transitionDefaultMinimumObjectSize(found.minimumSize())
                .lifecycleConfiguration(
                        BucketLifecycleConfiguration.builder().rules(rules).build()));
        if (!lines(lifecycle().rules()).equals(lines(rules))) {
            throw new IllegalStateException("bucket " + bucket
                    + ": its lifecycle rules are not those that were written; somebody else changes them: look at them,"
                    + " then call again");
        }
        return diff;
    }

    /** What {@link #apply(TieringSpec)} would change, as a diff; empty if all is as it is to be. Writes nothing. */
    public String plan(TieringSpec spec) {
        return diff(tiering(spec.id()), spec.toConfiguration());
    }

    /**
     * Puts an intelligent tiering into the bucket, in the place of one with the same id.
     *
     * @return what changed, as a diff; empty if nothing did
     */
    public String apply(TieringSpec spec) {
        String diff = plan(spec);
        if (!diff.isEmpty()) {
            client.putBucketIntelligentTieringConfiguration(request ->
                    request.bucket(bucket).id(spec.id()).intelligentTieringConfiguration(spec.toConfiguration()));
        }
        return diff;
    }

    /**
     * The rules of a bucket.
     *
     * @param minimumSize which objects are too small to move; null if the bucket has no rules
     */
    private record Lifecycle(
            List<LifecycleRule> rules, @Nullable String minimumSize) {}

    private Lifecycle lifecycle() {
        try {
            GetBucketLifecycleConfigurationResponse found =
                    client.getBucketLifecycleConfiguration(request -> request.bucket(bucket));
            return new Lifecycle(found.rules(), found.transitionDefaultMinimumObjectSizeAsString());
        } catch (S3Exception e) {
            if (isMissing(e, NO_LIFECYCLE)) {
                return new Lifecycle(List.of(), null);
            }
            throw e;
        }
    }

    private @Nullable IntelligentTieringConfiguration tiering(String id) {
        try {
            return client.getBucketIntelligentTieringConfiguration(
                            request -> request.bucket(bucket).id(id))
                    .intelligentTieringConfiguration();
        } catch (S3Exception e) {
            if (isMissing(e, NO_TIERING)) {
                return null;
            }
            throw e;
        }
    }

    private static boolean isMissing(S3Exception e, String code) {
        return e.awsErrorDetails() != null && code.equals(e.awsErrorDetails().errorCode());
    }

    private static @Nullable LifecycleRule find(List<LifecycleRule> rules, String id) {
        return rules.stream().filter(rule -> id.equals(rule.id())).findFirst().orElse(null);
    }

    private static List<List<String>> lines(List<LifecycleRule> rules) {
        return rules.stream().map(ConfigurationLines::of).toList();
    }

    private static String diff(@Nullable Object found, Object wanted) {
        return ConfigurationLines.diff(
                found == null ? List.of() : ConfigurationLines.of(found), ConfigurationLines.of(wanted));
    }
}
