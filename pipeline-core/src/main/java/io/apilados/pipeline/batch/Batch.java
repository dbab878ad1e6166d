// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import io.apilados.pipeline.source.SourcePosition;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Records that are delivered together, in the order in which they were read, each with where it comes from.
 *
 * <p>A batch has an idempotency key that follows from its members alone: the same records cut the same way have the same
 * key, in this run and in any later one, and a part of a batch has a key of its own.
 *
 * <p>Immutable; safe for use by many threads if the records are.
 *
 * @param <T> what a record is
 */
public final class Batch<T> {

    private static final HexFormat HEX = HexFormat.of();

    private final String fingerprint;
    private final T[] records;
    private final SourcePosition[] positions;
    private final byte[][] rawCsv;
    private final RecordKeys<? super T> recordKeys;
    private final RecordBytes<? super T> recordBytes;
    private @Nullable String key;

    /** The arrays are taken over. */
    Batch(
            String fingerprint,
            RecordKeys<? super T> recordKeys,
            RecordBytes<? super T> recordBytes,
            T[] records,
            SourcePosition[] positions,
            byte[][] rawCsv) {
        this.fingerprint = fingerprint;
        this.recordKeys = recordKeys;
        this.recordBytes = recordBytes;
        this.records = records;
        this.positions = positions;
        this.rawCsv = rawCsv;
    }

    /** How many records it has: 1 or more. */
    public int size() {
        return records.length;
    }

    /** A record, counted from 0. */
    public T record(int index) {
        return records[index];
    }

    /** All records, in order; cannot be changed. */
    public List<T> records() {
        return Collections.unmodifiableList(Arrays.asList(records));
    }

    /** Where a record starts in its source. */
    public SourcePosition position(int index) {
        return positions[index];
    }

    /** A record's fields as they were read, for the reject file; empty where there are none. */
    public byte[] rawCsv(int index) {
        return rawCsv[index];
    }

    /**
     * Names a record, in the same way in every run over the same source: by the fingerprint of the source and the byte
     * offset, or by the user's own key.
     */
    public String recordKey(int index) {
        return recordKeys.keyOf(fingerprint, positions[index], records[index]);
    }

    /** About how many bytes its records add to a request, as {@link RecordBytes} says; worked out at each call. */
    public long bytes() {
        long bytes = 0;
        for (int i = 0; i < records.length; i++) {
            bytes += recordBytes.of(records[i], rawCsv[i]);
        }
        return bytes;
    }

    /** The idempotency key: 32 hexadecimal digits. */
    public String key() {
        String known = key;
        if (known == null) {
            known = deriveKey();
            key = known;
        }
        return known;
    }

    private String deriveKey() {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            for (int i = 0; i < records.length; i++) {
                sha256.update(recordKey(i).getBytes(StandardCharsets.UTF_8));
                sha256.update((byte) 0);
            }
            return HEX.formatHex(sha256.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    /**
     * A batch of some of the members, from {@code from} to {@code to}, exclusive.
     *
     * @throws IllegalArgumentException if that is none of them
     */
    public Batch<T> part(int from, int to) {
        Objects.checkFromToIndex(from, to, size());
        if (from == to) {
            throw new IllegalArgumentException("part was empty but a batch has at least one record");
        }
        return new Batch<>(
                fingerprint,
                recordKeys,
                recordBytes,
                Arrays.copyOfRange(records, from, to),
                Arrays.copyOfRange(positions, from, to),
                Arrays.copyOfRange(rawCsv, from, to));
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
        T[] some = Arrays.copyOf(records, indexes.length);
        SourcePosition[] places = new SourcePosition[indexes.length];
        byte[][] raw = new byte[indexes.length][];
        for (int i = 0; i < indexes.length; i++) {
            some[i] = records[indexes[i]];
            places[i] = positions[indexes[i]];
            raw[i] = rawCsv[indexes[i]];
        }
        return new Batch<>(fingerprint, recordKeys, recordBytes, some, places, raw);
    }

    /** How many records it has and where; never what they hold. */
    @Override
    public String toString() {
        return "batch of " + size() + " from " + positions[0];
    }
}
