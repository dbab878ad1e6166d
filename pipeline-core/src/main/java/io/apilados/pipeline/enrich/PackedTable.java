// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import java.util.Arrays;

/**
 * Packed keys and their ids, in slots that are filled to four fifths: 15 bytes a key. A key and its id stand side by side, so that a search
 * waits for the memory once.
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

    /** As many as have room in one array, and a few less. */
    static final int MOST_KEYS = 570_000_000;

    private static final int FREE_HIGH = (int) (FREE >>> 32);

    /** Free slots beyond the range of places, for entries that were pushed over its end; the last is always free. */
    private static final int BEYOND = 16;

    /** What a slot has: the upper and the lower half of a hash, and an id. */
    private static final int INTS = 3;

    private final int range;

    /** The slots one after the other. */
    private int[] slots;

    /** Where the entry that was appended last stands. */
    private int last = -1;

    /** @throws IllegalArgumentException if there are more than {@link #MOST_KEYS} */
    PackedTable(int keys) {
        if (keys > MOST_KEYS) {
            throw new IllegalArgumentException(
                    "the catalog had " + keys + " keys but it must have " + MOST_KEYS + " or fewer; ask on demand");
        }
        range = Math.max(1, (int) Math.ceil(keys / LOAD));
        slots = new int[Math.multiplyExact(Math.addExact(range, BEYOND), INTS)];
        free(0);
    }

    /** Makes all slots free from a place on: each time twice as many as are free. */
    private void free(int from) {
        put(from, FREE, 0);
        int free = INTS;
        while (from + free < slots.length) {
            int more = Math.min(free, slots.length - from - free);
            System.arraycopy(slots, from, slots, from + free, more);
            free += more;
        }
    }

    private void put(int at, long hash, int id) {
        int[] all = slots;
        all[at] = (int) (hash >>> 32);
        all[at + 1] = (int) hash;
        all[at + 2] = id;
    }

    private static long hashAt(int[] all, int at) {
        return (long) all[at] << 32 | (all[at + 1] & 0xffffffffL);
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

    /** The slot of a hash, or that before which it belongs. */
    private int search(int[] all, long hash) {
        int high = (int) (hash >>> 32);
        int at = place(hash, range) * INTS;
        while (all[at] < high) {
            at += INTS;
        }
        // Few hashes have the same upper half.
        while (hashAt(all, at) < hash) {
            at += INTS;
        }
        return at;
    }

    /** The id of a key, or {@link CCTsCatalog#ABSENT}. */
    int find(long key) {
        long hash = hash(key);
        int[] all = slots;
        int at = search(all, hash);
        return hashAt(all, at) == hash ? all[at + 2] : CCTsCatalog.ABSENT;
    }

    /** Adds a key; false if it is there already. */
    boolean insert(long key, int id) {
        long hash = hash(key);
        int[] all = slots;
        int at = search(all, hash);
        if (hashAt(all, at) == hash) {
            return false;
        }
        // Those from here to the next free slot go on by one.
        int free = at;
        while (all[free] != FREE_HIGH || all[free + 1] != -1) {
            free += INTS;
        }
        for (int i = free - 1; i >= at; i--) {
            all[i + INTS] = all[i];
        }
        put(at, hash, id);
        growBehind(free);
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
        if (id < 0 || !PackedKey.isKey(key) || (before >= 0 && hashAt(before) >= hash)) {
            return false;
        }
        last = Math.max(place(hash, range), before + 1);
        put(last * INTS, hash, id);
        growBehind(last * INTS);
        return true;
    }

    /** Inserts all keys into another table, which has none of them. */
    void copyTo(PackedTable larger) {
        for (int i = 0; i < slots(); i++) {
            if (hashAt(i) != FREE) {
                boolean unused = larger.insert(key(hashAt(i)), idAt(i));
            }
        }
    }

    /** The last slot stays free. */
    private void growBehind(int used) {
        if (used + INTS == slots.length) {
            int before = slots();
            int more = Math.max(BEYOND, before / 8);
            slots = Arrays.copyOf(slots, Math.multiplyExact(Math.addExact(before, more), INTS));
            free(used + INTS);
        }
    }

    /** How many slots there are; they are counted from 0. */
    int slots() {
        return slots.length / INTS;
    }

    /** The hash in a slot, or {@link #FREE}. */
    long hashAt(int slot) {
        return hashAt(slots, slot * INTS);
    }

    int idAt(int slot) {
        return slots[slot * INTS + 2];
    }
}
