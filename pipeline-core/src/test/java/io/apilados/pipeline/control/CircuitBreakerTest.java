// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.control.CircuitBreaker.Permit;
import io.apilados.pipeline.control.CircuitBreaker.State;
import io.apilados.pipeline.testing.CircuitBreakerContract;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
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

    private List<Permit> calls(CircuitBreaker breaker, int together) {
        List<Permit> calls = new ArrayList<>();
        for (int i = 0; i < together; i++) {
            calls.add(breaker.tryAcquire().orElseThrow());
        }
        return calls;
    }

    @Test
    void oneBlipThatAllCallsFailOfDoesNotOpenIt() {
        CircuitBreaker breaker = breaker();
        calls(breaker, 10).forEach(Permit::failed);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        breaker.tryAcquire().orElseThrow().succeeded();
        calls(breaker, 10).forEach(Permit::failed);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void aDestinationThatIsGoneTakesOneMoreRoundOfCalls() {
        CircuitBreaker breaker = breaker();
        List<Permit> first = calls(breaker, 10);
        first.get(0).failed();
        List<Permit> second = calls(breaker, 1);
        first.subList(1, 10).forEach(Permit::failed);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        second.get(0).failed();
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    @Test
    void aBlipDoesNotOpenItByItsShareEither() {
        CircuitBreaker breaker = CircuitBreaker.builder()
                .failuresInARow(1000)
                .failureShare(0.5, 20, 10)
                .scheduler(time)
                .build();
        calls(breaker, 20).forEach(Permit::failed);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        breaker.tryAcquire().orElseThrow().failed();
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    @Test
    void opensAtTheFirstFailureIfOneIsEnough() {
        CircuitBreaker breaker =
                CircuitBreaker.builder().failuresInARow(1).scheduler(time).build();
        calls(breaker, 10).get(7).failed();
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    @Test
    void whoAcquiresWaitsForTheProbeInTheSchedulersTime() throws Exception {
        CircuitBreaker breaker = breaker();
        for (int i = 0; i < 5; i++) {
            breaker.tryAcquire().orElseThrow().failed();
        }
        assertThatThrownBy(() -> breaker.acquire(OPEN.minusSeconds(1)))
                .isInstanceOf(TimeoutException.class)
                .hasMessageContaining("did not close within 29000 ms");
        Permit probe = breaker.acquire(Duration.ofSeconds(Long.MAX_VALUE));
        assertThat(time.elapsed()).isEqualTo(OPEN);
        assertThat(probe.isProbe()).isTrue();
        probe.succeeded();
    }

    @Test
    void aListenerThatAsksAtOnceGetsNoProbeBeforeItsTime() {
        VirtualScheduler clock = new VirtualScheduler();
        CircuitBreaker breaker = CircuitBreaker.builder()
                .failuresInARow(1)
                .openTime(Duration.ofSeconds(5))
                .scheduler(clock)
                .build();
        List<Boolean> admitted = new ArrayList<>();
        breaker.onStateChange(state -> {
            Optional<Permit> permit = breaker.tryAcquire();
            admitted.add(permit.isPresent());
            permit.ifPresent(Permit::ignored);
            throw new AssertionError("test");
        });

        breaker.tryAcquire().orElseThrow().failed();
        assertThat(breaker.state()).isEqualTo(State.OPEN);
        clock.advance(Duration.ofSeconds(6));
        breaker.tryAcquire().orElseThrow().succeeded();

        // When it opened, when the probe was out, and when it was closed.
        assertThat(admitted).containsExactly(false, false, true);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void aLongQueueOfProbesThatAreIgnoredMakesNoDeepStack() {
        CircuitBreaker breaker = breaker();
        for (int i = 0; i < 5; i++) {
            breaker.tryAcquire().orElseThrow().failed();
        }
        AtomicInteger probes = new AtomicInteger();
        for (int i = 0; i < 50_000; i++) {
            var unused = breaker.whenAdmitting().thenRun(() -> {
                probes.incrementAndGet();
                breaker.tryAcquire().orElseThrow().ignored();
            });
        }
        time.advance(OPEN);
        assertThat(probes.get()).isEqualTo(50_000);
        breaker.tryAcquire().orElseThrow().succeeded();
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void manyThreadsThatAreInterruptedWhileTheyWaitKeepNobodyFromProbing() throws Exception {
        CircuitBreaker breaker = CircuitBreaker.builder()
                .failuresInARow(1)
                .openTime(Duration.ofMillis(1))
                .probeLease(Duration.ofDays(1))
                .build();
        for (int round = 0; round < 200; round++) {
            breaker.tryAcquire().orElseThrow().failed();
            AtomicInteger ends = new AtomicInteger();
            List<Thread> waiters = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                waiters.add(new Thread(() -> {
                    try (Permit probe = breaker.acquire(Duration.ofDays(1))) {
                        ends.incrementAndGet();
                    } catch (InterruptedException | TimeoutException e) {
                        ends.incrementAndGet();
                    }
                }));
            }
            waiters.forEach(Thread::start);
            waiters.forEach(Thread::interrupt);
            for (Thread waiter : waiters) {
                waiter.join();
            }
            assertThat(ends.get()).isEqualTo(3);
            // A turn that was lost would be over in a day.
            breaker.acquire(Duration.ofSeconds(20)).succeeded();
            assertThat(breaker.state()).isEqualTo(State.CLOSED);
        }
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
