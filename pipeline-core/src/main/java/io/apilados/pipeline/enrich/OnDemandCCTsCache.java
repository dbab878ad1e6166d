// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A cache that loads keys when they are asked for, in bounded memory: a hot tier before a larger, compact one before a
 * {@link CCTsLoader}. Unknown keys are remembered, too, for a shorter time; failures never are.
 *
 * <p>What a thread has {@linkplain #prepare prepared} it finds without loading until it prepares again, however little
 * room the tiers have, and for no longer than answers hold. Each such thread keeps the answers of its last chunk:
 * {@code prepare(List.of())} lets them go.
 *
 * <p>Safe for use by many threads. A lookup that has to load blocks its thread; when that is interrupted it throws
 * {@link CatalogUnavailableException} and leaves the interrupt flag set.
 */
public final class OnDemandCCTsCache implements CCTsCache {

    private final HotTier hot;
    private final CompactTier compact;
    private final Loads loads;
    private final Freshness freshness;
    private final int chunk;
    private final String note;

    /** The answers to the keys that the thread prepared last. */
    private final ThreadLocal<@Nullable Map<Object, Answer>> prepared = new ThreadLocal<>();

    private final LongAdder hotKnown = new LongAdder();
    private final LongAdder hotUnknown = new LongAdder();
    private final LongAdder compactKnown = new LongAdder();
    private final LongAdder compactUnknown = new LongAdder();
    private final LongAdder preparedKnown = new LongAdder();
    private final LongAdder preparedUnknown = new LongAdder();
    private final LongAdder waited = new LongAdder();
    private final LongAdder blank = new LongAdder();

    OnDemandCCTsCache(OnDemandBuilder builder) {
        freshness = new Freshness(builder);
        compact = new CompactTier(builder.compactKeys, freshness);
        hot = new HotTier(builder.hotKeys, freshness, (key, answer) -> compact.offer(key, answer, freshness.now()));
        loads = new Loads(builder, freshness, new Loads.Tiers() {
            @Override
            public @Nullable Answer peek(Object key) {
                return held(key, freshness.now());
            }

            @Override
            public void store(Object key, Answer answer) {
                compact.offer(key, answer, answer.loadedAt);
                hot.replace(key, answer);
            }
        });
        chunk = builder.chunk;
        note = (builder.note == null ? "catalog on demand" : builder.note)
                + String.format(
                        Locale.ROOT,
                        ": tiers of %,d and %,d keys, loaded in chunks of %,d records",
                        hot.capacity(),
                        compact.capacity(),
                        chunk);
        Path snapshot = builder.snapshot;
        if (snapshot != null) {
            int now = freshness.now();
            new CacheSnapshot(freshness).load(snapshot).forEach((key, answer) -> compact.offer(key, answer, now));
        }
    }

    /**
     * @throws CatalogUnavailableException if the key has to be loaded and cannot be
     */
    @Override
    public int idOf(CharSequence key) {
        Object held = Keys.of(key);
        return held == null ? blank() : idOf(held);
    }

    /**
     * @throws CatalogUnavailableException if the key has to be loaded and cannot be
     */
    @Override
    public int idOf(byte[] bytes, int from, int to) {
        long packed = PackedKey.pack(bytes, from, to);
        if (packed != PackedKey.NONE) {
            return idOf((Object) packed);
        }
        Object held = Keys.of(new String(bytes, from, to - from, StandardCharsets.US_ASCII));
        return held == null ? blank() : idOf(held);
    }

    private int blank() {
        blank.increment();
        return ABSENT;
    }

    private int idOf(Object key) {
        Answer answer = hot.get(key);
        if (answer == null) {
            return idOfColder(key);
        }
        if (answer.stale) {
            answer.stale = false;
            loads.refreshSoon(key);
        }
        (answer.isKnown() ? hotKnown : hotUnknown).increment();
        return answer.id;
    }

    private int idOfColder(Object key) {
        int now = freshness.now();
        Answer answer = compact.get(key, now);
        if (answer != null) {
            if (freshness.isStale(answer, now)) {
                loads.refreshSoon(key);
            }
            hot.put(key, answer);
            (answer.isKnown() ? compactKnown : compactUnknown).increment();
            return answer.id;
        }
        answer = preparedAnswer(key, now);
        if (answer != null) {
            // It was asked for once more, which may be enough for a place.
            compact.offer(key, answer, now);
            (answer.isKnown() ? preparedKnown : preparedUnknown).increment();
            return answer.id;
        }
        waited.increment();
        return loaded(key).id;
    }

    private @Nullable Answer preparedAnswer(Object key, int now) {
        Map<Object, Answer> answers = prepared.get();
        Answer answer = answers == null ? null : answers.get(key);
        return answer == null || freshness.isExpired(answer, now) ? null : answer;
    }

    private Answer loaded(Object key) {
        try {
            Answer answer = loads.load(List.of(key)).get(key);
            if (answer == null) {
                throw new AssertionError("a load gives an answer to each key or throws");
            }
            return answer;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CatalogUnavailableException("interrupted while a key was being loaded", e);
        }
    }

    /**
     * @throws CatalogUnavailableException if keys have to be loaded and cannot be
     */
    @Override
    public void prepare(Collection<String> keys) throws InterruptedException {
        prepared.remove();
        if (keys.isEmpty()) {
            return;
        }
        int now = freshness.now();
        Map<Object, Answer> answers = new HashMap<>();
        Set<Object> missing = new LinkedHashSet<>();
        for (String text : keys) {
            Object key = Keys.of(text);
            if (key != null && !answers.containsKey(key)) {
                Answer answer = held(key, now);
                if (answer == null) {
                    missing.add(key);
                } else {
                    answers.put(key, answer);
                }
            }
        }
        answers.putAll(loads.load(missing));
        prepared.set(answers);
    }

    private @Nullable Answer held(Object key, int now) {
        Answer answer = hot.peek(key);
        return answer != null && !freshness.isExpired(answer, now) ? answer : compact.peek(key, now);
    }

    @Override
    public int chunk() {
        return chunk;
    }

    @Override
    public List<String> notes() {
        return List.of(note);
    }

    /**
     * {@inheritDoc}
     *
     * <p>A lookup is a hit if it found an id in a tier or among what its thread had prepared, and a miss if it had to
     * wait for the loader or the key is unknown.
     */
    @Override
    public Statistics statistics() {
        long inHot = hotKnown.sum() + hotUnknown.sum();
        long inCompact = compactKnown.sum() + compactUnknown.sum();
        long behind = preparedKnown.sum() + preparedUnknown.sum() + waited.sum();
        return new Statistics(
                hotKnown.sum() + compactKnown.sum() + preparedKnown.sum(),
                hotUnknown.sum() + compactUnknown.sum() + preparedUnknown.sum() + waited.sum() + blank.sum(),
                List.of(
                        new TierStatistics("hot", hot.capacity(), hot.size(), inHot, inCompact + behind),
                        new TierStatistics("compact", compact.capacity(), compact.size(), inCompact, behind)),
                loads.statistics());
    }

    /**
     * Saves what the tiers hold, with its age, for {@link OnDemandBuilder#snapshot}. The file is written beside its place
     * and then moved there, so that a reader sees all of it or the one before.
     *
     * @throws IOException if it cannot be written
     */
    public void saveTo(Path file) throws IOException {
        Map<Object, Answer> answers = compact.entries();
        hot.entries().forEach((key, answer) -> {
            if (!(key instanceof String text) || text.length() <= CompactTier.LONGEST_KEY) {
                answers.merge(key, answer, (a, b) -> a.loadedAt > b.loadedAt ? a : b);
            }
        });
        new CacheSnapshot(freshness).save(answers, file);
    }
}
