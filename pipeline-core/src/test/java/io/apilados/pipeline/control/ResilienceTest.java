// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.control.CircuitBreaker.State;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class ResilienceTest {

    private final VirtualScheduler time = new VirtualScheduler();
    private final ConcurrencyController concurrency = ConcurrencyController.fixed(1);
    private final CircuitBreaker breaker = CircuitBreaker.builder()
            .failuresInARow(3)
            .openTime(Duration.ofSeconds(30))
            .scheduler(time)
            .build();
    private final List<Duration> attempts = new ArrayList<>();

    private Resilience.Builder settings() {
        return Resilience.builder()
                .concurrency(concurrency)
                .circuitBreaker(breaker)
                .retry(RetryPolicy.ofDefaults().withPatience(Duration.ofMinutes(5)))
                .scheduler(time);
    }

    /** Fails with each of these in turn, then answers; each attempt takes 10 ms. */
    private Supplier<CompletionStage<String>> failing(Throwable... failures) {
        return () -> {
            int attempt = attempts.size();
            attempts.add(time.elapsed());
            CompletableFuture<String> answer = new CompletableFuture<>();
            time.schedule(
                    () -> {
                        if (attempt < failures.length) {
                            answer.completeExceptionally(failures[attempt]);
                        } else {
                            answer.complete("done");
                        }
                    },
                    Duration.ofMillis(10));
            return answer;
        };
    }

    private static CompletableFuture<String> never() {
        return new CompletableFuture<>();
    }

    private void assertNothingIsHeld() {
        assertThat(concurrency.inFlight()).isZero();
        assertThat(concurrency.waiting()).isZero();
        assertThat(breaker.tryAcquire()).hasValueSatisfying(CircuitBreaker.Permit::ignored);
    }

    @Test
    void triesAgainUntilTheExchangeSucceeds() {
        CompletableFuture<String> result = settings()
                .build()
                .call(failing(new IOException("reset"), RetryableException.overloaded("429", null)))
                .toCompletableFuture();

        time.advance(Duration.ofMinutes(1));

        assertThat(result).isCompletedWithValue("done");
        assertThat(attempts).hasSize(3);
        assertNothingIsHeld();
    }

    @Test
    void failsAtOnceWhereAnotherAttemptCannotHelp() {
        CompletableFuture<String> result = settings()
                .build()
                .call(failing(new IllegalStateException("a defect")))
                .toCompletableFuture();

        time.advance(Duration.ofMinutes(1));

        assertThatThrownBy(result::get).hasCauseInstanceOf(IllegalStateException.class);
        assertThat(attempts).hasSize(1);
        assertNothingIsHeld();
    }

    @Test
    void anExchangeThatCannotEvenBeginFailsTheCallAndGivesEverythingBack() {
        CompletableFuture<String> result = settings()
                .build()
                .<String>call(() -> {
                    throw new IllegalStateException("a defect");
                })
                .toCompletableFuture();

        assertThatThrownBy(result::get).hasCauseInstanceOf(IllegalStateException.class);
        assertNothingIsHeld();
    }

    @Test
    void neverUndercutsTheWishOfTheDestination() {
        CompletableFuture<String> result = settings()
                .build()
                .call(failing(RetryableException.overloaded("429", Duration.ofSeconds(40))))
                .toCompletableFuture();

        time.advance(Duration.ofMinutes(2));

        assertThat(result).isCompletedWithValue("done");
        assertThat(attempts.get(1).minus(attempts.get(0))).isGreaterThanOrEqualTo(Duration.ofSeconds(40));
    }

    @Test
    void failsWithTheLastFailureWhenPatienceEnds() {
        Resilience resilience = settings()
                .circuitBreaker(CircuitBreaker.disabled())
                .retry(RetryPolicy.ofDefaults().withPatience(Duration.ofSeconds(10)))
                .build();
        IOException[] failures = new IOException[1000];
        for (int i = 0; i < failures.length; i++) {
            failures[i] = new IOException("failure " + i);
        }

        CompletableFuture<String> result = resilience.call(failing(failures)).toCompletableFuture();
        time.advance(Duration.ofMinutes(1));

        assertThatThrownBy(result::get).isInstanceOf(ExecutionException.class).hasCause(failures[attempts.size() - 1]);
        assertThat(attempts.get(attempts.size() - 1)).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(11));
    }

    @Test
    void anOpenBreakerCostsNoAttempt() {
        for (int i = 0; i < 3; i++) {
            breaker.tryAcquire().orElseThrow().failed();
        }
        assertThat(breaker.state()).isEqualTo(State.OPEN);

        CompletableFuture<String> result = settings().build().call(failing()).toCompletableFuture();
        time.advance(Duration.ofSeconds(29));
        assertThat(attempts).isEmpty();
        assertThat(concurrency.inFlight()).isZero();
        time.advance(Duration.ofSeconds(40));

        assertThat(result).isCompletedWithValue("done");
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void aCallThatBacksOffLeavesItsSlotToOthers() {
        Resilience resilience = settings().build();
        CompletableFuture<String> first = resilience
                .call(failing(RetryableException.overloaded("429", Duration.ofSeconds(40))))
                .toCompletableFuture();
        time.advance(Duration.ofSeconds(1));

        CompletableFuture<String> second = resilience
                .call(() -> CompletableFuture.completedFuture("meanwhile"))
                .toCompletableFuture();

        assertThat(second).isCompletedWithValue("meanwhile");
        assertThat(first).isNotDone();
    }

    @Test
    void cancellingAtTheGateGivesEverythingBack() {
        for (int i = 0; i < 3; i++) {
            breaker.tryAcquire().orElseThrow().failed();
        }
        CompletableFuture<String> result = settings().build().call(failing()).toCompletableFuture();

        result.cancel(true);
        time.advance(Duration.ofMinutes(2));

        assertThat(attempts).isEmpty();
        assertNothingIsHeld();
    }

    @Test
    void whoIsToProbeAndLeavesLetsTheNextOneDoSo() throws Exception {
        for (int i = 0; i < 3; i++) {
            breaker.tryAcquire().orElseThrow().failed();
        }
        ConcurrencyController.Permit other = concurrency.acquire();
        Resilience resilience = settings().build();
        CompletableFuture<String> first = resilience.call(failing()).toCompletableFuture();
        CompletableFuture<String> second = resilience.call(failing()).toCompletableFuture();
        time.advance(Duration.ofSeconds(31));
        assertThat(concurrency.waiting()).isEqualTo(1);

        first.cancel(true);
        other.ignored();
        time.advance(Duration.ofSeconds(1));

        assertThat(second).isCompletedWithValue("done");
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void cancellingInTheQueueForASlotGivesEverythingBack() throws Exception {
        ConcurrencyController.Permit other = concurrency.acquire();
        CompletableFuture<String> result = settings().build().call(failing()).toCompletableFuture();
        assertThat(concurrency.waiting()).isEqualTo(1);

        result.cancel(true);
        other.ignored();
        time.advance(Duration.ofMinutes(1));

        assertThat(attempts).isEmpty();
        assertNothingIsHeld();
    }

    @Test
    void cancellingBeforeItsMomentGivesSlotAndMomentBack() {
        RateLimit rate = RateLimit.builder(0.1).scheduler(time).build();
        Resilience resilience = settings().rate(rate).build();
        resilience.call(failing());
        time.advance(Duration.ofSeconds(1));
        CompletableFuture<String> waiting = resilience.call(failing()).toCompletableFuture();
        assertThat(concurrency.inFlight()).isEqualTo(1);

        waiting.cancel(true);

        assertNothingIsHeld();
        CompletableFuture<String> next = resilience.call(failing()).toCompletableFuture();
        time.advance(Duration.ofSeconds(10));
        assertThat(next).isCompletedWithValue("done");
        assertThat(attempts).hasSize(2);
    }

    /** A limit whose moments come late, and cannot be given back. */
    private RateLimit keepingItsMoments(Duration delay) {
        return new RateLimit() {
            @Override
            public boolean tryAcquire() {
                return false;
            }

            @Override
            public void acquire() {}

            @Override
            public void acquire(Duration patience) {}

            @Override
            public Reservation reserve() {
                return new Reservation() {
                    @Override
                    public Duration delay() {
                        return delay;
                    }

                    @Override
                    public void cancel() {
                        throw new IllegalStateException("test");
                    }
                };
            }
        };
    }

    @Test
    void aLimitAtFaultFailsTheCallAndKeepsNoSlot() {
        Resilience resilience =
                settings().rate(keepingItsMoments(Duration.ofSeconds(1))).build();
        CompletableFuture<String> result = resilience.call(failing()).toCompletableFuture();
        CompletableFuture<String> cancelled = resilience.call(failing()).toCompletableFuture();
        cancelled.cancel(true);
        for (int i = 0; i < 3; i++) {
            breaker.tryAcquire().orElseThrow().failed();
        }

        time.advance(Duration.ofSeconds(2));

        assertThat(result).isCompletedExceptionally();
        assertThat(attempts).isEmpty();
        time.advance(Duration.ofMinutes(1));
        assertNothingIsHeld();
    }

    @Test
    void aSchedulerAtFaultFailsTheCallAndKeepsNoSlot() {
        Resilience resilience = settings()
                .rate(keepingItsMoments(ChronoUnit.FOREVER.getDuration()))
                .build();

        CompletableFuture<String> result = resilience.call(failing()).toCompletableFuture();

        assertThat(result).isCompletedExceptionally();
        assertNothingIsHeld();
    }

    @Test
    void cancellingWithinTheExchangeCancelsItAndGivesEverythingBack() {
        CompletableFuture<String> exchange = never();
        CompletableFuture<String> result =
                settings().build().call(() -> exchange).toCompletableFuture();
        assertThat(concurrency.inFlight()).isEqualTo(1);

        result.cancel(true);

        assertThat(exchange).isCancelled();
        assertNothingIsHeld();
    }

    @Test
    void cancellingWhileItBacksOffEndsTheCall() {
        CompletableFuture<String> result = settings()
                .build()
                .call(failing(RetryableException.overloaded("429", Duration.ofSeconds(40))))
                .toCompletableFuture();
        time.advance(Duration.ofSeconds(1));

        result.cancel(true);
        time.advance(Duration.ofMinutes(2));

        assertThat(attempts).hasSize(1);
        assertNothingIsHeld();
    }

    @Test
    void anExchangeThatTakesTooLongIsCancelledAndMadeAgain() {
        List<CompletableFuture<String>> exchanges = new ArrayList<>();
        CompletableFuture<String> result = settings()
                .attemptTimeout(Duration.ofSeconds(5))
                .build()
                .<String>call(() -> {
                    CompletableFuture<String> exchange = never();
                    exchanges.add(exchange);
                    return exchanges.size() == 2 ? CompletableFuture.completedFuture("done") : exchange;
                })
                .toCompletableFuture();

        time.advance(Duration.ofMinutes(1));

        assertThat(result).isCompletedWithValue("done");
        assertThat(exchanges.get(0)).isCancelled();
        assertNothingIsHeld();
    }

    @Test
    void aBlockingCallTriesAgainUntilTheExchangeSucceeds() throws Exception {
        String result = settings().build().callBlocking(() -> {
            attempts.add(time.elapsed());
            if (attempts.size() < 3) {
                throw RetryableException.failing("503", Duration.ofSeconds(2));
            }
            return "done";
        });

        assertThat(result).isEqualTo("done");
        assertThat(attempts.get(2)).isGreaterThanOrEqualTo(Duration.ofSeconds(4));
        assertNothingIsHeld();
    }

    @Test
    void aBlockingExchangeThatTakesTooLongIsInterruptedAndMadeAgain() throws Exception {
        String result = settings().attemptTimeout(Duration.ofSeconds(5)).build().callBlocking(() -> {
            attempts.add(time.elapsed());
            if (attempts.size() == 1) {
                time.await(new Signal(), () -> false);
            }
            return "done";
        });

        assertThat(result).isEqualTo("done");
        assertThat(attempts.get(1)).isGreaterThanOrEqualTo(Duration.ofSeconds(5));
        assertThat(Thread.interrupted()).isFalse();
        assertNothingIsHeld();
    }

    @Test
    void aBlockingCallThatIsTooLateForEverFailsWithATimeout() {
        Resilience resilience = settings()
                .attemptTimeout(Duration.ofSeconds(5))
                .retry(RetryPolicy.ofDefaults().withPatience(Duration.ZERO))
                .build();

        assertThatThrownBy(() -> resilience.callBlocking(() -> {
                    time.await(new Signal(), () -> false);
                    return "never";
                }))
                .isInstanceOf(TimeoutException.class)
                .hasMessage("the exchange took longer than 5000 ms");
        assertNothingIsHeld();
    }

    @Test
    void aThreadThatIsInterruptedInTheQueueLeavesNothingBehind() throws Exception {
        ConcurrencyController.Permit other = concurrency.acquire();
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> {
                    time.schedule(() -> {}, Duration.ofSeconds(1));
                    settings().build().callBlocking(() -> "never");
                })
                .isInstanceOf(InterruptedException.class);

        assertThat(concurrency.waiting()).isZero();
        other.ignored();
        assertNothingIsHeld();
    }
}
