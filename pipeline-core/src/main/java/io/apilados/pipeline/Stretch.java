// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.batch.InHand;
import io.apilados.pipeline.enrich.JsonBuffer;
import io.apilados.pipeline.parse.CsvPieces;
import io.apilados.pipeline.parse.RecordReader;
import io.apilados.pipeline.parse.RecordReader.Step;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.source.ByteArray;
import io.apilados.pipeline.source.SourcePosition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a thread that reads ahead makes of one piece of the source: each step of the reader, with the record as it will go into a batch.
 * Written by one thread, then read by another.
 *
 * @param <T> what a record is in a batch
 */
final class Stretch<T> implements InHand<T> {

    private static final int STEPS_AT_FIRST = 1 << 10;

    /** What a stretch with an unusually large record grew beyond this is not kept for others. */
    private static final int MOST_KEPT_BYTES = 8 << 20;

    private static final byte KEPT = 0;
    private static final byte FILTERED = 1;
    private static final byte REJECTED = 2;
    private static final byte ODD = 4;

    /** What it is made of is read in this. */
    final CsvPieces.Memory memory = new CsvPieces.Memory();

    private JsonBuffer json = new JsonBuffer();
    private ByteArray rawCsv = new ByteArray();
    private final List<RejectedRecord> rejected = new ArrayList<>();
    private final List<T> objects = new ArrayList<>();
    private final boolean encoded;

    private byte[] kinds = new byte[STEPS_AT_FIRST];
    private long[] byteOffsets = new long[STEPS_AT_FIRST];
    private long[] recordNumbers = new long[STEPS_AT_FIRST];
    private long[] lines = new long[STEPS_AT_FIRST];
    private int[] jsonEnds = new int[STEPS_AT_FIRST];
    private int[] rawEnds = new int[STEPS_AT_FIRST];
    private int steps;
    private @Nullable T inHand;

    private SourcePosition end = SourcePosition.START;

    /** What put an end to it before that of its piece. */
    private @Nullable Throwable failure;

    /** Why the record of the last step could not be enriched, nor any after it. */
    private @Nullable Throwable halt;

    // Where who reads it stands: before the first step.
    private int at = -1;
    private int rejectedAt = -1;
    private int objectAt = -1;
    private long oddities;

    Stretch(boolean encoded) {
        this.encoded = encoded;
    }

    void clear() {
        if (json.capacity() > MOST_KEPT_BYTES) {
            json = new JsonBuffer();
        }
        if (rawCsv.capacity() > MOST_KEPT_BYTES) {
            rawCsv = new ByteArray();
        }
        json.truncate(0);
        rawCsv.truncate(0);
        rejected.clear();
        objects.clear();
        steps = 0;
        failure = null;
        halt = null;
        at = -1;
        rejectedAt = -1;
        objectAt = -1;
    }

    // Written

    @Override
    public void hold(T record) {
        inHand = record;
    }

    @Override
    public JsonBuffer encode() {
        json.truncate(jsonEnd(steps - 1));
        return json;
    }

    @Override
    public ByteArray rawCsv() {
        return rawCsv;
    }

    /** The reader's record is kept as it is in hand, or not wanted. */
    void add(RecordReader<?> reader, boolean wanted, boolean odd) {
        T record = inHand;
        if (wanted && record != null) {
            objects.add(record);
        }
        inHand = null;
        if (!wanted) {
            encode();
            rawCsv.truncate(rawEnd(steps - 1));
        }
        add(reader.byteOffset(), reader.recordNumber(), reader.line(), wanted ? KEPT : FILTERED, odd);
    }

    void add(RejectedRecord record, boolean odd) {
        encode();
        rawCsv.truncate(rawEnd(steps - 1));
        rejected.add(record);
        SourcePosition position = record.position();
        add(position.byteOffset(), position.recordNumber(), position.line(), REJECTED, odd);
    }

