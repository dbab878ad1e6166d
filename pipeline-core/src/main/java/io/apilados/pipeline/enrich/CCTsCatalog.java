// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.source.ByteSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * School keys (CCT, <i>clave de centro de trabajo</i>) and the id that each stands for: one packed, immutable table.
 *
 * <p>Why packed: ten characters of {@code 0-9A-Z} fit into a {@code long}, so a key and its id take 12 bytes in two
 * arrays that are filled to four fifths, 15 bytes a key in all, where a {@code HashMap<String, Integer>} takes about
 * 112; and a lookup reads one or two cache lines and makes no object. Keys of any other form work exactly as well: they
 * stand in an ordinary map beside the table.
 *
 * <p>Keys are compared without the blanks around them, no-break spaces included, and otherwise as they are.
 * Immutable; safe for use by many threads.
 */
public final class CCTsCatalog {

    /** What a lookup returns for a key that is not in the catalog: {@value}. No key has it as its id. */
    public static final int ABSENT = -1;

    private static final double LOAD = 0.8;

    private final long[] keys;
    private final int[] ids;
    private final Map<String, Integer> others;
    private final int size;

    private CCTsCatalog(long[] keys, int[] ids, Map<String, Integer> others, int size) {
        this.keys = keys;
        this.ids = ids;
        this.others = others;
        this.size = size;
    }

    /**
     * Loads a catalog from CSV with the columns {@code id} and {@code clave}, in UTF-8.
     *
     * @throws IOException if it cannot be read, a row is malformed, an id is no whole number from 0 to 2147483647, or a
     *     key is empty or stands twice; the message names the line
     */
    public static CCTsCatalog load(ByteSource source) throws IOException {
        return new CatalogCsv(source).load();
    }

    /** A builder for catalogs that come from elsewhere. */
    public static Builder builder() {
        return new Builder();
    }

    /** The id of a key, or {@link #ABSENT}. */
    public int idOf(CharSequence key) {
        int from = Blanks.start(key);
        int to = Blanks.end(key, from);
        long packed = PackedKey.pack(key, from, to);
        if (packed != PackedKey.NONE) {
            return find(packed);
        }
        return others.isEmpty()
                ? ABSENT
                : others.getOrDefault(key.subSequence(from, to).toString(), ABSENT);
    }

    /**
     * The id of a key that stands in bytes, or {@link #ABSENT}. Makes no object for a key of the usual form.
     *
     * @param bytes holds the key in ASCII
     */
    public int idOf(byte[] bytes, int from, int to) {
        int start = from;
        int end = to;
        while (start < end && Blanks.isBlank((char) bytes[start])) {
            start++;
        }
        while (end > start && Blanks.isBlank((char) bytes[end - 1])) {
            end--;
        }
        long packed = PackedKey.pack(bytes, start, end);
        if (packed != PackedKey.NONE) {
            return find(packed);
        }
        return others.isEmpty()
                ? ABSENT
                : others.getOrDefault(new String(bytes, start, end - start, StandardCharsets.US_ASCII), ABSENT);
    }

    /** How many keys there are. */
    public int size() {
        return size;
    }

    /** How many bytes the packed table takes; keys of another form come on top, at about 112 bytes each. */
    public long tableBytes() {
        return 12L * keys.length;
    }

    private int find(long key) {
        long[] table = keys;
        int i = slot(key, table.length);
        while (true) {
            long there = table[i];
            if (there == key) {
                return ids[i];
            }
            if (there == PackedKey.NONE) {
                return ABSENT;
            }
            if (++i == table.length) {
                i = 0;
            }
        }
    }

    /**
     * A place for every key in a table of any size: Fibonacci hashing (Knuth, The Art of Computer Programming, 6.4),
     * brought into range by multiplication instead of division (Lemire, arXiv:1805.10941).
     */
    private static int slot(long key, int length) {
        long hash = key * 0x9e3779b97f4a7c15L;
        return (int) (((hash >>> 32) * length) >>> 32);
    }

    /** Gathers keys. Confined to one thread. */
    public static final class Builder {

        private long[] keys = new long[1024];
        private int[] ids = new int[1024];
        private long[] lines = new long[1024];
        private int count;
        private final Map<String, Integer> others = new HashMap<>();
        private final Map<String, Long> otherLines = new HashMap<>();

        private Builder() {}

        /**
         * Adds a key.
         *
         * @throws IllegalArgumentException if the key is empty, the id is negative, or the key was added before and is
         *     not one of ten characters of {@code 0-9A-Z}; those are compared when the catalog is built
         */
        public Builder put(CharSequence key, int id) {
            return put(key, id, 0);
        }

        Builder put(CharSequence key, int id, long line) {
            if (id < 0) {
                throw new IllegalArgumentException("id was " + id + " but it must be 0 or more");
            }
            int from = Blanks.start(key);
            int to = Blanks.end(key, from);
            if (from == to) {
                throw new IllegalArgumentException("the key is empty but it must hold a character");
            }
            long packed = PackedKey.pack(key, from, to);
            if (packed == PackedKey.NONE) {
                String other = key.subSequence(from, to).toString();
                Long before = otherLines.putIfAbsent(other, line);
                if (before != null) {
                    throw new DuplicateKeyException(before, line);
                }
                others.put(other, id);
                return this;
            }
            if (count == keys.length) {
                keys = Arrays.copyOf(keys, 2 * count);
                ids = Arrays.copyOf(ids, 2 * count);
                lines = Arrays.copyOf(lines, 2 * count);
            }
            keys[count] = packed;
            ids[count] = id;
            lines[count++] = line;
            return this;
        }

        /**
         * The catalog.
         *
         * @throws IllegalArgumentException if a key was added twice
         */
        public CCTsCatalog build() {
            int length = Math.max(2, (int) Math.ceil(count / LOAD) + 1);
            long[] table = new long[length];
            int[] entries = new int[length];
            Arrays.fill(table, PackedKey.NONE);
            for (int k = 0; k < count; k++) {
                int i = slot(keys[k], length);
                while (table[i] != PackedKey.NONE) {
                    if (table[i] == keys[k]) {
                        throw new DuplicateKeyException(lines[entries[i]], lines[k]);
                    }
                    i = i + 1 == length ? 0 : i + 1;
                }
                table[i] = keys[k];
                entries[i] = k;
            }
            for (int i = 0; i < length; i++) {
                entries[i] = table[i] == PackedKey.NONE ? ABSENT : ids[entries[i]];
            }
            return new CCTsCatalog(table, entries, Map.copyOf(others), count + others.size());
        }
    }

    /** A key that stands on two lines. */
    static final class DuplicateKeyException extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        final long firstLine;
        final long secondLine;

        DuplicateKeyException(long firstLine, long secondLine) {
            super("a key was added twice but each may stand once; remove one of them");
            this.firstLine = firstLine;
            this.secondLine = secondLine;
        }
    }
}
