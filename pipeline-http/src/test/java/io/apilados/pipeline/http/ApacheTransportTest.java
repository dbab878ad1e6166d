// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.http.HttpTransport.Request;
import io.apilados.pipeline.http.RawServer.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class ApacheTransportTest {

    private static final Duration PATIENCE = Duration.ofSeconds(Batches.PATIENCE_SECONDS);
    private static final int THREADS = 4;
    private static final int INTERRUPTS = 3_000;

    /**
     * A thread that is interrupted just when a connection is granted to it must give it back: with one connection, the
     * first that is lost is the last.
     */
    @Test
    void interruptsWhileWaitingForAConnectionLoseNone() throws Exception {
        try (RawServer server = RawServer.answering(request -> Answer.of(200));
                ApacheTransport transport = transport(1)) {
            AtomicBoolean over = new AtomicBoolean();
            AtomicInteger answered = new AtomicInteger();
            AtomicInteger late = new AtomicInteger();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Thread thread = new Thread(() -> {
                    while (!over.get()) {
                        try {
                            answered.addAndGet(transport
                                            .exchange(request(server), PATIENCE)
                                            .status()
                                    / 200);
                        } catch (TimeoutException e) {
                            late.incrementAndGet();
                        } catch (IOException e) {
                            // Interrupted.
                        }
                        boolean unused = Thread.interrupted();
                    }
                });
                thread.start();
                threads.add(thread);
            }
            SplittableRandom random = new SplittableRandom(11);
            for (int i = 0; i < INTERRUPTS && late.get() == 0; i++) {
                LockSupport.parkNanos(random.nextInt(200_000));
                threads.get(random.nextInt(THREADS)).interrupt();
            }
            over.set(true);
            for (Thread thread : threads) {
                thread.interrupt();
                thread.join(PATIENCE.toMillis());
            }

            assertThat(transport.connectionsInUse()).isZero();
            assertThat(transport.exchange(request(server), PATIENCE).status()).isEqualTo(200);
            assertThat(answered).hasPositiveValue();
        }
    }

    /** The second request waits for the only connection, which must not be kept from it. */
    @Test
    void connectionGoesToTheRequestThatWaitsForOne() throws Exception {
        CountDownLatch firstIsThere = new CountDownLatch(1);
        CountDownLatch secondWaits = new CountDownLatch(1);
        try (RawServer server = RawServer.answering(request -> {
                    firstIsThere.countDown();
                    secondWaits.await();
                    return Answer.of(200);
                });
                ApacheTransport transport = transport(1)) {
            CompletableFuture<Integer> first = answered(transport, server);
            firstIsThere.await();
            CompletableFuture<Integer> status = new CompletableFuture<>();
            Thread second = new Thread(() -> complete(status, transport, server));
            second.start();
            while (second.isAlive() && second.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            secondWaits.countDown();

            assertThat(first.get(Batches.PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo(200);
            assertThat(status.get(Batches.PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo(200);
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @Test
    void idleConnectionMakesRoomForOneThatLeadsElsewhere() throws Exception {
        try (RawServer here = RawServer.answering(request -> Answer.of(200));
                RawServer there = RawServer.answering(request -> Answer.of(202));
                ApacheTransport transport = transport(1)) {
            assertThat(transport.exchange(request(here), PATIENCE).status()).isEqualTo(200);
            assertThat(transport.connectionsInUse()).isZero();
            assertThat(transport.exchange(request(there), PATIENCE).status()).isEqualTo(202);
            assertThat(transport.exchange(request(here), PATIENCE).status()).isEqualTo(200);
            assertThat(transport.connectionsInUse()).isZero();
        }
    }

    @Test
    void connectionIsUsedAgainAsLongAsTheServerKeepsIt() throws Exception {
        AdvancedClock clock = new AdvancedClock();
        try (RawServer server = RawServer.answering(request -> new Answer(200, "", List.of("Keep-Alive: timeout=5")));
                ApacheTransport transport = transport(2, clock)) {
            assertThat(transport.exchange(request(server), PATIENCE).status()).isEqualTo(200);
            clock.advance(Duration.ofSeconds(4));
            assertThat(transport.exchange(request(server), PATIENCE).status()).isEqualTo(200);
            assertThat(server.accepted()).isEqualTo(1);
            clock.advance(Duration.ofSeconds(5));
            assertThat(transport.exchange(request(server), PATIENCE).status()).isEqualTo(200);
            assertThat(server.accepted()).isEqualTo(2);
        }
    }

    /** It is not even tried: a request that may arrive twice is none that did. */
    @Test
    void connectionThatWasClosedWhileItIdledIsFoundOut() throws Exception {
        AdvancedClock clock = new AdvancedClock();
        CountDownLatch closed = new CountDownLatch(1);
        AtomicInteger connections = new AtomicInteger();
        try (RawServer server = RawServer.holding(connection -> {
                    boolean first = connections.getAndIncrement() == 0;
                    for (RawServer.Request read = connection.read(); read != null; read = connection.read()) {
                        connection.write(Answer.of(200));
                        if (first) {
                            connection.socket.shutdownOutput();
                            closed.countDown();
                        }
                    }
                });
                ApacheTransport transport = transport(2, clock)) {
            assertThat(transport.exchange(request(server), PATIENCE).status()).isEqualTo(200);
            closed.await();
            clock.advance(Duration.ofSeconds(3));
            HttpTransport.Answer second = transport.exchange(request(server), PATIENCE);

            assertThat(second.status()).isEqualTo(200);
            assertThat(second.resent()).isFalse();
            assertThat(server.accepted()).isEqualTo(2);
        }
    }

    @Test
    void connectionThatIdledLongIsNotHandedOnAsIfItHadNot() throws Exception {
        AdvancedClock clock = new AdvancedClock();
        try (RawServer here = RawServer.answering(request -> Answer.of(200));
                RawServer there = RawServer.answering(request -> Answer.of(202));
                ApacheTransport transport = transport(2, clock)) {
            assertThat(transport.exchange(request(here), PATIENCE).status()).isEqualTo(200);
            clock.advance(Duration.ofSeconds(3));
            assertThat(transport.exchange(request(there), PATIENCE).status()).isEqualTo(202);
            assertThat(transport.exchange(request(here), PATIENCE).status()).isEqualTo(200);
            assertThat(here.accepted()).isEqualTo(2);
        }
    }

    @Test
    void nothingIsSentAfterClosing() throws Exception {
        try (RawServer server = RawServer.answering(request -> Answer.of(200))) {
            ApacheTransport transport = transport(2);
            assertThat(transport.exchange(request(server), PATIENCE).status()).isEqualTo(200);
            transport.close();
            assertThatThrownBy(() -> transport.exchange(request(server), PATIENCE))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    private static CompletableFuture<Integer> answered(ApacheTransport transport, RawServer server) {
        CompletableFuture<Integer> status = new CompletableFuture<>();
        new Thread(() -> complete(status, transport, server)).start();
        return status;
    }

    private static void complete(CompletableFuture<Integer> status, ApacheTransport transport, RawServer server) {
        try {
            status.complete(transport.exchange(request(server), PATIENCE).status());
        } catch (IOException | TimeoutException e) {
            status.completeExceptionally(e);
        }
    }

    /** The system's clock, ahead of itself. */
    private static final class AdvancedClock extends AdjustedScheduler {
        private final AtomicLong ahead = new AtomicLong();

        AdvancedClock() {
            super(delay -> delay);
        }

        void advance(Duration time) {
            ahead.addAndGet(time.toNanos());
        }

        @Override
        public long nanoTime() {
            return super.nanoTime() + ahead.get();
        }
    }

    private static Request request(RawServer server) {
        byte[] body = "{}".getBytes(StandardCharsets.UTF_8);
        return new Request("POST", server.uri(), Map.of("Accept", "*/*"), body, body.length, 0);
    }

    private static ApacheTransport transport(int connections) {
        return transport(connections, Scheduler.system());
    }

    private static ApacheTransport transport(int connections, Scheduler scheduler) {
        return new ApacheTransport(
                new TransportSettings(HttpVersion.HTTP_1_1, connections, PATIENCE, PATIENCE, null, null, scheduler));
    }
}
