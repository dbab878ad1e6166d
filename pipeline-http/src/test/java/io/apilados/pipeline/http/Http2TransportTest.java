// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.HttpTransport.Request;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Its times, and its places, against real sockets. */
@Timeout(60)
class Http2TransportTest {

    private static Certificates certificates;

    @BeforeAll
    static void make(@TempDir Path directory) throws Exception {
        certificates = Certificates.naming(directory, "ip:127.0.0.1");
    }

    private static HttpDelivery.Builder<JsonRecord> to(Http2Server server) throws Exception {
        return HttpDelivery.to(server.uri()).httpVersion(HttpVersion.HTTP_2).sslContext(certificates.client());
    }

    /** The library looks for what is late once a second. */
    @Test
    void answerMayTakeLongerThanConnecting() throws Exception {
        try (Http2Server plain = Http2Server.plain();
                Http2Server encrypted = Http2Server.encrypted(certificates.server());
                var toPlain = to(plain).connectTimeout(Duration.ofMillis(200)).build();
                var toEncrypted =
                        to(encrypted).connectTimeout(Duration.ofMillis(900)).build()) {
            plain.answerAfter(Duration.ofMillis(2_500));
            encrypted.answerAfter(Duration.ofMillis(2_500));
            List<CompletionStage<DeliveryOutcome>> stages =
                    List.of(toPlain.deliver(Batches.of("{}")), toEncrypted.deliver(Batches.of("{}")));

            for (CompletionStage<DeliveryOutcome> stage : stages) {
                assertThat(Batches.outcome(stage)).isEqualTo(DeliveryOutcome.delivered());
            }
        }
    }

    @Test
    void serverMayBeSilentForTheTimeOfTheRequestAndNoLonger() throws Exception {
        try (Http2Server plain = Http2Server.plain();
                Http2Server encrypted = Http2Server.encrypted(certificates.server());
                var toPlain = briefly(plain);
                var toEncrypted = briefly(encrypted)) {
            plain.beSilent(true);
            encrypted.beSilent(true);
            List<CompletionStage<DeliveryOutcome>> stages =
                    List.of(toPlain.deliver(Batches.of("{}")), toEncrypted.deliver(Batches.of("{}")));

            for (CompletionStage<DeliveryOutcome> stage : stages) {
                assertThat(Batches.failure(stage)).isInstanceOf(SocketTimeoutException.class);
            }
        }
    }

    private static HttpDelivery<JsonRecord> briefly(Http2Server server) throws Exception {
        return to(server)
                .requestTimeout(Duration.ofMillis(500))
                .timeout(Duration.ofSeconds(8))
                .build();
    }

