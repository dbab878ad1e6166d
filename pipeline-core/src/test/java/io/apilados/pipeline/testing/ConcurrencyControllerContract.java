// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.ConcurrencyController.Permit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What every {@link ConcurrencyController} does. */
public abstract class ConcurrencyControllerContract {

    /** A new controller whose limit is {@code limit} and does not grow beyond it. */
    protected abstract ConcurrencyController controller(int limit);

    @Test
    void givesAsManyPermitsAsTheLimitAndNoMore() throws InterruptedException {
        ConcurrencyController controller = controller(2);
        Permit first = controller.acquire();
        Permit second = controller.acquire();
        CompletableFuture<Permit> third = controller.acquireAsync().toCompletableFuture();

        assertThat(third).isNotDone();
        assertThat(controller.inFlight()).isEqualTo(2);
        assertThat(controller.waiting()).isEqualTo(1);

        first.succeeded();
        assertThat(third).isCompleted();
        second.succeeded();
        third.join().succeeded();
        assertThat(controller.inFlight()).isZero();
    }

    @Test
    void endsAPermitOnceHoweverOftenItIsEnded() throws InterruptedException {
        ConcurrencyController controller = controller(2);
        Permit permit = controller.acquire();
        permit.succeeded();
        permit.dropped();
        permit.ignored();
        permit.close();

        assertThat(controller.inFlight()).isZero();
    }

