// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.apilados.pipeline.control.CircuitBreaker.State;
import io.apilados.pipeline.testing.ForwardingCircuitBreaker;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** A pass that is to be had at once, or not at all. */
class ResilienceTryAdmitTest {

    private final VirtualScheduler time = new VirtualScheduler();
    private final CircuitBreaker breaker = CircuitBreaker.builder()
            .failuresInARow(3)
            .openTime(Duration.ofSeconds(30))
            .scheduler(time)
            .build();

    private Resilience resilience(ConcurrencyController concurrency, RateLimit rate) {
        return Resilience.builder()
                .concurrency(concurrency)
                .rate(rate)
                .circuitBreaker(breaker)
                .scheduler(time)
                .build();
    }

    private Resilience resilience(ConcurrencyController concurrency) {
        return resilience(concurrency, RateLimit.disabled());
    }

    private RateLimit oneASecond() {
        return RateLimit.builder(1).scheduler(time).build();
    }

    private List<Pass> waiter(Resilience resilience) {
        List<Pass> admitted = new ArrayList<>();
        resilience.admit(admitted::add, refused -> {
            throw new AssertionError(refused);
        });
        return admitted;
    }

    @Test
    void givesAPassWhereAllIsFreeAndNothingWhereTheSlotsAreOut() {
        ConcurrencyController concurrency = ConcurrencyController.fixed(2);
        Resilience resilience = resilience(concurrency);
        Pass first = resilience.tryAdmit().orElseThrow();
        Pass second = resilience.tryAdmit().orElseThrow();
        assertThat(resilience.tryAdmit()).isEmpty();
        assertThat(concurrency.inFlight()).isEqualTo(2);
        first.answered(1);
        second.ignored();
        assertThat(concurrency.inFlight()).isZero();
        assertThat(resilience.tryAdmit()).isPresent();
    }

    @Test
    void nobodyGoesPastThoseWhoWaitForASlot() {
        ConcurrencyController concurrency = ConcurrencyController.fixed(1);
        Resilience resilience = resilience(concurrency);
        Pass held = resilience.tryAdmit().orElseThrow();
        List<Pass> first = waiter(resilience);
        List<Pass> second = waiter(resilience);
        assertThat(resilience.tryAdmit()).isEmpty();
        held.answered(1);
        assertThat(first).hasSize(1);
        assertThat(resilience.tryAdmit()).isEmpty();
        first.get(0).answered(1);
        assertThat(second).hasSize(1);
        second.get(0).answered(1);
        assertThat(resilience.tryAdmit()).isPresent();
    }

    @Test
    void nobodyGoesPastThoseWhoWaitForAMomentOfTheRate() {
        ConcurrencyController concurrency = ConcurrencyController.fixed(10);
        Resilience resilience = resilience(concurrency, oneASecond());
        resilience.tryAdmit().orElseThrow().answered(1);
        List<Pass> waiting = waiter(resilience);
        for (int tenths = 1; tenths < 10; tenths++) {
            time.advance(Duration.ofMillis(100));
            assertThat(resilience.tryAdmit()).isEmpty();
        }
        assertThat(waiting).isEmpty();
        time.advance(Duration.ofMillis(100));
        assertThat(waiting).hasSize(1);
        assertThat(resilience.tryAdmit()).isEmpty();
        time.advance(Duration.ofSeconds(1));
        assertThat(resilience.tryAdmit()).isPresent();
    }

    @Test
    void whatTheRateRefusesHoldsNothingAndTakesNoMoment() {
        ConcurrencyController concurrency = ConcurrencyController.fixed(1);
        Resilience resilience = resilience(concurrency, oneASecond());
        resilience.tryAdmit().orElseThrow().answered(1);
        for (int i = 0; i < 100; i++) {
            assertThat(resilience.tryAdmit()).isEmpty();
        }
        assertThat(concurrency.inFlight()).isZero();
        time.advance(Duration.ofSeconds(1));
        assertThat(resilience.tryAdmit()).isPresent();
    }

    @Test
    void whatTheBreakerRefusesHoldsNothingAndTakesNoMoment() {
        ConcurrencyController concurrency = ConcurrencyController.fixed(1);
        RateLimit rate = oneASecond();
        Resilience resilience = resilience(concurrency, rate);
        fail();
        assertThat(breaker.state()).isEqualTo(State.OPEN);
        for (int i = 0; i < 100; i++) {
            assertThat(resilience.tryAdmit()).isEmpty();
        }
        assertThat(concurrency.inFlight()).isZero();
        assertThat(rate.tryAcquire()).isTrue();
    }

    @Test
    void whatABreakerRefusesThatOpensInBetweenHoldsNothing() {
        ConcurrencyController concurrency = ConcurrencyController.fixed(1);
        OpensBehindYou opening = new OpensBehindYou(breaker);
        RateLimit rate = oneASecond();
        Resilience resilience = Resilience.builder()
                .concurrency(concurrency)
                .rate(rate)
                .circuitBreaker(opening)
                .scheduler(time)
                .build();
        assertThat(resilience.tryAdmit()).isEmpty();
        assertThat(concurrency.inFlight()).isZero();
        assertThat(rate.tryAcquire()).isTrue();
    }

