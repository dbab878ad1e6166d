// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.testing;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** What is configured for buckets, kept as it came. Safe for use by many threads. */
public final class BucketStub {

    private final Map<String, String> lifecycles = new ConcurrentHashMap<>();
    private final Map<String, String> tierings = new ConcurrentHashMap<>();
    private final Map<String, String> minimumSizes = new ConcurrentHashMap<>();

    /** The XML of lifecycles, by bucket. */
    public Map<String, String> lifecycles() {
        return lifecycles;
    }

    /** The XML of tierings, by bucket and id with a slash between them. */
    public Map<String, String> tierings() {
        return tierings;
    }

    /** Which size objects need for a transition, by bucket. */
    public Map<String, String> minimumSizes() {
        return minimumSizes;
    }

    Reply answer(AwsStub.Call call) {
        String bucket = String.valueOf(call.input().get("Bucket"));
        String tiering = bucket + "/" + call.input().get("Id");
        String body = new String(call.body(), StandardCharsets.UTF_8);
        String size = "x-amz-transition-default-minimum-object-size";
        return switch (call.operation()) {
            case "PutBucketLifecycleConfiguration" -> {
                lifecycles.put(bucket, body);
                minimumSizes.put(
                        bucket,
                        Objects.toString(
                                call.input().get("TransitionDefaultMinimumObjectSize"), "all_storage_classes_128K"));
                yield Reply.empty(200);
            }
            case "GetBucketLifecycleConfiguration" -> {
                String known = lifecycles.get(bucket);
                yield known == null
                        ? Wire.S3.error(404, "NoSuchLifecycleConfiguration")
                        : Reply.xml(200, known)
                                .with(size, minimumSizes.getOrDefault(bucket, "all_storage_classes_128K"));
            }
            case "PutBucketIntelligentTieringConfiguration" -> {
                tierings.put(tiering, body);
                yield Reply.empty(200);
            }
            case "GetBucketIntelligentTieringConfiguration" -> {
                String known = tierings.get(tiering);
                yield known == null ? Wire.S3.error(404, "NoSuchConfiguration") : Reply.xml(200, known);
            }
            default -> throw new IllegalStateException(call.operation() + " is not stubbed");
        };
    }
}
