// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import io.apilados.pipeline.source.SourceChangedException;
import io.apilados.pipeline.source.SourceVersion;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * One version's bytes up to its size, whatever happens to the connections they come over.
 *
 * <p>The client's retries end when an answer begins, so a body that breaks is ours to go on with. It counts bytes
 * itself, because the JDK's HTTP client takes a connection that is closed in the middle for the end of the body
 * (JDK-8335135, fixed in 24).
 */
final class ResumingObjectStream extends InputStream {

    /** How often in a row a broken body is asked for again before the break is reported; one byte starts it anew. */
    static final int MOST_BREAKS = 5;

    private final S3ByteSource source;
    private final SourceVersion version;
    private long position;
    private int breaks;
    /** Null while there is none: after a break, after the end, after close. */
    private @Nullable ResponseInputStream<GetObjectResponse> body;

    private boolean closed;
    /** Why nothing more is read: what is told once is told again. */
    private @Nullable IOException failure;

    ResumingObjectStream(
            S3ByteSource source, SourceVersion version, long position, ResponseInputStream<GetObjectResponse> body) {
        this.source = source;
        this.version = version;
        this.position = position;
        this.body = body;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
        Objects.checkFromIndexSize(from, length, bytes.length);
        if (closed) {
            throw new IOException(source.location() + ": the stream is closed; open another");
        }
        if (failure != null) {
            throw failure;
        }
        if (length == 0) {
            return 0;
        }
        if (position == version.sizeBytes()) {
            return -1;
        }
        try {
            return readOn(bytes, from, (int) Math.min(length, version.sizeBytes() - position));
        } catch (IOException e) {
            failure = e;
            abort();
            throw e;
        }
    }

    private int readOn(byte[] bytes, int from, int most) throws IOException {
        while (true) {
            Exception cause = null;
            if (body == null) {
                try {
                    body = source.request(version, position);
                } catch (SdkException e) {
                    if (!S3Failures.mayPass(e)) {
                        throw S3Failures.toIoException(source.location(), e);
                    }
                    cause = e;
                }
            }
            int n = -1;
            if (body != null) {
                try {
                    n = body.read(bytes, from, most);
                } catch (IOException | SdkException e) {
                    cause = e;
                }
            }
            if (body != null && n > 0) {
                position += n;
                breaks = 0;
                if (position == version.sizeBytes()) {
                    end(body);
                }
                return n;
            }
            broke(cause);
        }
    }

    /** Reads the end itself: only then does the client compare the checksum that came with the object, if one did. */
    private void end(ResponseInputStream<GetObjectResponse> complete) throws IOException {
        int more = -1;
        try {
            more = complete.read();
            if (more < 0) {
                complete.close();
                body = null;
            }
        } catch (AbortedException | IOException e) {
            // Every byte is here; what happens to the connection now is of no interest.
        } catch (SdkException e) {
            throw new IOException(
                    source.location() + ": the bytes that arrived do not match the object's checksum; do not use what"
                            + " was made of them, and run again from the start",
                    e);
        }
        if (more >= 0) {
            throw new SourceChangedException(
                    source.location(), "it has more than its " + version.sizeBytes() + " bytes");
        }
        abort();
    }

    private void broke(@Nullable Exception cause) throws IOException {
        abort();
        if (cause instanceof AbortedException || Thread.currentThread().isInterrupted()) {
            throw S3Failures.interrupted(source.location(), cause);
        }
        breaks++;
        if (breaks > MOST_BREAKS) {
            throw new IOException(
                    source.location() + ": the connection broke " + breaks + " times in a row at byte " + position
                            + " of " + version.sizeBytes() + "; check the network, then run again to go on",
                    cause);
        }
    }

    /** Closes; before the end it drops the connection, because a polite close would fetch the rest of the object. */
    @Override
    public void close() {
        closed = true;
        abort();
    }

    private void abort() {
        if (body != null) {
            body.abort();
            body = null;
        }
    }
}
