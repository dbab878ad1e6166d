// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.apilados.pipeline.control.Scheduler;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToIntBiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what a slow place answered, for a while: lookups at an API, say. Whoever asks for a key that is being loaded waits
 * for that load instead of beginning another. A failed load is told to all who wait for it and is not kept: the next one
 * who asks tries again.
 *
 * <p>A value is kept for five minutes, or for as long as its loader says; of 10,000 values the ones used least make room.
 *
 * <p>Safe for use by many threads. The loader is called on the thread of the first who asks, with no lock held, so that it
 * may block, though a loader that answers later holds nobody up. It must not ask the cache for the key it is loading: it
 * would wait for itself.
 *
 * @param <K> what is asked for; immutable, with {@code equals} and {@code hashCode}
 * @param <V> what is answered
 */
public final class ResponseCache<K, V> {

    /** How long a value is kept by default: five minutes. */
    public static final Duration DEFAULT_LIFE = Duration.ofMinutes(5);

    /** How many values are kept by default: {@value}. */
    public static final long DEFAULT_MAX_ENTRIES = 10_000;

    /** So that sums of nanoseconds do not overflow: a hundred years. */
    private static final Duration LONGEST_LIFE = Duration.ofDays(36_500);

    private final Loader<? super K, V> loader;
    private final Duration life;
    private final ToIntBiFunction<? super K, ? super V> weigher;
    private final Cache<K, Kept<V>> kept;

    /**
     * The loads under way. A load moves its value from here to {@link #kept} in one step, inside this map's lock of the key,
     * and invalidating takes both away in one step: so no value that was asked for before is kept after.
     */
    private final ConcurrentHashMap<K, CompletableFuture<V>> loading = new ConcurrentHashMap<>();

    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder evictions = new LongAdder();
    private final LongAdder loads = new LongAdder();
    private final LongAdder failures = new LongAdder();

    private record Kept<V>(V value, int weight, Duration life) {}

    private ResponseCache(Builder<K, V> builder) {
        this.loader = builder.loader;
        this.life = builder.life;
        this.weigher = builder.weigher;
        this.kept = Caffeine.newBuilder()
                .maximumWeight(builder.maxWeight)
                .weigher((K key, Kept<V> value) -> value.weight())
                .expireAfter(Expiry.<K, Kept<V>>writing((key, value) -> value.life()))
                .ticker(builder.scheduler::nanoTime)
                .evictionListener((key, value, cause) -> {
                    if (cause == RemovalCause.SIZE) {
                        evictions.increment();
                    }
                })
                // The little work of eviction is done by whoever puts a value in, not on a pool shared with others.
                .executor(Runnable::run)
                .build();
    }

    /**
     * A builder with the defaults.
     *
     * @param loader answers for a key that is not kept
     */
    public static <K, V> Builder<K, V> builder(Loader<? super K, V> loader) {
        return new Builder<>(loader);
    }

    /**
     * The value of a key: complete already if it is kept. Each caller has a future of its own: cancelling it leaves the load
     * and all others who wait alone.
     *
     * @return fails with what the load failed with; asking again tries again
     */
    public CompletableFuture<V> get(K key) {
        Kept<V> found = kept.getIfPresent(key);
        if (found != null) {
            hits.increment();
            return CompletableFuture.completedFuture(found.value());
        }
        misses.increment();
        CompletableFuture<V> mine = new CompletableFuture<>();
        CompletableFuture<V> others = loading.putIfAbsent(key, mine);
        if (others != null) {
            return others.copy();
        }
        load(key, mine);
        return mine.copy();
    }

    private void load(K key, CompletableFuture<V> load) {
        // Another load may have ended between the look at what is kept and the entry among the loads.
        Kept<V> meanwhile = kept.getIfPresent(key);
        if (meanwhile != null) {
            loading.remove(key, load);
            load.complete(meanwhile.value());
            return;
        }
        loads.increment();
        CompletionStage<Loaded<V>> answer;
        try {
            answer = Objects.requireNonNull(loader.load(key), "what the loader returned");
        } catch (Throwable e) {
            failed(key, load, e);
            return;
        }
        CompletionStage<Loaded<V>> unused = answer.whenComplete((loaded, failure) -> {
            if (failure != null) {
                failed(key, load, failure);
                return;
            }
            try {
                loaded(key, load, Objects.requireNonNull(loaded, "what the loader answered"));
            } catch (RuntimeException e) {
                failed(key, load, e);
            }
        });
    }

    @SuppressWarnings("ReferenceEquality") // Futures are equal to themselves alone.
    private void loaded(K key, CompletableFuture<V> load, Loaded<V> loaded) {
        Duration keptFor = bounded(loaded.life() != null ? loaded.life() : life);
        if (keptFor.isZero()) {
            loading.remove(key, load);
        } else {
            Kept<V> value = new Kept<>(loaded.value(), weight(key, loaded.value()), keptFor);
            loading.computeIfPresent(key, (same, current) -> {
                if (current != load) {
                    return current;
                }
                kept.put(key, value);
                return null;
            });
        }
        load.complete(loaded.value());
    }

    private int weight(K key, V value) {
        int weight = weigher.applyAsInt(key, value);
        if (weight < 0) {
            throw new IllegalArgumentException("weight was " + weight + " but it must be 0 or more");
        }
        return weight;
    }

