// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SignalTest {

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Signal signal = new Signal();
    private final AtomicInteger open = new AtomicInteger();

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    /** Each waits for the other's every move: one wake-up that is missed, and the game stands still. */
    @Test
    void noRaiseIsMissedByWhoBeginsToWaitMeanwhile() throws Exception {
        int moves = 100_000;
        AtomicInteger moved = new AtomicInteger();
        List<Future<?>> players = new ArrayList<>();
        for (int player = 0; player < 2; player++) {
            int parity = player;
            players.add(threads.submit(() -> {
                for (int i = parity; i < moves; i += 2) {
                    int mine = i;
                    signal.park(() -> moved.get() == mine);
                    moved.incrementAndGet();
                    signal.raise();
                }
                return null;
            }));
        }
        assertAllEnd(players);
        assertThat(moved).hasValue(moves);
        assertThat(signal.times()).isEqualTo(moves);
    }

    @Test
    void aRaiseWakesAllWhoWait() throws Exception {
        List<Future<?>> waiters = waiting(8);
        open.set(1);
        signal.raise();
        assertAllEnd(waiters);
    }

    @Test
    void whoIsInterruptedWaitsNoLongerAndOthersDo() throws Exception {
        List<Future<?>> waiters = waiting(2);
        assertThat(waiters.get(0).cancel(true)).isTrue();
        open.set(1);
        signal.raise();
        assertAllEnd(waiters.subList(1, 2));
    }

    /** As a condition does that takes a lock somebody holds: it is woken there by what was meant for the waiter. */
    @Test
    void aRaiseThatWakesTheConditionItselfIsNotMissed() throws Exception {
        CountDownLatch looked = new CountDownLatch(1);
        Future<?> waiter = threads.submit(() -> {
            signal.park(() -> {
                boolean is = open.get() == 1;
                looked.countDown();
                while (!is && signal.times() == 0) {
                    LockSupport.park();
                }
                return is;
            });
            return null;
        });
        looked.await();
        open.set(1);
        signal.raise();
        assertAllEnd(List.of(waiter));
    }

    /** So many that wait until it is open, and have found that it is not. */
    private List<Future<?>> waiting(int count) throws InterruptedException {
        CountDownLatch looked = new CountDownLatch(count);
        List<Future<?>> waiters = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            waiters.add(threads.submit(() -> {
                signal.park(() -> {
                    looked.countDown();
                    return open.get() == 1;
                });
                return null;
            }));
        }
        looked.await();
        return waiters;
    }

    private static void assertAllEnd(List<Future<?>> all)
            throws InterruptedException, ExecutionException, TimeoutException {
        for (Future<?> one : all) {
            assertThat(one.get(60, SECONDS)).isNull();
        }
    }
}
