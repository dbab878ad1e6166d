// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The leases of all workers together: never more than the rate, fair, and back when a worker is gone. */
class RequestBudgetTest {

    private static final Duration TICK = Duration.ofMillis(10);

    private final VirtualScheduler time = new VirtualScheduler();

    private double lease(RequestBudget budget, String holder, double wanted) {
        return budget.lease(new LeaseRequest(holder, wanted, Duration.ZERO)).perSecond();
    }

    @Test
    void givesEverybodyWhatTheyAskIfItIsThere() {
        RequestBudget budget = RequestBudget.perSecond(100, time);
        assertThat(lease(budget, "a", 30)).isEqualTo(30);
        assertThat(lease(budget, "b", 60)).isEqualTo(60);
        assertThat(budget.leased()).isEqualTo(90);
    }

    @Test
    void whoJoinsABudgetThatIsGivenAwayHasItsPartWhenTheOthersHaveAskedAgain() {
        RequestBudget budget = RequestBudget.perSecond(90, time);
        assertThat(lease(budget, "a", Double.POSITIVE_INFINITY)).isEqualTo(90);
        assertThat(lease(budget, "b", Double.POSITIVE_INFINITY)).isZero();
        assertThat(lease(budget, "a", Double.POSITIVE_INFINITY)).isEqualTo(45);
        assertThat(lease(budget, "b", Double.POSITIVE_INFINITY)).isEqualTo(45);
        assertThat(lease(budget, "c", 10)).isZero();
        assertThat(lease(budget, "a", Double.POSITIVE_INFINITY)).isEqualTo(40);
        assertThat(lease(budget, "c", 10)).isEqualTo(5);
    }

    @Test
    void aWorkerThatIsGoneGivesItsPartBackWhenItsLeaseEnds() {
        RequestBudget budget = RequestBudget.perSecond(50, time);
        lease(budget, "gone", 50);
        time.advance(RequestBudget.TERM.minusNanos(1));
        assertThat(lease(budget, "b", 50)).isZero();
        time.advance(Duration.ofNanos(1));
        assertThat(lease(budget, "b", 50)).isEqualTo(50);
    }

    @Test
    void aPartIsFreeOnlyWhenTheMomentsGivenAwayAtTheOldRateHavePassed() {
        RequestBudget budget = RequestBudget.perSecond(50, time);
        lease(budget, "a", 50);
        assertThat(budget.lease(new LeaseRequest("a", 10, Duration.ofMillis(500)))
                        .perSecond())
                .isEqualTo(10);
        assertThat(lease(budget, "b", 50)).isZero();
        time.advance(Duration.ofMillis(500));
        assertThat(lease(budget, "b", 50)).isEqualTo(40);
    }

    @Test
    void dividesAndRefusesWhatMakesNoSense() throws InterruptedException {
        assertThat(RequestBudget.divided(50, 4)).hasToString("12.5 a second");
        assertThatThrownBy(() -> RequestBudget.divided(50, 0)).hasMessageContaining("workers was 0");
        assertThatThrownBy(() -> RequestBudget.perSecond(0)).hasMessageContaining("rate was 0");
        assertThatThrownBy(() -> new LeaseRequest("a", 0, Duration.ZERO)).hasMessageContaining("perSecond was 0");
        assertThatThrownBy(() -> new LeaseRequest("a", 1, Duration.ofNanos(-1))).hasMessageContaining("committed");
    }

    /** A worker that comes and goes, and has up to so many requests waiting for their moment. */
    private static final class Worker {
        final LeasedRateLimit limit;
        final int waiters;
        final List<Long> moments = new ArrayList<>();
        boolean alive = true;
        long renewAt;

        Worker(LeasedRateLimit limit, int waiters, long now) {
            this.limit = limit;
            this.waiters = waiters;
            this.renewAt = now;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void neverMoreThanTheRateAndOneForEachWorkerWhoeverComesAndGoes(long seed) throws IOException {
        double rate = 40;
        Random random = new Random(seed);
        RequestBudget budget = RequestBudget.perSecond(rate, time);
        List<Worker> workers = new ArrayList<>();
        List<Long> starts = new ArrayList<>();
        int most = 0;
        for (int tick = 0; tick < 6_000; tick++) {
            long now = time.elapsed().toNanos();
            if (random.nextInt(1_000) == 0 || workers.isEmpty()) {
                workers.add(
                        new Worker(new LeasedRateLimit("w" + tick, budget::lease, time), 1 + random.nextInt(8), now));
            }
            if (workers.size() > 2 && random.nextInt(1_200) == 0) {
                workers.get(random.nextInt(workers.size())).alive = false;
            }
            for (Worker worker : workers) {
                if (worker.alive && now >= worker.renewAt) {
                    worker.renewAt = now + LeasedRateLimit.RENEWAL.toNanos();
                    if (!worker.limit.renew()) {
                        worker.renewAt = now + LeasedRateLimit.RENEWAL.toNanos() / 10;
                    }
                }
                worker.moments.removeIf(moment -> moment < now);
                while (worker.alive && worker.limit.perSecond() > 0 && worker.moments.size() < worker.waiters) {
                    long moment = now + worker.limit.reserve().delay().toNanos();
                    worker.moments.add(moment);
                    starts.add(moment);
                }
            }
            workers.removeIf(worker -> !worker.alive);
            most = Math.max(most, workers.size());
            assertThat(budget.leased()).isLessThanOrEqualTo(rate + 1e-6);
            time.advance(TICK);
        }
        long[] sorted = starts.stream().mapToLong(Long::longValue).sorted().toArray();
        int from = 0;
        int inASecond = 0;
        for (int to = 0; to < sorted.length; to++) {
            while (sorted[to] - sorted[from] >= 1_000_000_000L) {
                from++;
            }
            inASecond = Math.max(inASecond, to - from + 1);
        }
        // One for each worker that is there, and one for each of those that a moment before were, or were not yet.
        assertThat(inASecond).isLessThanOrEqualTo((int) rate + most + 4);
        // While workers change places some of the rate is nobody's.
        assertThat(starts.size() / (rate * time.elapsed().toMillis() / 1e3)).isBetween(0.85, 1.01);
    }
}
