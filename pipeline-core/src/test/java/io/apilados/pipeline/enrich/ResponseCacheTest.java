// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.enrich.ResponseCache.Loaded;
import io.apilados.pipeline.enrich.ResponseCache.Statistics;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ResponseCacheTest {

    private static final Duration MOMENT = Duration.ofNanos(1);

    private final VirtualScheduler time = new VirtualScheduler();
    private final AtomicInteger loads = new AtomicInteger();

    /** Each load's answer, in the order in which they began: a test completes them when it likes. */
    private final Queue<CompletableFuture<Loaded<String>>> answers = new ArrayDeque<>();

    private final ResponseCache<String, String> numbered = ResponseCache.<String, String>builder(
                    key -> CompletableFuture.completedFuture(Loaded.of(key + loads.incrementAndGet())))
            .scheduler(time)
            .build();

    private final ResponseCache<String, String> slow = ResponseCache.<String, String>builder(key -> {
                CompletableFuture<Loaded<String>> answer = new CompletableFuture<>();
                answers.add(answer);
                return answer;
            })
            .scheduler(time)
            .build();

    private void answer(String value) {
        assertThat(answers.remove().complete(Loaded.of(value))).isTrue();
    }

    @Test
    void keepsAValueForFiveMinutesAndNoLonger() {
        assertThat(numbered.get("a")).isCompletedWithValue("a1");
        time.advance(ResponseCache.DEFAULT_LIFE.minus(MOMENT));
        assertThat(numbered.get("a")).isCompletedWithValue("a1");
        time.advance(MOMENT);
        assertThat(numbered.get("a")).isCompletedWithValue("a2");
        assertThat(numbered.statistics()).isEqualTo(new Statistics(1, 2, 0, 2, 0));
        assertThat(numbered.statistics().hitRate()).isEqualTo(1.0 / 3);
    }

    @Test
    void aValueMayHaveALifeOfItsOwn() {
        Duration[] life = {Duration.ofHours(1)};
        ResponseCache<String, Integer> cache = ResponseCache.<String, Integer>builder(
                        key -> CompletableFuture.completedFuture(Loaded.keptFor(loads.incrementAndGet(), life[0])))
                .scheduler(time)
                .build();
        assertThat(cache.get("a")).isCompletedWithValue(1);
        time.advance(Duration.ofHours(1).minus(MOMENT));
        assertThat(cache.get("a")).isCompletedWithValue(1);
        time.advance(MOMENT);
        life[0] = Duration.ZERO;
        assertThat(cache.get("a")).isCompletedWithValue(2);
        assertThat(cache.peek("a")).isEmpty();
        life[0] = Duration.ofSeconds(Long.MAX_VALUE);
        assertThat(cache.get("a")).isCompletedWithValue(3);
        time.advance(Duration.ofDays(36_000));
        assertThat(cache.get("a")).isCompletedWithValue(3);
    }

    @Test
    void aValueThatMayNotBeKeptStillServesAllWhoWaited() {
        CompletableFuture<String> first = slow.get("a");
        CompletableFuture<String> second = slow.get("a");
        answers.remove().complete(Loaded.keptFor("once", Duration.ZERO));
        assertThat(first).isCompletedWithValue("once");
        assertThat(second).isCompletedWithValue("once");
        assertThat(slow.get("a")).isNotDone();
    }

    @Test
    void theLifeBeginsWhenTheAnswerComes() {
        CompletableFuture<String> waits = slow.get("a");
        time.advance(Duration.ofHours(1));
        answer("late");
        assertThat(waits).isCompletedWithValue("late");
        time.advance(ResponseCache.DEFAULT_LIFE.minus(MOMENT));
        assertThat(slow.peek("a")).contains("late");
        time.advance(MOMENT);
        assertThat(slow.peek("a")).isEmpty();
    }

    @Test
    void whoAsksWhileItIsLoadedWaitsForThatLoad() {
        List<CompletableFuture<String>> waiters = List.of(slow.get("a"), slow.get("a"), slow.get("a"));
        CompletableFuture<String> other = slow.get("b");
        assertThat(answers).hasSize(2);
        answer("A");
        assertThat(waiters).allSatisfy(waiter -> assertThat(waiter).isCompletedWithValue("A"));
        assertThat(other).isNotDone();
        assertThat(slow.statistics()).isEqualTo(new Statistics(0, 4, 0, 2, 0));
    }

    @Test
    void aWaiterThatCancelsDoesNotCancelTheOthersNorTheLoad() {
        CompletableFuture<String> first = slow.get("a");
        CompletableFuture<String> second = slow.get("a");
        CompletableFuture<String> third = slow.get("a");
        first.cancel(true);
        second.completeExceptionally(new IOException("its own affair"));
        answer("A");
        assertThat(third).isCompletedWithValue("A");
        assertThat(slow.peek("a")).contains("A");
    }

    @Test
    void aFailureIsToldToAllWhoWaitedAndNotKept() {
        CompletableFuture<String> first = slow.get("a");
        CompletableFuture<String> second = slow.get("a");
        answers.remove().completeExceptionally(new IOException("down"));
        for (CompletableFuture<String> waiter : List.of(first, second)) {
            assertThatThrownBy(waiter::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasRootCauseInstanceOf(IOException.class);
        }
        CompletableFuture<String> again = slow.get("a");
        answer("A");
        assertThat(again).isCompletedWithValue("A");
        assertThat(slow.statistics()).isEqualTo(new Statistics(0, 3, 0, 2, 1));
    }

    @Test
    void whoeverTriesAgainTheMomentItFailsBeginsAnotherLoad() {
        CompletableFuture<String> tenacious = slow.get("a").exceptionallyCompose(failure -> slow.get("a"));
        answers.remove().completeExceptionally(new IOException("down"));
        assertThat(answers).hasSize(1);
        answer("A");
        assertThat(tenacious).isCompletedWithValue("A");
    }

    @Test
    void aLoaderThatThrowsOrAnswersNothingFailsTheLoadAndLeavesNothingBehind() {
        for (ResponseCache.Loader<String, String> bad : List.<ResponseCache.Loader<String, String>>of(
                key -> {
                    throw new IOException("down");
                },
                key -> nothing(),
                key -> CompletableFuture.completedFuture(nothing()))) {
            ResponseCache<String, String> cache = ResponseCache.builder(bad).build();
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> cache.get("a").join()).isInstanceOf(CompletionException.class);
            }
            assertThat(cache.statistics()).isEqualTo(new Statistics(0, 2, 0, 2, 2));
        }
    }

    /** What a careless loader returns. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }

    @Test
    void aWeigherThatThrowsFailsTheLoad() {
        ResponseCache<String, String> cache = ResponseCache.<String, String>builder(
                        key -> CompletableFuture.completedFuture(Loaded.of(key)))
                .maxWeight(10, (key, value) -> -1)
                .build();
        assertThatThrownBy(() -> cache.get("a").join()).hasRootCauseMessage("weight was -1 but it must be 0 or more");
        assertThat(cache.size()).isZero();
    }

    @Test
    void forgetsOneKeyOrAll() {
        numbered.get("a").join();
        numbered.get("b").join();
        numbered.invalidate("a");
        assertThat(numbered.get("a")).isCompletedWithValue("a3");
        assertThat(numbered.get("b")).isCompletedWithValue("b2");
        numbered.invalidateAll();
        assertThat(numbered.size()).isZero();
        assertThat(numbered.get("b")).isCompletedWithValue("b4");
    }

    @Test
    void aLoadThatBeganBeforeItWasForgottenIsNotKept() {
        for (Runnable forget : List.<Runnable>of(() -> slow.invalidate("a"), slow::invalidateAll)) {
            CompletableFuture<String> before = slow.get("a");
            forget.run();
            CompletableFuture<String> after = slow.get("a");
            answer("old");
            assertThat(before).isCompletedWithValue("old");
            assertThat(after).isNotDone();
            assertThat(slow.peek("a")).isEmpty();
            answer("new");
            assertThat(after).isCompletedWithValue("new");
            assertThat(slow.peek("a")).contains("new");
            slow.invalidate("a");
        }
    }

    @Test
    void keepsNoMoreEntriesThanItMay() {
        ResponseCache<Integer, Integer> small = ResponseCache.<Integer, Integer>builder(
                        key -> CompletableFuture.completedFuture(Loaded.of(key)))
                .maxEntries(10)
                .scheduler(time)
                .build();
        for (int key = 0; key < 100; key++) {
            small.get(key).join();
        }
        assertThat(small.size()).isEqualTo(10);
        assertThat(small.statistics().evictions()).isEqualTo(90);
    }

    @Test
    void keepsNoMoreWeightThanItMay() {
        ResponseCache<Integer, String> small = ResponseCache.<Integer, String>builder(
                        key -> CompletableFuture.completedFuture(Loaded.of("x".repeat(key))))
                .maxWeight(10, (key, value) -> value.length())
                .scheduler(time)
                .build();
        small.get(11).join();
        assertThat(small.size()).isZero();
        small.get(4).join();
        small.get(6).join();
        assertThat(small.size()).isEqualTo(2);
        for (int key = 1; key < 10; key++) {
            small.get(key).join();
            int weight = 0;
            for (int held = 1; held < 10; held++) {
                weight += small.peek(held).map(String::length).orElse(0);
            }
            assertThat(weight).isBetween(1, 10);
        }
    }

    @Test
    void valuesWhoseLifeIsOverAreNotCountedAsEvicted() {
        numbered.get("a").join();
        time.advance(Duration.ofHours(1));
        assertThat(numbered.size()).isZero();
        assertThat(numbered.statistics().evictions()).isZero();
    }

    @Test
    void aLoaderMayBlockAndAskTheCacheForOtherKeysWithoutHoldingAnybodyUp() throws Exception {
        CountDownLatch inLoader = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        List<ResponseCache<Clashing, Integer>> self = new ArrayList<>();
        ResponseCache<Clashing, Integer> cache = ResponseCache.<Clashing, Integer>builder(key -> {
                    if (key.number() == 0) {
                        inLoader.countDown();
                        goOn.await();
                    }
                    int below = key.number() < 2
                            ? 0
                            : self.get(0).get(new Clashing(key.number() - 1)).join();
                    return CompletableFuture.completedFuture(Loaded.of(below + key.number()));
                })
                .build();
        self.add(cache);
        CompletableFuture<Integer> blocked =
                CompletableFuture.supplyAsync(() -> cache.get(new Clashing(0)).join());
        inLoader.await();
        assertThat(cache.get(new Clashing(100))).isCompletedWithValue(5050);
        cache.invalidate(new Clashing(0));
        cache.invalidateAll();
        goOn.countDown();
        assertThat(blocked.get()).isZero();
    }

    /** All in one bin of a map: whoever loaded while holding a lock of it would hold all others up. */
    private record Clashing(int number) {
        @Override
        public int hashCode() {
            return 1;
        }
    }

    @Test
    void manyThreadsLoadAKeyOnceAndAllGetIt() throws Exception {
        int threads = 8;
        int rounds = 200;
        AtomicInteger calls = new AtomicInteger();
        ResponseCache<Integer, Integer> cache = ResponseCache.<Integer, Integer>builder(key -> {
                    calls.incrementAndGet();
                    return CompletableFuture.completedFuture(Loaded.of(key));
                })
                .build();
        CyclicBarrier barrier = new CyclicBarrier(threads);
        List<CompletableFuture<Integer>> sums = new ArrayList<>();
        List<Thread> started = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            CompletableFuture<Integer> sum = new CompletableFuture<>();
            sums.add(sum);
            Thread thread = new Thread(() -> {
                try {
                    int total = 0;
                    for (int round = 0; round < rounds; round++) {
                        barrier.await();
                        total += cache.get(round).join();
                    }
                    sum.complete(total);
                } catch (Exception e) {
                    sum.completeExceptionally(e);
                }
            });
            started.add(thread);
            thread.start();
        }
        for (Thread thread : started) {
            thread.join();
        }
        assertThat(sums).allSatisfy(sum -> assertThat(sum).isCompletedWithValue(rounds * (rounds - 1) / 2));
        assertThat(calls).hasValue(rounds);
        assertThat(cache.statistics().hits() + cache.statistics().misses()).isEqualTo((long) threads * rounds);
    }

    @Test
    void whoeverComesInBetweenAtAnyMomentSharesTheLoad() {
        for (int moment = 1; moment <= 8; moment++) {
            AtomicInteger calls = new AtomicInteger();
            ResponseCache<Interrupted, Integer> cache = ResponseCache.<Interrupted, Integer>builder(
                            key -> CompletableFuture.completedFuture(Loaded.of(calls.incrementAndGet())))
                    .scheduler(time)
                    .build();
            CompletableFuture<?>[] between = {null};
            Interrupted key = new Interrupted(moment, () -> between[0] = cache.get(new Interrupted(0, () -> {})));
            assertThat(cache.get(key)).isCompletedWithValue(1);
            assertThat(calls).hasValue(1);
            assertThat(between[0] == null || between[0].isDone())
                    .as("at moment " + moment)
                    .isTrue();
        }
    }

    /** Equal keys, of which one runs something the n-th time that a map looks at it. */
    private static final class Interrupted {
        private final Runnable between;
        private int looks;

        Interrupted(int look, Runnable between) {
            this.looks = look;
            this.between = between;
        }

        @Override
        public int hashCode() {
            if (--looks == 0) {
                between.run();
            }
            return 1;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Interrupted;
        }
    }

    @Test
    void refusesSettingsThatMakeNoSense() {
        var builder = ResponseCache.<String, String>builder(key -> new CompletableFuture<>());
        assertThatThrownBy(() -> builder.life(Duration.ZERO)).hasMessageContaining("life was PT0S");
        assertThatThrownBy(() -> builder.maxEntries(0)).hasMessageContaining("maxEntries was 0");
        assertThatThrownBy(() -> builder.maxWeight(-1, (key, value) -> 1)).hasMessageContaining("maxWeight was -1");
        assertThatThrownBy(() -> Loaded.keptFor("a", Duration.ofSeconds(-1))).hasMessageContaining("life was PT-1S");
    }
}
