// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WatchedHandOffTest {

    private static final Runnable TASK = () -> {};

    private final AtomicLong nanos = new AtomicLong();

    @Test
    void aThreadThatWatchesIsGivenTheNextTask() throws Exception {
        CountDownLatch watching = new CountDownLatch(1);
        WatchedHandOff tasks = new WatchedHandOff(
                () -> {
                    watching.countDown();
                    return nanos.get();
                },
                true);

        CompletableFuture<Runnable> taken = taken(tasks, 0);
        watching.await();

        assertThat(tasks.offer(TASK)).isTrue();
        assertThat(taken.get()).isSameAs(TASK);
        assertThat(tasks.offer(TASK)).as("nobody watches any more").isFalse();
    }

    @Test
    void oneThreadWatchesAndTheOthersSleep() throws Exception {
        // When it has looked at the clock for the second time, it has seen what the first look said.
        CountDownLatch watching = new CountDownLatch(2);
        WatchedHandOff tasks = new WatchedHandOff(
                () -> {
                    watching.countDown();
                    return nanos.get();
                },
                true);
        CompletableFuture<Runnable> first = taken(tasks, 0);
        watching.await();

        assertThat(tasks.poll(0, TimeUnit.NANOSECONDS))
                .as("it did not wait for the other to leave")
                .isNull();
        assertThat(first).isNotDone();

        nanos.addAndGet(WatchedHandOff.WATCH_NANOS);
        assertThat(first.get()).as("it watched for so long and not longer").isNull();
    }

    @Test
    void whoDoesNotWatchSleepsAtOnce() throws Exception {
        WatchedHandOff tasks = new WatchedHandOff(
                () -> {
                    throw new AssertionError("the clock was looked at");
                },
                false);

        assertThat(tasks.poll(0, TimeUnit.NANOSECONDS)).isNull();
        assertThat(tasks.offer(TASK)).isFalse();
        CompletableFuture<Runnable> taken = taken(tasks, 30);
        while (!tasks.offer(TASK)) {
            Thread.onSpinWait();
        }
        assertThat(taken.get()).isSameAs(TASK);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, WatchedHandOff.WATCH_NANOS / 4, WatchedHandOff.WATCH_NANOS})
    void everyTaskOfAPoolRunsOnce(long step) throws Exception {
        int producers = 3;
        int each = 20_000;
        AtomicIntegerArray ran = new AtomicIntegerArray(producers * each);
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                60,
                TimeUnit.SECONDS,
                new WatchedHandOff(step == 0 ? System::nanoTime : () -> nanos.addAndGet(step), true));
        ExecutorService threads = Executors.newFixedThreadPool(producers);
        List<CompletableFuture<Void>> made = List.of(0, 1, 2).stream()
                .map(producer -> CompletableFuture.runAsync(
                        () -> {
                            for (int i = 0; i < each; i++) {
                                int task = producer * each + i;
                                pool.execute(() -> ran.incrementAndGet(task));
                            }
                        },
                        threads))
                .toList();

        made.forEach(CompletableFuture::join);
        pool.shutdown();

        assertThat(pool.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        for (int i = 0; i < ran.length(); i++) {
            assertThat(ran.get(i)).as("task " + i).isEqualTo(1);
        }
        threads.shutdown();
    }

    private static CompletableFuture<Runnable> taken(WatchedHandOff tasks, long seconds) {
        CompletableFuture<Runnable> taken = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                taken.complete(tasks.poll(seconds, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                taken.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return taken;
    }
}