    private void add(long byteOffset, long recordNumber, long line, byte kind, boolean odd) {
        if (steps == kinds.length) {
            grow();
        }
        kinds[steps] = (byte) (odd ? kind | ODD : kind);
        byteOffsets[steps] = byteOffset;
        recordNumbers[steps] = recordNumber;
        lines[steps] = line;
        jsonEnds[steps] = json.length();
        rawEnds[steps] = rawCsv.length();
        steps++;
    }

    private void grow() {
        int capacity = 2 * kinds.length;
        kinds = Arrays.copyOf(kinds, capacity);
        byteOffsets = Arrays.copyOf(byteOffsets, capacity);
        recordNumbers = Arrays.copyOf(recordNumbers, capacity);
        lines = Arrays.copyOf(lines, capacity);
        jsonEnds = Arrays.copyOf(jsonEnds, capacity);
        rawEnds = Arrays.copyOf(rawEnds, capacity);
    }

    /** Nothing follows; the next stretch begins there. */
    void endsAt(SourcePosition position) {
        end = position;
    }

    /** It ends there with a failure of the source. */
    void failed(Throwable cause, SourcePosition position) {
        failure = cause;
        end = position;
    }

    /** As above, where it ends anyway, unless it has failed before. */
    void failedAtItsEnd(Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
    }

    /** It ends with a record that is not settled, neither kept nor rejected: a step of its own, the last one. */
    void halted(RecordReader<?> reader, Throwable cause, boolean odd) {
        add(reader, false, odd);
        halt = cause;
        end = reader.nextPosition();
    }

    private int jsonEnd(int step) {
        return step < 0 ? 0 : jsonEnds[step];
    }

    private int rawEnd(int step) {
        return step < 0 ? 0 : rawEnds[step];
    }

    // Read

    /** Who reads it goes on from so many odd records. */
    void begin(long odditiesBefore) {
        oddities = odditiesBefore;
    }

    /** Goes to the next step; false if there is none. */
    boolean next() {
        if (at + 1 >= steps) {
            return false;
        }
        at++;
        int kind = kinds[at] & ~ODD;
        oddities += (kinds[at] & ODD) != 0 ? 1 : 0;
        rejectedAt += kind == REJECTED ? 1 : 0;
        objectAt += kind == KEPT && !encoded ? 1 : 0;
        return true;
    }

    /** What put an end to it; null if nothing did. */
    @Nullable Throwable failure() {
        return failure;
    }

    Step step() {
        return (kinds[at] & ~ODD) == REJECTED ? Step.MALFORMED : Step.RECORD;
    }

    /**
     * Puts the record of the step in another hand; false if it is not wanted.
     *
     * @throws RuntimeException if the catalog was not to be had for it
     * @throws Error that its enrichment threw
     */
    boolean passOn(InHand<T> hand) {
        if (at == steps - 1 && halt instanceof RuntimeException e) {
            throw e;
        }
        if (at == steps - 1 && halt instanceof Error e) {
            throw e;
        }
        if ((kinds[at] & ~ODD) == FILTERED) {
            return false;
        }
        if (encoded) {
            hand.encode().write(json, jsonEnd(at - 1), jsonEnds[at]);
        } else {
            hand.hold(objects.get(objectAt));
        }
        rawCsvTo(hand.rawCsv());
        return true;
    }

    void rawCsvTo(ByteArray out) {
        out.write(rawCsv, rawEnd(at - 1), rawEnds[at]);
    }

    byte[] rawCsvCopy() {
        return rawCsv.copy(rawEnd(at - 1), rawEnds[at]);
    }

    RejectedRecord rejected() {
        return rejected.get(rejectedAt);
    }

    long oddities() {
        return oddities;
    }

    long byteOffset() {
        return byteOffsets[at];
    }

    long recordNumber() {
        return recordNumbers[at];
    }

    long line() {
        return lines[at];
    }

    /** Where the next step begins. */
    SourcePosition nextPosition() {
        int next = at + 1;
        return next < steps ? new SourcePosition(byteOffsets[next], recordNumbers[next], lines[next]) : end;
    }
}
