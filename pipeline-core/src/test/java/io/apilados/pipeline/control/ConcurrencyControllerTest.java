// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.apilados.pipeline.control.ConcurrencyController.Permit;
import io.apilados.pipeline.testing.ConcurrencyControllerContract;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ConcurrencyControllerTest {

    private final VirtualScheduler time = new VirtualScheduler();

    @Nested
    class Fixed extends ConcurrencyControllerContract {
        @Override
        protected ConcurrencyController controller(int limit) {
            return ConcurrencyController.fixed(limit);
        }
    }

    @Nested
    class Adaptive extends ConcurrencyControllerContract {
        @Override
        protected ConcurrencyController controller(int limit) {
            return ConcurrencyController.adaptive(limit, limit, limit);
        }
    }

    @Test
    void refusesWhoeverComesToAFullQueue() throws Exception {
        ConcurrencyController controller =
                ConcurrencyController.builder().fixed(1).maxWaiting(2).build();
        Permit held = controller.acquire();
        CompletableFuture<Permit> leaves = controller.acquireAsync().toCompletableFuture();
        CompletableFuture<Permit> stays = controller.acquireAsync().toCompletableFuture();

        assertThat(controller.acquireAsync().toCompletableFuture())
                .isCompletedExceptionally()
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(RejectedExecutionException.class)
                .withMessageContaining("2 wait for a permit, as many as may");
        assertThatThrownBy(controller::acquire).isInstanceOf(RejectedExecutionException.class);
        assertThatThrownBy(() -> controller.acquire(Duration.ofDays(1))).isInstanceOf(RejectedExecutionException.class);
        assertThat(controller.waiting()).isEqualTo(2);

        leaves.cancel(false);
        CompletableFuture<Permit> comes = controller.acquireAsync().toCompletableFuture();
        held.succeeded();
        stays.join().succeeded();
        comes.join().succeeded();
        assertThat(controller.inFlight()).isZero();
    }

    @Test
    void withoutAQueueNobodyWaits() throws InterruptedException {
        ConcurrencyController controller =
                ConcurrencyController.builder().fixed(1).maxWaiting(0).build();
        Permit held = controller.acquire();
        assertThatThrownBy(controller::acquire).isInstanceOf(RejectedExecutionException.class);
        held.succeeded();
        controller.acquire().succeeded();
    }

    @Test
    void patienceIsMeasuredByTheScheduler() {
        ConcurrencyController controller =
                ConcurrencyController.builder().fixed(1).scheduler(time).build();
        Permit held = controller.tryAcquire().orElseThrow();
        assertThatThrownBy(() -> controller.acquire(Duration.ofHours(3)))
                .isInstanceOf(TimeoutException.class)
                .hasMessageContaining("1 are out, the limit is 1");
        assertThat(time.elapsed()).isEqualTo(Duration.ofHours(3));
        held.succeeded();
    }

    @Test
    void whoWaitsIsServedAtTheMomentAPermitEnds() throws Exception {
        ConcurrencyController controller =
                ConcurrencyController.builder().fixed(1).scheduler(time).build();
        Permit held = controller.tryAcquire().orElseThrow();
        var unused = time.schedule(held::succeeded, Duration.ofMinutes(7));
        Permit permit = controller.acquire(Duration.ofMinutes(7).plusNanos(1));
        assertThat(time.elapsed()).isEqualTo(Duration.ofMinutes(7));
        permit.succeeded();
        assertThat(controller.inFlight()).isZero();
    }

    @Test
    void handsOutAllThatARisingLimitFreesAndNothingWhileItIsExceeded() {
        Switched limit = new Switched();
        FifoConcurrencyController controller = new FifoConcurrencyController(limit, Integer.MAX_VALUE, time);
        List<Permit> out = new ArrayList<>();
        List<CompletableFuture<Permit>> waiters = new ArrayList<>();
        out.add(controller.tryAcquire().orElseThrow());
        for (int i = 0; i < 6; i++) {
            waiters.add(controller.acquireAsync().toCompletableFuture());
        }
        limit.next = 4;
        out.get(0).succeeded();
        assertThat(waiters.stream().filter(CompletableFuture::isDone)).hasSize(4);
        limit.next = 2;
        waiters.get(0).join().succeeded();
        waiters.get(1).join().succeeded();
        assertThat(controller.inFlight()).isEqualTo(2);
        assertThat(waiters.stream().filter(CompletableFuture::isDone)).hasSize(4);
        waiters.subList(2, 6).forEach(waiter -> waiter.join().succeeded());
        assertThat(controller.inFlight()).isZero();
        assertThat(controller.waiting()).isZero();
    }

    /** Moves to {@code next} with the next sample. */
    private static final class Switched implements ConcurrencyLimit {
        private int limit = 1;
        private int next = 1;

        @Override
        public int limit() {
            return limit;
        }

        @Override
        public int maxLimit() {
            return 10;
        }

        @Override
        public void onSample(long startNanos, long endNanos, int inFlight, boolean dropped, long work) {
            limit = next;
        }
    }

    @Test
    void servesVirtualThreads() throws Exception {
        ExecutorService threads = virtualThreads();
        ConcurrencyController controller = ConcurrencyController.fixed(3);
        AtomicInteger working = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            all.add(threads.submit(() -> {
                try (Permit permit = controller.acquire()) {
                    most.accumulateAndGet(working.incrementAndGet(), Math::max);
                    Thread.onSpinWait();
                    working.decrementAndGet();
                    permit.succeeded();
                }
                return null;
            }));
        }
        for (Future<?> one : all) {
            one.get();
        }
        threads.shutdown();
        assertThat(most.get()).isBetween(1, 3);
        assertThat(controller.inFlight()).isZero();
    }

    private static ExecutorService virtualThreads() throws ReflectiveOperationException {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads came with Java 21");
        return (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    }

    @Test
    void refusesSettingsThatMakeNoSense() {
        assertThatThrownBy(() -> ConcurrencyController.builder().maxWaiting(-1)).hasMessageContaining("0 or more");
        assertThatThrownBy(() -> ConcurrencyController.builder().fixed(0)).hasMessageContaining("1 or more");
        assertThatThrownBy(() -> ConcurrencyController.builder().adaptive(2, 1, 3))
                .hasMessageContaining("min <= initial <= max");
        assertThatThrownBy(() -> ConcurrencyController.builder().fixed(1).adaptive(1, 1, 1))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aBuilderMakesControllersThatShareNothing() {
        ConcurrencyController.Builder builder = ConcurrencyController.builder().adaptive(1, 1, 1);
        ConcurrencyController one = builder.build();
        ConcurrencyController other = builder.build();
        assertThat(one.tryAcquire()).isPresent();
        assertThat(one.tryAcquire()).isEmpty();
        assertThat(other.tryAcquire()).isPresent();
        assertThat(ConcurrencyController.builder().build().maxLimit()).isEqualTo(10);
    }
}
