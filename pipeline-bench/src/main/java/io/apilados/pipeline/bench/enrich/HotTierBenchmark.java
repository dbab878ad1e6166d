// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.enrich;

import static io.apilados.pipeline.bench.enrich.PackedKeys.KEY_BYTES;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.apilados.pipeline.bench.data.CatalogKeys;
import io.apilados.pipeline.enrich.CCTsCache;
import it.unimi.dsi.fastutil.longs.Long2IntLinkedOpenHashMap;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A hit among 500 keys that stand in bytes, in the tiers of an on-demand cache and in caches and maps of the same
 * capacity. All of them pack the ten characters into a {@code long}, and who needs an object boxes it, as a service that
 * uses Caffeine for such keys does.
 *
 * <pre>mvn -q -pl pipeline-bench -am test-compile exec:exec -Dbench=lookup -Djmh.args="HotTier"</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class HotTierBenchmark {

    private static final int KEYS = 500;
    private static final int CAPACITY = 1_000;

    /** Who looks up. */
    public enum Tier {
        /** The hot tier: it expires and counts. */
        OURS {
            @Override
            KeyLookup of(List<String> keys) {
                return onDemand(keys, CAPACITY, 0);
            }
        },
        /**
         * The compact tier, behind a hot one that has room for a tenth of the keys; likewise. A key that is found there
         * asks for a place in the hot one, which is in the figure.
         */
        OURS_COMPACT {
            @Override
            KeyLookup of(List<String> keys) {
                return onDemand(keys, KEYS / 10, 1);
            }
        },
        /** Caffeine that neither expires nor counts. */
        CAFFEINE {
            @Override
            KeyLookup of(List<String> keys) {
                return caffeine(keys, Caffeine.newBuilder().maximumSize(CAPACITY));
            }
        },
        /** Caffeine that does both. */
        CAFFEINE_EXPIRING_COUNTING {
            @Override
            KeyLookup of(List<String> keys) {
                return caffeine(
                        keys,
                        Caffeine.newBuilder()
                                .maximumSize(CAPACITY)
                                .expireAfterWrite(Duration.ofHours(1))
                                .recordStats());
            }
        },
        /** No bound, no expiry, no count. */
        CONCURRENT_HASH_MAP {
            @Override
            KeyLookup of(List<String> keys) {
                Map<Long, Integer> map = new ConcurrentHashMap<>();
                for (String key : keys) {
                    map.put(PackedKeys.pack(key), map.size());
                }
                return (bytes, from) -> map.getOrDefault(PackedKeys.pack(bytes, from), -1);
            }
        },
        /** Least recently used by hand, on fastutil's linked map; for one thread. */
        FASTUTIL_LRU {
            @Override
            KeyLookup of(List<String> keys) {
                Long2IntLinkedOpenHashMap map = new Long2IntLinkedOpenHashMap(CAPACITY);
                map.defaultReturnValue(-1);
                for (String key : keys) {
                    map.putAndMoveToLast(PackedKeys.pack(key), map.size());
                }
                return (bytes, from) -> map.getAndMoveToLast(PackedKeys.pack(bytes, from));
            }
        };

        abstract KeyLookup of(List<String> keys);

        private static KeyLookup caffeine(List<String> keys, Caffeine<Object, Object> settings) {
            Cache<Long, Integer> cache = settings.build();
            for (int id = 0; id < keys.size(); id++) {
                cache.put(PackedKeys.pack(keys.get(id)), id);
            }
            return (bytes, from) -> {
                Integer id = cache.getIfPresent(PackedKeys.pack(bytes, from));
                return id == null ? -1 : id;
            };
        }

        /** A warm cache, once it is certain that this tier answers: for all keys, or for many where the other is hot. */
        private static KeyLookup onDemand(List<String> keys, int hotKeys, int tier) {
            Map<String, Integer> ids = new HashMap<>();
            for (String key : keys) {
                ids.put(key, ids.size());
            }
            CCTsCache cache = CCTsCache.onDemand(asked -> ids).hotKeys(hotKeys).build();
            for (int round = 0; round < 3; round++) {
                long before = cache.statistics().tiers().get(tier).hits();
                for (String key : keys) {
                    int unused = cache.idOf(key);
                }
                long hits = cache.statistics().tiers().get(tier).hits() - before;
                // The hot tier may hold a few hundred keys too many for a moment: Caffeine drops them by and by.
                if (round == 2 && hits < (tier == 0 ? KEYS : KEYS / 4)) {
                    throw new IllegalStateException("the tier answered " + hits + " of " + KEYS);
                }
            }
            return (bytes, from) -> cache.idOf(bytes, from, from + KEY_BYTES);
        }
    }

    /** Who looks up. */
    @Param
    public Tier tier = Tier.OURS;

    private final byte[] bytes = new byte[KEYS * KEY_BYTES];
    private KeyLookup lookup = (key, from) -> -1;
    private int next;

    /** Makes the keys, warms the tier with them, and checks that it has them. */
    @Setup
    public void setUp() {
        List<String> keys = CatalogKeys.random(KEYS);
        lookup = tier.of(keys);
        for (int id = 0; id < KEYS; id++) {
            byte[] key = keys.get(id).getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(key, 0, bytes, id * KEY_BYTES, KEY_BYTES);
            if (lookup.idOf(bytes, id * KEY_BYTES) != id) {
                throw new IllegalStateException(tier + " has another id for key " + id);
            }
        }
    }

    /** One hit, each time another key. */
    @Benchmark
    public int hit() {
        next = next + 7 >= KEYS ? next + 7 - KEYS : next + 7;
        return lookup.idOf(bytes, next * KEY_BYTES);
    }
}