    private static Duration bounded(Duration asked) {
        return asked.compareTo(LONGEST_LIFE) < 0 ? asked : LONGEST_LIFE;
    }

    private void failed(K key, CompletableFuture<V> load, Throwable failure) {
        failures.increment();
        loading.remove(key, load);
        load.completeExceptionally(failure);
    }

    /** The value, if it is kept; never loads it, and is not counted. */
    public Optional<V> peek(K key) {
        return Optional.ofNullable(kept.getIfPresent(key)).map(Kept::value);
    }

    /**
     * Forgets a key: the next one who asks has it loaded. Who waits for a load that is under way gets its value; it is not
     * kept.
     */
    public void invalidate(K key) {
        loading.compute(key, (same, current) -> {
            kept.invalidate(key);
            return null;
        });
    }

    /** Forgets all keys, as {@link #invalidate} does one. */
    public void invalidateAll() {
        // In this order: a load that ends in between has either left the first or is among the second.
        loading.clear();
        kept.invalidateAll();
    }

    /** How many values are kept. */
    public long size() {
        kept.cleanUp();
        return kept.estimatedSize();
    }

    /** What the cache has done so far. */
    public Statistics statistics() {
        return new Statistics(hits.sum(), misses.sum(), evictions.sum(), loads.sum(), failures.sum());
    }

    /**
     * Answers for one key.
     *
     * @param <K> what is asked for
     * @param <V> what is answered
     */
    @FunctionalInterface
    public interface Loader<K, V> {

        /** Asks; an answer that fails, and an exception, are told to all who wait and are not kept. */
        CompletionStage<Loaded<V>> load(K key) throws Exception;
    }

    /**
     * An answer.
     *
     * @param value what was answered
     * @param life how long it may be kept, from zero, which is not at all; null for as long as the cache keeps values
     * @param <V> what is answered
     */
    public record Loaded<V>(V value, @Nullable Duration life) {

        /** Checks the life. */
        public Loaded {
            Objects.requireNonNull(value, "value");
            if (life != null && life.isNegative()) {
                throw new IllegalArgumentException("life was " + life + " but it must be zero or more");
            }
        }

        /** An answer that is kept for as long as the cache keeps values. */
        public static <V> Loaded<V> of(V value) {
            return new Loaded<>(value, null);
        }

        /**
         * An answer with a life of its own, from a {@code max-age} for instance.
         *
         * @param life zero or more; zero if it must not be kept
         */
        public static <V> Loaded<V> keptFor(V value, Duration life) {
            return new Loaded<>(value, Objects.requireNonNull(life, "life"));
        }
    }

    /**
     * What a cache has done so far.
     *
     * @param hits lookups answered by a kept value
     * @param misses lookups that began a load or waited for one
     * @param evictions values that made room for others; not those whose life was over
     * @param loads calls of the loader
     * @param failures loads that failed
     */
    public record Statistics(long hits, long misses, long evictions, long loads, long failures) {

        /** Hits among all lookups, from 0 to 1; 1 before the first. */
        public double hitRate() {
            return hits + misses == 0 ? 1 : (double) hits / (hits + misses);
        }
    }

    /**
     * Settings of a cache. Confined to one thread.
     *
     * @param <K> what is asked for
     * @param <V> what is answered
     */
    public static final class Builder<K, V> {
        private final Loader<? super K, V> loader;
        private Duration life = DEFAULT_LIFE;
        private long maxWeight = DEFAULT_MAX_ENTRIES;
        private ToIntBiFunction<? super K, ? super V> weigher = (key, value) -> 1;
        private Scheduler scheduler = Scheduler.system();

        private Builder(Loader<? super K, V> loader) {
            this.loader = Objects.requireNonNull(loader, "loader");
        }

        /** How long a value is kept whose loader does not say; five minutes by default. */
        public Builder<K, V> life(Duration value) {
            if (value.isNegative() || value.isZero()) {
                throw new IllegalArgumentException("life was " + value + " but it must be more than zero");
            }
            life = value;
            return this;
        }

        /** How many values are kept, 1 or more; {@value #DEFAULT_MAX_ENTRIES} by default. Instead of a weight. */
        public Builder<K, V> maxEntries(long value) {
            return maxWeight("maxEntries", value, (key, kept) -> 1);
        }

        /**
         * What all values that are kept may weigh together, for values of many sizes. Instead of a number of entries.
         *
         * @param value 1 or more, in the unit of the weigher
         * @param weigher 0 or more for a value, for instance its bytes; called once for each
         */
        public Builder<K, V> maxWeight(long value, ToIntBiFunction<? super K, ? super V> weigher) {
            return maxWeight("maxWeight", value, Objects.requireNonNull(weigher, "weigher"));
        }

        private Builder<K, V> maxWeight(String name, long value, ToIntBiFunction<? super K, ? super V> weighs) {
            if (value < 1) {
                throw new IllegalArgumentException(name + " was " + value + " but it must be 1 or more");
            }
            maxWeight = value;
            weigher = weighs;
            return this;
        }

        /** The clock; the system's by default. */
        public Builder<K, V> scheduler(Scheduler value) {
            scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        /** The cache. */
        public ResponseCache<K, V> build() {
            return new ResponseCache<>(this);
        }
    }
}
