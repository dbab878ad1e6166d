// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.CircuitBreaker.Permit;
import io.apilados.pipeline.control.CircuitBreaker.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link CircuitBreaker} does. Among it are six things that breakers in wide use get wrong: outcomes that come
 * late decide nothing, they give back no permit of another generation, a probe whose end is never told ends all the same,
 * ignored work counts for nothing, whoever waits is served and not refused, and waiting in vain costs nobody anything.
 */
public abstract class CircuitBreakerContract {

    /** How long the breaker is open. */
    protected static final Duration OPEN = Duration.ofSeconds(30);

    /** How long a probe may take. */
    protected static final Duration LEASE = Duration.ofSeconds(35);

    /** The time of the breaker under test. */
    protected final VirtualScheduler time = new VirtualScheduler();

    /** A breaker that five failures in a row open, for {@link #OPEN}, with probes that have {@link #LEASE}. */
    protected abstract CircuitBreaker breaker();

    private CircuitBreaker breaker;

    @BeforeEach
    void makeBreaker() {
        breaker = breaker();
    }

    private Permit permit() {
        return breaker.tryAcquire().orElseThrow();
    }

    private void open() {
        for (int i = 0; i < 5; i++) {
            permit().failed();
        }
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    private Permit probe() {
        open();
        time.advance(OPEN);
        Permit probe = permit();
        assertThat(probe.isProbe()).isTrue();
        return probe;
    }

    @Test
    void opensAfterFiveFailuresInARowAndNotBefore() {
        for (int i = 0; i < 4; i++) {
            permit().failed();
        }
        permit().succeeded();
        for (int i = 0; i < 4; i++) {
            permit().failed();
        }
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        permit().failed();
        assertThat(breaker.state()).isEqualTo(State.OPEN);
        assertThat(breaker.tryAcquire()).isEmpty();
    }

    @Test
    void letsOneProbeThroughWhenItHasBeenOpenLongEnough() {
        open();
        time.advance(OPEN.minusNanos(1));
        assertThat(breaker.tryAcquire()).isEmpty();
        time.advance(Duration.ofNanos(1));
        assertThat(permit().isProbe()).isTrue();
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        assertThat(breaker.tryAcquire()).isEmpty();
    }

    @Test
    void aProbeClosesItOrOpensItAgain() {
        probe().failed();
        assertThat(breaker.state()).isEqualTo(State.OPEN);
        assertThat(breaker.tryAcquire()).isEmpty();
        time.advance(OPEN);
        permit().succeeded();
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        for (int i = 0; i < 4; i++) {
            permit().failed();
        }
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void outcomesOfCallsFromBeforeDecideNothing() {
        List<Permit> slow = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            slow.add(permit());
        }
        Permit probe = probe();
        slow.get(0).succeeded();
        slow.get(1).succeeded();
        slow.get(2).succeeded();
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        slow.get(3).failed();
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        probe.succeeded();
        slow.get(4).failed();
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void callsFromBeforeThatAreIgnoredLetNobodyElseIn() {
        List<Permit> slow = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            slow.add(permit());
        }
        Permit probe = probe();
        slow.forEach(Permit::ignored);
        assertThat(breaker.tryAcquire()).isEmpty();
        probe.succeeded();
    }

    @Test
    void aProbeWhoseEndIsNeverToldCountsAsFailedWhenItsLeaseIsOver() {
        Permit lost = probe();
        time.advance(LEASE);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
        time.advance(OPEN);
        Permit next = permit();
        lost.succeeded();
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        next.succeeded();
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void aProbeThatIsIgnoredMakesRoomForAnother() {
        probe().close();
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        permit().succeeded();
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void aPermitEndsOnce() {
        for (int i = 0; i < 4; i++) {
            permit().failed();
        }
        Permit twice = permit();
        twice.succeeded();
        twice.failed();
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void aPermitEndsOnceThoughManyThreadsEndItAtOnce() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            permit().failed();
        }
        Permit shared = permit();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(new Thread(shared::failed));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        permit().failed();
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    @Test
    void waitsAsLongAsTheDestinationAsksButNotForEver() {
        for (int i = 0; i < 4; i++) {
            permit().failed();
        }
        permit().failed(Duration.ofSeconds(90));
        time.advance(Duration.ofSeconds(89));
        assertThat(breaker.tryAcquire()).isEmpty();
        time.advance(Duration.ofSeconds(1));
        permit().failed(Duration.ofDays(3));
        time.advance(Duration.ofMinutes(5));
        assertThat(breaker.tryAcquire()).isPresent();
    }

    @Test
    void wakesOneWaiterForTheProbeAndAllWhenItCloses() {
        open();
        List<CompletableFuture<Void>> waiters = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            waiters.add(breaker.whenAdmitting().toCompletableFuture());
        }
        assertThat(waiters).noneMatch(CompletableFuture::isDone);
        time.advance(OPEN);
        assertThat(waiters.stream().filter(CompletableFuture::isDone)).hasSize(1);
        assertThat(waiters.get(0)).isDone();
        permit().succeeded();
        assertThat(waiters).allMatch(CompletableFuture::isDone);
    }

    @Test
    void aWaiterThatWasWokenAndDoesNotComeCostsTheOthersALeaseAndNoMore() {
        open();
        CompletableFuture<Void> first = breaker.whenAdmitting().toCompletableFuture();
        CompletableFuture<Void> second = breaker.whenAdmitting().toCompletableFuture();
        time.advance(OPEN);
        assertThat(first).isDone();
        assertThat(second).isNotDone();
        time.advance(LEASE);
        assertThat(second).isDone();
    }

    @Test
    void aWaiterThatLeavesIsNotWoken() {
        open();
        CompletableFuture<Void> leaves = breaker.whenAdmitting().toCompletableFuture();
        CompletableFuture<Void> stays = breaker.whenAdmitting().toCompletableFuture();
        leaves.cancel(false);
        time.advance(OPEN);
        assertThat(stays).isDone();
    }

    @Test
    void whoeverIsLeftIsServedWhenManyHaveLeft() {
        open();
        List<CompletableFuture<Void>> waiters = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            waiters.add(breaker.whenAdmitting().toCompletableFuture());
        }
        CompletableFuture<Void> stays = waiters.remove(700);
        waiters.forEach(place -> place.cancel(false));
        time.advance(OPEN);
        assertThat(stays).isCompleted();
    }

    @Test
    void acquiringGivesUpWhenPatienceEnds() throws Exception {
        breaker.acquire(Duration.ZERO).succeeded();
        open();
        assertThatThrownBy(() -> breaker.acquire(Duration.ZERO)).isInstanceOf(TimeoutException.class);
        time.advance(OPEN);
        Permit probe = breaker.acquire(Duration.ZERO);
        assertThat(probe.isProbe()).isTrue();
        probe.succeeded();
    }

    @Test
    void tellsOfEachChangeOfTheStateUntilNobodyListens() {
        List<State> told = new ArrayList<>();
        List<State> seen = new ArrayList<>();
        var failing = breaker.onStateChange(state -> {
            throw new IllegalStateException("planted");
        });
        var listening = breaker.onStateChange(state -> {
            told.add(state);
            seen.add(breaker.state());
        });
        Permit probe = probe();
        probe.failed();
        time.advance(OPEN);
        permit().succeeded();
        listening.close();
        failing.close();
        probe();

        assertThat(told)
                .containsExactly(State.OPEN, State.HALF_OPEN, State.OPEN, State.HALF_OPEN, State.CLOSED)
                .isEqualTo(seen);
    }
}