    @Test
    void servesWhoCameFirst() throws InterruptedException {
        ConcurrencyController controller = controller(1);
        Permit held = controller.acquire();
        List<Integer> served = new ArrayList<>();
        List<CompletableFuture<Permit>> places = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int place = i;
            CompletableFuture<Permit> future = controller.acquireAsync().toCompletableFuture();
            places.add(future);
            var unused = future.thenAccept(permit -> served.add(place));
        }
        held.succeeded();
        for (CompletableFuture<Permit> place : places) {
            place.join().succeeded();
        }
        assertThat(served).containsExactly(0, 1, 2, 3, 4);
    }

    @Test
    void aPlaceThatIsGivenUpCostsNoPermit() throws InterruptedException {
        ConcurrencyController controller = controller(1);
        Permit held = controller.acquire();
        CompletableFuture<Permit> leaves = controller.acquireAsync().toCompletableFuture();
        CompletableFuture<Permit> stays = controller.acquireAsync().toCompletableFuture();

        leaves.cancel(false);
        assertThat(controller.waiting()).isEqualTo(1);
        held.succeeded();

        assertThat(stays).isCompleted();
        stays.join().succeeded();
        assertThat(controller.inFlight()).isZero();
    }

    @Test
    void anInterruptedWaiterGivesItsPlaceBack() throws InterruptedException {
        ConcurrencyController controller = controller(1);
        Permit held = controller.acquire();
        CountDownLatch interrupted = new CountDownLatch(1);
        Thread waiter = new Thread(() -> {
            try {
                controller.acquire().succeeded();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        });
        waiter.start();
        while (controller.waiting() == 0) {
            Thread.onSpinWait();
        }
        waiter.interrupt();
        interrupted.await();
        waiter.join();
        held.succeeded();

        assertThat(controller.waiting()).isZero();
        assertThat(controller.inFlight()).isZero();
    }

    @Test
    void losesNoPermitUnderManyThreads() throws Exception {
        ConcurrencyController controller = controller(4);
        AtomicInteger working = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(16);
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            int thread = i;
            all.add(CompletableFuture.runAsync(
                    () -> {
                        for (int k = 0; k < 500; k++) {
                            work(controller, working, most, thread + k);
                        }
                    },
                    threads));
        }
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get();
        threads.shutdown();

        assertThat(most.get()).isBetween(1, 4);
        assertThat(controller.inFlight()).isZero();
        assertThat(controller.waiting()).isZero();
    }

    private static void work(ConcurrencyController controller, AtomicInteger working, AtomicInteger most, int way) {
        CompletableFuture<Permit> place = controller.acquireAsync().toCompletableFuture();
        if (way % 7 == 0 && place.cancel(false)) {
            return;
        }
        try (Permit permit = place.join()) {
            most.accumulateAndGet(working.incrementAndGet(), Math::max);
            working.decrementAndGet();
            if (way % 3 != 0) {
                permit.succeeded();
            }
        }
    }

    @Test
    void triesWithoutWaitingAndNotPastTheQueue() throws InterruptedException {
        ConcurrencyController controller = controller(1);
        Permit held = controller.tryAcquire().orElseThrow();
        assertThat(controller.tryAcquire()).isEmpty();
        CompletableFuture<Permit> waits = controller.acquireAsync().toCompletableFuture();
        held.succeeded();
        assertThat(controller.tryAcquire()).isEmpty();
        waits.join().succeeded();
        controller.tryAcquire().orElseThrow().succeeded();
        assertThat(controller.inFlight()).isZero();
    }

    @Test
    void givesUpWhenPatienceEndsAndGivesItsPlaceBack() throws Exception {
        ConcurrencyController controller = controller(1);
        Permit held = controller.acquire(Duration.ZERO);
        assertThatThrownBy(() -> controller.acquire(Duration.ZERO)).isInstanceOf(TimeoutException.class);
        assertThatThrownBy(() -> controller.acquire(Duration.ofSeconds(-1))).isInstanceOf(TimeoutException.class);
        assertThatThrownBy(() -> controller.acquire(Duration.ofMillis(1))).isInstanceOf(TimeoutException.class);
        assertThat(controller.waiting()).isZero();
        held.succeeded();
        controller.acquire(Duration.ofSeconds(Long.MAX_VALUE)).succeeded();
        assertThat(controller.inFlight()).isZero();
    }

    @Test
    void aPatientWaiterIsServedAsSoonAsAPermitIsFree() throws Exception {
        ConcurrencyController controller = controller(1);
        Permit held = controller.acquire();
        CompletableFuture<Void> served = CompletableFuture.runAsync(() -> {
            try {
                controller.acquire(Duration.ofDays(1)).succeeded();
            } catch (InterruptedException | TimeoutException e) {
                throw new AssertionError(e);
            }
        });
        while (controller.waiting() == 0) {
            Thread.onSpinWait();
        }
        held.succeeded();
        served.join();
        assertThat(controller.inFlight()).isZero();
    }

    @Test
    void endsAPermitOnceThoughTwoThreadsEndItAtOnce() throws Exception {
        ConcurrencyController controller = controller(100_000);
        Permit other = controller.acquire();
        List<Permit> permits = new ArrayList<>();
        for (int i = 0; i < 99_000; i++) {
            permits.add(controller.acquire());
        }
        // Two that walk the same way at the same pace meet often.
        CyclicBarrier together = new CyclicBarrier(2);
        CompletableFuture<Void> one = CompletableFuture.runAsync(() -> endTogether(together, permits));
        endTogether(together, permits);
        one.join();
        assertThat(controller.inFlight()).isEqualTo(1);
        other.succeeded();
    }

    private static void endTogether(CyclicBarrier together, List<Permit> permits) {
        try {
            together.await();
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new AssertionError(e);
        }
        permits.forEach(Permit::succeeded);
    }

    @Test
    void nobodyTakesAPermitPastThoseWhoWait() throws InterruptedException {
        ConcurrencyController controller = controller(1);
        Permit held = controller.acquire();
        List<Boolean> past = new ArrayList<>();
        var unused = controller.acquireAsync().thenAccept(permit -> {
            permit.succeeded();
            past.add(controller.tryAcquire().isPresent());
        });
        CompletableFuture<Permit> next = controller.acquireAsync().toCompletableFuture();
        held.succeeded();
        assertThat(past).containsExactly(false);
        next.join().succeeded();
        assertThat(controller.inFlight()).isZero();
    }

    @Test
    void aLongQueueOfWaitersWhoEndAtOnceMakesNoDeepStack() throws InterruptedException {
        ConcurrencyController controller = controller(1);
        Permit held = controller.acquire();
        AtomicInteger served = new AtomicInteger();
        for (int i = 0; i < 50_000; i++) {
            var unused = controller.acquireAsync().thenAccept(permit -> {
                served.incrementAndGet();
                permit.succeeded();
            });
        }
        held.succeeded();
        assertThat(served.get()).isEqualTo(50_000);
        assertThat(controller.inFlight()).isZero();
    }

    @Test
    void leavingALongQueueIsQuickWhereverOneStands() throws InterruptedException {
        ConcurrencyController controller = controller(1);
        Permit held = controller.acquire();
        List<CompletableFuture<Permit>> places = new ArrayList<>();
        for (int i = 0; i < 50_000; i++) {
            places.add(controller.acquireAsync().toCompletableFuture());
        }
        for (int i = places.size() - 1; i > 0; i--) {
            places.get(i).cancel(false);
        }
        assertThat(controller.waiting()).isEqualTo(1);
        held.succeeded();
        places.get(0).join().succeeded();
        assertThat(controller.inFlight()).isZero();
    }

    @Test
    void aPlaceThatTimesOutByItselfIsGivenUp() throws InterruptedException {
        ConcurrencyController controller = controller(1);
        Permit held = controller.acquire();
        CompletableFuture<Permit> fails = controller.acquireAsync().toCompletableFuture();
        fails.completeExceptionally(new TimeoutException("the caller's own"));
        assertThat(controller.waiting()).isZero();
        held.succeeded();
        assertThat(controller.inFlight()).isZero();
    }

    @Test
    void refusesALimitBelowOne() {
        assertThatThrownBy(() -> controller(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
