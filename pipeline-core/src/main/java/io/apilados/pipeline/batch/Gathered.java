// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import io.apilados.pipeline.enrich.JsonBuffer;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.source.ByteArray;
import io.apilados.pipeline.source.SourcePosition;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a batch is made of: records one after the other, each with where it comes from and its fields as they were read,
 * in a few arrays instead of several objects for each. Records are objects, or JSON that stands in one buffer with commas
 * between. Behind the last record may stand one that is at hand and does not belong to it yet.
 *
 * <p>Written by one thread; read by any once its batch was handed on, and by none when it has been cleared.
 *
 * @param <T> what a record is
 */
final class Gathered<T> {

    private static final int RECORDS_AT_FIRST = 64;

    /** The room beyond what the last batch had is one part of so many of it. */
    private static final int MARGIN = 8;

    /** What has grown beyond this is not kept so large. */
    private static final int MOST_KEPT_BYTES = 1 << 21;

    /** The JSON of records; null if they are objects. */
    final @Nullable JsonBuffer json;

    final ByteArray rawCsv = new ByteArray();

    int count;
    private Object[] objects;
    private int[] jsonEnds;
    private int[] rawEnds;
    private long[] byteOffsets;
    private long[] recordNumbers;
    private long[] lines;

    /** A hash of where the records are: {@link Members}. */
    private long members = Members.NONE;

    /** The record at hand, if records are objects. */
    private @Nullable Object atHand;

    /** How often it was cleared; tells a batch that its content is gone. */
    private volatile int generation;

    Gathered(boolean encoded) {
        this(encoded, RECORDS_AT_FIRST);
    }

    /** One with room for as much as another has, and a little more: what grows is copied, and twice as large. */
    Gathered(boolean encoded, Gathered<?> like) {
        this(encoded, Math.max(1, like.count));
        rawCsv.reserve(withMargin(like.rawCsv));
        JsonBuffer from = like.json;
        JsonBuffer to = json;
        if (from != null && to != null) {
            to.reserve(withMargin(from));
        }
    }

    private static int withMargin(ByteArray like) {
        return like.length() + like.length() / MARGIN;
    }

    private Gathered(boolean encoded, int records) {
        this.json = encoded ? new JsonBuffer() : null;
        this.objects = new Object[encoded ? 0 : records];
        this.jsonEnds = new int[encoded ? records : 0];
        this.rawEnds = new int[records];
        this.byteOffsets = new long[records];
        this.recordNumbers = new long[records];
        this.lines = new long[records];
    }

    int generation() {
        return generation;
    }

    /** Forgets the record at hand, and makes room for another. */
    void begin() {
        rawCsv.truncate(rawEnd(count - 1));
        JsonBuffer buffer = json;
        if (buffer == null) {
            atHand = null;
        } else {
            buffer.truncate(jsonEnd(count - 1));
            if (count > 0) {
                buffer.write(',');
            }
        }
    }

    void atHand(T record) {
        atHand = record;
    }

    /** The record at hand, as an object of its own. */
    @SuppressWarnings("unchecked")
    T atHand() {
        JsonBuffer buffer = json;
        Object record = buffer == null ? atHand : JsonRecord.ofUtf8(buffer.copy(jsonStart(count), buffer.length()));
        if (record == null) {
            throw new IllegalStateException("no record is at hand");
        }
        return (T) record;
    }

    /** How many bytes of JSON the record at hand has. */
    int atHandBytes() {
        JsonBuffer buffer = json;
        return buffer == null ? 0 : buffer.length() - jsonStart(count);
    }

    /** How many bytes were read for the record at hand. */
    int atHandRawBytes() {
        return rawCsv.length() - rawEnd(count - 1);
    }

    byte[] atHandRawCsv() {
        return rawCsv.copy(rawEnd(count - 1), rawCsv.length());
    }

    /** Makes the record at hand one of its records. */
    void keep(long byteOffset, long recordNumber, long line) {
        if (count == rawEnds.length) {
            grow();
        }
        JsonBuffer buffer = json;
        if (buffer == null) {
            objects[count] = atHand();
            atHand = null;
        } else {
            jsonEnds[count] = buffer.length();
        }
        rawEnds[count] = rawCsv.length();
        byteOffsets[count] = byteOffset;
        recordNumbers[count] = recordNumber;
        lines[count] = line;
        members = Members.with(members, byteOffset);
        count++;
    }

    private void grow() {
        int capacity = 2 * rawEnds.length;
        rawEnds = Arrays.copyOf(rawEnds, capacity);
        byteOffsets = Arrays.copyOf(byteOffsets, capacity);
        recordNumbers = Arrays.copyOf(recordNumbers, capacity);
        lines = Arrays.copyOf(lines, capacity);
        if (json == null) {
            objects = Arrays.copyOf(objects, capacity);
        } else {
            jsonEnds = Arrays.copyOf(jsonEnds, capacity);
        }
    }

    /** Whether there is more in it than its records. */
    boolean isAnyAtHand() {
        JsonBuffer buffer = json;
        return rawCsv.length() > rawEnd(count - 1)
                || (buffer == null ? atHand != null : buffer.length() > jsonEnd(count - 1));
    }

    /** Gives the record at hand to another, which is empty. */
    void passOn(Gathered<T> next) {
        next.begin();
        next.rawCsv.write(rawCsv, rawEnd(count - 1), rawCsv.length());
        JsonBuffer from = json;
        JsonBuffer to = next.json;
        if (from != null && to != null) {
            if (from.length() > jsonStart(count)) {
                to.write(from, jsonStart(count), from.length());
            }
        } else {
            next.atHand = atHand;
        }
        drop();
    }

    /** Forgets the record at hand. */
    void drop() {
        rawCsv.truncate(rawEnd(count - 1));
        JsonBuffer buffer = json;
        if (buffer == null) {
            atHand = null;
        } else {
            buffer.truncate(jsonEnd(count - 1));
        }
    }

    /** Whether it is small enough to be used again. */
    boolean isWorthKeeping() {
        JsonBuffer buffer = json;
        return rawCsv.capacity() <= MOST_KEPT_BYTES && (buffer == null || buffer.capacity() <= MOST_KEPT_BYTES);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // Only one thread clears.
    void clear() {
        generation++;
        Arrays.fill(objects, 0, Math.min(count, objects.length), null);
        count = 0;
        members = Members.NONE;
        drop();
    }

    @SuppressWarnings("unchecked")
    T record(int index) {
        JsonBuffer buffer = json;
        return (T) (buffer == null ? objects[index] : JsonRecord.ofUtf8(buffer.copy(jsonStart(index), jsonEnd(index))));
    }

    int jsonStart(int index) {
        return index == 0 ? 0 : jsonEnds[index - 1] + 1;
    }

    int jsonEnd(int index) {
        return index < 0 ? 0 : jsonEnds[index];
    }

    byte[] rawCsv(int index) {
        return rawCsv.copy(rawEnd(index - 1), rawEnd(index));
    }

    private int rawEnd(int index) {
        return index < 0 ? 0 : rawEnds[index];
    }

    /** See {@link Batch#members()}, of all of them. */
    long members() {
        return Members.of(members, count);
    }

    long byteOffset(int index) {
        return byteOffsets[index];
    }

    SourcePosition position(int index) {
        return new SourcePosition(byteOffsets[index], recordNumbers[index], lines[index]);
    }
}
