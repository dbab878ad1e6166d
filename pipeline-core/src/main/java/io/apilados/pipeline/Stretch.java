// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.batch.BatchAssembler;
import io.apilados.pipeline.batch.Gathered;
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

    private final boolean encoded;

    /** A place for each step. */
    private Gathered<T> gathered;

    private final List<RejectedRecord> rejected = new ArrayList<>();
    private byte[] kinds = new byte[STEPS_AT_FIRST];

    /** The steps in which no record is kept, or something is odd. */
    private int[] unlike = new int[STEPS_AT_FIRST];

    private int unlikes;

    private SourcePosition end = SourcePosition.START;

    /** What put an end to it before that of its piece. */
    private @Nullable Throwable failure;

    /** Why the record of the last step could not be enriched, nor any after it. */
    private @Nullable Throwable halt;

    // Where who reads it stands: before the first step.
    private int at = -1;
    private int rejectedAt = -1;
    private int unlikeAt;
    private long oddities;

    Stretch(boolean encoded) {
        this.encoded = encoded;
        this.gathered = new Gathered<>(encoded);
    }

    /**
     * Forgets everything.
     *
     * @param raw how many bytes its records may have as they are read; 0 if nobody knows
     * @param json how many bytes of JSON; 0 if nobody knows
     */
    void clear(int raw, int json) {
        if (gathered.isWithin(MOST_KEPT_BYTES)) {
            gathered.clear();
        } else {
            gathered = new Gathered<>(encoded);
        }
        gathered.reserve(raw, json);
        rejected.clear();
        failure = null;
        halt = null;
        unlikes = 0;
        at = -1;
        rejectedAt = -1;
        unlikeAt = 0;
    }

    // Written

    @Override
    public void hold(T record) {
        gathered.hold(record);
    }

    @Override
    public JsonBuffer encode() {
        return gathered.encode();
    }

    @Override
    public ByteArray rawCsv() {
        return gathered.rawCsv();
    }

    /** The reader's record is kept as it is in hand, or not wanted. */
    void add(RecordReader<?> reader, boolean wanted, boolean odd) {
        addKind(wanted ? KEPT : FILTERED, odd);
        if (wanted) {
            gathered.keep(reader.byteOffset(), reader.recordNumber(), reader.line());
        } else {
            gathered.keepNothing(reader.byteOffset(), reader.recordNumber(), reader.line());
        }
    }

    void add(RejectedRecord record, boolean odd) {
        addKind(REJECTED, odd);
        rejected.add(record);
        SourcePosition position = record.position();
        gathered.keepNothing(position.byteOffset(), position.recordNumber(), position.line());
    }

    private void addKind(byte kind, boolean odd) {
        int step = gathered.count();
        if (step == kinds.length) {
            kinds = Arrays.copyOf(kinds, 2 * step);
        }
        kinds[step] = (byte) (odd ? kind | ODD : kind);
        if (kinds[step] != KEPT) {
            addUnlike(step);
        }
    }

    private void addUnlike(int step) {
        if (unlikes == unlike.length) {
            unlike = Arrays.copyOf(unlike, 2 * unlikes);
        }
        unlike[unlikes] = step;
        unlikes++;
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

    // Read

    /** Who reads it goes on from so many odd records. */
    void begin(long odditiesBefore) {
        oddities = odditiesBefore;
    }

    /** Goes to the next step; false if there is none. */
    boolean next() {
        if (at + 1 >= gathered.count()) {
            return false;
        }
        at++;
        int kind = kinds[at] & ~ODD;
        oddities += (kinds[at] & ODD) != 0 ? 1 : 0;
        rejectedAt += kind == REJECTED ? 1 : 0;
        return true;
    }

    /** Where it ends in the source. */
    long endByte() {
        return end.byteOffset();
    }

    /** How many bytes its records have as they were read. */
    int rawBytes() {
        return gathered.rawBytes();
    }

    /** How many bytes of JSON they have. */
    int jsonBytes() {
        return gathered.jsonBytes();
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
        Throwable halted = at == gathered.count() - 1 ? halt : null;
        if (halted instanceof RuntimeException e) {
            throw e;
        }
        if (halted instanceof Error e) {
            throw e;
        }
        if ((kinds[at] & ~ODD) == FILTERED) {
            return false;
        }
        gathered.passOn(at, hand);
        return true;
    }

    /**
     * Goes on over the steps that follow as long as a record is kept in each and nothing is odd about it, and adds these records to a batch
     * that has one, as far as they go into it.
     *
     * @return how many went into it
     */
    int passOnAlike(BatchAssembler<T> batch) {
        while (unlikeAt < unlikes && unlike[unlikeAt] <= at) {
            unlikeAt++;
        }
        int last = unlikeAt < unlikes ? unlike[unlikeAt] : gathered.count();
        int passed = batch.keepAlike(gathered, at + 1, last);
        at += passed;
        return passed;
    }

    void rawCsvTo(ByteArray out) {
        gathered.rawCsvTo(at, out);
    }

    byte[] rawCsvCopy() {
        return gathered.rawCsv(at);
    }

    RejectedRecord rejected() {
        return rejected.get(rejectedAt);
    }

    long oddities() {
        return oddities;
    }

    long byteOffset() {
        return gathered.byteOffset(at);
    }

    long recordNumber() {
        return gathered.recordNumber(at);
    }

    long line() {
        return gathered.line(at);
    }

    /** Where the next step begins. */
    SourcePosition nextPosition() {
        int next = at + 1;
        return next < gathered.count() ? gathered.position(next) : end;
    }
}
