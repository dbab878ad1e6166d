// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.control.ConcurrencyController.Permit;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Permits are accounted for exactly, and given first come, first served, whatever threads ask, leave and end at once. */
@Tag("proof")
class ConcurrencyControllerLincheckTest {

    private static final int THREADS = 8;

    @Test
    void permitsAreAccountedForUnderAnyInterleaving() {
        Linearizability.check(WithTwo.class, TwoPermits.class);
    }

    @Test
    void aSinglePermitGoesFromHandToHandUnderAnyInterleaving() {
        Linearizability.modelCheck(WithOne.class, OnePermit.class);
    }

    @Test
    void aPlaceThatIsLeftTheMomentItsPermitComesCostsNoPermit() {
        Lincheck.runConcurrentTest(100, ConcurrencyControllerLincheckTest::oneEndsWhileTheNextLeaves);
    }

    private static void oneEndsWhileTheNextLeaves() {
        ConcurrencyController controller = ConcurrencyController.fixed(1);
        Permit held = place(controller).join();
        CompletableFuture<Permit> leaves = place(controller);
        CompletableFuture<Permit> stays = place(controller);
        Thread ends = new Thread(held::succeeded);
        ends.start();
        if (!leaves.cancel(false)) {
            leaves.join().close();
        }
        try {
            ends.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        if (!stays.isDone() || controller.inFlight() != 1) {
            throw new AssertionError("the next in line has " + (stays.isDone() ? "a permit" : "none") + ", and "
                    + controller.inFlight() + " are out");
        }
    }

    private static CompletableFuture<Permit> place(ConcurrencyController controller) {
        return controller.acquireAsync().toCompletableFuture();
    }

    @Test
    @Tag("slow")
    void permitsAreAccountedForUnderManyMoreInterleavings() {
        Linearizability.checkLong(WithTwo.class, TwoPermits.class);
        Linearizability.checkLong(WithOne.class, OnePermit.class);
    }

    @Test
    void aLimitThatIsLookedAtBeforeItIsTakenIsFound() {
        assertThatThrownBy(() -> Linearizability.modelCheck(LooksThenTakes.class, TakesModel.class))
                .isInstanceOf(LincheckAssertionError.class);
    }

    /** Each thread has at most one place or permit, as a thread of a pipeline has. */
    abstract static class Operations {
        private final ConcurrencyController controller;

        @SuppressWarnings({"unchecked", "rawtypes"})
        private final @Nullable CompletableFuture<Permit>[] places = new CompletableFuture[THREADS];

        Operations(int limit) {
            controller = ConcurrencyController.fixed(limit);
        }

        @Operation
        public String ask(@Param(gen = ThreadIdGen.class) int thread) {
            if (places[thread] != null) {
                return "has asked";
            }
            CompletableFuture<Permit> place = controller.acquireAsync().toCompletableFuture();
            places[thread] = place;
            return place.isDone() ? "got one" : "waits";
        }

        @Operation
        public boolean has(@Param(gen = ThreadIdGen.class) int thread) {
            CompletableFuture<Permit> place = places[thread];
            return place != null && place.isDone();
        }

        @Operation
        public String end(@Param(gen = ThreadIdGen.class) int thread) {
            CompletableFuture<Permit> place = places[thread];
            if (place == null || !place.isDone()) {
                return "has none";
            }
            places[thread] = null;
            Permit permit = place.join();
            permit.succeeded();
            permit.dropped();
            return "ended";
        }

        @Operation
        public String leave(@Param(gen = ThreadIdGen.class) int thread) {
            CompletableFuture<Permit> place = places[thread];
            if (place == null) {
                return "has none";
            }
            places[thread] = null;
            if (place.cancel(false)) {
                return "left";
            }
            place.join().close();
            return "gave back";
        }

        final void booksBalance() {
            int given = (int) Arrays.stream(places)
                    .filter(place -> place != null && place.isDone())
                    .count();
            int waiting = (int) Arrays.stream(places).filter(Objects::nonNull).count() - given;
            if (controller.inFlight() != given || controller.waiting() != waiting) {
                throw new AssertionError(given + " are given and " + waiting + " wait, but it says "
                        + controller.inFlight() + " and " + controller.waiting());
            }
            if (waiting > 0 && given < controller.limit()) {
                throw new AssertionError(waiting + " wait though a permit is free");
            }
        }
    }

    /** A limit of two for three threads. */
    public static class WithTwo extends Operations {
        public WithTwo() {
            super(2);
        }

        @Validate
        public void books() {
            booksBalance();
        }
    }

    /** A limit of one: each permit is handed over. */
    public static class WithOne extends Operations {
        public WithOne() {
            super(1);
        }

        @Validate
        public void books() {
            booksBalance();
        }
    }

    /** What one thread alone would see. */
    abstract static class Model {
        private final int limit;
        private final boolean[] given = new boolean[THREADS];
        private final Deque<Integer> line = new ArrayDeque<>();
        private int inFlight;

        Model(int limit) {
            this.limit = limit;
        }

        public String ask(int thread) {
            if (given[thread] || line.contains(thread)) {
                return "has asked";
            }
            line.add(thread);
            handOut();
            return given[thread] ? "got one" : "waits";
        }

        public boolean has(int thread) {
            return given[thread];
        }

        public String end(int thread) {
            return release(thread) ? "ended" : "has none";
        }

        public String leave(int thread) {
            if (line.remove(thread)) {
                return "left";
            }
            return release(thread) ? "gave back" : "has none";
        }

        private boolean release(int thread) {
            if (!given[thread]) {
                return false;
            }
            given[thread] = false;
            inFlight--;
            handOut();
            return true;
        }

        private void handOut() {
            while (inFlight < limit && !line.isEmpty()) {
                inFlight++;
                given[line.remove()] = true;
            }
        }
    }

    /** The model of {@link WithTwo}. */
    public static class TwoPermits extends Model {
        public TwoPermits() {
            super(2);
        }
    }

    /** The model of {@link WithOne}. */
    public static class OnePermit extends Model {
        public OnePermit() {
            super(1);
        }
    }

    /** A planted fault: two threads may both see that one permit is free. */
    public static class LooksThenTakes {
        private final AtomicInteger out = new AtomicInteger();

        @Operation
        public boolean take() {
            if (out.get() < 3) {
                out.incrementAndGet();
                return true;
            }
            return false;
        }
    }

    /** The model of {@link LooksThenTakes}. */
    public static class TakesModel {
        private int out;

        public boolean take() {
            return out < 3 && ++out <= 3;
        }
    }
}
