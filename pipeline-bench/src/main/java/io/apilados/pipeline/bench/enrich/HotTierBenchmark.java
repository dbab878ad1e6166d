// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.enrich;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.apilados.pipeline.enrich.CCTsCache;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
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
 * A hit among 500 keys that stand in bytes, in the hot tier of an on-demand cache and in plain Caffeine caches of the
 * same capacity. All of them pack the ten characters into a {@code long} and box it, as a service that uses Caffeine for
 * such keys does.
 *
 * <pre>mvn -q -pl pipeline-bench -am test-compile exec:exec -Djmh.args="HotTier -prof gc"</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class HotTierBenchmark {

    /** Who looks up. */
    public enum Tier {
        /** Ours: it expires and counts. */
        HOT,
        /** Caffeine that does neither. */
        CAFFEINE,
        /** Caffeine that does both. */
        CAFFEINE_EXPIRING_COUNTING
    }

    private static final int KEYS = 500;
    private static final int CAPACITY = 1_000;
    private static final int KEY_BYTES = 10;

    /** Who looks up. */
    @Param
    public Tier tier = Tier.HOT;

    private final byte[] bytes = new byte[KEYS * KEY_BYTES];
    private Cache<Long, Integer> caffeine = Caffeine.newBuilder().build();
    private CCTsCache cache = CCTsCache.onDemand(keys -> Map.of()).build();
    private int next;

    /** Makes the keys, and warms the tiers with them. */
    @Setup
    public void setUp() {
        SplittableRandom random = new SplittableRandom(7);
        Map<String, Integer> ids = new HashMap<>();
        while (ids.size() < KEYS) {
            String key = String.format(
                    Locale.ROOT,
                    "%02dDPR%04d%c",
                    random.nextInt(100),
                    random.nextInt(10_000),
                    'A' + random.nextInt(26));
            int id = ids.size();
            if (ids.putIfAbsent(key, id) == null) {
                System.arraycopy(key.getBytes(StandardCharsets.US_ASCII), 0, bytes, id * KEY_BYTES, KEY_BYTES);
            }
        }
        Caffeine<Object, Object> settings = Caffeine.newBuilder().maximumSize(CAPACITY);
        if (tier == Tier.CAFFEINE_EXPIRING_COUNTING) {
            settings.expireAfterWrite(Duration.ofHours(1)).recordStats();
        }
        caffeine = settings.build();
        cache = CCTsCache.onDemand(keys -> ids).hotKeys(CAPACITY).build();
        for (int from = 0; from < bytes.length; from += KEY_BYTES) {
            caffeine.put(pack(bytes, from), from / KEY_BYTES);
            cache.idOf(bytes, from, from + KEY_BYTES);
            cache.idOf(bytes, from, from + KEY_BYTES);
        }
        for (int from = 0; from < bytes.length; from += KEY_BYTES) {
            if (cache.idOf(bytes, from, from + KEY_BYTES) != from / KEY_BYTES) {
                throw new IllegalStateException("a key has another id");
            }
        }
        if (cache.statistics().tiers().get(0).hits() != KEYS) {
            throw new IllegalStateException("not every key is hot");
        }
    }

    /** One hit, each time another key. */
    @Benchmark
    public int hit() {
        next = next + 7 >= KEYS ? next + 7 - KEYS : next + 7;
        int from = next * KEY_BYTES;
        if (tier == Tier.HOT) {
            return cache.idOf(bytes, from, from + KEY_BYTES);
        }
        Integer id = caffeine.getIfPresent(pack(bytes, from));
        return id == null ? -1 : id;
    }

    private static final byte[] DIGITS = new byte[128];

    static {
        for (char c = '0'; c <= '9'; c++) {
            DIGITS[c] = (byte) (c - '0' + 1);
        }
        for (char c = 'A'; c <= 'Z'; c++) {
            DIGITS[c] = (byte) (c - 'A' + 11);
        }
    }

    private static long pack(byte[] bytes, int from) {
        long key = 0;
        for (int i = from; i < from + KEY_BYTES; i++) {
            int c = bytes[i];
            int digit = c < 0 ? 0 : DIGITS[c];
            if (digit == 0) {
                return -1;
            }
            key = key << 6 | digit - 1;
        }
        return key;
    }
}