    @Test
    void interruptionWhileConnectingCostsNoPlace() throws Exception {
        try (Http2Server server = Http2Server.plain();
                ClosedDoor door = new ClosedDoor(server.uri().getPort());
                HttpTransport transport = transport(Scheduler.system())) {
            CompletableFuture<Throwable> failure = new CompletableFuture<>();
            Thread asking = new Thread(() -> {
                try {
                    transport.exchange(request(door), Duration.ofSeconds(30));
                    failure.completeExceptionally(new AssertionError("there was an answer"));
                } catch (IOException | TimeoutException e) {
                    failure.complete(e);
                }
            });
            asking.start();
            // Before it waits, nothing is on its way that could be lost.
            while (asking.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            asking.interrupt();

            assertThat(failure.get(30, TimeUnit.SECONDS)).isInstanceOf(ConnectException.class);
            door.open();
            assertThat(transport.exchange(request(door), Duration.ofSeconds(30)).status())
                    .isEqualTo(200);
        }
    }

    @Test
    void endOfTheTimeWhileConnectingCostsNoPlace() throws Exception {
        AtomicReference<Runnable> timer = new AtomicReference<>();
        Scheduler held = new AdjustedScheduler(delay -> delay) {
            @Override
            public Cancellable schedule(Runnable task, Duration delay) {
                timer.set(task);
                return () -> {};
            }
        };
        try (Http2Server server = Http2Server.plain();
                ClosedDoor door = new ClosedDoor(server.uri().getPort());
                HttpTransport transport = transport(held)) {
            CompletableFuture<Throwable> failure = new CompletableFuture<>();
            new Thread(() -> {
                        try {
                            transport.exchange(request(door), Duration.ofSeconds(30));
                        } catch (IOException | TimeoutException e) {
                            failure.complete(e);
                        }
                    })
                    .start();
            while (transport.connectionsInUse() == 0) {
                Thread.onSpinWait();
            }
            Objects.requireNonNull(timer.get()).run();

            assertThat(failure.get(30, TimeUnit.SECONDS)).isInstanceOf(ConnectException.class);
            door.open();
            assertThat(transport.exchange(request(door), Duration.ofSeconds(30)).status())
                    .isEqualTo(200);
        }
    }

    /** Whichever step of the exchange it is that the end of the time comes in between. */
    @Test
    void endOfTheTimeCostsNoPlaceAtWhateverMomentItComes() throws Exception {
        int places = 2;
        AtomicLong micros = new AtomicLong();
        try (Http2Server server = Http2Server.plain();
                var delivery = HttpDelivery.to(server.uri())
                        .httpVersion(HttpVersion.HTTP_2)
                        .maxConnections(places)
                        .scheduler(new AdjustedScheduler(delay -> Duration.ofNanos(1_000 * micros.get())))
                        .build()) {
            for (int tenths = 1; tenths <= 30; tenths++) {
                micros.set(100L * tenths);
                for (CompletionStage<DeliveryOutcome> stage : deliverMany(delivery, 20)) {
                    Object end = stage.<Object>handle((outcome, failure) -> outcome == null ? failure : outcome)
                            .toCompletableFuture()
                            .get(30, TimeUnit.SECONDS);
                    assertThat(end)
                            .isInstanceOfAny(
                                    DeliveryOutcome.Delivered.class, TimeoutException.class, IOException.class);
                }
            }
            micros.set(TimeUnit.SECONDS.toMicros(Batches.PATIENCE_SECONDS));
            for (CompletionStage<DeliveryOutcome> stage : deliverMany(delivery, 2 * places)) {
                assertThat(Batches.outcome(stage)).isEqualTo(DeliveryOutcome.delivered());
            }
        }
    }

    private static List<CompletionStage<DeliveryOutcome>> deliverMany(HttpDelivery<JsonRecord> delivery, int count) {
        List<CompletionStage<DeliveryOutcome>> stages = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            stages.add(delivery.deliver(Batches.of("{}")));
        }
        return stages;
    }

    /** With one place, and little patience for the library's own pool. */
    private static HttpTransport transport(Scheduler scheduler) {
        return new TransportSettings(
                        HttpVersion.HTTP_2, 1, Duration.ofSeconds(8), Duration.ofSeconds(8), null, null, scheduler)
                .open("http");
    }

    private static Request request(ClosedDoor door) {
        return new Request("GET", URI.create("http://127.0.0.1:" + door.port() + "/"), Map.of(), null, 0, 0);
    }

    /** A server before which a queue is full, so that connecting takes until the door is opened. */
    private static final class ClosedDoor implements AutoCloseable {
        private final ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private final List<Socket> sockets = new ArrayList<>();
        private final int behind;

        ClosedDoor(int behind) throws IOException {
            this.behind = behind;
            try {
                while (true) {
                    Socket waiting = new Socket();
                    sockets.add(waiting);
                    waiting.connect(listening.getLocalSocketAddress(), 100);
                }
            } catch (SocketTimeoutException e) {
                // The queue is full.
            }
        }

        int port() {
            return listening.getLocalPort();
        }

        void open() {
            new Thread(() -> {
                        try {
                            while (true) {
                                Socket in = listening.accept();
                                Socket out = new Socket(InetAddress.getLoopbackAddress(), behind);
                                new Thread(() -> copy(in, out)).start();
                                new Thread(() -> copy(out, in)).start();
                            }
                        } catch (IOException e) {
                            // The test is over.
                        }
                    })
                    .start();
        }

        private static void copy(Socket from, Socket to) {
            try (from;
                    OutputStream out = to.getOutputStream()) {
                long unused = from.getInputStream().transferTo(out);
            } catch (IOException e) {
                // The test is over.
            }
        }

        @Override
        public void close() throws IOException {
            listening.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }
}
