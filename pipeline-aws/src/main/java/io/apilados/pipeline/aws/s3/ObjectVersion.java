// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import io.apilados.pipeline.source.SourceVersion;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One state of an object, which the tag of a {@link SourceVersion} holds: {@code version:ID etag:"ETAG" gzip:BYTES}, the
 * first and the last where they apply.
 *
 * @param etag as the store tells it
 * @param versionId what every request names; null where the ETag has to do
 * @param bytes how long the object is
 * @param gzip whether its bytes are compressed
 */
record ObjectVersion(String etag, @Nullable String versionId, long bytes, boolean gzip) {

    private static final Pattern TAG = Pattern.compile("(?:version:(\\S+) )?etag:(.+?)(?: gzip:(\\d{1,18}))?");

    SourceVersion of(String location) {
        String tag = (versionId == null ? "" : "version:" + versionId + " ") + "etag:" + etag
                + (gzip ? " gzip:" + bytes : "");
        return new SourceVersion(location, gzip ? SourceVersion.UNKNOWN_SIZE : bytes, tag, true);
    }

    /** Null if the version is none of an object's. */
    static @Nullable ObjectVersion in(SourceVersion version) {
        Matcher matcher = TAG.matcher(version.tag());
        if (!matcher.matches()) {
            return null;
        }
        String compressed = matcher.group(3);
        long bytes = compressed == null ? version.sizeBytes() : Long.parseLong(compressed);
        return new ObjectVersion(matcher.group(2), matcher.group(1), bytes, compressed != null);
    }
}
