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
 * <p>Who reads ahead of the batches gathers what comes of the source in it as well, with {@linkplain #keepNothing a place} for each
 * record that has come to its end before a batch.
 *
 * <p>Written by one thread; read by any once it was handed on, and by none when it has been cleared.
 *
 * @param <T> what a record is
 */
public final class Gathered<T> implements InHand<T> {

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

    /**
     * An empty one.
     *
     * @param encoded whether records are JSON, written by {@link #encode}; otherwise they are objects
     */
    public Gathered(boolean encoded) {
        this(encoded, RECORDS_AT_FIRST);
    }

    /** One with room for as much as another has, and a little more: what grows is copied, and twice as large. */
    Gathered(boolean encoded, Gathered<?> like) {
        this(encoded, Math.max(1, like.count));
        reserve(withMargin(like.rawBytes()), withMargin(like.jsonBytes()));
    }

    private static int withMargin(int length) {
        return length + length / MARGIN;
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

    @Override
    public void hold(T record) {
        begin();
        atHand = record;
    }

    @Override
    public JsonBuffer encode() {
        JsonBuffer buffer = json;
        if (buffer == null) {
            throw new IllegalStateException("records are objects here; hold them");
        }
        begin();
        return buffer;
    }

    @Override
    public ByteArray rawCsv() {
        return rawCsv;
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

    /** What {@link ByDefault} says of a record. */
    long bytesByDefault(int index) {
        return json == null
                ? ByDefault.of(objects[index], rawEnds[index] - rawEnd(index - 1))
                : ByDefault.ofJson(jsonEnd(index) - jsonStart(index));
    }

    /** How many bytes were read for the record at hand. */
    int atHandRawBytes() {
        return rawCsv.length() - rawEnd(count - 1);
    }

    byte[] atHandRawCsv() {
        return rawCsv.copy(rawEnd(count - 1), rawCsv.length());
    }

    /** Makes the record at hand one of its records. */
    public void keep(long byteOffset, long recordNumber, long line) {
        if (json == null && atHand == null) {
            throw new IllegalStateException("no record is at hand");
        }
        add(byteOffset, recordNumber, line);
    }

    /** Forgets the record at hand, and notes where it was read as if it were kept, with nothing in it. */
    public void keepNothing(long byteOffset, long recordNumber, long line) {
        begin();
        add(byteOffset, recordNumber, line);
    }

    private void add(long byteOffset, long recordNumber, long line) {
        if (count == rawEnds.length) {
            grow(count + 1);
        }
        JsonBuffer buffer = json;
        if (buffer == null) {
            objects[count] = atHand;
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

    /**
     * Adds records of another one, from {@code first} to {@code last}, exclusive, as if each were taken in hand and kept; there is at least
     * one, and none with nothing in it.
     */
    void keepAll(Gathered<T> from, int first, int last) {
        begin();
        int more = last - first;
        if (count + more > rawEnds.length) {
            grow(count + more);
        }
        JsonBuffer to = json;
        JsonBuffer ofJson = from.json;
        if (to == null || ofJson == null) {
            System.arraycopy(from.objects, first, objects, count, more);
        } else {
            int start = from.jsonStart(first);
            int shift = to.length() - start;
            to.write(ofJson, start, from.jsonEnd(last - 1));
            for (int i = 0; i < more; i++) {
                jsonEnds[count + i] = from.jsonEnds[first + i] + shift;
            }
        }
        int rawStart = from.rawEnd(first - 1);
        int rawShift = rawCsv.length() - rawStart;
        rawCsv.write(from.rawCsv, rawStart, from.rawEnd(last - 1));
        long hash = members;
        for (int i = 0; i < more; i++) {
            rawEnds[count + i] = from.rawEnds[first + i] + rawShift;
            hash = Members.with(hash, from.byteOffsets[first + i]);
        }
        members = hash;
        System.arraycopy(from.byteOffsets, first, byteOffsets, count, more);
        System.arraycopy(from.recordNumbers, first, recordNumbers, count, more);
        System.arraycopy(from.lines, first, lines, count, more);
        count += more;
    }

    private void grow(int needed) {
        int capacity = Math.max(needed, 2 * rawEnds.length);
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
        return isWithin(MOST_KEPT_BYTES);
    }

    /** Whether none of its buffers takes more than so many bytes. */
    public boolean isWithin(int bytes) {
        JsonBuffer buffer = json;
        return rawCsv.capacity() <= bytes && (buffer == null || buffer.capacity() <= bytes);
    }

    /** Makes room for so many bytes more that were read, and of JSON if records are that. */
    public void reserve(int rawBytes, int jsonBytes) {
        rawCsv.reserve(rawBytes);
        JsonBuffer buffer = json;
        if (buffer != null) {
            buffer.reserve(jsonBytes);
        }
    }

    /** How many bytes were read for its records. */
    public int rawBytes() {
        return rawCsv.length();
    }

    /** How many bytes of JSON it has; 0 if records are objects. */
    public int jsonBytes() {
        JsonBuffer buffer = json;
        return buffer == null ? 0 : buffer.length();
    }

    /** Forgets everything, and keeps the room for it. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // Only one thread clears.
    public void clear() {
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

    /** A record's fields as they were read. */
    public byte[] rawCsv(int index) {
        return rawCsv.copy(rawEnd(index - 1), rawEnd(index));
    }

    private int rawEnd(int index) {
        return index < 0 ? 0 : rawEnds[index];
    }

    /** See {@link Batch#members()}, of all of them. */
    long members() {
        return Members.of(members, count);
    }

    /** How many records it has, those with nothing in them counted. */
    public int count() {
        return count;
    }

    /** Takes a record of it in another hand. */
    public void passOn(int index, InHand<T> hand) {
        JsonBuffer buffer = json;
        if (buffer == null) {
            hand.hold(record(index));
        } else {
            hand.encode().write(buffer, jsonStart(index), jsonEnd(index));
        }
        rawCsvTo(index, hand.rawCsv());
    }

    /** Writes a record's fields as they were read. */
    public void rawCsvTo(int index, ByteArray out) {
        out.write(rawCsv, rawEnd(index - 1), rawEnd(index));
    }

    /** Where a record starts in the source, in bytes. */
    public long byteOffset(int index) {
        return byteOffsets[index];
    }

    /** Which record of the source it is. */
    public long recordNumber(int index) {
        return recordNumbers[index];
    }

    /** On which line it starts. */
    public long line(int index) {
        return lines[index];
    }

    /** Where a record starts in the source. */
    public SourcePosition position(int index) {
        return new SourcePosition(byteOffsets[index], recordNumbers[index], lines[index]);
    }
}
