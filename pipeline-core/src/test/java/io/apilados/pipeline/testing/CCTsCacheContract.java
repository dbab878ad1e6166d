// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.enrich.CCTsCache;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What every {@link CCTsCache} does. */
public abstract class CCTsCacheContract {

    /** A cache that knows these keys and no others. */
    protected abstract CCTsCache cache(Map<String, Integer> ids);

    @Test
    void findsKeysOfTheUsualFormAndOfAnyOther() {
        Map<String, Integer> ids = Map.of("01DPR0001V", 1, "12KTV6BA00", 0, "short", 7, "clave con ñ", 8);
        CCTsCache cache = cache(ids);
        ids.forEach((key, id) -> assertThat(cache.idOf(key)).isEqualTo(id));
        byte[] bytes = "x01DPR0001V,short".getBytes(StandardCharsets.US_ASCII);
        assertThat(cache.idOf(bytes, 1, 11)).isEqualTo(1);
        assertThat(cache.idOf(bytes, 12, 17)).isEqualTo(7);
    }

    @Test
    void doesNotFindWhatIsNotThere() {
        CCTsCache cache = cache(Map.of("01DPR0001V", 1));
        assertThat(cache.idOf("01DPR0001W")).isEqualTo(CCTsCache.ABSENT);
        assertThat(cache.idOf("")).isEqualTo(CCTsCache.ABSENT);
        assertThat(cache.idOf("01dpr0001v")).isEqualTo(CCTsCache.ABSENT);
        assertThat(cache.idOf(new byte[10], 0, 10)).isEqualTo(CCTsCache.ABSENT);
        assertThat(cache.idOf(new byte[10], 3, 3)).isEqualTo(CCTsCache.ABSENT);
    }

    @Test
    void passesOverBlanksAroundAKeyNoBreakOnesToo() {
        CCTsCache cache = cache(Map.of("01DPR0001V", 1));
        assertThat(cache.idOf(" \t01DPR0001V\u00a0\u2007 ")).isEqualTo(1);
        byte[] bytes = "  01DPR0001V\t".getBytes(StandardCharsets.US_ASCII);
        assertThat(cache.idOf(bytes, 0, bytes.length)).isEqualTo(1);
    }

    @Test
    void countsEachLookupOnceAndPreparingNot() throws InterruptedException {
        CCTsCache cache = cache(Map.of("01DPR0001V", 1));
        assertThat(cache.statistics().hitRate()).isEqualTo(1.0);
        cache.prepare(List.of("01DPR0001V", "none"));
        cache.idOf("01DPR0001V");
        cache.idOf("01DPR0001V");
        cache.idOf("01DPR0001V");
        cache.idOf("none");
        assertThat(cache.statistics().hits()).isEqualTo(3);
        assertThat(cache.statistics().misses()).isEqualTo(1);
        assertThat(cache.statistics().hitRate()).isEqualTo(0.75);
    }

    @Test
    void eachTierIsAskedWhatTheOneBeforeHadNoAnswerTo() throws InterruptedException {
        CCTsCache cache = cache(Map.of("01DPR0001V", 1, "01DPR0002V", 2));
        cache.prepare(List.of("01DPR0001V", "01DPR0002V"));
        for (int i = 0; i < 10; i++) {
            cache.idOf("01DPR000" + i % 4 + "V");
        }
        long asked = 10;
        for (CCTsCache.TierStatistics tier : cache.statistics().tiers()) {
            assertThat(tier.hits() + tier.misses()).as(tier.name()).isEqualTo(asked);
            assertThat(tier.entries()).as(tier.name()).isBetween(0L, tier.capacity());
            asked = tier.misses();
        }
    }

    @Test
    void preparingChangesNoAnswerHoweverOddTheKeys() throws InterruptedException {
        CCTsCache cache = cache(Map.of("01DPR0001V", 1, "clave con ñ", 8));
        cache.prepare(List.of());
        cache.prepare(
                List.of(" 01DPR0001V\u00a0", "01DPR0001V", "", " ", "\ufeff", "clave con ñ", "unknown", "99AAA0000Z"));
        assertThat(cache.idOf("01DPR0001V")).isEqualTo(1);
        assertThat(cache.idOf("clave con ñ ")).isEqualTo(8);
        assertThat(cache.idOf("unknown")).isEqualTo(CCTsCache.ABSENT);
        assertThat(cache.idOf("99AAA0000Z")).isEqualTo(CCTsCache.ABSENT);
        assertThat(cache.idOf(" ")).isEqualTo(CCTsCache.ABSENT);
    }

    @Test
    void saysHowItWorks() {
        CCTsCache cache = cache(Map.of());
        assertThat(cache.notes())
                .isNotEmpty()
                .allSatisfy(note -> assertThat(note).isNotBlank());
        assertThat(cache.chunk()).isNotNegative();
    }

    @Test
    void manyThreadsGetTheSameAnswersAndAllAreCounted() throws InterruptedException {
        Map<String, Integer> ids = new HashMap<>();
        for (int i = 0; i < 2_000; i++) {
            ids.put(String.format(Locale.ROOT, "%02dDPR%04dK", i % 32, i), i);
        }
        CCTsCache cache = cache(ids);
        List<String> keys = List.copyOf(ids.keySet());
        AtomicInteger wrong = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int seed = t;
            Thread thread = new Thread(() -> {
                SplittableRandom random = new SplittableRandom(seed);
                for (int i = 0; i < 5_000; i++) {
                    String key = keys.get(random.nextInt(keys.size()));
                    if (cache.idOf(key) != ids.getOrDefault(key, -2)) {
                        wrong.incrementAndGet();
                    }
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(wrong).hasValue(0);
        CCTsCache.Statistics statistics = cache.statistics();
        assertThat(statistics.hits() + statistics.misses()).isEqualTo(4 * 5_000);
    }
}
