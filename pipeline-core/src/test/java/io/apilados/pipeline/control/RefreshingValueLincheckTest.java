// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** One thread loads, however many ask at once. */
@Tag("proof")
class RefreshingValueLincheckTest {

    private static final Duration LIFE = Duration.ofNanos(10);

    @Test
    void theFirstValueIsLoadedOnceUnderAnyInterleaving() {
        Linearizability.check(FirstLoad.class, FirstLoadModel.class);
    }

    @Test
    void anOldValueIsLoadedAgainOnceUnderAnyInterleaving() {
        Lincheck.runConcurrentTest(300, RefreshingValueLincheckTest::threeAskForAnOldValue);
    }

    @Test
    @Tag("slow")
    void loadsAreSharedUnderManyMoreInterleavings() {
        Linearizability.checkLong(FirstLoad.class, FirstLoadModel.class);
        Lincheck.runConcurrentTest(50_000, RefreshingValueLincheckTest::threeAskForAnOldValue);
    }

    /** While one loads, others may take the old value: then no order of the calls explains the results, but this holds. */
    private static void threeAskForAnOldValue() {
        Linearizability.StoppedClock clock = new Linearizability.StoppedClock();
        AtomicInteger loads = new AtomicInteger();
        RefreshingValue<Integer> value = RefreshingValue.of(loads::incrementAndGet, LIFE, clock);
        value.get();
        clock.set(LIFE.toNanos());
        int[] got = new int[3];
        Thread one = new Thread(() -> got[0] = value.get());
        Thread two = new Thread(() -> got[1] = value.get());
        one.start();
        two.start();
        got[2] = value.get();
        try {
            one.join();
            two.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        require(loads.get() == 2, "it was loaded again once");
        require(value.get() == 2, "the new value stays");
        for (int each : got) {
            require(each == 1 || each == 2, "each got the old value or the new");
        }
    }

    /** Not AssertJ's: its objects cannot be compared, which the model checker does with all it meets. */
    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("does not hold: " + what);
        }
    }

    /** The value is the number of its load. */
    public static class FirstLoad {
        private final AtomicInteger loads = new AtomicInteger();
        private final RefreshingValue<Integer> value =
                RefreshingValue.of(loads::incrementAndGet, LIFE, new Linearizability.StoppedClock());

        @Operation
        public int get() {
            return value.get();
        }
    }

    /** The model of {@link FirstLoad}. */
    public static class FirstLoadModel {

        public int get() {
            return 1;
        }
    }
}
