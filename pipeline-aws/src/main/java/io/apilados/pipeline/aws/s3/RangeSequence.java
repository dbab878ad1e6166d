// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import io.apilados.pipeline.aws.s3.RangedObjectStream.Fetched;
import io.apilados.pipeline.aws.s3.RangedObjectStream.Ranges;
import io.apilados.pipeline.control.Scheduler;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Fetches each range when it is asked for, on the thread that asks. Confined to that. */
final class RangeSequence implements Ranges {

    private final S3ByteSource source;
    private final ObjectVersion version;
    private final Scheduler scheduler;
    private long next;
    private int nextLength;
    private @Nullable ObjectRange current;

    RangeSequence(S3ByteSource source, ObjectVersion version, Scheduler scheduler, long from) {
        this.source = source;
        this.version = version;
        this.scheduler = scheduler;
        this.next = from;
        this.nextLength = Math.min(RangedObjectStream.FIRST_RANGE_BYTES, source.rangeBytes());
    }

    /** Asks for the first range. */
    void open() throws IOException {
        current = advance().open();
    }

    String location() {
        return source.location();
    }

    boolean hasNext() {
        return next < version.bytes();
    }

    /** The next range, not fetched yet. */
    ObjectRange advance() {
        int length = (int) Math.min(nextLength, version.bytes() - next);
        ObjectRange range = new ObjectRange(source, version, scheduler, next, length);
        next += length;
        nextLength = (int) Math.min(2L * nextLength, source.rangeBytes());
        return range;
    }

    @Override
    public Fetched next(byte[] used) throws IOException {
        ObjectRange range = current == null ? advance() : current;
        current = range;
        byte[] into = buffer(used, range.length());
        range.fetch(into);
        current = null;
        return new Fetched(into, range.length());
    }

    static byte[] buffer(byte[] used, int length) {
        return used.length >= length ? used : new byte[length];
    }

    @Override
    public void check() {
        // It is known only when it is asked for.
    }

    @Override
    public void close() {
        ObjectRange open = current;
        if (open != null) {
            open.abort();
            current = null;
        }
    }
}
