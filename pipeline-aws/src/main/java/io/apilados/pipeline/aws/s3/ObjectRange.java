// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.source.SourceChangedException;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * A range of one version's bytes, fetched whole into memory whatever happens to the connections it comes over.
 *
 * <p>The client's retries end when an answer begins, so a body that breaks is ours to go on with. It counts bytes
 * itself, because the JDK's HTTP client takes a connection that is closed in the middle for the end of the body
 * (JDK-8335135, fixed in 24).
 *
 * <p>Some HTTP clients throw away what arrived when a connection breaks before it was read (the CRT client does). So that
 * a connection which always breaks at the same place does not keep everything away, half as much is asked for after each
 * break that brought nothing.
 *
 * <p>One thread fetches; any other may abort.
 */
final class ObjectRange {

    /** How often in a row a broken body is asked for again before the break is reported; one byte starts it anew. */
    static final int MOST_BREAKS = 5;

    /** Before the second break in a row is tried again; before each further one twice as long. */
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);

    private static final int LEAST_ASKED = 16 << 10;

    private final PinnedObject object;
    private final Scheduler scheduler;
    private final long from;
    private final int length;

    private int got;
    /** Where the request ends that is under way. */
    private int askedTo;
    /** How much the next request asks for at most. */
    private int most;

    private int breaks;
    /** Null while there is none: before the first request, after a break, after the end. */
    private volatile @Nullable ResponseInputStream<GetObjectResponse> body;

    private volatile boolean aborted;

    ObjectRange(PinnedObject object, Scheduler scheduler, long from, int length) {
        this.object = object;
        this.scheduler = scheduler;
        this.from = from;
        this.length = length;
        this.most = length;
    }

    int length() {
        return length;
    }

    /** Asks for the first time, so that whoever opens a source hears at once that it cannot be read. */
    ObjectRange open() throws IOException {
        try {
            body = ask();
            return this;
        } catch (SdkException e) {
            throw S3Failures.toIoException(object.location(), e);
        }
    }

    private ResponseInputStream<GetObjectResponse> ask() throws IOException {
        askedTo = (int) Math.min(length, (long) got + most);
        return object.request(from + got, from + askedTo);
    }

    /** Fetches all of it; what it throws is final. */
    void fetch(byte[] into) throws IOException {
        try {
            while (got < length) {
                readOn(into);
            }
        } catch (IOException e) {
            drop();
            throw e;
        }
    }

    private void readOn(byte[] into) throws IOException {
        ResponseInputStream<GetObjectResponse> open = body;
        if (open == null) {
            if (isEnding()) {
                broke(null);
                return;
            }
            try {
                open = ask();
                body = open;
            } catch (SdkException e) {
                if (!S3Failures.mayPass(e) && !isEnding()) {
                    throw S3Failures.toIoException(object.location(), e);
                }
                broke(e);
                return;
            }
        }
        int n;
        try {
            n = isEnding() ? -1 : open.read(into, got, askedTo - got);
        } catch (IOException | SdkException e) {
            broke(e);
            return;
        }
        if (n <= 0) {
            // Not the end of what was asked for, whatever the HTTP client takes it for.
            broke(null);
            return;
        }
        got += n;
        breaks = 0;
        if (got == askedTo) {
            end(open);
            most = (int) Math.min(length, 2L * most);
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
            throw WholeChecksum.mismatch(object.location(), e);
        }
        if (more >= 0) {
            throw new SourceChangedException(object.location(), "it has more than its " + object.bytes() + " bytes");
        }
        drop();
    }

    private void broke(@Nullable Exception cause) throws IOException {
        drop();
        if (isEnding() || cause instanceof AbortedException) {
            throw S3Failures.interrupted(object.location(), cause);
        }
        if (breaks++ > 0) {
            most = Math.max(LEAST_ASKED, most / 2);
        }
        if (breaks > MOST_BREAKS) {
            throw new IOException(
                    object.location() + ": the connection broke " + breaks + " times in a row at byte " + (from + got)
                            + " of " + object.bytes() + "; check the network, then run again to go on",
                    cause);
        }
        if (breaks > 1) {
            try {
                scheduler.pause(FIRST_PAUSE.multipliedBy(1L << (breaks - 2)));
            } catch (InterruptedException e) {
                throw S3Failures.interrupted(object.location(), e);
            }
        }
    }

    private boolean isEnding() {
        return aborted || Thread.currentThread().isInterrupted();
    }

    /** Nobody wants it any more: drops its connection, because a polite close would fetch the rest. */
    void abort() {
        aborted = true;
        drop();
    }

    private void drop() {
        ResponseInputStream<GetObjectResponse> open = body;
        if (open != null) {
            body = null;
            open.abort();
        }
    }
}
