// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * A cache that remembers which keys it did not know, and how often each was asked for. Keys name schools, not people.
 * Safe for use by many threads.
 */
public final class UnknownKeys implements CCTsCache {

    /** So many different keys are counted; with more, the counts of those that came first stay exact: {@value}. */
    public static final int MOST_KEYS = 10_000;

    private final CCTsCache cache;
    private final ConcurrentHashMap<String, LongAdder> counts = new ConcurrentHashMap<>();

    /** Remembers what {@code cache} does not know. */
    public UnknownKeys(CCTsCache cache) {
        this.cache = Objects.requireNonNull(cache, "cache");
    }

    @Override
    public int idOf(CharSequence key) {
        int id = cache.idOf(key);
        if (id == ABSENT) {
            int from = Blanks.start(key);
            count(key.subSequence(from, Blanks.end(key, from)).toString());
        }
        return id;
    }

    @Override
    public int idOf(byte[] bytes, int from, int to) {
        int id = cache.idOf(bytes, from, to);
        if (id == ABSENT) {
            count(new String(bytes, from, to - from, StandardCharsets.US_ASCII).strip());
        }
        return id;
    }

    private void count(String key) {
        LongAdder count = counts.get(key);
        if (count == null && counts.size() < MOST_KEYS) {
            count = counts.computeIfAbsent(key, first -> new LongAdder());
        }
        if (count != null) {
            count.increment();
        }
    }

    @Override
    public void prepare(Collection<String> keys) throws InterruptedException {
        cache.prepare(keys);
    }

    @Override
    public int chunk() {
        return cache.chunk();
    }

    @Override
    public List<String> notes() {
        return cache.notes();
    }

    @Override
    public Statistics statistics() {
        return cache.statistics();
    }

    /** The keys that were asked for most, at most {@code limit} of them; empty ones left out. */
    public List<UnknownKey> top(int limit) {
        return counts.entrySet().stream()
                .filter(entry -> !entry.getKey().isEmpty())
                .map(entry -> new UnknownKey(entry.getKey(), entry.getValue().sum()))
                .sorted(Comparator.comparingLong(UnknownKey::count).reversed().thenComparing(UnknownKey::key))
                .limit(limit)
                .toList();
    }

    /**
     * A key that is not known.
     *
     * @param key as it stands in the source, without the blanks around it
     * @param count how often it was asked for
     */
    public record UnknownKey(String key, long count) {}
}
