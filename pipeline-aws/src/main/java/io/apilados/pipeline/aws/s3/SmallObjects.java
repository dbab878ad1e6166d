// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import io.apilados.pipeline.control.Scheduler;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Objects that fit into memory, by name below a prefix, with writes that are made only if an object is what it was.
 *
 * <p>An answer to such a write may be lost, and the write that the client then makes again finds its own work and is
 * refused. So each carries an id of its own in the object's metadata: whoever was refused looks whose the object is.
 *
 * <p>Safe for use by many threads.
 */
final class SmallObjects {

    static final String WRITE_ID = "write-id";

    private static final Map<String, String> CONTENT_TYPES = Map.of(
            ".json", "application/json", ".html", "text/html; charset=utf-8", ".csv", "text/csv", ".part", "text/csv");

    /** How often a write is made again that met another one (409), or a read whose body broke. */
    private static final int MOST_TRIES = 8;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);

    private final S3Client client;
    private final S3Location prefix;
    private final Scheduler scheduler;

    SmallObjects(S3Client client, S3Location prefix, Scheduler scheduler) {
        this.client = Objects.requireNonNull(client, "client");
        this.prefix = prefix;
        this.scheduler = scheduler;
    }

    /**
     * An object as it was read.
     *
     * @param writtenAgo how long ago it was written, by the store's own clock; null if the store does not tell
     */
    record Stored(byte[] bytes, String etag, @Nullable Duration writtenAgo) {}

    Scheduler scheduler() {
        return scheduler;
    }

    /** What an object is called in messages. */
    String location(String name) {
        return prefix + name;
    }

    private String key(String name) {
        return prefix.key() + name;
    }

    /** An object; empty if it is not there. */
    Optional<Stored> read(String name) throws IOException {
        for (int tries = 1; ; tries++) {
            ResponseInputStream<GetObjectResponse> body;
            try {
                body = client.getObject(get -> get.bucket(prefix.bucket()).key(key(name)));
            } catch (SdkException e) {
                if (S3Failures.status(e) == S3Failures.NOT_FOUND && !S3Failures.isNoBucket(e)) {
                    return Optional.empty();
                }
                throw S3Failures.toIoException(location(name), e);
            }
            Long length = body.response().contentLength();
            if (length == null) {
                body.abort();
                throw new IOException(location(name)
                        + ": the store told no length, and without it nobody could notice that bytes are missing; use a"
                        + " store that tells it");
            }
            Exception broken = null;
            try (body) {
                byte[] bytes = body.readAllBytes();
                if (length == bytes.length) {
                    return Optional.of(
                            new Stored(bytes, etag(name, body.response().eTag()), age(body.response())));
                }
            } catch (AbortedException e) {
                throw S3Failures.interrupted(location(name), e);
            } catch (IOException | SdkException e) {
                broken = e;
            }
            if (tries == MOST_TRIES) {
                throw new IOException(
                        location(name) + ": the connection broke " + tries
                                + " times in a row; check the network, then run again",
                        broken);
            }
            pause(name, tries);
        }
    }

    private String etag(String name, @Nullable String etag) throws IOException {
        if (etag == null || etag.isEmpty()) {
            throw new IOException(location(name)
                    + ": the store told no ETag, and without it nobody could notice that another one writes there; use"
                    + " a store that tells it");
        }
        return etag;
    }

    private static @Nullable Duration age(GetObjectResponse response) {
        Instant written = response.lastModified();
        String now = response.sdkHttpResponse() == null
                ? null
                : response.sdkHttpResponse().firstMatchingHeader("Date").orElse(null);
        if (written == null || now == null) {
            return null;
        }
        try {
            return Duration.between(written, Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(now)));
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    /** Writes an object, whatever is there; returns its ETag. */
    String write(String name, byte[] content) throws IOException {
        try {
            return etag(name, put(name, content, UUID.randomUUID().toString(), null, null));
        } catch (SdkException e) {
            throw S3Failures.toIoException(location(name), e, "s3:PutObject");
        }
    }

    /** Writes an object that must not be there; returns its ETag, or null if it is there. */
    @Nullable String create(String name, byte[] content) throws IOException {
        return writeIf(name, content, null);
    }

    /** Writes an object that must have this ETag; returns its new one, or null if it has another or is not there. */
    @Nullable String replace(String name, String etag, byte[] content) throws IOException {
        return writeIf(name, content, etag);
    }

    private @Nullable String writeIf(String name, byte[] content, @Nullable String etag) throws IOException {
        String writeId = UUID.randomUUID().toString();
        for (int tries = 1; ; tries++) {
            try {
                return etag(name, put(name, content, writeId, etag, etag == null ? "*" : null));
            } catch (SdkException e) {
                int status = S3Failures.status(e);
                if (S3Failures.isNoBucket(e) || e instanceof AbortedException) {
                    throw S3Failures.toIoException(location(name), e, "s3:PutObject");
                }
                if (status == S3Failures.CONFLICT && tries < MOST_TRIES) {
                    pause(name, tries);
                    continue;
                }
                boolean refused = status == S3Failures.PRECONDITION_FAILED || status == S3Failures.NOT_FOUND;
                if (!refused && !S3Failures.mayPass(e)) {
                    throw S3Failures.toIoException(location(name), e, "s3:PutObject");
                }
                String own = etagOfWrite(name, writeId);
                if (own == null && !refused) {
                    throw S3Failures.toIoException(location(name), e, "s3:PutObject");
                }
                return own;
            }
        }
    }

    private @Nullable String put(
            String name, byte[] content, String writeId, @Nullable String ifMatch, @Nullable String ifNoneMatch) {
        PutObjectRequest request = PutObjectRequest.builder()
                .bucket(prefix.bucket())
                .key(key(name))
                .contentType(contentType(name))
                .metadata(Map.of(WRITE_ID, writeId))
                .ifMatch(ifMatch)
                .ifNoneMatch(ifNoneMatch)
                .build();
        return client.putObject(request, RequestBody.fromBytes(content)).eTag();
    }

    /** What an object is, by how its name ends. */
    static String contentType(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return CONTENT_TYPES.entrySet().stream()
                .filter(type -> lower.endsWith(type.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("application/octet-stream");
    }

    /** The ETag of an object that this write made; null if another made it, or it is not there. */
    @Nullable String etagOfWrite(String name, String writeId) throws IOException {
        HeadObjectResponse head = head(name);
        return head != null && writeId.equals(head.metadata().get(WRITE_ID)) ? etag(name, head.eTag()) : null;
    }

    /** The ETag of an object; null if it is not there. */
    @Nullable String etagOf(String name) throws IOException {
        HeadObjectResponse head = head(name);
        return head == null ? null : etag(name, head.eTag());
    }

    private @Nullable HeadObjectResponse head(String name) throws IOException {
        try {
            return client.headObject(request -> request.bucket(prefix.bucket()).key(key(name)));
        } catch (SdkException e) {
            if (S3Failures.status(e) == S3Failures.NOT_FOUND) {
                return null;
            }
            throw S3Failures.toIoException(location(name), e);
        }
    }

    private void pause(String name, int tries) throws IOException {
        try {
            scheduler.pause(FIRST_PAUSE.multipliedBy(1L << (tries - 1)));
        } catch (InterruptedException e) {
            throw S3Failures.interrupted(location(name), e);
        }
    }

    /** Deletes an object, if it is there. */
    void delete(String name) throws IOException {
        try {
            var unused = client.deleteObject(
                    request -> request.bucket(prefix.bucket()).key(key(name)));
        } catch (SdkException e) {
            if (S3Failures.status(e) != S3Failures.NOT_FOUND || S3Failures.isNoBucket(e)) {
                throw S3Failures.toIoException(location(name), e, "s3:DeleteObject");
            }
        }
    }

    /** The names of all objects that begin like this, in the order of their bytes. */
    List<String> list(String beginning) throws IOException {
        return List.copyOf(sizes(beginning).keySet());
    }

    /** The names of all objects that begin like this, in the order of their bytes, and how long they are. */
    SortedMap<String, Long> sizes(String beginning) throws IOException {
        SortedMap<String, Long> sizes = new TreeMap<>();
        ListObjectsV2Request request = ListObjectsV2Request.builder()
                .bucket(prefix.bucket())
                .prefix(key(beginning))
                .build();
        try {
            for (S3Object object : client.listObjectsV2Paginator(request).contents()) {
                sizes.put(object.key().substring(prefix.key().length()), object.size());
            }
        } catch (SdkException e) {
            throw S3Failures.toIoException(prefix.toString(), e, "s3:ListBucket");
        }
        return sizes;
    }
}
