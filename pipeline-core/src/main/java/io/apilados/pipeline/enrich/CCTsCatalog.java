// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.source.ByteSource;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * School keys (CCT, <i>clave de centro de trabajo</i>) and the id that each stands for: one packed, immutable table.
 *
 * <p>Why packed: ten characters of {@code 0-9A-Z} fit into a {@code long}, so a key and its id take 12 bytes in two
 * arrays that are filled to four fifths, 15 bytes a key in all, where a {@code HashMap<String, Integer>} takes about
 * 112; and a lookup reads one or two cache lines and makes no object. Keys of any other form work exactly as well: they
 * stand in an ordinary map beside the table.
 *
 * <p>Keys are compared without the blanks around them, no-break spaces included, and otherwise as they are.
 *
 * <p>A catalog that was {@linkplain #saveTo(Path) saved} is loaded again without parsing, several times faster than from
 * CSV; {@link #load} takes either. The same keys and ids make the same saved bytes, whatever order they came in.
 * Immutable; safe for use by many threads.
 */
public final class CCTsCatalog {

    /** What a lookup returns for a key that is not in the catalog: {@value}. No key has it as its id. */
    public static final int ABSENT = -1;

    private final PackedTable table;
    private final Map<String, Integer> others;
    private final int size;

    /** Takes over the table and the map, which are not to be changed any more. */
    CCTsCatalog(PackedTable table, Map<String, Integer> others, int size) {
        this.table = table;
        this.others = others;
        this.size = size;
    }

    /**
     * Loads a catalog: from CSV with the columns {@code id} and {@code clave}, in UTF-8; or from what
     * {@link #saveTo(Path)} wrote, which is known by its first bytes.
     *
     * @throws IOException if it cannot be read, a row is malformed, an id is no whole number from 0 to 2147483647, or a
     *     key is empty or stands twice, where the message names the line; or if it is a saved catalog that
     *     {@link #loadPacked(ByteSource)} refuses
     */
    public static CCTsCatalog load(ByteSource source) throws IOException {
        try (PeekedSource peeked = PeekedSource.open(source, PackedCatalogFile.MAGIC_BYTES)) {
            return PackedCatalogFile.isMagic(peeked.peeked())
                    ? PackedCatalogFile.read(source.location(), peeked.stream())
                    : new CatalogCsv(peeked).load();
        }
    }

    /**
     * Loads what {@link #saveTo(Path)} wrote, and nothing else.
     *
     * @throws IOException if it cannot be read, is no saved catalog, was written by a newer release, or is damaged or cut
     *     off: no byte of it may be another. The message says which; save it anew from the CSV then
     */
    public static CCTsCatalog loadPacked(ByteSource source) throws IOException {
        try (PeekedSource peeked = PeekedSource.open(source, PackedCatalogFile.MAGIC_BYTES)) {
            return PackedCatalogFile.read(source.location(), peeked.stream());
        }
    }

    /**
     * Loads the file that {@link #saveTo(Path)} wrote: see {@link #loadPacked(ByteSource)}.
     *
     * @throws IOException as said there
     */
    public static CCTsCatalog loadPacked(Path file) throws IOException {
        return loadPacked(ByteSource.file(file));
    }

    /** A builder for catalogs that come from elsewhere. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Saves the catalog, 12 bytes a key. It is written to a temporary file beside and renamed, so that at any moment
     * {@code file} is the whole of the old catalog or the whole of the new one; what it was before is replaced.
     *
     * @throws IOException if it cannot be written; the message says what to do, and {@code file} is as it was
     */
    public void saveTo(Path file) throws IOException {
        PackedCatalogFile.replace(file, this);
    }

    /**
     * Writes what {@link #saveTo(Path)} puts into a file. Flushes the stream and leaves it open.
     *
     * @throws IOException if the stream throws it, or the keys that are not of the usual form take 2 GB or more
     */
    public void saveTo(OutputStream out) throws IOException {
        PackedCatalogFile.write(out, this);
    }

    /** The id of a key, or {@link #ABSENT}. */
    public int idOf(CharSequence key) {
        int from = Blanks.start(key);
        int to = Blanks.end(key, from);
        long packed = PackedKey.pack(key, from, to);
        if (packed != PackedKey.NONE) {
            return table.find(packed);
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
        long packed = PackedKey.pack(bytes, from, to);
        return packed != PackedKey.NONE ? table.find(packed) : idOfUnusual(bytes, from, to);
    }

    /** The id of a key of the usual form, or {@link #ABSENT}. */
    int idOf(long packed) {
        return table.find(packed);
    }

    /** The id of a key that has blanks around it or is not of the usual form. */
    private int idOfUnusual(byte[] bytes, int from, int to) {
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
            return table.find(packed);
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
        return (long) (Long.BYTES + Integer.BYTES) * table.slots();
    }

    PackedTable table() {
        return table;
    }

    /** The keys that are not of the usual form. */
    Map<String, Integer> others() {
        return others;
    }

    /**
     * Gathers keys, at 12 bytes each; {@link #build} takes 15 more. Confined to one thread.
     */
    public static final class Builder {

        /** What is gathered stays where it is: lists of such parts, instead of arrays that are copied when they grow. */
        private static final int PART = 1 << 10;

        /** Where it is known about how many keys there will be: they go there part by part. */
        private @Nullable PackedTable table;

        /** How many keys the table was made for. */
        private int expected;

        /** How many keys have gone there; what is gathered comes after them. */
        private int gone;

        private final List<long[]> keys = new ArrayList<>();
        private final List<int[]> ids = new ArrayList<>();
        private long[] lastKeys = new long[0];
        private int[] lastIds = new int[0];
        private int filled;
        private final Map<String, Other> others = new HashMap<>();
        /** How many keys were added; all of them. */
        private int count;

        /** A key that is not of the usual form: its id, and how many were added before it. */
        private record Other(int id, int number) {}

        private Builder() {}

        /**
         * Adds a key.
         *
         * @throws IllegalArgumentException if the key is empty, the id is negative, or the key was added before and is
         *     not one of ten characters of {@code 0-9A-Z}; those are compared when the catalog is built
         */
        public Builder put(CharSequence key, int id) {
            int from = Blanks.start(key);
            int to = Blanks.end(key, from);
            long packed = PackedKey.pack(key, from, to);
            if (packed != PackedKey.NONE) {
                return add(packed, id);
            }
            if (from == to) {
                throw new IllegalArgumentException("the key is empty but it must hold a character");
            }
            return addOther(key.subSequence(from, to).toString(), id);
        }

        /**
         * Adds a key that stands in bytes. Makes no object for a key of the usual form.
         *
         * @param bytes holds the key in ASCII
         * @throws IllegalArgumentException as {@link #put(CharSequence, int)} does
         */
        public Builder put(byte[] bytes, int from, int to, int id) {
            long packed = PackedKey.pack(bytes, from, to);
            return packed != PackedKey.NONE
                    ? add(packed, id)
                    : put(new String(bytes, from, to - from, StandardCharsets.US_ASCII), id);
        }

        /**
         * About so many keys of the usual form will be added, in all: from now on only a part of them is gathered before they
         * go into the table. That a key is there already is told then, and not where it was added first.
         */
        void expect(int keyCount) {
            table = new PackedTable(keyCount);
            expected = keyCount;
        }

        Builder add(long packed, int id) {
            check(id);
            int i = filled;
            if (i == lastKeys.length) {
                makeRoom();
                i = 0;
            }
            lastKeys[i] = packed;
            lastIds[i] = id;
            filled = i + 1;
            count++;
            return this;
        }

        private void makeRoom() {
            if (table == null || filled == 0) {
                lastKeys = new long[PART];
                lastIds = new int[PART];
                keys.add(lastKeys);
                ids.add(lastIds);
            } else {
                insertAll(roomFor(table));
                keys.clear();
                ids.clear();
                keys.add(lastKeys);
                ids.add(lastIds);
                gone = count;
            }
        }

        /** The table, or a larger one with the same keys if it is too small. A few more fit: it is a little fuller then. */
        private PackedTable roomFor(PackedTable known) {
            if (usual() <= expected + expected / 8) {
                return known;
            }
            expected = Math.max(usual(), (int) Math.min(PackedTable.MOST_KEYS, usual() * 3L / 2));
            PackedTable larger = new PackedTable(expected);
            known.copyTo(larger);
            table = larger;
            return larger;
        }

        /** How many keys of the usual form were added. */
        int usual() {
            return count - others.size();
        }

        private Builder addOther(String key, int id) {
            check(id);
            Other before = others.putIfAbsent(key, new Other(id, count));
            if (before != null) {
                throw new DuplicateKeyException(before.number, count);
            }
            add(PackedKey.NONE, id);
            return this;
        }

        private static void check(int id) {
            if (id < 0) {
                throw new IllegalArgumentException("id was " + id + " but it must be 0 or more");
            }
        }

        /**
         * The catalog.
         *
         * @throws IllegalArgumentException if a key was added twice
         */
        public CCTsCatalog build() {
            PackedTable built = table == null ? new PackedTable(usual()) : roomFor(table);
            insertAll(built);
            Map<String, Integer> otherIds = new HashMap<>();
            for (Map.Entry<String, Other> other : others.entrySet()) {
                otherIds.put(other.getKey(), other.getValue().id);
            }
            return new CCTsCatalog(built, otherIds, count);
        }

        private void insertAll(PackedTable into) {
            for (int part = 0; part < keys.size(); part++) {
                insert(into, part);
            }
        }

        private void insert(PackedTable into, int part) {
            long[] partKeys = keys.get(part);
            int[] partIds = ids.get(part);
            int before = gone + part * PART;
            int end = Math.min(PART, count - before);
            for (int i = 0; i < end; i++) {
                if (partKeys[i] != PackedKey.NONE && !into.insert(partKeys[i], partIds[i])) {
                    throw addedTwice(partKeys[i], before + i);
                }
            }
        }

        private DuplicateKeyException addedTwice(long packed, int second) {
            return gone == 0
                    ? new DuplicateKeyException(numberOf(packed), second)
                    : new DuplicateKeyException(PackedKey.unpack(packed), second);
        }

        /** How many keys were added before this one was added first. */
        private int numberOf(long packed) {
            int number = 0;
            while (keys.get(number / PART)[number % PART] != packed) {
                number++;
            }
            return number;
        }
    }

    /** A key that was added twice. */
    static final class DuplicateKeyException extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;
        private static final int UNKNOWN = -1;

        /** How many keys were added before it was added first; {@link #UNKNOWN} if that is not kept. */
        final int first;

        /** How many keys were added before it was added again. */
        final int second;

        /** The key, if it is not known when it was added first. */
        final @Nullable String key;

        DuplicateKeyException(int first, int second) {
            this(first, second, null);
        }

        DuplicateKeyException(String key, int second) {
            this(UNKNOWN, second, key);
        }

        private DuplicateKeyException(int first, int second, @Nullable String key) {
            super("a key was added twice but each may stand once; remove one of them");
            this.first = first;
            this.second = second;
            this.key = key;
        }
    }
}
