// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import io.apilados.pipeline.source.ByteArray;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * Puts an object of any size in its place at once: in one request if it fits into a part, else by a multipart upload that
 * is completed only if the object is still what it was. What does not come to its end is aborted, and leaves nothing.
 *
 * <p>Confined to one thread.
 */
final class ObjectPublication {

    /** Parts must have 5 MiB or more, but for the last, and there may be 10,000 (Amazon S3 multipart upload limits). */
    static final int PART_BYTES = 8 << 20;

    private static final int MOST_TRIES = 3;

    private final S3Client client;
    private final S3Location at;
    private final SmallObjects objects;

    ObjectPublication(S3Client client, S3Location at, SmallObjects objects) {
        this.client = client;
        this.at = at;
        this.objects = objects;
    }

    /** Writes the object, from the beginning each time it is asked to. */
    @FunctionalInterface
    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Publishes it.
     *
     * @param known the ETag of what is there; null if nothing is
     * @return its ETag, or null if something else is there
     */
    @Nullable String publish(@Nullable String known, Content content) throws IOException {
        for (int tries = 1; ; tries++) {
            Upload upload = new Upload();
            boolean done = false;
            try {
                content.writeTo(upload);
                String etag = upload.complete(known);
                done = true;
                return etag;
            } catch (SdkException e) {
                // 409: another write of the object came in between, and the upload is gone with it.
                if (S3Failures.status(e) != S3Failures.CONFLICT || tries == MOST_TRIES) {
                    throw S3Failures.toIoException(at.toString(), e, "s3:PutObject");
                }
            } finally {
                if (!done) {
                    upload.abort();
                }
            }
        }
    }

    private final class Upload extends OutputStream {
        private final String writeId = UUID.randomUUID().toString();
        private final List<CompletedPart> parts = new ArrayList<>();
        private final ByteArray part = new ByteArray();
        private @Nullable String uploadId;

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            for (int done = 0; done < length; ) {
                if (part.length() == PART_BYTES) {
                    send();
                }
                int n = Math.min(length - done, PART_BYTES - part.length());
                part.write(bytes, from + done, n);
                done += n;
            }
        }

        private String begun() {
            String id = uploadId;
            if (id == null) {
                id = client.createMultipartUpload(request -> request.bucket(at.bucket())
                                .key(at.key())
                                .contentType(SmallObjects.contentType(at.key()))
                                .metadata(Map.of(SmallObjects.WRITE_ID, writeId)))
                        .uploadId();
                uploadId = id;
            }
            return id;
        }

        private void send() {
            String id = begun();
            int number = parts.size() + 1;
            UploadPartResponse stored = client.uploadPart(
                    request -> request.bucket(at.bucket())
                            .key(at.key())
                            .uploadId(id)
                            .partNumber(number),
                    RequestBody.fromByteBuffer(part.view()));
            // An upload that was begun with a checksum, as the SDK does by default, is completed with those of its
            // parts.
            parts.add(CompletedPart.builder()
                    .partNumber(number)
                    .eTag(stored.eTag())
                    .checksumCRC32(stored.checksumCRC32())
                    .checksumCRC32C(stored.checksumCRC32C())
                    .checksumCRC64NVME(stored.checksumCRC64NVME())
                    .build());
            part.truncate(0);
        }

        @Nullable String complete(@Nullable String known) throws IOException {
            if (uploadId == null) {
                byte[] whole = part.copy(0, part.length());
                return known == null ? objects.create(at.key(), whole) : objects.replace(at.key(), known, whole);
            }
            send();
            String id = begun();
            try {
                return client.completeMultipartUpload(request -> request.bucket(at.bucket())
                                .key(at.key())
                                .uploadId(id)
                                .multipartUpload(all -> all.parts(parts))
                                .ifMatch(known)
                                .ifNoneMatch(known == null ? "*" : null))
                        .eTag();
            } catch (SdkException e) {
                int status = S3Failures.status(e);
                boolean refused = status == S3Failures.PRECONDITION_FAILED || status == S3Failures.NOT_FOUND;
                String own = objects.etagOfWrite(at.key(), writeId);
                if (own == null && !refused) {
                    throw e;
                }
                if (own == null) {
                    abort();
                }
                return own;
            }
        }

        void abort() {
            String id = uploadId;
            if (id != null) {
                try {
                    var unused = client.abortMultipartUpload(
                            request -> request.bucket(at.bucket()).key(at.key()).uploadId(id));
                } catch (SdkException e) {
                    // A rule of the bucket's life cycle is what clears away uploads that nobody could abort.
                }
            }
        }
    }
}
