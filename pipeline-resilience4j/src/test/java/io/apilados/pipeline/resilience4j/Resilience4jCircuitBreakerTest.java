// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.resilience4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.CircuitBreaker.Permit;
import io.apilados.pipeline.control.CircuitBreaker.State;
import io.apilados.pipeline.testing.CircuitBreakerContract;
import io.apilados.pipeline.testing.VirtualScheduler;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.core.IntervalFunction;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class Resilience4jCircuitBreakerTest extends CircuitBreakerContract {

    /** Resilience4j's clock, at the scheduler's time. */
    private static Clock clockOf(VirtualScheduler time) {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return Instant.ofEpochMilli(time.epochMillis());
            }
        };
    }

    /** Resilience4j lets through when more than its wait has passed, so this one waits a millisecond less than the contract. */
    private CircuitBreakerConfig.Builder five() {
        return fiveAndAnyWait().waitDurationInOpenState(OPEN.minusMillis(1));
    }

    private CircuitBreakerConfig.Builder fiveAndAnyWait() {
        return CircuitBreakerConfig.custom()
                .slidingWindow(5, 5, CircuitBreakerConfig.SlidingWindowType.COUNT_BASED)
                .failureRateThreshold(100)
                .permittedNumberOfCallsInHalfOpenState(1)
                .clock(clockOf(time))
                .currentTimestampFunction(clock -> time.nanoTime(), TimeUnit.NANOSECONDS);
    }

    private final io.github.resilience4j.circuitbreaker.CircuitBreaker theirs = theirs(five());
    private final CircuitBreaker gate = over(theirs);

    private static io.github.resilience4j.circuitbreaker.CircuitBreaker theirs(CircuitBreakerConfig.Builder config) {
        return io.github.resilience4j.circuitbreaker.CircuitBreaker.of("api", config.build());
    }

    private CircuitBreaker over(io.github.resilience4j.circuitbreaker.CircuitBreaker breaker) {
        return Resilience4jCircuitBreaker.builder(breaker)
                .probeLease(LEASE)
                .scheduler(time)
                .build();
    }

    @Override
    protected CircuitBreaker breaker() {
        return over(theirs(five()));
    }

    private static Permit permit(CircuitBreaker gate) {
        return gate.tryAcquire().orElseThrow();
    }

    private static List<Permit> permits(CircuitBreaker gate, int many) {
        List<Permit> permits = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            permits.add(permit(gate));
        }
        return permits;
    }

    private static CompletableFuture<Void> waiter(CircuitBreaker gate) {
        return gate.whenAdmitting().toCompletableFuture();
    }

    private static void serviceCallFails(io.github.resilience4j.circuitbreaker.CircuitBreaker breaker) {
        assertThatThrownBy(() -> breaker.executeCallable(() -> {
                    throw new IOException("down");
                }))
                .hasMessage("down");
    }

    private void theyLearnNow() {
        time.advance(Duration.ZERO);
    }

    @Test
    void withoutTheGateStaleOutcomesDoCloseResilience4j() throws Exception {
        theirs.acquirePermission();
        theirs.transitionToOpenState();
        theirs.transitionToHalfOpenState();
        theirs.acquirePermission();
        theirs.onSuccess(1, TimeUnit.SECONDS);
        assertThat(theirs.getState())
                .as("if this no longer holds, Resilience4j has learnt generations and the adapter may be simpler")
                .isEqualTo(io.github.resilience4j.circuitbreaker.CircuitBreaker.State.CLOSED);
    }

    @Test
    void staleOutcomesDoNotReachAHalfOpenResilience4j() {
        List<Permit> slow = permits(gate, 6);
        permits(gate, 5).forEach(Permit::failed);
        time.advance(OPEN);
        Permit probe = permit(gate);
        slow.get(0).succeeded();
        slow.get(1).failed();
        slow.get(2).ignored();
        assertThat(theirs.getState()).isEqualTo(io.github.resilience4j.circuitbreaker.CircuitBreaker.State.HALF_OPEN);
        assertThat(theirs.getMetrics().getNumberOfBufferedCalls()).isZero();
        probe.succeeded();
        slow.get(3).failed();
        assertThat(theirs.getMetrics().getNumberOfBufferedCalls()).isZero();
    }

    @Test
    void aProbeOfAnEarlierHalfOpenStateDecidesNothingInALaterOne() {
        theirs.transitionToOpenState();
        theirs.transitionToHalfOpenState();
        Permit earlier = permit(gate);
        theirs.transitionToOpenState();
        theirs.transitionToHalfOpenState();
        Permit later = permit(gate);
        earlier.failed();
        assertThat(gate.state()).isEqualTo(State.HALF_OPEN);
        assertThat(gate.tryAcquire()).isEmpty();
        later.succeeded();
        assertThat(gate.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void probesOneAtATimeHoweverManyResilience4jLetsThrough() {
        var wide = theirs(five().permittedNumberOfCallsInHalfOpenState(3));
        CircuitBreaker narrow = over(wide);
        permits(narrow, 5).forEach(Permit::failed);
        List<CompletableFuture<Void>> waiters = List.of(waiter(narrow), waiter(narrow), waiter(narrow), waiter(narrow));
        time.advance(OPEN);
        for (int i = 0; i < 3; i++) {
            assertThat(waiters.stream().filter(CompletableFuture::isDone)).hasSize(i + 1);
            Permit probe = permit(narrow);
            assertThat(narrow.tryAcquire()).isEmpty();
            assertThat(narrow.state()).isEqualTo(State.HALF_OPEN);
            probe.succeeded();
        }
        assertThat(narrow.state()).isEqualTo(State.CLOSED);
        assertThat(waiters).allMatch(CompletableFuture::isDone);
    }

    @Test
    void aProbeThatIsIgnoredGivesItsPermissionBackToTheService() {
        permits(gate, 5).forEach(Permit::failed);
        time.advance(OPEN);
        Permit probe = permit(gate);
        assertThat(theirs.tryAcquirePermission()).isFalse();
        probe.close();
        assertThat(theirs.tryAcquirePermission()).isTrue();
    }

    @Test
    void aProbeThatIsLostIsAnErrorToResilience4jSoItCannotStayHalfOpenForEver() {
        permits(gate, 5).forEach(Permit::failed);
        time.advance(OPEN);
        Permit lost = permit(gate);
        time.advance(LEASE);
        assertThat(theirs.getState()).isEqualTo(io.github.resilience4j.circuitbreaker.CircuitBreaker.State.OPEN);
        lost.succeeded();
        assertThat(theirs.getState()).isEqualTo(io.github.resilience4j.circuitbreaker.CircuitBreaker.State.OPEN);
    }

    @Test
    void aPermissionReservedForAWaiterWhoDoesNotComeIsGivenBackWhenNobodyElseWaits() {
        permits(gate, 5).forEach(Permit::failed);
        assertThat(waiter(gate)).isNotDone();
        time.advance(OPEN);
        assertThat(theirs.tryAcquirePermission()).isFalse();
        time.advance(LEASE);
        assertThat(theirs.tryAcquirePermission()).isTrue();
    }

    @Test
    void followsTheServicesOwnCallsThatOpenAndCloseIt() throws Exception {
        for (int i = 0; i < 5; i++) {
            serviceCallFails(theirs);
        }
        assertThat(gate.state()).isEqualTo(State.OPEN);
        CompletableFuture<Void> waits = waiter(gate);
        CompletableFuture<Void> waitsToo = waiter(gate);
        assertThat(waits).isNotDone();
        theirs.transitionToHalfOpenState();
        assertThat(theirs.executeCallable(() -> "up")).isEqualTo("up");
        theyLearnNow();
        assertThat(waits).isDone();
        assertThat(waitsToo).isDone();
        assertThat(permit(gate).isProbe()).isFalse();
    }

    @Test
    void waitersAreServedInOrderWhileTheServiceProbesToo() {
        theirs.transitionToOpenState();
        CompletableFuture<Void> first = waiter(gate);
        CompletableFuture<Void> second = waiter(gate);
        theirs.transitionToHalfOpenState();
        assertThat(theirs.tryAcquirePermission()).isTrue();
        time.advance(Duration.ofSeconds(10));
        assertThat(first).isNotDone();
        theirs.releasePermission();
        time.advance(Duration.ofSeconds(1));
        assertThat(first).isDone();
        assertThat(second).isNotDone();
    }

    @Test
    void waitsWhileForcedOpenAndPassesWhileDisabledOrWatchingOnly() {
        theirs.transitionToForcedOpenState();
        assertThat(gate.state()).isEqualTo(State.OPEN);
        CompletableFuture<Void> waits = waiter(gate);
        time.advance(Duration.ofDays(1));
        assertThat(waits).isNotDone();
        assertThat(gate.tryAcquire()).isEmpty();
        theirs.transitionToDisabledState();
        theyLearnNow();
        assertThat(waits).isDone();
        permits(gate, 10).forEach(Permit::failed);
        assertThat(gate.state()).isEqualTo(State.CLOSED);
        theirs.transitionToMetricsOnlyState();
        permits(gate, 10).forEach(Permit::failed);
        assertThat(gate.state()).isEqualTo(State.CLOSED);
        assertThat(theirs.getMetrics().getNumberOfFailedCalls()).isEqualTo(5);
    }

    @Test
    void askingIsNotRepeatedWhileForcedOpen() {
        theirs.transitionToForcedOpenState();
        assertThat(waiter(gate)).isNotDone();
        time.advance(Duration.ofMinutes(10));
        assertThat(theirs.getMetrics().getNumberOfNotPermittedCalls()).isZero();
    }

    @Test
    void waitsThatGrowAreFoundByAskingAgain() {
        var growing = theirs(fiveAndAnyWait()
                .waitIntervalFunctionInOpenState(IntervalFunction.ofExponentialBackoff(Duration.ofSeconds(10), 2)));
        CircuitBreaker over = over(growing);
        permits(over, 5).forEach(Permit::failed);
        time.advance(Duration.ofSeconds(11));
        permit(over).failed();
        CompletableFuture<Void> waits = waiter(over);
        time.advance(Duration.ofSeconds(20));
        assertThat(waits).isNotDone();
        time.advance(Duration.ofSeconds(2));
        assertThat(waits).isDone();
    }

    @Test
    void waitsTillALaterTimeThatTheServiceSets() {
        theirs.transitionToOpenStateFor(Duration.ofSeconds(90));
        CompletableFuture<Void> waits = waiter(gate);
        time.advance(Duration.ofSeconds(90));
        assertThat(waits).isNotDone();
        time.advance(Duration.ofSeconds(1));
        assertThat(waits).isDone();
    }

    @Test
    void aListenerThatThrowsDelaysTheWakingButDoesNotLoseIt() {
        var noisy = theirs(five());
        noisy.getEventPublisher().onStateTransition(event -> {
            throw new IllegalStateException("a listener of the service");
        });
        CircuitBreaker over = over(noisy);
        noisy.transitionToOpenState();
        CompletableFuture<Void> waits = waiter(over);
        noisy.transitionToClosedState();
        time.advance(Duration.ofSeconds(1));
        assertThat(waits).isDone();
    }

    @Test
    void theLatencyOfACallIsToldSoThatSlowOnesCount() {
        var slow = theirs(five().slidingWindow(2, 2, CircuitBreakerConfig.SlidingWindowType.COUNT_BASED)
                .slowCallDurationThreshold(Duration.ofSeconds(1))
                .slowCallRateThreshold(100));
        CircuitBreaker over = over(slow);
        for (int i = 0; i < 2; i++) {
            Permit permit = permit(over);
            time.advance(Duration.ofSeconds(2));
            permit.succeeded();
        }
        assertThat(over.state()).isEqualTo(State.OPEN);
    }

    @Test
    void refusesABreakerThatWouldTakeFailuresForSuccesses() {
        var picky = theirs(five().recordExceptions(UnsupportedOperationException.class));
        assertThatThrownBy(() -> Resilience4jCircuitBreaker.of(picky))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must record it");
        CircuitBreaker told = Resilience4jCircuitBreaker.builder(picky)
                .failure(UnsupportedOperationException::new)
                .scheduler(time)
                .build();
        permits(told, 5).forEach(Permit::failed);
        assertThat(told.state()).isEqualTo(State.OPEN);
    }

    @Test
    void refusesSettingsThatMakeNoSense() {
        assertThatThrownBy(() -> Resilience4jCircuitBreaker.builder(theirs).probeLease(Duration.ZERO))
                .hasMessageContaining("probeLease was PT0S");
        assertThatThrownBy(() -> Resilience4jCircuitBreaker.builder(theirs).askAgain(Duration.ofSeconds(-1)))
                .hasMessageContaining("askAgain was PT-1S");
    }

    @Test
    void aWaiterWhosePatienceEndsHandsAReservationOn() {
        theirs.transitionToOpenState();
        assertThatThrownBy(() -> gate.acquire(Duration.ZERO)).isInstanceOf(TimeoutException.class);
        CompletableFuture<Void> next = waiter(gate);
        time.advance(OPEN);
        assertThat(next).isDone();
    }

    @Test
    void neverHasTwoProbesOutAtOnceUnderManyThreadsAndLosesNoPermission() throws Exception {
        var wide = io.github.resilience4j.circuitbreaker.CircuitBreaker.of(
                "api",
                CircuitBreakerConfig.custom()
                        .slidingWindow(2, 2, CircuitBreakerConfig.SlidingWindowType.COUNT_BASED)
                        .permittedNumberOfCallsInHalfOpenState(2)
                        .waitDurationInOpenState(Duration.ofMillis(1))
                        .build());
        CircuitBreaker over = Resilience4jCircuitBreaker.builder(wide)
                .askAgain(Duration.ofMillis(1))
                .build();
        AtomicInteger probes = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(4);
        for (int t = 0; t < 4; t++) {
            int thread = t;
            new Thread(() -> {
                        for (int i = 0; i < 20_000; i++) {
                            Optional<Permit> permit = over.tryAcquire();
                            permit.ifPresent(given -> work(given, probes, most, thread));
                        }
                        done.countDown();
                    })
                    .start();
        }
        done.await();
        assertThat(most.get()).isLessThanOrEqualTo(1);
        // A permission that got lost would keep it half open, and nobody would be let through any more.
        for (int i = 0; i < 10 && over.state() != State.CLOSED; i++) {
            over.acquire(Duration.ofSeconds(30)).succeeded();
        }
        assertThat(wide.getState()).isEqualTo(io.github.resilience4j.circuitbreaker.CircuitBreaker.State.CLOSED);
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
}
