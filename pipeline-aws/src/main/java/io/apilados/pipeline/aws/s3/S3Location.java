// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * A place in S3.
 *
 * @param bucket its name
 * @param key what follows behind the slash, decoded; empty for the whole bucket
 */
record S3Location(String bucket, String key) {

    /**
     * {@code s3://bucket/key}.
     *
     * @throws IllegalArgumentException if the URI has another form
     */
    static S3Location ofObject(URI location) {
        S3Location at = parse(location);
        if (at == null || at.key().isEmpty()) {
            throw new IllegalArgumentException("location was " + withoutSecrets(location)
                    + " but it must be s3://bucket/key, with ? and # in a key written as %3F and %23");
        }
        return at;
    }

    /**
     * {@code s3://bucket/prefix}, {@code s3://bucket/} or {@code s3://bucket}: what stands before the names of objects. A
     * prefix ends with a slash, whether that is written or not.
     *
     * @throws IllegalArgumentException if the URI has another form
     */
    static S3Location ofPrefix(URI location) {
        S3Location at = parse(location);
        if (at == null) {
            throw new IllegalArgumentException("location was " + withoutSecrets(location)
                    + " but it must be s3://bucket/prefix, with ? and # in a prefix written as %3F and %23");
        }
        return at.key().isEmpty() || at.key().endsWith("/") ? at : new S3Location(at.bucket(), at.key() + "/");
    }

    private static @Nullable S3Location parse(URI location) {
        String bucket = location.getRawAuthority();
        String path = location.getPath();
        if (!"s3".equalsIgnoreCase(location.getScheme())
                || bucket == null
                || bucket.indexOf('@') >= 0
                || path == null
                || location.getRawQuery() != null
                || location.getRawFragment() != null) {
            return null;
        }
        return new S3Location(bucket, path.isEmpty() ? "" : path.substring(1));
    }

    @Override
    public String toString() {
        return "s3://" + bucket + "/" + key;
    }

    /** A mistaken location may be a signed URL or hold a password: its user, query and fragment are not shown. */
    private static String withoutSecrets(URI location) {
        String authority = location.getRawAuthority();
        StringBuilder shown = new StringBuilder();
        if (location.getScheme() != null) {
            shown.append(location.getScheme()).append(':');
        }
        if (authority != null) {
            int at = authority.lastIndexOf('@');
            shown.append("//").append(at < 0 ? authority : "...@" + authority.substring(at + 1));
        }
        if (location.getRawPath() != null) {
            shown.append(location.getRawPath());
        }
        if (location.isOpaque()) {
            shown.append("...");
        }
        if (location.getRawQuery() != null) {
            shown.append("?...");
        }
        if (location.getRawFragment() != null) {
            shown.append("#...");
        }
        return shown.toString();
    }
}