    @Test
    void whatABreakerThrowsLeavesNothingHeld() {
        ConcurrencyController concurrency = ConcurrencyController.fixed(1);
        RateLimit rate = oneASecond();
        Resilience resilience = Resilience.builder()
                .concurrency(concurrency)
                .rate(rate)
                .circuitBreaker(new Throws(breaker))
                .scheduler(time)
                .build();

        assertThatIllegalStateException().isThrownBy(resilience::tryAdmit);

        assertThat(concurrency.inFlight()).isZero();
        assertThat(rate.tryAcquire()).isTrue();
    }

    @Test
    void whatABreakerThrowsIsToldToWhoWaitsAndLeavesNothingHeld() {
        ConcurrencyController concurrency = ConcurrencyController.fixed(1);
        Resilience resilience = Resilience.builder()
                .concurrency(concurrency)
                .rate(oneASecond())
                .circuitBreaker(new Throws(breaker))
                .scheduler(time)
                .build();
        AtomicReference<Throwable> refusal = new AtomicReference<>();

        Admission admission = resilience.admit(pass -> {}, refusal::set);

        assertThat(refusal.get()).hasMessage("the breaker is at fault");
        assertThat(concurrency.inFlight()).isZero();
        assertThat(admission.cancel()).as("it has ended").isFalse();
    }

    /** Admits nobody, by throwing. */
    private static final class Throws extends ForwardingCircuitBreaker {

        Throws(CircuitBreaker breaker) {
            super(breaker);
        }

        @Override
        public State state() {
            return State.CLOSED;
        }

        @Override
        public Optional<Permit> tryAcquire() {
            throw new IllegalStateException("the breaker is at fault");
        }
    }

    /** Says that it is closed, and opens as soon as somebody has looked. */
    private static final class OpensBehindYou extends ForwardingCircuitBreaker {

        OpensBehindYou(CircuitBreaker breaker) {
            super(breaker);
        }

        @Override
        public State state() {
            State before = super.state();
            for (int i = 0; i < 3; i++) {
                tryAcquire().orElseThrow().failed();
            }
            return before;
        }
    }

    private void fail() {
        for (int i = 0; i < 3; i++) {
            breaker.tryAcquire().orElseThrow().failed();
        }
    }

    @Test
    void neverTakesTheProbeOfAHalfOpenBreaker() {
        ConcurrencyController concurrency = ConcurrencyController.fixed(1);
        Resilience resilience = resilience(concurrency);
        fail();
        List<Pass> waiting = waiter(resilience);
        while (waiting.isEmpty()) {
            assertThat(resilience.tryAdmit()).isEmpty();
            time.advance(Duration.ofSeconds(1));
        }
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        assertThat(resilience.tryAdmit()).isEmpty();
        waiting.get(0).ignored();
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        for (int i = 0; i < 10; i++) {
            assertThat(resilience.tryAdmit()).isEmpty();
        }
        assertThat(concurrency.inFlight()).isZero();
        assertThat(breaker.tryAcquire()).hasValueSatisfying(CircuitBreaker.Permit::ignored);
    }

    @Test
    void nothingIsLeftOutAfterALongRandomGame() {
        for (int seed = 0; seed < 100; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            ConcurrencyController concurrency = ConcurrencyController.fixed(1 + random.nextInt(4));
            RateLimit rate = switch (random.nextInt(3)) {
                case 0 -> RateLimit.disabled();
                case 1 -> RateLimit.adaptive(time);
                default -> RateLimit.builder(20).burst(3).scheduler(time).build();
            };
            Resilience resilience = resilience(concurrency, rate);
            List<Pass> passes = new ArrayList<>();
            List<Admission> admissions = new ArrayList<>();
            for (int step = 0; step < 300; step++) {
                switch (random.nextInt(6)) {
                    case 0, 1 -> {
                        boolean othersWait = concurrency.waiting() > 0;
                        boolean closed = breaker.state() == State.CLOSED;
                        Optional<Pass> pass = resilience.tryAdmit();
                        assertThat(pass.isPresent() && (othersWait || !closed))
                                .as("game %d", seed)
                                .isFalse();
                        pass.ifPresent(passes::add);
                    }
                    case 2 -> admissions.add(resilience.admit(passes::add, refused -> {}));
                    case 3 -> time.advance(Duration.ofMillis(random.nextInt(20_000)));
                    default -> {
                        if (!passes.isEmpty()) {
                            end(passes.remove(random.nextInt(passes.size())), random);
                        }
                    }
                }
            }
            admissions.forEach(Admission::cancel);
            while (!passes.isEmpty()) {
                passes.remove(passes.size() - 1).answered(1);
            }
            assertThat(concurrency.inFlight()).as("game %d", seed).isZero();
            assertThat(concurrency.waiting()).as("game %d", seed).isZero();
            // The next game begins with a breaker that is closed.
            for (int i = 0; i < 100 && breaker.state() != State.CLOSED; i++) {
                time.advance(Duration.ofMinutes(5));
                breaker.tryAcquire().ifPresent(CircuitBreaker.Permit::succeeded);
            }
            assertThat(breaker.state()).as("game %d", seed).isEqualTo(State.CLOSED);
        }
    }

    private static void end(Pass pass, SplittableRandom random) {
        switch (random.nextInt(6)) {
            case 0 -> pass.ignored();
            case 1 -> pass.refused(1, null, true, false);
            case 2 -> pass.refused(1, Duration.ofSeconds(2), false, true);
            case 3 -> pass.refused(1, null, true, true);
            default -> pass.answered(1);
        }
    }
}
