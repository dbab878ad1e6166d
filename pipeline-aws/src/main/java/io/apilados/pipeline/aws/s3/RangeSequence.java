// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import io.apilados.pipeline.aws.s3.RangedObjectStream.Fetched;
import io.apilados.pipeline.aws.s3.RangedObjectStream.Ranges;
import io.apilados.pipeline.control.Scheduler;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Fetches each range when it is asked for, on the thread that asks. Confined to that. */
final class RangeSequence implements Ranges {

    /** Nobody told which bytes are needed: less than any offset. */
    static final long UNKNOWN = -1;

    private final PinnedObject object;
    private final int rangeBytes;
    private final Scheduler scheduler;

    /** Where the bytes end of which it is known that they are needed; or {@link #UNKNOWN}. */
    private final long neededUntil;

    private long next;
    private int nextLength;
    private @Nullable ObjectRange current;

    RangeSequence(PinnedObject object, int rangeBytes, Scheduler scheduler, long from, long neededUntil) {
        this.object = object;
        this.rangeBytes = rangeBytes;
        this.scheduler = scheduler;
        this.next = from;
        this.neededUntil = neededUntil;
        this.nextLength = Math.min(RangedObjectStream.FIRST_RANGE_BYTES, rangeBytes);
    }

    /** Asks for the first range. */
    void open() throws IOException {
        current = advance().open();
    }

    String location() {
        return object.location();
    }

    boolean hasNext() {
        return next < object.bytes();
    }

    /** Whether the next range may be fetched before somebody reads it. */
    boolean mayBeAhead() {
        return hasNext() && (neededUntil == UNKNOWN || isNeeded());
    }

    /** Whether it is known that what comes next is needed. */
    private boolean isNeeded() {
        return next < neededUntil;
    }

    /** The next range, not fetched yet. */
    ObjectRange advance() {
        boolean needed = isNeeded();
        long wanted = needed ? Math.min(rangeBytes, neededUntil - next) : nextLength;
        int length = (int) Math.min(wanted, object.bytes() - next);
        ObjectRange range = new ObjectRange(object, scheduler, next, length);
        next += length;
        if (!needed) {
            nextLength = (int) Math.min(2L * nextLength, rangeBytes);
        }
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
