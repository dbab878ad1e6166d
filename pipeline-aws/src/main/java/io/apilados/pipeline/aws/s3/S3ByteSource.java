// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceChangedException;
import io.apilados.pipeline.source.SourceVersion;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * An object in S3; its version is its size and its ETag.
 *
 * <p>Every request after {@link #version()} carries the ETag, or the id of the version where one is given, so that an
 * object that is overwritten in the middle of a run ends the reading with a {@link SourceChangedException} and not with a
 * mixture. It is fetched in ranges, each whole before its first byte is given, so that no connection waits for whatever is
 * done with the bytes. A connection that breaks, is silent for too long, or ends before the range does, is replaced by one
 * that goes on at the same byte; only after five replacements in a row without a single byte is the break reported. A
 * stream that is closed early drops its connections and does not fetch the rest. Where the store tells a CRC32 or CRC32C
 * of the whole object, and it is read from its start, that is compared, too.
 *
 * <p>An object whose key ends with {@code .gz}, or whose {@code Content-Encoding} is {@code gzip}, is inflated; its size
 * is unknown then, it is one split, and opening it at an offset inflates everything before that again.
 *
 * <p>What the store refuses or fails to answer is an {@link IOException} that says where, what and what to do. The
 * client's own retries come before that.
 *
 * <p>Immutable; safe for use by many threads; the streams it opens are confined to one. The client stays the caller's, who
 * closes it when nothing reads any more. An {@code apiCallTimeout} on the client does not cover the reading of a body.
 */
public final class S3ByteSource implements ByteSource {

    /**
     * How long a range is by default: 8 MiB, the lower end of what Amazon names as typical for ranged requests
     * (Performance Design Patterns for Amazon S3).
     */
    public static final int DEFAULT_RANGE_BYTES = 8 << 20;

    private static final int LEAST_RANGE_BYTES = 1 << 10;
    private static final int MOST_RANGE_BYTES = 1 << 30;
    private static final int MOST_AT_ONCE = 64;

    private final S3Client client;
    private final String bucket;
    private final String key;
    private final String location;
    private final @Nullable String versionId;
    private final int rangeBytes;
    private final int rangesAtOnce;
    private final Scheduler scheduler;

    /** The checksum of the version that was told last, for the stream that is opened on it. */
    private volatile @Nullable Told told;

    private record Told(ObjectVersion version, WholeChecksum checksum) {}

    private S3ByteSource(
            S3Client client,
            String bucket,
            String key,
            @Nullable String versionId,
            int rangeBytes,
            int rangesAtOnce,
            Scheduler scheduler) {
        this.client = Objects.requireNonNull(client, "client");
        this.bucket = required("bucket", bucket);
        this.key = required("key", key);
        this.location = "s3://" + bucket + "/" + key;
        this.versionId = versionId;
        this.rangeBytes = rangeBytes;
        this.rangesAtOnce = rangesAtOnce;
        this.scheduler = scheduler;
    }

    /**
     * The object with this key, taken as it is.
     *
     * @throws IllegalArgumentException if bucket or key is empty
     */
    public static S3ByteSource of(S3Client client, String bucket, String key) {
        return new S3ByteSource(client, bucket, key, null, DEFAULT_RANGE_BYTES, 1, Scheduler.system());
    }

    /**
     * The object at {@code s3://bucket/key}. As in every URI, the key's {@code %} escapes are decoded; a key with a
     * question mark or a number sign needs them ({@code %3F}, {@code %23}), or the other {@code of}.
     *
     * @throws IllegalArgumentException if the URI has another form
     */
    public static S3ByteSource of(S3Client client, URI location) {
        S3Location at = S3Location.ofObject(location);
        return of(client, at.bucket(), at.key());
    }

    /**
     * This version of the object, in a bucket that keeps versions: it can be read to its end when the object is
     * overwritten meanwhile.
     *
     * @throws IllegalArgumentException if the id is empty or holds white space
     */
    public S3ByteSource withVersionId(String id) {
        if (id.isEmpty() || id.chars().anyMatch(Character::isWhitespace)) {
            throw new IllegalArgumentException("id was '" + id + "' but it must be the id of a version");
        }
        return new S3ByteSource(client, bucket, key, id, rangeBytes, rangesAtOnce, scheduler);
    }

    /**
     * Ranges of so many bytes; by default 8 MiB. One is in memory for each that is fetched at once, and the one that is
     * read.
     *
     * @throws IllegalArgumentException unless that is 1,024 to 1,073,741,824
     */
    public S3ByteSource withRangeBytes(int bytes) {
        if (bytes < LEAST_RANGE_BYTES || bytes > MOST_RANGE_BYTES) {
            throw new IllegalArgumentException("bytes was " + bytes + " but a range has between " + LEAST_RANGE_BYTES
                    + " and " + MOST_RANGE_BYTES);
        }
        return new S3ByteSource(client, bucket, key, versionId, bytes, rangesAtOnce, scheduler);
    }

    /**
     * So many ranges fetched at once, ahead of the reader and on threads of their own; by default 1, which fetches none
     * ahead and has no threads. More help where a single connection is what limits; elsewhere they mostly take memory.
     *
     * @throws IllegalArgumentException unless that is 1 to 64
     */
    public S3ByteSource withRangesAtOnce(int ranges) {
        if (ranges < 1 || ranges > MOST_AT_ONCE) {
            throw new IllegalArgumentException(
                    "ranges was " + ranges + " but it must be between 1 and " + MOST_AT_ONCE);
        }
        return new S3ByteSource(client, bucket, key, versionId, rangeBytes, ranges, scheduler);
    }

    /** With another clock, for tests: it waits between two breaks in a row. */
    S3ByteSource withScheduler(Scheduler clock) {
        return new S3ByteSource(client, bucket, key, versionId, rangeBytes, rangesAtOnce, clock);
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
        return Objects.requireNonNull(versionUnless(null)).of(location);
    }

    /** What the object is now; null if it still has this ETag. */
    @Nullable ObjectVersion versionUnless(@Nullable String knownEtag) throws IOException {
        HeadObjectResponse head;
        try {
            head = client.headObject(HeadObjectRequest.builder()
                    .bucket(bucket)
                    .key(key)
                    .versionId(versionId)
                    .ifNoneMatch(knownEtag)
                    .checksumMode(ChecksumMode.ENABLED)
                    .build());
        } catch (SdkException e) {
            if (S3Failures.status(e) == S3Failures.NOT_MODIFIED) {
                return null;
            }
            throw S3Failures.toIoException(location, e);
        }
        String etag = head.eTag();
        Long size = head.contentLength();
        if (etag == null || etag.isEmpty() || size == null) {
            throw new IOException(
                    location + ": the store told no ETag or no length, and without them a change or a loss"
                            + " could not be noticed; copy the object to a store that tells both");
        }
        ObjectVersion version = new ObjectVersion(etag, versionId, size, isGzip(head.contentEncoding()));
        WholeChecksum checksum = WholeChecksum.of(head);
        told = checksum == null ? null : new Told(version, checksum);
        return version;
    }

    /** Some stores tell {@code aws-chunked}, which is how an object was sent, as if it were how it is stored. */
    private boolean isGzip(@Nullable String contentEncoding) {
        List<String> encodings = contentEncoding == null
                ? List.of()
                : Arrays.stream(contentEncoding.toLowerCase(Locale.ROOT).split(","))
                        .map(String::strip)
                        .filter(encoding -> !encoding.isEmpty() && !encoding.equals("aws-chunked"))
                        .toList();
        return encodings.equals(List.of("gzip"))
                || (encodings.isEmpty() && key.toLowerCase(Locale.ROOT).endsWith(".gz"));
    }

    /**
     * Opens the given version at an offset, with one request; at the very end, with none.
     *
     * @throws IllegalArgumentException if the version is not one of this source or has no such offset
     */
    @Override
    public InputStream open(SourceVersion version, long byteOffset) throws IOException {
        return open(version, byteOffset, RangeSequence.UNKNOWN);
    }

    /**
     * As above; what is needed is asked for in ranges of full length from the first one on, and only what is read behind it in
     * further ones, which begin small.
     */
    @Override
    public InputStream open(SourceVersion version, long byteOffset, long neededUntil) throws IOException {
        ObjectVersion object = version.location().equals(location) ? ObjectVersion.in(version) : null;
        if (object == null || !Objects.equals(object.versionId(), versionId)) {
            throw new IllegalArgumentException(
                    "version was one of " + version.location() + " but this source is " + location);
        }
        long size = version.sizeBytes() == SourceVersion.UNKNOWN_SIZE ? Long.MAX_VALUE : version.sizeBytes();
        if (byteOffset < 0 || byteOffset > size) {
            throw new IllegalArgumentException(
                    "byteOffset was " + byteOffset + " but it must be between 0 and " + version.sizeBytes());
        }
        return object.gzip() ? inflated(object, byteOffset) : stream(object, byteOffset, neededUntil);
    }

    private InputStream inflated(ObjectVersion object, long byteOffset) throws IOException {
        InputStream inflated = new GzipStream(stream(object, 0, RangeSequence.UNKNOWN), location);
        try {
            long skipped = inflated.skip(byteOffset);
            if (skipped < byteOffset) {
                throw new SourceChangedException(location, "it has no byte " + byteOffset + " any more");
            }
            return inflated;
        } catch (IOException e) {
            inflated.close();
            throw e;
        }
    }

    private InputStream stream(ObjectVersion object, long byteOffset, long neededUntil) throws IOException {
        if (byteOffset == object.bytes()) {
            return InputStream.nullInputStream();
        }
        PinnedObject pinned = new PinnedObject(client, bucket, key, location, object);
        RangeSequence sequence = new RangeSequence(pinned, rangeBytes, scheduler, byteOffset, neededUntil);
        sequence.open();
        return new RangedObjectStream(
                pinned,
                byteOffset,
                rangesAtOnce == 1 ? sequence : new RangesAhead(sequence, rangesAtOnce),
                byteOffset == 0 && sequence.hasNext() ? checksumOf(object) : null);
    }

    private @Nullable WholeChecksum checksumOf(ObjectVersion object) {
        Told last = told;
        return last != null && last.version().equals(object) ? last.checksum() : null;
    }
}
