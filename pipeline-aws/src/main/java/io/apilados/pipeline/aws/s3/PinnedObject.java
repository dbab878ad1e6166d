// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import io.apilados.pipeline.source.SourceChangedException;
import java.io.IOException;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** An object at one version: every request says which, and every answer is looked at for whether it is that. */
record PinnedObject(S3Client client, String bucket, String key, String location, ObjectVersion version) {

    /** How long it is. */
    long bytes() {
        return version.bytes();
    }

    /**
     * Asks for its bytes from an offset to another, exclusive.
     *
     * @throws SourceChangedException if the store has another version
     * @throws IOException if it answers with other bytes than the asked ones
     * @throws SdkException if it does not answer with bytes
     */
    ResponseInputStream<GetObjectResponse> request(long from, long to) throws IOException {
        boolean whole = from == 0 && to == version.bytes();
        GetObjectRequest.Builder get = GetObjectRequest.builder().bucket(bucket).key(key);
        if (version.versionId() == null) {
            get.ifMatch(version.etag());
        } else {
            get.versionId(version.versionId());
        }
        if (whole) {
            // Checksums cover whole objects; without this the client asks for none.
            get.checksumMode(ChecksumMode.ENABLED);
        } else {
            get.range("bytes=" + from + "-" + (to - 1));
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
                throw new SourceChangedException(location, "it has no byte " + from + " any more");
            }
            throw e;
        }
        try {
            check(body.response(), from, to, whole);
            return body;
        } catch (IOException e) {
            body.abort();
            throw e;
        }
    }

    /** Some stores ignore If-Match or Range and answer 200 with whatever they have: what they say of it is checked. */
    private void check(GetObjectResponse response, long from, long to, boolean whole) throws IOException {
        if (response.eTag() != null && !response.eTag().equals(version.etag())) {
            throw new SourceChangedException(location, "its ETag is another");
        }
        String range = response.contentRange();
        if (!whole && (range == null || !range.startsWith("bytes " + from + "-"))) {
            throw new IOException(location + ": was asked for the bytes from " + from + " on and answered with "
                    + (range == null ? "the whole" : range) + "; the store must support ranges");
        }
        Long length = response.contentLength();
        if (length != null && length != to - from) {
            throw new SourceChangedException(
                    location, "the store has " + length + " bytes where " + (to - from) + " were from byte " + from);
        }
    }
}
