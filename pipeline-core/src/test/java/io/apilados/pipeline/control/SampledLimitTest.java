// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SampledLimitTest {

    /** Counts what it is told, without any care for threads. */
    private static final class Counting implements ConcurrencyLimit {
        private int samples;
        private long work;
        private long drops;
        private long lastEnd = Long.MIN_VALUE;
        private boolean ranBackwards;

        @Override
        public int limit() {
            return 1 + samples;
        }

        @Override
        public int maxLimit() {
            return Integer.MAX_VALUE;
        }

        @Override
        public void onSample(long startNanos, long endNanos, int inFlight, boolean dropped, long workDone) {
            ranBackwards |= endNanos < lastEnd;
            lastEnd = endNanos;
            samples++;
            work += workDone + inFlight;
            drops += dropped ? 1 : 0;
        }
    }

    @Test
    void losesNoRefusalAndTellsOneSampleAtATime() throws InterruptedException {
        Counting counting = new Counting();
        SampledLimit limit = new SampledLimit(counting, Scheduler.system());
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            int own = t;
            threads.add(new Thread(() -> {
                for (int i = 0; i < 30_000; i++) {
                    limit.sample(limit.startNanos(), own, i % 3 == 0, i);
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(counting.drops).isEqualTo(8 * 10_000);
        assertThat(counting.samples).isBetween(8 * 10_000 + 1, 8 * 30_000);
        assertThat(counting.ranBackwards).isFalse();
        assertThat(limit.limit()).isEqualTo(1 + counting.samples);
    }

    @Test
    void losesNoSampleWhileFewerArePendingThanMay() throws InterruptedException {
        Counting counting = new Counting();
        SampledLimit limit = new SampledLimit(counting, Scheduler.system());
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            int own = t;
            threads.add(new Thread(() -> {
                for (int i = 0; i < 31; i++) {
                    limit.sample(limit.startNanos(), own, false, i);
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(counting.samples).isEqualTo(8 * 31);
        assertThat(counting.work).isEqualTo(8 * 31 * 30 / 2 + 31 * 28);
    }

    @Test
    void keepsWhatComesWhileItIsBusyAndGoesRoundItsPlaces() {
        PendingSamples pending = new PendingSamples(4);
        Counting counting = new Counting();
        SampledLimit limit = new SampledLimit(counting, Scheduler.system());
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 4; i++) {
                assertThat(pending.offer(i, i, 1, false, 1)).isTrue();
            }
            assertThat(pending.offer(9, 9, 1, false, 1)).isFalse();
            pending.drainTo(limit);
            assertThat(pending.hasNext()).isFalse();
        }
        assertThat(counting.samples).isEqualTo(12);
    }
}
