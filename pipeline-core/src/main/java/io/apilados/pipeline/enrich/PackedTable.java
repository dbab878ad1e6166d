// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import java.util.Arrays;

/**
 * Packed keys and their ids, in two arrays that are filled to four fifths: 15 bytes a key.
 *
 * <p>Linear probing, the entries in the order of their hashes throughout (Amble and Knuth, Ordered hash tables, The
 * Computer Journal 17, 1974). A key's place is the top of its hash, brought into range by multiplication instead of
 * division (Lemire, arXiv:1805.10941), so it never falls where the hash rises. What follows from the order:
 *
 * <ul>
 *   <li>a search for a key that is not there ends at the first greater hash, not at the next free slot;
 *   <li>the same keys make the same table, whatever order they came in;
 *   <li>entries that come in the order of the table are laid down one after the other ({@link #append(long[], int[])}), and a glance
 *       at the one before shows that none stands twice.
 * </ul>
 *
 * <p>The hash is Fibonacci hashing (Knuth, The Art of Computer Programming, 6.4). Its factor is odd, so it has an inverse
 * and no two keys share a hash: the table holds hashes alone, and can tell the keys from them.
 *
 * <p>Confined to one thread while it is filled; safe for use by many afterwards, if it is published safely.
 */
final class PackedTable {

    private static final double LOAD = 0.8;
    private static final long FACTOR = 0x9e3779b97f4a7c15L;
    private static final long INVERSE = 0xf1de83e19937733dL;

    /** What a free slot holds: greater than the hash of any key, and the hash of none. */
    static final long FREE = Long.MAX_VALUE;

    /** Free slots beyond the range of places, for entries that were pushed over its end; the last is always free. */
    private static final int BEYOND = 16;

    private final int range;
    private long[] hashes;
    private int[] ids;

    /** Where the entry that was appended last stands. */
    private int last = -1;

    PackedTable(int keys) {
        range = Math.max(1, (int) Math.ceil(keys / LOAD));
        hashes = new long[Math.addExact(range, BEYOND)];
        ids = new int[hashes.length];
        Arrays.fill(hashes, FREE);
    }

    /** A hash that compares, with its sign, as the product does without. */
    private static long hash(long key) {
        return key * FACTOR ^ Long.MIN_VALUE;
    }

    /** The key of a hash. */
    static long key(long hash) {
        return (hash ^ Long.MIN_VALUE) * INVERSE;
    }

    private static int place(long hash, int range) {
        return (int) ((((hash ^ Long.MIN_VALUE) >>> 32) * range) >>> 32);
    }

    /** The id of a key, or {@link CCTsCatalog#ABSENT}. */
    int find(long key) {
        long hash = hash(key);
        long[] there = hashes;
        int i = place(hash, range);
        while (there[i] < hash) {
            i++;
        }
        return there[i] == hash ? ids[i] : CCTsCatalog.ABSENT;
    }

    /** Adds a key; false if it is there already. */
    boolean insert(long key, int id) {
        long hash = hash(key);
        int i = place(hash, range);
        while (hashes[i] < hash) {
            i++;
        }
        if (hashes[i] == hash) {
            return false;
        }
        int idToo = id;
        while (hashes[i] != FREE) {
            long pushedOut = hashes[i];
            int itsId = ids[i];
            hashes[i] = hash;
            ids[i++] = idToo;
            hash = pushedOut;
            idToo = itsId;
        }
        set(i, hash, idToo);
        return true;
    }

    /**
     * Adds keys that come after all others and after one another in the table's order. Not to be mixed with
     * {@link #insert}.
     *
     * @return how many were added: the next one is no key, not in order or has an id below 0
     */
    int append(long[] keys, int[] itsIds) {
        for (int i = 0; i < keys.length; i++) {
            if (!append(keys[i], itsIds[i])) {
                return i;
            }
        }
        return keys.length;
    }

    private boolean append(long key, int id) {
        long hash = hash(key);
        int before = last;
        if (id < 0 || !PackedKey.isKey(key) || (before >= 0 && hashes[before] >= hash)) {
            return false;
        }
        last = Math.max(place(hash, range), before + 1);
        set(last, hash, id);
        return true;
    }

    /** Inserts all keys into another table, which has none of them. */
    void copyTo(PackedTable larger) {
        for (int i = 0; i < hashes.length; i++) {
            if (hashes[i] != FREE) {
                boolean unused = larger.insert(key(hashes[i]), ids[i]);
            }
        }
    }

    private void set(int i, long hash, int id) {
        hashes[i] = hash;
        ids[i] = id;
        if (i + 1 == hashes.length) {
            int length = hashes.length;
            hashes = Arrays.copyOf(hashes, Math.addExact(length, Math.max(BEYOND, length / 8)));
            ids = Arrays.copyOf(ids, hashes.length);
            Arrays.fill(hashes, length, hashes.length, FREE);
        }
    }

    /** How many slots there are; they are counted from 0. */
    int slots() {
        return hashes.length;
    }

    /** The hash in a slot, or {@link #FREE}. */
    long hashAt(int slot) {
        return hashes[slot];
    }

    int idAt(int slot) {
        return ids[slot];
    }
}
