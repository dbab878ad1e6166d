// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BacklogTest {

    private static final Runnable CALL = () -> {};

    private final Backlog backlog = new Backlog();

    @Test
    void callIsPutOffWhileOthersAreUnderWayAndShortAndMoreFollow() {
        backlog.moreFollow(true);
        backlog.threadBegins();
        lasted(50, Backlog.SHORT_NANOS / 10);

        assertThat(backlog.puts(CALL)).isTrue();
        assertThat(backlog.isEmpty()).isFalse();
        assertThat(backlog.next()).isSameAs(CALL);
        assertThat(backlog.next()).isNull();
        assertThat(backlog.isEmpty()).isTrue();
    }

    @Test
    void callBeginsAtOnceWhereNothingIsUnderWay() {
        backlog.moreFollow(true);
        backlog.threadBegins();
        lasted(50, 0);
        backlog.threadEnds();

        assertThat(backlog.puts(CALL)).isFalse();
    }

    @Test
    void callBeginsAtOnceWhereNobodySaidThatMoreFollow() {
        backlog.threadBegins();
        lasted(50, 0);
        assertThat(backlog.puts(CALL)).isFalse();

        backlog.moreFollow(true);
        backlog.moreFollow(false);
        assertThat(backlog.puts(CALL)).isFalse();
    }

    @Test
    void callBeginsAtOnceBeforeCallsAreKnownToBeShort() {
        backlog.moreFollow(true);
        backlog.threadBegins();
        assertThat(backlog.puts(CALL)).as("nothing is known").isFalse();

        backlog.lasted(0);
        assertThat(backlog.puts(CALL)).as("one call says little").isFalse();
    }

    @Test
    void callBeginsAtOnceWhereCallsTakeLong() {
        backlog.moreFollow(true);
        backlog.threadBegins();
        lasted(50, 2 * Backlog.SHORT_NANOS);
        assertThat(backlog.puts(CALL)).isFalse();

        lasted(50, 0);
        assertThat(backlog.puts(CALL)).as("they became short").isTrue();
        backlog.lasted(TimeUnit.MINUTES.toNanos(1));
        lasted(5, 0);
        assertThat(backlog.puts(CALL)).as("one long call is forgotten soon").isTrue();
        lasted(5, TimeUnit.MINUTES.toNanos(1));
        assertThat(backlog.puts(CALL)).as("they became long").isFalse();
    }

    @Test
    void noMoreThanAFewArePutOff() {
        backlog.moreFollow(true);
        backlog.threadBegins();
        lasted(50, 0);

        for (int i = 0; i < Backlog.MOST; i++) {
            assertThat(backlog.puts(CALL)).isTrue();
        }
        assertThat(backlog.puts(CALL)).isFalse();
    }

    @Test
    void callIsNotLeftToAThreadThatEndsAtThatMoment() throws Exception {
        int rounds = 300_000;
        backlog.moreFollow(true);
        lasted(50, 0);
        // Both begin a round at the same moment, and the next one when both have ended it.
        AtomicInteger ending = new AtomicInteger();
        AtomicInteger putting = new AtomicInteger();
        AtomicInteger put = new AtomicInteger();
        boolean[] found = new boolean[rounds];
        backlog.threadBegins();
        CompletableFuture<Void> ends = CompletableFuture.runAsync(() -> {
            for (int round = 0; round < rounds; round++) {
                ending.incrementAndGet();
                await(putting, round);
                backlog.threadEnds();
                found[round] = backlog.next() != null;
                await(put, round);
                backlog.threadBegins();
            }
        });
        boolean[] putOff = new boolean[rounds];
        for (int round = 0; round < rounds; round++) {
            await(ending, round);
            putting.incrementAndGet();
            putOff[round] = backlog.puts(CALL);
            put.incrementAndGet();
        }
        ends.get();

        assertThat(found).isEqualTo(putOff);
    }

    private static void await(AtomicInteger other, int round) {
        while (other.get() <= round) {
            Thread.onSpinWait();
        }
    }

    private void lasted(int calls, long nanos) {
        for (int i = 0; i < calls; i++) {
            backlog.lasted(nanos);
        }
    }
}
