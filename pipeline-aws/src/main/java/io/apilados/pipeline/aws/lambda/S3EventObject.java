// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import io.apilados.pipeline.enrich.JsonBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An object in S3 that an event names. Immutable.
 *
 * @param bucket where it is
 * @param key its key, as it is: nothing in it is escaped
 * @param versionId which of its versions; null where the bucket keeps none
 * @param etag which content it had when the event was made, without quotes; null if the event does not tell
 * @param sequencer orders the events of one key: the greater, as text, is the later; null if the event does not tell
 */
public record S3EventObject(
        String bucket,
        String key,
        @Nullable String versionId,
        @Nullable String etag,
        @Nullable String sequencer) {

    public S3EventObject {
        if (Objects.requireNonNull(bucket, "bucket").isEmpty()
                || Objects.requireNonNull(key, "key").isEmpty()) {
            throw new IllegalArgumentException(
                    "bucket was '" + bucket + "' and key '" + key + "' but neither may be empty");
        }
    }

    /** An object as it is when it is read. */
    public static S3EventObject of(String bucket, String key) {
        return new S3EventObject(bucket, key, null, null, null);
    }

    /** {@code s3://bucket/key}. */
    public String location() {
        return "s3://" + bucket + "/" + key;
    }

    /**
     * What a run of it is known by, so that an event that comes twice is recognized: the location, and the version or
     * else the content.
     */
    public String identity() {
        if (versionId != null) {
            return location() + "?versionId=" + versionId;
        }
        return etag == null ? location() : location() + "?etag=" + etag;
    }

    /** Writes it as a JSON object. */
    void writeTo(JsonBuffer json) {
        json.raw("{");
        writeMembers(json);
        json.raw("}");
    }

    void writeMembers(JsonBuffer json) {
        json.raw("\"bucket\":").string(bucket).raw(",\"key\":").string(key);
        write("versionId", versionId, json);
        write("etag", etag, json);
        write("sequencer", sequencer, json);
    }

    private static void write(String name, @Nullable String value, JsonBuffer json) {
        if (value != null) {
            json.raw(",\"" + name + "\":").string(value);
        }
    }

    @Override
    public String toString() {
        return identity();
    }
}
