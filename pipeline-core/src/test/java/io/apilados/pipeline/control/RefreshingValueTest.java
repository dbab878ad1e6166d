// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RefreshingValueTest {

    private static final Duration LIFE = Duration.ofMinutes(5);

    private final VirtualScheduler time = new VirtualScheduler();
    private final AtomicInteger loads = new AtomicInteger();
    private boolean broken;

    private final RefreshingValue<String> value = RefreshingValue.of(
            () -> {
                if (broken) {
                    throw new IOException("secret in the message");
                }
                return "v" + loads.incrementAndGet();
            },
            LIFE,
            time);

    @Test
    void isLoadedWhenItIsFirstAskedForAndAgainWhenItIsOld() {
        assertThat(loads).hasValue(0);
        assertThat(value.get()).isEqualTo("v1");
        time.advance(LIFE.minusNanos(1));
        assertThat(value.get()).isEqualTo("v1");
        time.advance(Duration.ofNanos(1));
        assertThat(value.get()).isEqualTo("v2");
    }

    @Test
    void keepsTheLastGoodValueAndTriesAgainATenthOfALifeLater() {
        assertThat(value.get()).isEqualTo("v1");
        broken = true;
        time.advance(LIFE);
        assertThat(value.get()).isEqualTo("v1");
        broken = false;
        assertThat(value.get()).isEqualTo("v1");
        time.advance(LIFE.dividedBy(10));
        assertThat(value.get()).isEqualTo("v2");
    }

    @Test
    void aFirstLoadThatFailsIsToldAndTriedAgain() {
        broken = true;
        assertThatThrownBy(value::get)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("there is none from before")
                .hasCauseInstanceOf(IOException.class);
        broken = false;
        assertThat(value.get()).isEqualTo("v1");
    }

    @Test
    void manyThreadsLoadItOnce() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        CountDownLatch start = new CountDownLatch(1);
        for (int i = 0; i < 16; i++) {
            threads.add(new Thread(() -> {
                try {
                    start.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                assertThat(value.get()).isEqualTo("v1");
            }));
        }
        threads.forEach(Thread::start);
        start.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(loads).hasValue(1);
    }

    @Test
    void othersTakeTheOldValueWhileOneLoads() throws InterruptedException {
        CountDownLatch inLoader = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger count = new AtomicInteger();
        RefreshingValue<Integer> slow = RefreshingValue.of(
                () -> {
                    if (count.incrementAndGet() > 1) {
                        inLoader.countDown();
                        goOn.await();
                    }
                    return count.get();
                },
                LIFE,
                time);
        assertThat(slow.get()).isEqualTo(1);
        time.advance(LIFE);
        Thread loader = new Thread(slow::get);
        loader.start();
        inLoader.await();
        assertThat(slow.get()).isEqualTo(1);
        goOn.countDown();
        loader.join();
        assertThat(slow.get()).isEqualTo(2);
    }
}
