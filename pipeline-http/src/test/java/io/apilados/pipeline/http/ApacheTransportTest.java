// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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

    private static Request request(RawServer server) {
        byte[] body = "{}".getBytes(StandardCharsets.UTF_8);
        return new Request("POST", server.uri(), Map.of("Accept", "*/*"), body, body.length, 0);
    }

    private static ApacheTransport transport(int connections) {
        return new ApacheTransport(new TransportSettings(
                HttpVersion.HTTP_1_1, connections, PATIENCE, PATIENCE, null, null, Scheduler.system()));
    }
}
