// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceChangedException;
import io.apilados.pipeline.source.SourceVersion;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Objects;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * An object in S3; its version is its size and its ETag.
 *
 * <p>Every request after {@link #version()} carries the ETag, so that an object that is overwritten in the middle of a
 * run ends the reading with a {@link SourceChangedException} and not with a mixture. A connection that breaks, or that
 * ends before the object does, is replaced by one that goes on at the same byte; only after five replacements in a row
 * without a single byte is the break reported. A stream that is closed early drops its connection and does not fetch the
 * rest.
 *
 * <p>What the store refuses or fails to answer is an {@link IOException} that says where, what and what to do. The
 * client's own retries come before that.
 *
 * <p>Safe for use by many threads; the streams it opens are confined to one. The client stays the caller's, who closes
 * it when nothing reads any more. An {@code apiCallTimeout} on the client does not cover the reading of a body.
 */
public final class S3ByteSource implements ByteSource {

    private static final String ETAG = "etag:";

    private final S3Client client;
    private final String bucket;
    private final String key;
    private final String location;

    private S3ByteSource(S3Client client, String bucket, String key) {
        this.client = Objects.requireNonNull(client, "client");
        this.bucket = required("bucket", bucket);
        this.key = required("key", key);
        this.location = "s3://" + bucket + "/" + key;
    }

    /**
     * The object with this key, taken as it is.
     *
     * @throws IllegalArgumentException if bucket or key is empty
     */
    public static S3ByteSource of(S3Client client, String bucket, String key) {
        return new S3ByteSource(client, bucket, key);
    }

    /**
     * The object at {@code s3://bucket/key}. As in every URI, the key's {@code %} escapes are decoded; a key with a
     * question mark or a number sign needs them ({@code %3F}, {@code %23}), or the other {@code of}.
     *
     * @throws IllegalArgumentException if the URI has another form
     */
    public static S3ByteSource of(S3Client client, URI location) {
        String bucket = location.getRawAuthority();
        String path = location.getPath();
        if (!"s3".equalsIgnoreCase(location.getScheme())
                || bucket == null
                || bucket.indexOf('@') >= 0
                || path == null
                || path.length() < 2
                || location.getRawQuery() != null
                || location.getRawFragment() != null) {
            throw new IllegalArgumentException("location was " + withoutSecrets(location)
                    + " but it must be s3://bucket/key, with ? and # in a key written as %3F and %23");
        }
        return new S3ByteSource(client, bucket, path.substring(1));
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

    private static String required(String name, String value) {
        if (value.isEmpty()) {
            throw new IllegalArgumentException(name + " was empty but an S3 object has both a bucket and a key");
        }
        return value;
    }

    @Override
    public String location() {
        return location;
    }

    @Override
    public SourceVersion version() throws IOException {
        HeadObjectResponse head;
        try {
            head = client.headObject(
                    HeadObjectRequest.builder().bucket(bucket).key(key).build());
        } catch (SdkException e) {
            throw S3Failures.toIoException(location, e);
        }
        String etag = head.eTag();
        Long size = head.contentLength();
        if (etag == null || etag.isEmpty() || size == null) {
            throw new IOException(
                    location + ": the store told no ETag or no length, and without them a change or a loss"
                            + " could not be noticed; copy the object to a store that tells both");
        }
        return new SourceVersion(location, size, ETAG + etag, true);
    }

    /**
     * Opens the given version at an offset, with one request; at the very end, with none.
     *
     * @throws IllegalArgumentException if the version is not one of this source or has no such offset
     */
    @Override
    public InputStream open(SourceVersion version, long byteOffset) throws IOException {
        if (!version.location().equals(location) || !version.tag().startsWith(ETAG)) {
            throw new IllegalArgumentException(
                    "version was one of " + version.location() + " but this source is " + location);
        }
        if (byteOffset < 0 || byteOffset > version.sizeBytes()) {
            throw new IllegalArgumentException(
                    "byteOffset was " + byteOffset + " but it must be between 0 and " + version.sizeBytes());
        }
        if (byteOffset == version.sizeBytes()) {
            return InputStream.nullInputStream();
        }
        ResponseInputStream<GetObjectResponse> body;
        try {
            body = request(version, byteOffset);
        } catch (SdkException e) {
            throw S3Failures.toIoException(location, e);
        }
        return new ResumingObjectStream(this, version, byteOffset, body);
    }

    /**
     * Asks for the version's bytes from an offset on.
     *
     * @throws SourceChangedException if the store has another version
     * @throws IOException if it answers with other bytes than the asked ones
     * @throws SdkException if it does not answer with bytes
     */
    ResponseInputStream<GetObjectResponse> request(SourceVersion version, long byteOffset) throws IOException {
        String etag = version.tag().substring(ETAG.length());
        GetObjectRequest.Builder get =
                GetObjectRequest.builder().bucket(bucket).key(key).ifMatch(etag);
        if (byteOffset > 0) {
            get.range("bytes=" + byteOffset + "-");
        } else {
            // Checksums cover whole objects; without this the client asks for none.
            get.checksumMode(ChecksumMode.ENABLED);
        }
        ResponseInputStream<GetObjectResponse> body;
        try {
            body = client.getObject(get.build());
        } catch (SdkException e) {
            int status = S3Failures.status(e);
            if (status == S3Failures.PRECONDITION_FAILED) {
                throw new SourceChangedException(location, "its ETag is another");
            }
            if (status == S3Failures.RANGE_NOT_SATISFIABLE) {
                throw new SourceChangedException(location, "it has no byte " + byteOffset + " any more");
            }
            throw e;
        }
        try {
            check(body.response(), etag, byteOffset);
            return body;
        } catch (IOException e) {
            body.abort();
            throw e;
        }
    }

    /** Some stores ignore If-Match or Range and answer 200 with whatever they have: what they say of it is checked. */
    private void check(GetObjectResponse response, String etag, long byteOffset) throws IOException {
        if (response.eTag() != null && !response.eTag().equals(etag)) {
            throw new SourceChangedException(location, "its ETag is another");
        }
        String range = response.contentRange();
        if (byteOffset > 0 && (range == null || !range.startsWith("bytes " + byteOffset + "-"))) {
            throw new IOException(location + ": was asked for the bytes from " + byteOffset + " on and answered with "
                    + (range == null ? "the whole" : range) + "; the store must support ranges");
        }
    }
}
