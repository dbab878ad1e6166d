// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.apilados.pipeline.testing.CCTsCacheContract;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OnDemandCCTsCacheTest {

    private static final String KEY = "01DPR0001V";
    private static final String OTHER = "02DPR0002X";
    private static final String UNKNOWN = "99AAA0000Z";
    private static final String ODD = "una clave";

    private final VirtualScheduler time = new VirtualScheduler();
    private final Map<String, Integer> catalog = new HashMap<>(Map.of(KEY, 1, OTHER, 2, ODD, 3));
    private final List<Set<String>> calls = new ArrayList<>();
    private int failures;

    private Map<String, Integer> load(Set<String> keys) throws IOException {
        calls.add(new TreeSet<>(keys));
        if (failures > 0) {
            failures--;
            throw new IOException("https://example.test/?secret of " + KEY);
        }
        Map<String, Integer> found = new HashMap<>(catalog);
        found.keySet().retainAll(keys);
        return found;
    }

    private OnDemandBuilder onDemand() {
        return CCTsCache.onDemand(this::load).scheduler(time);
    }

    @Nested
    class WithRoom extends CCTsCacheContract {
        @Override
        protected CCTsCache cache(Map<String, Integer> ids) {
            return CCTsCache.onDemand(keys -> ids).build();
        }
    }

    @Nested
    class WithHardlyAnyRoom extends CCTsCacheContract {
        @Override
        protected CCTsCache cache(Map<String, Integer> ids) {
            return CCTsCache.onDemand(keys -> ids)
                    .hotKeys(1)
                    .compactKeys(3)
                    .largestLoad(2)
                    .build();
        }
    }

    @Test
    void loadsAKeyOnceAndRemembersAnUnknownOneToo() {
        OnDemandCCTsCache cache = onDemand().build();
        for (int i = 0; i < 3; i++) {
            assertThat(cache.idOf(KEY)).isEqualTo(1);
            assertThat(cache.idOf(UNKNOWN)).isEqualTo(CCTsCache.ABSENT);
            assertThat(cache.idOf(ODD)).isEqualTo(3);
        }
        assertThat(calls).containsExactly(Set.of(KEY), Set.of(UNKNOWN), Set.of(ODD));
        CCTsCache.Statistics statistics = cache.statistics();
        assertThat(statistics.hits()).isEqualTo(4);
        assertThat(statistics.misses()).isEqualTo(5);
        assertThat(statistics.loader()).isEqualTo(new CCTsCache.LoaderStatistics(3, 3, 2, 0, 0));
        assertThat(statistics.tiers())
                .containsExactly(
                        new CCTsCache.TierStatistics("hot", 1_000, 3, 3, 6),
                        new CCTsCache.TierStatistics("compact", 10_000, 3, 3, 3));
    }

    @Test
    void preparesAllMissingKeysInOneCall() throws InterruptedException {
        OnDemandCCTsCache cache = onDemand().build();
        cache.idOf(KEY);
        cache.prepare(List.of(KEY, OTHER, UNKNOWN, ODD, " " + OTHER, ""));
        assertThat(calls).containsExactly(Set.of(KEY), Set.of(OTHER, UNKNOWN, ODD));
        cache.prepare(List.of(OTHER, UNKNOWN, ODD));
        assertThat(cache.idOf(OTHER)).isEqualTo(2);
        assertThat(calls).hasSize(2);
    }

    @Test
    void asksForNoMoreKeysAtOnceThanTheLargestLoad() throws InterruptedException {
        OnDemandCCTsCache cache = onDemand().largestLoad(2).build();
        cache.prepare(List.of(KEY, OTHER, UNKNOWN, ODD, "x"));
        assertThat(calls).extracting(Set::size).containsExactly(2, 2, 1);
    }

    @Test
    void findsWhatTheThreadPreparedHoweverLittleRoomThereIs() throws InterruptedException {
        Map<String, Integer> ids = ids(1_000);
        AtomicInteger count = new AtomicInteger();
        CCTsCache cache = CCTsCache.onDemand(keys -> {
                    count.incrementAndGet();
                    return ids;
                })
                .hotKeys(1)
                .compactKeys(1)
                .build();
        cache.prepare(ids.keySet());
        ids.forEach((key, id) -> assertThat(cache.idOf(key)).isEqualTo(id));
        assertThat(count).hasValue(1);
        assertThat(cache.statistics().hitRate()).isEqualTo(1.0);
    }

    @Test
    void anIdHoldsForAnHourAndAnUnknownKeyForFiveMinutes() {
        OnDemandCCTsCache cache = onDemand().build();
        lookUpTwice(cache);
        calls.clear();
        catalog.put(KEY, 10);
        catalog.put(UNKNOWN, 20);

        time.advance(Duration.ofMinutes(5).minusSeconds(1));
        lookUpTwice(cache);
        assertThat(calls).isEmpty();
        time.advance(Duration.ofSeconds(1));
        assertThat(cache.idOf(UNKNOWN)).isEqualTo(20);
        time.advance(Duration.ofMinutes(55).minusSeconds(1));
        assertThat(cache.idOf(KEY)).isEqualTo(1);
        assertThat(cache.idOf(ODD)).isEqualTo(3);
        time.advance(Duration.ofSeconds(1));
        assertThat(cache.idOf(KEY)).isEqualTo(10);
        assertThat(cache.idOf(ODD)).isEqualTo(3);
        assertThat(calls).containsExactly(Set.of(UNKNOWN), Set.of(KEY), Set.of(ODD));
    }

    private static void lookUpTwice(CCTsCache cache) {
        for (int i = 0; i < 2; i++) {
            cache.idOf(KEY);
            cache.idOf(UNKNOWN);
            cache.idOf(ODD);
        }
    }

    @Test
    void whatWasPreparedExpiresToo() throws InterruptedException {
        OnDemandCCTsCache cache = onDemand().compactKeys(1).hotKeys(1).build();
        cache.prepare(List.of(KEY, OTHER, UNKNOWN));
        time.advance(Duration.ofHours(1));
        catalog.replaceAll((key, id) -> id + 10);
        assertThat(cache.idOf(KEY)).isEqualTo(11);
        assertThat(cache.idOf(OTHER)).isEqualTo(12);
    }

    @Test
    void aStaleKeyIsAnsweredAtOnceAndGoesWithTheNextLoad() throws InterruptedException {
        OnDemandCCTsCache cache =
                onDemand().refreshAfter(Duration.ofMinutes(10)).build();
        for (int i = 0; i < 2; i++) {
            cache.idOf(KEY);
            cache.idOf(OTHER);
        }
        calls.clear();
        catalog.replaceAll((key, id) -> id + 10);
        time.advance(Duration.ofMinutes(10));
        assertThat(cache.idOf(KEY)).isEqualTo(1);
        assertThat(cache.idOf(KEY)).isEqualTo(1);
        assertThat(calls).isEmpty();

        cache.prepare(List.of(UNKNOWN, ODD));
        assertThat(calls).containsExactly(new TreeSet<>(Set.of(UNKNOWN, ODD, KEY)));
        assertThat(cache.idOf(KEY)).isEqualTo(11);
        assertThat(cache.idOf(OTHER)).isEqualTo(2);
        assertThat(calls).hasSize(1);
    }

    @Test
    void aStaleKeyIsNeverTheReasonForACallAndFindsNoPlaceInAFullOne() throws InterruptedException {
        OnDemandCCTsCache cache =
                onDemand().refreshAfter(Duration.ofMinutes(10)).largestLoad(2).build();
        cache.prepare(List.of(KEY, OTHER));
        calls.clear();
        time.advance(Duration.ofMinutes(10));
        assertThat(cache.idOf(KEY)).isEqualTo(1);
        cache.prepare(List.of("a", "b"));
        assertThat(calls).containsExactly(Set.of("a", "b"));
        failures = 1;
        cache.prepare(List.of("c"));
        assertThat(calls).containsExactly(Set.of("a", "b"), Set.of("c", KEY), Set.of("c", KEY));
    }

    @Test
    void aFailingLoaderIsAskedAgainAndFailuresAreNotRemembered() {
        OnDemandCCTsCache cache = onDemand().build();
        failures = 3;
        assertThat(cache.idOf(KEY)).isEqualTo(1);
        assertThat(calls).hasSize(4);
        assertThat(cache.statistics().loader()).isEqualTo(new CCTsCache.LoaderStatistics(4, 4, 1, 3, 0));
    }

    @Test
    void whenPatienceEndsItSaysSoWithoutKeysAndTheNextLookupAsksAnew() {
        OnDemandCCTsCache cache = onDemand().patience(Duration.ofMinutes(2)).build();
        failures = Integer.MAX_VALUE;
        assertThatThrownBy(() -> cache.idOf(KEY))
                .isInstanceOf(CatalogUnavailableException.class)
                .hasCauseInstanceOf(IOException.class)
                .message()
                .contains("patience of 120 s")
                .doesNotContain(KEY, "secret");
        assertThat(time.elapsed()).isBetween(Duration.ofSeconds(90), Duration.ofMinutes(2));
        assertThatThrownBy(() -> cache.prepare(List.of(KEY, OTHER))).isInstanceOf(CatalogUnavailableException.class);
        failures = 0;
        assertThat(cache.idOf(KEY)).isEqualTo(1);
        assertThat(cache.statistics().tiers().get(1).entries()).isEqualTo(1);
    }

    @Test
    void aLoaderThatIsBrokenIsNotAskedAgain() {
        for (CCTsLoader broken : List.<CCTsLoader>of(
                keys -> {
                    throw new IllegalStateException("broken");
                },
                keys -> Map.of(KEY, -5))) {
            CCTsCache cache = CCTsCache.onDemand(broken).scheduler(time).build();
            assertThatThrownBy(() -> cache.idOf(KEY))
                    .isInstanceOf(CatalogUnavailableException.class)
                    .hasCauseInstanceOf(IllegalStateException.class);
            assertThat(cache.statistics().loader().calls()).isEqualTo(1);
        }
    }

    @Test
    void anInterruptEndsAWaitAndStaysSet() {
        CCTsCache cache = CCTsCache.onDemand(keys -> {
                    throw new InterruptedException();
                })
                .build();
        assertThatThrownBy(() -> cache.idOf(KEY)).isInstanceOf(CatalogUnavailableException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void aHundredThreadsThatAskForOneKeyCostOneCall() throws InterruptedException {
        AtomicReference<CCTsCache> asked = new AtomicReference<>();
        AtomicInteger count = new AtomicInteger();
        CCTsCache cache = CCTsCache.onDemand(keys -> {
                    count.incrementAndGet();
                    // The answer comes only when all others wait for it.
                    while (requireNonNull(asked.get()).statistics().loader().coalesced() < 99) {
                        Thread.onSpinWait();
                    }
                    return Map.of(KEY, 1);
                })
                .build();
        asked.set(cache);
        AtomicInteger right = new AtomicInteger();
        inThreads(100, i -> {
            if (cache.idOf(KEY) == 1) {
                right.incrementAndGet();
            }
        });
        assertThat(right).hasValue(100);
        assertThat(count).hasValue(1);
        assertThat(cache.statistics().loader()).isEqualTo(new CCTsCache.LoaderStatistics(1, 1, 1, 0, 99));
        assertThat(cache.statistics().misses()).isEqualTo(100);
    }

    @Test
    void thoseWhoWaitGoOnWhenTheOneThatLoadsIsInterrupted() throws InterruptedException {
        AtomicReference<CCTsCache> asked = new AtomicReference<>();
        AtomicInteger count = new AtomicInteger();
        CCTsCache cache = CCTsCache.onDemand(keys -> {
                    if (count.incrementAndGet() == 1) {
                        while (requireNonNull(asked.get()).statistics().loader().coalesced() < 9) {
                            Thread.onSpinWait();
                        }
                        throw new InterruptedException();
                    }
                    return Map.of(KEY, 1);
                })
                .build();
        asked.set(cache);
        AtomicInteger right = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        inThreads(10, i -> {
            try {
                if (cache.idOf(KEY) == 1) {
                    right.incrementAndGet();
                }
            } catch (CatalogUnavailableException e) {
                failed.incrementAndGet();
            }
        });
        assertThat(right).hasValue(9);
        assertThat(failed).hasValue(1);
        assertThat(count).hasValue(2);
    }

    @Test
    void threadsThatPrepareOverlappingChunksLoadEachKeyOnce() throws InterruptedException {
        Map<String, Integer> ids = ids(3_000);
        List<String> keys = List.copyOf(ids.keySet());
        CCTsCache cache = CCTsCache.onDemand(asked -> ids).build();
        AtomicInteger wrong = new AtomicInteger();
        inThreads(6, i -> {
            for (int chunk = 0; chunk < 10; chunk++) {
                int from = 200 * (chunk + i % 3);
                List<String> next = keys.subList(from, from + 600);
                cache.prepare(next);
                next.forEach(key -> {
                    if (cache.idOf(key) != ids.getOrDefault(key, -2)) {
                        wrong.incrementAndGet();
                    }
                });
            }
        });
        assertThat(wrong).hasValue(0);
        assertThat(cache.statistics().hitRate()).isEqualTo(1.0);
        assertThat(cache.statistics().loader().keysAsked()).isBetween(2_600L, 2_800L);
    }

    private interface Work {
        void run(int thread) throws InterruptedException;
    }

    private static void inThreads(int count, Work work) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        CountDownLatch start = new CountDownLatch(1);
        for (int i = 0; i < count; i++) {
            int thread = i;
            threads.add(new Thread(() -> {
                try {
                    start.await();
                    work.run(thread);
                } catch (InterruptedException | RuntimeException e) {
                    failure.set(e);
                }
            }));
        }
        threads.forEach(Thread::start);
        start.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failure.get()).isNull();
    }

    @Test
    void twentySevenThousandKeysInAHundredThousandRecordsCostAtMostAHundredAndTenCalls() throws InterruptedException {
        SplittableRandom random = new SplittableRandom(27);
        List<String> keys = List.copyOf(ids(27_000).keySet());
        List<String> records = new ArrayList<>(keys);
        while (records.size() < 100_000) {
            records.add(keys.get(random.nextInt(keys.size())));
        }
        for (int i = records.size() - 1; i > 0; i--) {
            records.set(i, records.set(random.nextInt(i + 1), records.get(i)));
        }
        Map<String, Integer> ids = ids(27_000);
        CCTsCache cache = CCTsCache.onDemand(asked -> ids).build();
        for (int i = 0; i < records.size(); i += cache.chunk()) {
            List<String> chunk = records.subList(i, i + cache.chunk());
            cache.prepare(chunk);
            for (String key : chunk) {
                assertThat(cache.idOf(key)).isEqualTo(ids.get(key));
            }
        }
        assertThat(cache.statistics().loader().calls()).isLessThanOrEqualTo(110);
        assertThat(cache.statistics().misses()).isZero();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.8, 1.0})
    void hitsAsOftenAsOneCaffeineCacheOfTheSameTotalButForTwoPoints(double exponent) {
        hitsAsOftenAsOneCaffeineCache(exponent, 200_000);
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(doubles = {0.8, 0.9, 1.0, 1.1})
    void andSoItDoesInTheLongRun(double exponent) {
        hitsAsOftenAsOneCaffeineCache(exponent, 1_500_000);
    }

    private void hitsAsOftenAsOneCaffeineCache(double exponent, int lookups) {
        String[] keys = ids(270_000).keySet().toArray(String[]::new);
        int[] trace = zipf(keys.length, exponent, lookups);
        Cache<Integer, Integer> caffeine = Caffeine.newBuilder()
                .maximumSize(11_000)
                .executor(Runnable::run)
                .build();
        long hits = 0;
        for (int key : trace) {
            if (caffeine.getIfPresent(key) == null) {
                caffeine.put(key, key);
            } else {
                hits++;
            }
        }
        CCTsCache cache = CCTsCache.onDemand(asked -> Map.of(asked.iterator().next(), 1))
                .scheduler(time)
                .build();
        for (int key : trace) {
            cache.idOf(keys[key]);
        }
        assertThat(cache.statistics().hitRate()).isGreaterThan((double) hits / trace.length - 0.02);
        assertThat(cache.statistics().tiers())
                .allSatisfy(tier -> assertThat(tier.entries()).isBetween(tier.capacity() * 9 / 10, tier.capacity()));
    }

    private static int[] zipf(int keys, double exponent, int length) {
        double[] sums = new double[keys];
        double sum = 0;
        for (int i = 0; i < keys; i++) {
            sum += Math.pow(i + 1, -exponent);
            sums[i] = sum;
        }
        SplittableRandom random = new SplittableRandom(42);
        int[] trace = new int[length];
        for (int i = 0; i < length; i++) {
            int rank = Arrays.binarySearch(sums, random.nextDouble() * sum);
            trace[i] = Math.min(keys - 1, rank < 0 ? -rank - 1 : rank);
        }
        return trace;
    }

    private static Map<String, Integer> ids(int count) {
        int fiveDigits = 36 * 36 * 36 * 36;
        Map<String, Integer> ids = new HashMap<>();
        for (int i = 0; i < count; i++) {
            ids.put(10 + i % 32 + "DPR" + Integer.toString(fiveDigits + i, 36).toUpperCase(Locale.ROOT), i);
        }
        return ids;
    }

    @Nested
    class Snapshots {

        @TempDir
        Path directory;

        private Path file() {
            return directory.resolve("sub").resolve("ccts.snapshot");
        }

        private OnDemandCCTsCache saved() throws IOException {
            OnDemandCCTsCache cache = onDemand().hotKeys(2).build();
            lookUpTwice(cache);
            cache.idOf(OTHER);
            cache.saveTo(file());
            calls.clear();
            return cache;
        }

        @Test
        void keepTheAnswersAndTheirAge() throws IOException {
            time.advance(Duration.ofHours(3));
            saved();
            time.advance(Duration.ofMinutes(4));
            CCTsCache next = onDemand().snapshot(file()).build();
            lookUpTwice(next);
            assertThat(next.idOf(OTHER)).isEqualTo(2);
            assertThat(next.idOf(KEY)).isEqualTo(1);
            assertThat(calls).isEmpty();
            time.advance(Duration.ofMinutes(1));
            assertThat(next.idOf(UNKNOWN)).isEqualTo(CCTsCache.ABSENT);
            assertThat(calls).containsExactly(Set.of(UNKNOWN));
            time.advance(Duration.ofMinutes(55));
            assertThat(next.idOf(KEY)).isEqualTo(1);
            assertThat(calls).containsExactly(Set.of(UNKNOWN), Set.of(KEY));
        }

        @Test
        void replaceTheOneBeforeAndLeaveNothingElse() throws IOException {
            OnDemandCCTsCache cache = saved();
            cache.saveTo(file());
            try (var files = Files.list(file().getParent())) {
                assertThat(files).containsExactly(file());
            }
        }

        @Test
        void thatAreDamagedAnywhereArePassedOver() throws IOException {
            saved();
            byte[] good = Files.readAllBytes(file());
            for (int i = 0; i < good.length; i += 3) {
                byte[] bad = good.clone();
                bad[i] ^= 0x10;
                assertStartsEmptyWith(bad);
                assertStartsEmptyWith(Arrays.copyOf(good, i));
            }
            assertStartsEmptyWith(Arrays.copyOf(good, good.length + 1));
            assertStartsEmptyWith("id,clave\n1,01DPR0001V\n".getBytes(StandardCharsets.US_ASCII));
        }

        private void assertStartsEmptyWith(byte[] content) throws IOException {
            Files.write(file(), content);
            OnDemandCCTsCache cache = onDemand().snapshot(file()).build();
            assertThat(cache.statistics().tiers().get(1).entries()).isZero();
        }

        @Test
        void thatAreNotThereAreNoError() {
            assertThat(onDemand().snapshot(directory.resolve("none")).build().idOf(KEY))
                    .isEqualTo(1);
        }
    }

    @Test
    void saysWhichSettingIsWrong() {
        assertThatThrownBy(() -> onDemand().hotKeys(0))
                .hasMessageStartingWith("hotKeys was 0 but it must be between 1");
        assertThatThrownBy(() -> onDemand().knownFor(Duration.ofMillis(999)))
                .hasMessage("knownFor was PT0.999S but it must be 1 s or more");
    }
}
