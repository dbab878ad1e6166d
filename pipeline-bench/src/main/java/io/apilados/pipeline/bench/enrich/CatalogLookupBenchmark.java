// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.enrich;

import static io.apilados.pipeline.bench.enrich.PackedKeys.KEY_BYTES;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.apilados.pipeline.bench.data.CatalogKeys;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsCatalog;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
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
 * A key that stands in bytes, as a CSV row hands it over, looked up in the whole catalog. Who needs a {@code String}
 * makes it. Among 16 keys the table is never waited for: what is left is packing or making the string, hashing and comparing.
 *
 * <pre>mvn -q -pl pipeline-bench -am test-compile exec:exec -Dbench=lookup -Djmh.args="CatalogLookup"</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = "-Xmx1g")
public class CatalogLookupBenchmark {

    /** Who looks up. */
    public enum Table {
        /** A catalog that was packed. */
        OURS {
            @Override
            KeyLookup of(List<String> keys) {
                CCTsCatalog catalog = packed(keys);
                return (bytes, from) -> catalog.idOf(bytes, from, from + KEY_BYTES);
            }
        },
        /** The same, asked by somebody who has strings. */
        OURS_BY_STRING {
            @Override
            KeyLookup of(List<String> keys) {
                CCTsCatalog catalog = packed(keys);
                return (bytes, from) -> catalog.idOf(PackedKeys.text(bytes, from));
            }
        },
        /** The catalog behind the interface that a pipeline uses, which counts. */
        OURS_PRELOADED {
            @Override
            KeyLookup of(List<String> keys) {
                CCTsCache cache = CCTsCache.preloaded(packed(keys));
                return (bytes, from) -> cache.idOf(bytes, from, from + KEY_BYTES);
            }
        },
        HASH_MAP {
            @Override
            KeyLookup of(List<String> keys) {
                Map<String, Integer> map = new HashMap<>();
                for (String key : keys) {
                    map.put(key, map.size());
                }
                return (bytes, from) -> map.getOrDefault(PackedKeys.text(bytes, from), -1);
            }
        },
        CAFFEINE {
            @Override
            KeyLookup of(List<String> keys) {
                Cache<String, Integer> cache =
                        Caffeine.newBuilder().maximumSize(2L * keys.size()).build();
                for (int id = 0; id < keys.size(); id++) {
                    cache.put(keys.get(id), id);
                }
                return (bytes, from) -> {
                    Integer id = cache.getIfPresent(PackedKeys.text(bytes, from));
                    return id == null ? -1 : id;
                };
            }
        },
        /** fastutil, strings to numbers. */
        FASTUTIL {
            @Override
            KeyLookup of(List<String> keys) {
                Object2IntOpenHashMap<String> map = new Object2IntOpenHashMap<>();
                map.defaultReturnValue(-1);
                for (String key : keys) {
                    map.put(key, map.size());
                }
                return (bytes, from) -> map.getInt(PackedKeys.text(bytes, from));
            }
        },
        /** fastutil, numbers to numbers, by a user who packs the keys. */
        FASTUTIL_PACKED {
            @Override
            KeyLookup of(List<String> keys) {
                Long2IntOpenHashMap map = new Long2IntOpenHashMap();
                map.defaultReturnValue(-1);
                for (String key : keys) {
                    map.put(PackedKeys.pack(key), map.size());
                }
                return (bytes, from) -> map.get(PackedKeys.pack(bytes, from));
            }
        };

        abstract KeyLookup of(List<String> keys);

        private static CCTsCatalog packed(List<String> keys) {
            CCTsCatalog.Builder catalog = CCTsCatalog.builder();
            for (int id = 0; id < keys.size(); id++) {
                catalog.put(keys.get(id), id);
            }
            return catalog.build();
        }
    }

    /** In which order the keys come. */
    public enum Order {
        /** Any key may follow any other. */
        RANDOM,
        /** Each key comes {@value #RUN} times in a row: a school's participants stand together. */
        RUNS
    }

    private static final int ROWS = 1 << 20;
    private static final int RUN = 20;

    /** Who looks up. */
    @Param
    public Table table = Table.OURS;

    /** In which order the keys come. */
    @Param
    public Order order = Order.RANDOM;

    /** How many keys there are. */
    @Param({"270000", "16"})
    public int keys;

    private final byte[] rows = new byte[ROWS * KEY_BYTES];
    private KeyLookup lookup = (bytes, from) -> -1;
    private int next;

    /** Makes the table and the rows, and checks that every key is found. */
    @Setup
    public void setUp() {
        List<String> all = CatalogKeys.random(keys);
        lookup = table.of(all);
        for (int id = 0; id < keys; id++) {
            if (lookup.idOf(all.get(id).getBytes(StandardCharsets.US_ASCII), 0) != id) {
                throw new IllegalStateException(table + " has another id for key " + id);
            }
        }
        SplittableRandom random = new SplittableRandom(11);
        byte[] key = new byte[0];
        for (int row = 0; row < ROWS; row++) {
            if (order == Order.RANDOM || row % RUN == 0) {
                key = all.get(random.nextInt(keys)).getBytes(StandardCharsets.US_ASCII);
            }
            System.arraycopy(key, 0, rows, row * KEY_BYTES, KEY_BYTES);
        }
    }

    /** One hit. */
    @Benchmark
    public int hit() {
        next = next + 1 & ROWS - 1;
        return lookup.idOf(rows, next * KEY_BYTES);
    }
}
