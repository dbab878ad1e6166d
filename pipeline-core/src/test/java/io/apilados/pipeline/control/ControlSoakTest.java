// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Callers of every kind over one controller, one rate limit and one breaker: they block, they take a stage, they cancel,
 * they lose their patience, they are interrupted, they end permits twice. Whatever the threads do to each other, nothing
 * is out and nobody waits at the end, and the breaker still closes.
 */
class ControlSoakTest {

    private static final int THREADS = 6;

    private final RateLimit rate = RateLimit.perSecond(20_000, 100);
    private final CircuitBreaker breaker = CircuitBreaker.builder()
            .failuresInARow(3)
            .failureShare(0.5, 20, 10)
            .openTime(Duration.ofNanos(200_000))
            .probeLease(Duration.ofMillis(5))
            .build();
    private final AtomicInteger working = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void losesNothing(boolean adaptive) throws Exception {
        soak(adaptive, 2_000);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Tag("slow")
    @Timeout(value = 600, unit = TimeUnit.SECONDS)
    void losesNothingInALongRun(boolean adaptive) throws Exception {
        soak(adaptive, 200_000);
    }

    private void soak(boolean adaptive, int rounds) throws Exception {
        ConcurrencyController.Builder builder = ConcurrencyController.builder();
        ConcurrencyController controller = (adaptive ? builder.adaptive(1, 2, 4) : builder.fixed(4)).build();
        List<Thread> threads = new ArrayList<>();
        List<Caller> callers = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Caller caller = new Caller(controller, new Random(i), threads, rounds);
            callers.add(caller);
            threads.add(new Thread(caller));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        for (Caller caller : callers) {
            CompletableFuture.allOf(caller.stages.toArray(CompletableFuture[]::new))
                    .join();
            assertThat(caller.failure).isNull();
            assertThat(caller.attempts).isEqualTo(rounds);
        }
        assertThat(most.get()).isBetween(1, 4);
        assertThat(controller.inFlight()).isZero();
        assertThat(controller.waiting()).isZero();
        // Every moment was used or given back: the next is no further away than a burst takes to come back.
        assertThat(rate.reserve().delay()).isLessThanOrEqualTo(Duration.ofMillis(5));
        while (breaker.state() != CircuitBreaker.State.CLOSED) {
            breaker.acquire(Duration.ofSeconds(20)).succeeded();
        }
        assertThat(breaker.tryAcquire()).isPresent();
    }

    private final class Caller implements Runnable {
        private final ConcurrencyController controller;
        private final Random random;
        private final List<Thread> threads;
        private final int rounds;
        private final List<CompletableFuture<Void>> stages = new ArrayList<>();
        private int attempts;
        private volatile @Nullable Throwable failure;

        Caller(ConcurrencyController controller, Random random, List<Thread> threads, int rounds) {
            this.controller = controller;
            this.random = random;
            this.threads = threads;
            this.rounds = rounds;
        }

        @Override
        public void run() {
            try {
                for (int i = 0; i < rounds; i++) {
                    attempts++;
                    try {
                        attempt();
                    } catch (InterruptedException | TimeoutException e) {
                        // Both happen; what they leave behind is what is looked at.
                    }
                }
            } catch (RuntimeException | Error e) {
                failure = e;
            }
        }

        private void attempt() throws InterruptedException, TimeoutException {
            if (random.nextInt(5) == 0) {
                threads.get(random.nextInt(THREADS)).interrupt();
            }
            switch (random.nextInt(6)) {
                case 0 -> block(controller.acquire());
                case 1 -> block(controller.acquire(Duration.ofNanos(random.nextInt(200_000))));
                case 2 -> {
                    Optional<ConcurrencyController.Permit> permit = controller.tryAcquire();
                    if (permit.isPresent()) {
                        block(permit.get());
                    }
                }
                case 3 -> {
                    int way = random.nextInt();
                    stages.add(controller
                            .acquireAsync()
                            .thenAccept(permit -> work(permit, way))
                            .toCompletableFuture());
                }
                case 4 -> {
                    int way = random.nextInt();
                    CompletableFuture<ConcurrencyController.Permit> place =
                            controller.acquireAsync().toCompletableFuture();
                    CompletableFuture<Void> worked = place.thenAccept(permit -> work(permit, way));
                    if (!place.cancel(false)) {
                        stages.add(worked);
                    }
                }
                default -> rate.reserve().cancel();
            }
        }

        private void block(ConcurrencyController.Permit permit) throws InterruptedException, TimeoutException {
            try (permit) {
                if (random.nextInt(4) == 0) {
                    rate.acquire();
                } else {
                    rate.acquire(Duration.ofNanos(random.nextInt(100_000)));
                }
                if (random.nextInt(8) == 0) {
                    try (CircuitBreaker.Permit probe = breaker.acquire(Duration.ofNanos(random.nextInt(500_000)))) {
                        end(probe, random.nextInt());
                    }
                }
                work(permit, random.nextInt());
            }
        }

        private void work(ConcurrencyController.Permit permit, int way) {
            most.accumulateAndGet(working.incrementAndGet(), Math::max);
            breaker.tryAcquire().ifPresent(pass -> end(pass, way));
            working.decrementAndGet();
            switch (Math.floorMod(way, 4)) {
                case 0 -> permit.dropped();
                case 1 -> permit.ignored();
                default -> permit.succeeded(1 + Math.floorMod(way, 100));
            }
            permit.close();
        }

        private void end(CircuitBreaker.Permit pass, int way) {
            switch (Math.floorMod(way >> 8, 8)) {
                case 0, 1, 2 -> pass.failed();
                case 3 -> pass.ignored();
                case 4 -> {
                    // Its end is never told: a probe's lease must do.
                }
                default -> {
                    pass.succeeded();
                    pass.failed();
                }
            }
        }
    }
}
