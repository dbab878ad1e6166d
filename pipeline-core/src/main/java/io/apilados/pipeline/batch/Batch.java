// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import io.apilados.pipeline.control.ObjectPool;
import io.apilados.pipeline.enrich.JsonBuffer;
import io.apilados.pipeline.source.SourcePosition;
import java.io.IOException;
import java.io.OutputStream;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * Records that are delivered together, in the order in which they were read, each with where it comes from.
 *
 * <p>A batch has an idempotency key that follows from its members alone: the same records cut the same way have the same
 * key, in this run and in any later one, and a part of a batch has a key of its own.
 *
 * <p>Immutable; safe for use by many threads if the records are. Where a delivery {@linkplain
 * io.apilados.pipeline.deliver.BatchDelivery#letsGoOfBatches() lets go of batches}, the batch is gone when its outcome is
 * known: from then on whatever looks at its records throws {@link IllegalStateException}, through {@link #records} as well.
 * Records that were taken out before stay.
 *
 * @param <T> what a record is
 */
public final class Batch<T> {

    private final String fingerprint;
    private final RecordKeys<? super T> recordKeys;
    private final RecordBytes<? super T> recordBytes;
    private final Gathered<T> gathered;
    private final int generation;

    /** What gives the memory back; null if it is not used again. */
    private final ObjectPool.@Nullable Loan<Gathered<T>> loan;

    /** Which of what was gathered are its records: those from {@code from} on, or these. */
    private final int from;

    private final int size;
    private final int @Nullable [] members;

    /** How large it is; -1 until it has been worked out. */
    private long bytes;

    private @Nullable String key;

    /** All that was gathered. */
    Batch(
            String fingerprint,
            RecordKeys<? super T> recordKeys,
            RecordBytes<? super T> recordBytes,
            Gathered<T> gathered,
            ObjectPool.@Nullable Loan<Gathered<T>> loan,
            long bytes) {
        this.fingerprint = fingerprint;
        this.recordKeys = recordKeys;
        this.recordBytes = recordBytes;
        this.gathered = gathered;
        this.generation = gathered.generation();
        this.loan = loan;
        this.from = 0;
        this.size = gathered.count;
        this.members = null;
        this.bytes = bytes;
    }

    private Batch(Batch<T> whole, int from, int size, int @Nullable [] members) {
        this.fingerprint = whole.fingerprint;
        this.recordKeys = whole.recordKeys;
        this.recordBytes = whole.recordBytes;
        this.gathered = whole.gathered;
        this.generation = whole.generation;
        this.loan = null;
        this.from = from;
        this.size = size;
        this.members = members;
        this.bytes = -1;
    }

    private Gathered<T> gathered() {
        if (gathered.generation() != generation) {
            throw new IllegalStateException("the batch is settled and gone; take out what is to stay before its outcome"
                    + " is known, or let the delivery say that it does not let go of batches");
        }
        return gathered;
    }

    private int at(int index) {
        Objects.checkIndex(index, size);
        int[] some = members;
        return some == null ? from + index : some[index];
    }

    /** How many records it has: 1 or more. */
    public int size() {
        return size;
    }

    /** A record, counted from 0. */
    public T record(int index) {
        return gathered().record(at(index));
    }

    /** All records, in order; cannot be changed. */
    public List<T> records() {
        return new Records();
    }

    /** Where a record starts in its source. */
    public SourcePosition position(int index) {
        return gathered().position(at(index));
    }

    /** A record's fields as they were read, for the reject file; empty where there are none. */
    public byte[] rawCsv(int index) {
        return gathered().rawCsv(at(index));
    }

    /** Whether its records are JSON already, so that {@link #writeJson} can write them. */
    public boolean isJson() {
        return gathered.json != null;
    }

    /**
     * Writes the JSON of all records, without making an object of any.
     *
     * @param separator what stands between two records, in ASCII
     * @throws IllegalStateException if its records are no JSON yet
     * @throws IOException only if {@code out} fails
     */
    public void writeJson(OutputStream out, char separator) throws IOException {
        Gathered<T> from = gathered();
        JsonBuffer json = from.json;
        if (json == null) {
            throw new IllegalStateException("the records of this batch are objects; write them one by one");
        }
        if (members == null && separator == ',') {
            json.writeTo(out, from.jsonStart(at(0)), from.jsonEnd(at(size - 1)));
            return;
        }
        for (int i = 0; i < size; i++) {
            if (i > 0) {
                out.write(separator);
            }
            json.writeTo(out, from.jsonStart(at(i)), from.jsonEnd(at(i)));
        }
    }

    /**
     * Names a record, in the same way in every run over the same source: by the fingerprint of the source and the byte
     * offset, or by the user's own key.
     */
    public String recordKey(int index) {
        return recordKeys.equals(ByPosition.INSTANCE)
                ? ByPosition.keyOf(fingerprint, gathered().byteOffset(at(index)))
                : recordKeys.keyOf(fingerprint, position(index), record(index));
    }

    /** About how many bytes its records add to a request, as {@link RecordBytes} says. */
    public long bytes() {
        if (bytes < 0) {
            long sum = 0;
            for (int i = 0; i < size; i++) {
                sum += isJson() && recordBytes.equals(ByDefault.INSTANCE)
                        ? ByDefault.ofJson(
                                gathered().jsonEnd(at(i)) - gathered().jsonStart(at(i)))
                        : recordBytes.of(record(i), rawCsv(i));
            }
            bytes = sum;
        }
        return bytes;
    }

    /**
     * A hash of where its records are in the source, in their order: batches of one source with equal ones have the same
     * records, but for one chance in 2^64. It is cheaper than the key, and stays within the process and its checkpoints.
     */
    public long members() {
        Gathered<T> of = gathered();
        return members == null && size == of.count ? of.members() : membersOfSome(of);
    }

    private long membersOfSome(Gathered<T> of) {
        long hash = Members.NONE;
        for (int i = 0; i < size; i++) {
            hash = Members.with(hash, of.byteOffset(at(i)));
        }
        return Members.of(hash, size);
    }

    /**
     * The idempotency key, which follows from its members: another batch of whatever source has another one, and the same
     * batch has the same in every run. Where records are named by their position it is the fingerprint of the source, the
     * byte offset of the first record and {@link #members}, the latter two in hexadecimal, with hyphens between; where the
     * user names records, 32 hexadecimal digits.
     */
    public String key() {
        String known = key;
        if (known == null) {
            known = deriveKey();
            key = known;
        }
        return known;
    }

    private String deriveKey() {
        if (recordKeys.equals(ByPosition.INSTANCE)) {
            return recordKey(0) + "-" + Long.toHexString(members());
        }
        KeyDigest digest = KeyDigest.ofThread();
        for (int i = 0; i < size; i++) {
            digest.text(recordKey(i));
        }
        return digest.key();
    }

    /**
     * A batch of some of the members, from {@code from} to {@code to}, exclusive.
     *
     * @throws IllegalArgumentException if that is none of them
     */
    public Batch<T> part(int from, int to) {
        Objects.checkFromToIndex(from, to, size);
        if (from == to) {
            throw new IllegalArgumentException("part was empty but a batch has at least one record");
        }
        int[] some = members;
        if (some == null) {
            return new Batch<>(this, this.from + from, to - from, null);
        }
        return new Batch<>(this, 0, to - from, Arrays.copyOfRange(some, from, to));
    }

    /**
     * A batch of the members at these places, in their order.
     *
     * @param indexes ascending, at least one
     */
    public Batch<T> select(int[] indexes) {
        if (indexes.length == 0) {
            throw new IllegalArgumentException("selection was empty but a batch has at least one record");
        }
        int[] some = new int[indexes.length];
        for (int i = 0; i < some.length; i++) {
            some[i] = at(indexes[i]);
        }
        return new Batch<>(this, 0, some.length, some);
    }

    /** Gives its memory back, if it is to be used again. */
    void release() {
        if (loan == null) {
            return;
        }
        if (gathered.isWorthKeeping()) {
            loan.close();
        } else {
            gathered.clear();
        }
    }

    /** How many records it has and where; never what they hold. */
    @Override
    public String toString() {
        boolean gone = gathered.generation() != generation;
        return "batch of " + size + (gone ? ", settled and gone" : " from " + position(0));
    }

    /** A view of the records. */
    private final class Records extends AbstractList<T> implements RandomAccess {
        @Override
        public T get(int index) {
            return record(index);
        }

        @Override
        public int size() {
            return size;
        }
    }
}
