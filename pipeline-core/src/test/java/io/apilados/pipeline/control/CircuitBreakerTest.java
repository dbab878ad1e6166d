// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.control.CircuitBreaker.Permit;
import io.apilados.pipeline.control.CircuitBreaker.State;
import io.apilados.pipeline.testing.CircuitBreakerContract;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CircuitBreakerTest extends CircuitBreakerContract {

    @Override
    protected CircuitBreaker breaker() {
        return CircuitBreaker.builder()
                .openTime(OPEN)
                .probeLease(LEASE)
                .scheduler(time)
                .build();
    }

    @Test
    void opensOnAShareOfFailuresWhenAsked() {
        CircuitBreaker breaker = CircuitBreaker.builder()
                .failuresInARow(1000)
                .failureShare(0.5, 20, 10)
                .scheduler(time)
                .build();
        for (int i = 0; i < 9; i++) {
            breaker.tryAcquire().orElseThrow().failed();
        }
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        breaker.tryAcquire().orElseThrow().failed();
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    @Test
    void aShareIsThatOfTheLastCalls() {
        CircuitBreaker breaker = CircuitBreaker.builder()
                .failuresInARow(1000)
                .failureShare(0.5, 4, 4)
                .scheduler(time)
                .build();
        for (int i = 0; i < 100; i++) {
            breaker.tryAcquire().orElseThrow().succeeded();
        }
        breaker.tryAcquire().orElseThrow().failed();
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        breaker.tryAcquire().orElseThrow().failed();
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    @Test
    void slowCallsCountAsFailedWhenAsked() {
        CircuitBreaker breaker = CircuitBreaker.builder()
                .failuresInARow(2)
                .slowCall(Duration.ofSeconds(1))
                .scheduler(time)
                .build();
        for (int i = 0; i < 2; i++) {
            Permit permit = breaker.tryAcquire().orElseThrow();
            time.advance(Duration.ofSeconds(2));
            permit.succeeded();
        }
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    @Test
    void theDisabledOneLetsEverybodyThrough() throws Exception {
        CircuitBreaker breaker = CircuitBreaker.disabled();
        for (int i = 0; i < 100; i++) {
            breaker.tryAcquire().orElseThrow().failed();
        }
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        assertThat(breaker.whenAdmitting().toCompletableFuture()).isDone();
        assertThat(breaker.acquire(Duration.ZERO).isProbe()).isFalse();
    }

    @Test
    void neverLetsTwoProbesThroughAtOnceUnderManyThreads() throws InterruptedException {
        CircuitBreaker breaker = CircuitBreaker.builder()
                .failuresInARow(1)
                .openTime(Duration.ofNanos(1))
                .build();
        AtomicInteger probes = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(8);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            int thread = t;
            threads.add(new Thread(() -> {
                for (int i = 0; i < 5000; i++) {
                    Optional<Permit> permit = breaker.tryAcquire();
                    permit.ifPresent(given -> work(given, probes, most, thread));
                }
                done.countDown();
            }));
        }
        threads.forEach(Thread::start);
        done.await();
        assertThat(most.get()).isEqualTo(1);
    }

    private static void work(Permit permit, AtomicInteger probes, AtomicInteger most, int thread) {
        if (permit.isProbe()) {
            most.accumulateAndGet(probes.incrementAndGet(), Math::max);
            probes.decrementAndGet();
        }
        switch (thread % 3) {
            case 0 -> permit.succeeded();
            case 1 -> permit.failed();
            default -> permit.ignored();
        }
    }

    @Test
    void refusesSettingsThatMakeNoSense() {
        assertThatThrownBy(() -> CircuitBreaker.builder().failuresInARow(0)).hasMessageContaining("1 or more");
        assertThatThrownBy(() -> CircuitBreaker.builder().openTime(Duration.ZERO))
                .hasMessageContaining("openTime was");
        assertThatThrownBy(() -> CircuitBreaker.builder().failureShare(1.5, 20, 10))
                .hasMessageContaining("share was 1.5");
        assertThatThrownBy(() -> CircuitBreaker.builder().failureShare(0.5, 5, 10))
                .hasMessageContaining("atLeast <= ofLast");
    }
}
