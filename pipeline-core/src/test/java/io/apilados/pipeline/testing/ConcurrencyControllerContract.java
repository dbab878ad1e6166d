// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.ConcurrencyController.Permit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
    void refusesALimitBelowOne() {
        assertThatThrownBy(() -> controller(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
