// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.enrich;

import io.apilados.pipeline.enrich.CCTsCatalog;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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
 * A key that stands in bytes, looked up among 270,000.
 *
 * <pre>mvn -q -pl pipeline-bench -am compile exec:exec -Djmh.args="CatalogLookup -prof gc"</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CatalogLookupBenchmark {

    /** Who looks up. */
    public enum Table {
        PACKED,
        HASH_MAP
    }

    private static final int KEYS = 270_000;
    private static final int KEY_BYTES = 10;

    /** Who looks up. */
    @Param
    public Table table = Table.PACKED;

    private final byte[] bytes = new byte[KEYS * KEY_BYTES];
    private final Map<String, Integer> map = new HashMap<>();
    private CCTsCatalog catalog = CCTsCatalog.builder().build();
    private int next;

    /** Makes the keys. */
    @Setup
    public void setUp() {
        SplittableRandom random = new SplittableRandom(7);
        Set<String> keys = new LinkedHashSet<>();
        while (keys.size() < KEYS) {
            keys.add(String.format(
                    Locale.ROOT,
                    "%02dDPR%04d%c",
                    random.nextInt(100),
                    random.nextInt(10_000),
                    'A' + random.nextInt(26)));
        }
        CCTsCatalog.Builder builder = CCTsCatalog.builder();
        int id = 0;
        for (String key : keys) {
            System.arraycopy(key.getBytes(StandardCharsets.US_ASCII), 0, bytes, id * KEY_BYTES, KEY_BYTES);
            map.put(key, id);
            builder.put(key, id++);
        }
        catalog = builder.build();
    }

    /** One hit, each time another key. */
    @Benchmark
    public int hit() {
        // A step that shares no factor with the number of keys comes by all of them in an order caches cannot guess.
        next = (next + 100_003) % KEYS;
        int from = next * KEY_BYTES;
        return switch (table) {
            case PACKED -> catalog.idOf(bytes, from, from + KEY_BYTES);
            case HASH_MAP -> map.getOrDefault(new String(bytes, from, KEY_BYTES, StandardCharsets.ISO_8859_1), -1);
        };
    }
}
