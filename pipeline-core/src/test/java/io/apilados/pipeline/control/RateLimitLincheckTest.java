// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** No moment is given twice and none is left out. */
@Tag("proof")
class RateLimitLincheckTest {

    @Test
    void givesEachMomentOnceUnderAnyInterleaving() {
        Linearizability.modelCheck(Reservations.class, Model.class);
    }

    @Test
    @Tag("slow")
    void givesEachMomentOnceUnderManyMoreInterleavings() {
        Linearizability.checkLong(Reservations.class, Model.class);
    }

    /** One start a microsecond. */
    public static class Reservations {
        private final RateLimit limit = RateLimit.builder(1_000_000)
                .scheduler(new Linearizability.StoppedClock())
                .build();

        @Operation
        public long reserve() {
            return limit.reserve().delay().toNanos();
        }
    }

    /** What one thread alone would see. */
    public static class Model {
        private long next;

        public long reserve() {
            long mine = next;
            next += 1000;
            return mine;
        }
    }
}
