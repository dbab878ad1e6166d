// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The keys behind the hot tier, packed: 16 bytes a place and 8 to 16 for the sketch, where a Caffeine cache takes 127.
 *
 * <p>Why this shape: a key has eight places to stand in, so a lookup reads two cache lines, and nothing is ever moved or
 * rehashed. When they are taken, it is admitted in place of the one asked for least often of late, unless that one is
 * asked for more often (TinyLFU, see {@link FrequencySketch}); among equals the newer wins, so that a change of keys
 * gets through. What the hot tier holds need not stand here as well, and is not asked for here, so it is soon replaced;
 * it comes back when the hot tier lets go of it.
 *
 * <p>Measured on Zipf traces over 270,000 keys (exponents 0.8 to 1.1, 1.5 million lookups), a hot tier of 1,000 before
 * 10,000 of these stays within a point of one Caffeine cache of 11,000; second-chance eviction in the same places stays
 * 2 to 6 behind, for want of the history of keys that are not held.
 *
 * <p>Keys of another form stand in a Caffeine cache of the same capacity. Safe for use by many threads: one lock, held
 * for some tens of nanoseconds, and only by lookups that the hot tier did not answer.
 */
final class CompactTier {

    /** Longer keys than this are not kept, so that a bound on keys is one on memory: {@value} characters. */
    static final int LONGEST_KEY = 200;

    private static final int WAYS = 8;

    private final Freshness freshness;
    private final ReentrantLock lock = new ReentrantLock();
    private final int ways;
    private final int sets;
    private final long[] keys;
    private final int[] ids;
    private final int[] loadedAt;
    private final FrequencySketch frequencies;
    private int size;
    private final Cache<String, Answer> others;

    CompactTier(int capacity, Freshness freshness) {
        this.freshness = freshness;
        this.ways = Math.min(WAYS, capacity);
        this.sets = capacity / ways;
        this.keys = new long[sets * ways];
        Arrays.fill(keys, PackedKey.NONE);
        this.ids = new int[keys.length];
        this.loadedAt = new int[keys.length];
        this.frequencies = new FrequencySketch(keys.length);
        this.others = Caffeine.newBuilder()
                .maximumSize(capacity)
                .executor(Runnable::run)
                .build();
    }

    /** What is known of a key, and counts as a use of it; null if nothing is, or not any more. */
    @Nullable Answer get(Object key, int now) {
        return key instanceof Long packed ? find(packed, now, true) : fresh(others.getIfPresent((String) key), now);
    }

    /** The same without counting as a use. */
    @Nullable Answer peek(Object key, int now) {
        return key instanceof Long packed
                ? find(packed, now, false)
                : fresh(others.policy().getIfPresentQuietly((String) key), now);
    }

    private @Nullable Answer fresh(@Nullable Answer answer, int now) {
        return answer == null || freshness.isExpired(answer, now) ? null : answer;
    }

    private @Nullable Answer find(long key, int now, boolean used) {
        lock.lock();
        try {
            if (used) {
                frequencies.count(key);
            }
            int i = placeOf(key);
            return i < 0 || freshness.isExpired(ids[i], loadedAt[i], now) ? null : new Answer(ids[i], loadedAt[i]);
        } finally {
            lock.unlock();
        }
    }

    /** Takes in an answer, unless there is a newer one or no room for a key that is asked for so rarely. */
    void offer(Object key, Answer answer, int now) {
        if (key instanceof Long packed) {
            lock.lock();
            try {
                offer(packed.longValue(), answer, now);
            } finally {
                lock.unlock();
            }
        } else if (((String) key).length() <= LONGEST_KEY) {
            others.asMap().merge((String) key, answer, CompactTier::newer);
        }
    }

    private void offer(long key, Answer answer, int now) {
        int i = placeOf(key);
        if (i >= 0) {
            if (answer.loadedAt >= loadedAt[i]) {
                ids[i] = answer.id;
                loadedAt[i] = answer.loadedAt;
            }
            return;
        }
        i = placeFor(key, now);
        if (i >= 0) {
            if (keys[i] == PackedKey.NONE) {
                size++;
            }
            keys[i] = key;
            ids[i] = answer.id;
            loadedAt[i] = answer.loadedAt;
        }
    }

    private int placeOf(long key) {
        int first = firstPlace(key);
        for (int i = first; i < first + ways; i++) {
            if (keys[i] == key) {
                return i;
            }
        }
        return -1;
    }

    /** A free place, an expired one, or that of the key asked for least often; -1 if none is to give way. */
    private int placeFor(long key, int now) {
        int first = firstPlace(key);
        int least = FrequencySketch.MOST + 1;
        int place = -1;
        for (int i = first; i < first + ways; i++) {
            if (keys[i] == PackedKey.NONE || freshness.isExpired(ids[i], loadedAt[i], now)) {
                return i;
            }
            int frequency = frequencies.estimate(keys[i]);
            if (frequency < least) {
                least = frequency;
                place = i;
            }
        }
        return frequencies.estimate(key) >= least ? place : -1;
    }

    /** As in {@link CCTsCatalog}: Fibonacci hashing, brought into range by multiplication. */
    private int firstPlace(long key) {
        long hash = key * 0x9e3779b97f4a7c15L;
        return (int) (((hash >>> 32) * sets) >>> 32) * ways;
    }

    private static Answer newer(Answer a, Answer b) {
        return a.loadedAt > b.loadedAt ? a : b;
    }

    /** How many keys of the usual form there is room for, and as many of others. */
    int capacity() {
        return keys.length;
    }

    int size() {
        others.cleanUp();
        lock.lock();
        try {
            return size + Math.toIntExact(others.estimatedSize());
        } finally {
            lock.unlock();
        }
    }

    Map<Object, Answer> entries() {
        Map<Object, Answer> entries = new HashMap<>(others.asMap());
        lock.lock();
        try {
            for (int i = 0; i < keys.length; i++) {
                if (keys[i] != PackedKey.NONE) {
                    entries.put(keys[i], new Answer(ids[i], loadedAt[i]));
                }
            }
            return entries;
        } finally {
            lock.unlock();
        }
    }
}
