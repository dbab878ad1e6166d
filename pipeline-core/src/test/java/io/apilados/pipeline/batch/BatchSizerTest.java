// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.batch.BatchSample.Outcome;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

/** Feeds the sizer one batch after the other; latencies are in milliseconds for a number of records. */
class BatchSizerTest {

    private static int sizeAfter(BatchSizer sizer, int batches, IntToDoubleFunction latencyMillis) {
        long now = 0;
        for (int i = 0; i < batches; i++) {
            int size = sizer.size();
            long end = now + (long) (latencyMillis.applyAsDouble(size) * 1e6);
            sizer.onSample(new BatchSample(size, 0, now, end, Outcome.CLEAN));
            now = end;
        }
        return sizer.size();
    }

    @Test
    void growsWhereARequestCostsMoreThanItsRecords() {
        assertThat(sizeAfter(new BatchSizer(BatchSizing.ofDefaults()), 400, n -> 40 + 0.4 * n))
                .isBetween(350, 500);
    }

    @Test
    void shrinksWhereLargeBatchesAreSlow() {
        assertThat(sizeAfter(new BatchSizer(BatchSizing.ofDefaults()), 400, n -> 30 + 0.05 * Math.pow(n, 1.8)))
                .isBetween(10, 60);
    }

    @Test
    void prefersSmallBatchesWhereSizeMakesNoDifference() {
        assertThat(sizeAfter(new BatchSizer(BatchSizing.ofDefaults()), 1000, n -> 0.5 * n))
                .isLessThan(60);
    }

    @Test
    void staysBelowWhatWasRefusedAsTooLarge() {
        BatchSizer sizer = new BatchSizer(BatchSizing.ofDefaults());
        sizer.onSample(new BatchSample(100, 0, 0, 1, Outcome.TOO_LARGE));
        assertThat(sizer.size()).isLessThan(100);
        assertThat(sizeAfter(sizer, 400, n -> 40 + 0.4 * n)).isBetween(10, 99);
    }

    @Test
    void refusedBytesLowerTheBytesButNotBelowWhatWasAccepted() {
        BatchSizer sizer = new BatchSizer(BatchSizing.ofDefaults().withMaxBytes(50_000));
        assertThat(sizer.maxBytes()).isEqualTo(50_000);
        sizer.onSample(new BatchSample(100, 19_500, 0, 1, Outcome.CLEAN));
        sizer.onSample(new BatchSample(200, 40_000, 1, 2, Outcome.TOO_LARGE));
        assertThat(sizer.maxBytes()).isEqualTo(38_000);
        sizer.onSample(new BatchSample(100, 20_000, 2, 3, Outcome.TOO_LARGE));
        assertThat(sizer.maxBytes()).isEqualTo(19_500);
        sizer.onSample(new BatchSample(90, 15_000, 3, 4, Outcome.TOO_LARGE));
        assertThat(sizer.maxBytes()).isEqualTo(14_250);
    }

    @Test
    void bytesAreUnboundedWhereNothingIsKnown() {
        BatchSizer sizer = new BatchSizer(BatchSizing.ofDefaults());
        sizer.onSample(new BatchSample(100, 0, 0, 1, Outcome.TOO_LARGE));
        assertThat(sizer.maxBytes()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aCeilingFromOutsideHoldsAtOnceAndLeavesWhatWasLearntAlone() {
        BatchSizer sizer = new BatchSizer(BatchSizing.ofDefaults());
        int learnt = sizeAfter(sizer, 400, n -> 40 + 0.4 * n);
        sizer.ceiling(25);
        assertThat(sizer.size()).isEqualTo(25);
        assertThat(sizeAfter(sizer, 400, n -> 5000)).isEqualTo(25);
        sizer.ceiling(Integer.MAX_VALUE);
        assertThat(sizer.size()).isEqualTo(learnt);
    }

    @Test
    void disturbedBatchesSayNothing() {
        BatchSizer sizer = new BatchSizer(BatchSizing.ofDefaults());
        for (int i = 0; i < 1000; i++) {
            sizer.onSample(new BatchSample(100, 0, i, i + 1, Outcome.DISTURBED));
        }
        assertThat(sizer.size()).isEqualTo(100);
    }

    @Test
    void staysWithinItsBounds() {
        BatchSizer sizer = new BatchSizer(BatchSizing.adaptive(90, 100, 110));
        for (int round = 0; round < 20; round++) {
            int steepness = round;
            assertThat(sizeAfter(sizer, 30, n -> 10 + steepness * n)).isBetween(90, 110);
        }
    }

    @Test
    void aFixedSizeNeverMoves() {
        assertThat(sizeAfter(new BatchSizer(BatchSizing.fixed(7)), 500, n -> 40 + 0.4 * n))
                .isEqualTo(7);
    }
}
