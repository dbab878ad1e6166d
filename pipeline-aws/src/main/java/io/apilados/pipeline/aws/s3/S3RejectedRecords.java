// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import io.apilados.pipeline.aws.s3.RejectParts.Part;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.RejectedCsv;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.source.ByteArray;
import io.apilados.pipeline.source.SourceVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Rejected records as one object, the same CSV as {@link RejectedRecords#csv} makes. While a run is under way they are in
 * parts, {@code KEY.parts/<where it begins>.part}, of up to a mebibyte each; the last part is written anew, longer, with
 * each {@link #sync()}. When the run ends, whatever its end, the object is made of them, in its place at once; the parts go
 * when every record of the source is settled.
 *
 * <p>A part and the object are written only if they are what this run knows of them ({@code If-Match},
 * {@code If-None-Match}): a second run that writes there ends in an error. A store that does not honour that is refused. A
 * new run takes the place of the reject object of an earlier one, and refuses to take that of any other object.
 *
 * <p>Needs {@code s3:GetObject}, {@code s3:PutObject}, {@code s3:DeleteObject}, {@code s3:ListBucket} and
 * {@code s3:AbortMultipartUpload}. Confined to one run; the client stays the caller's.
 */
public final class S3RejectedRecords implements RejectedRecords {

    /** A part that is as long as this is not written anew: {@value} bytes. */
    static final int PART_BYTES = 1 << 20;

    private final S3Client client;
    private final S3Location at;
    private final SmallObjects objects;
    private final ConditionalWrites conditions;
    private final RejectParts parts;

    private byte[] rawHeader = {};
    private final ByteArray tail = new ByteArray();
    /** Where the tail begins, in all that was rejected. */
    private long tailFrom;

    /** How much of the tail is in its part. */
    private int tailStored;

    private @Nullable String tailEtag;
    private @Nullable String publishedEtag;
    /** Whether the object is not all that was rejected. */
    private boolean unpublished;

    private boolean broken;

    private S3RejectedRecords(S3Client client, S3Location at, boolean tried) {
        this.client = client;
        this.at = at;
        this.objects = new SmallObjects(client, new S3Location(at.bucket(), ""), Scheduler.system());
        SmallObjects below =
                new SmallObjects(client, new S3Location(at.bucket(), at.key() + ".parts/"), Scheduler.system());
        ConditionalWrites trial = new ConditionalWrites(below);
        this.conditions = tried ? trial : trial.known();
        this.parts = new RejectParts(below);
    }

    /**
     * The object at {@code s3://bucket/key}.
     *
     * @throws IllegalArgumentException if the URI has another form, or the key ends with {@code .gz}: what is written is
     *     not compressed, and who reads it would take it to be
     */
    public static S3RejectedRecords of(S3Client client, URI location) {
        S3Location at = S3Location.ofObject(location);
        if (at.key().toLowerCase(Locale.ROOT).endsWith(".gz")) {
            throw new IllegalArgumentException(
                    "location was " + at + " but rejected records are not compressed; name a key without .gz");
        }
        return new S3RejectedRecords(client, at, true);
    }

    /** Without a trial of conditions on writes, for a store that is known to honour them, as Amazon's does. */
    public S3RejectedRecords withoutTrial() {
        return new S3RejectedRecords(client, at, false);
    }

    @Override
    public String location() {
        return at.toString();
    }

    @Override
    public void open(byte[] header, long mark) throws IOException {
        rawHeader = header.clone();
        tail.truncate(0);
        tailFrom = 0;
        tailStored = 0;
        tailEtag = null;
        broken = true;
        publishedEtag = objects.etagOf(at.key());
        if (mark == 0) {
            checkReplaceable();
            parts.deleteAll();
            if (publishedEtag != null) {
                objects.delete(at.key());
                publishedEtag = null;
            }
        } else {
            goOn(mark);
        }
        unpublished = publishedEtag != null;
        broken = false;
    }

    /** What is there may go if it is empty or a reject object; anything else was named by mistake. */
    private void checkReplaceable() throws IOException {
        if (publishedEtag == null) {
            return;
        }
        ByteArrayOutputStream columns = new ByteArrayOutputStream();
        RejectedCsv.writeHeader(new byte[0], columns);
        byte[] expected = Arrays.copyOf(columns.toByteArray(), columns.size() - 1);
        S3ByteSource source = S3ByteSource.of(client, at.bucket(), at.key());
        try (InputStream in = source.open(source.version(), 0)) {
            byte[] beginning = in.readNBytes(expected.length);
            if (beginning.length > 0 && !Arrays.equals(beginning, expected)) {
                throw new IOException(at + ": is there already and is no reject object; name another");
            }
        }
    }

    private void goOn(long mark) throws IOException {
        Part last = parts.open(mark);
        if (last == null) {
            restore(mark);
            return;
        }
        tailFrom = last.from();
        tail.write(last.bytes(), 0, (int) (mark - tailFrom));
        tailStored = tail.length();
        tailEtag = last.etag();
    }

    /** The parts are gone if the object was made of them and the checkpoint could not be saved as complete after that. */
    private void restore(long mark) throws IOException {
        S3ByteSource source = S3ByteSource.of(client, at.bucket(), at.key());
        SourceVersion version = publishedEtag == null ? null : source.version();
        if (version == null || version.sizeBytes() < mark) {
            throw new IOException(
                    at + ": neither the object nor its parts hold the " + mark + " bytes that the run which is"
                            + " to go on had rejected; put them back, or start anew without the checkpoint");
        }
        conditions.require();
        parts.deleteAll();
        try (InputStream in = source.open(version, 0)) {
            while (end() < mark) {
                byte[] part = in.readNBytes((int) Math.min(PART_BYTES, mark - end()));
                tail.write(part);
                store();
                if (tail.length() >= PART_BYTES) {
                    sealTail();
                }
            }
        }
    }

    private void sealTail() {
        parts.seal(tailFrom, end());
        tailFrom = end();
        tail.truncate(0);
        tailStored = 0;
        tailEtag = null;
    }

    private long end() {
        return tailFrom + tail.length();
    }

    @Override
    public void write(RejectedRecord record) throws IOException {
        if (end() == 0) {
            RejectedCsv.writeHeader(rawHeader, tail);
        }
        RejectedCsv.write(record, tail);
        unpublished = true;
        if (tail.length() >= PART_BYTES) {
            store();
            sealTail();
        }
    }

    @Override
    public long sync() throws IOException {
        store();
        return end();
    }

    private void store() throws IOException {
        if (tail.length() == tailStored) {
            return;
        }
        conditions.require();
        broken = true;
        tailEtag = parts.store(tailFrom, tailEtag, tail.copy(0, tail.length()));
        tailStored = tail.length();
        broken = false;
    }

    @Override
    public void complete() throws IOException {
        store();
        publish();
        parts.deleteAll();
    }

    private void publish() throws IOException {
        if (!unpublished) {
            return;
        }
        if (end() == 0) {
            objects.delete(at.key());
        } else {
            String etag = new ObjectPublication(client, at, objects).publish(publishedEtag, this::writeAll);
            if (etag == null) {
                throw new IOException(
                        at + ": another run has put its rejected records there meanwhile; those of this run"
                                + " are in the parts below " + at + ".parts/, run again with another name");
            }
            publishedEtag = etag;
        }
        unpublished = false;
    }

    private void writeAll(OutputStream out) throws IOException {
        parts.writeSealed(out);
        tail.writeTo(out, 0, tail.length());
    }

    @Override
    public void close() throws IOException {
        if (!broken) {
            publish();
        }
        broken = true;
    }
}
