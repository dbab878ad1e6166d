// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.enrich;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.apilados.pipeline.enrich.CCTsCatalog;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
 * A key that stands in bytes, as a CSV row hands it over, looked up among 270,000. Who needs a {@code String} makes it.
 *
 * <pre>mvn -q -pl pipeline-bench -am test-compile exec:exec -Djmh.args="CatalogLookup -prof gc"</pre>
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
        HASH_MAP,
        CAFFEINE,
        PACKED
    }

    /** In which order the keys come. */
    public enum Order {
        /** Any key may follow any other. */
        RANDOM,
        /** Each key comes {@value #RUN} times in a row: a school's participants stand together. */
        RUNS
    }

    private static final int KEYS = 270_000;
    private static final int KEY_BYTES = 10;
    private static final int ROWS = 1 << 20;
    private static final int RUN = 20;

    /** Who looks up. */
    @Param
    public Table table = Table.PACKED;

    /** In which order the keys come. */
    @Param
    public Order order = Order.RANDOM;

    private final byte[] rows = new byte[ROWS * KEY_BYTES];
    private final Map<String, Integer> map = new HashMap<>();
    private final Cache<String, Integer> caffeine =
            Caffeine.newBuilder().maximumSize(2L * KEYS).build();
    private CCTsCatalog catalog = CCTsCatalog.builder().build();
    private int next;

    /** Makes the table and the rows. */
    @Setup
    public void setUp() {
        List<String> keys = CatalogKeys.random(KEYS);
        CCTsCatalog.Builder builder = CCTsCatalog.builder();
        for (int id = 0; id < KEYS; id++) {
            switch (table) {
                case HASH_MAP -> map.put(keys.get(id), id);
                case CAFFEINE -> caffeine.put(keys.get(id), id);
                case PACKED -> builder.put(keys.get(id), id);
            }
        }
        catalog = builder.build();
        SplittableRandom random = new SplittableRandom(11);
        byte[] key = new byte[0];
        for (int row = 0; row < ROWS; row++) {
            if (order == Order.RANDOM || row % RUN == 0) {
                key = keys.get(random.nextInt(KEYS)).getBytes(StandardCharsets.US_ASCII);
            }
            System.arraycopy(key, 0, rows, row * KEY_BYTES, KEY_BYTES);
        }
    }

    /** One hit. */
    @Benchmark
    public int hit() {
        next = next + 1 & ROWS - 1;
        int from = next * KEY_BYTES;
        return switch (table) {
            case HASH_MAP -> map.getOrDefault(text(from), -1);
            case CAFFEINE -> orAbsent(caffeine.getIfPresent(text(from)));
            case PACKED -> catalog.idOf(rows, from, from + KEY_BYTES);
        };
    }

    private String text(int from) {
        return new String(rows, from, KEY_BYTES, StandardCharsets.ISO_8859_1);
    }

    private static int orAbsent(@Nullable Integer id) {
        return id == null ? -1 : id;
    }
}
