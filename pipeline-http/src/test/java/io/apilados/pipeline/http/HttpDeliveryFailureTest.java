// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.RawServer.Answer;
import io.apilados.pipeline.http.RawServer.Conversation;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that do not answer as they should: nobody knows what became of the batch, and that is what comes out. */
class HttpDeliveryFailureTest {

    private static final Duration SHORT = Duration.ofMillis(400);

    /** Half of the time-out for single reads, so that no single read ever takes too long. */
    private static final int DRIP_MILLIS = 50;

    /** Far more than the time-out, and far less than for ever. */
    private static final Duration SOON = Duration.ofSeconds(10);

    private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";

    @Test
    void serverThatNeverAnswersIsGivenUpWhenTheTimeIsOver() throws IOException {
        assertGivenUp(connection -> connection.ignore());
    }

    @Test
    void serverThatNeverReadsIsGivenUpWhenTheTimeIsOver() throws IOException {
        CountDownLatch never = new CountDownLatch(1);
        try (RawServer server = RawServer.holding(connection -> never.await());
                var delivery = HttpDelivery.to(server.uri()).timeout(SHORT).build()) {
            // More than the buffers of both sides hold, so that the client is stuck in writing.
            String record = "{\"a\":\"" + "x".repeat(32 << 20) + "\"}";

            assertThat(timed(delivery.deliver(Batches.of(record)))).isInstanceOf(TimeoutException.class);
        }
    }

    @Test
    void serverThatDripsItsHeadForEverIsGivenUpWhenTheTimeIsOver() throws IOException {
        assertDrippingIsGivenUp(connection -> {
            connection.write("HTTP/1.1 200 OK\r\nX-Patience: ");
            connection.drip("abc", DRIP_MILLIS);
        });
    }

    @Test
    void serverThatDripsItsBodyForEverIsGivenUpWhenTheTimeIsOver() throws IOException {
        assertDrippingIsGivenUp(connection -> {
            connection.write(HEAD);
            connection.drip("abc", DRIP_MILLIS);
        });
    }

    @Test
    void serverThatDripsInformationalAnswersForEverIsGivenUpWhenTheTimeIsOver() throws IOException {
        assertDrippingIsGivenUp(connection -> connection.drip("HTTP/1.1 103 Early Hints\r\n\r\n", 2));
    }

    @Test
    void waitingForAConnectionCountsIntoTheTime() throws IOException {
        try (RawServer server = RawServer.holding(connection -> {
                    var unused = connection.read();
                    connection.write(HEAD);
                    connection.drip("abc", DRIP_MILLIS);
                });
                var delivery = HttpDelivery.to(server.uri())
                        .timeout(SHORT)
                        .maxConnections(1)
                        .build()) {
            CompletionStage<DeliveryOutcome> first = delivery.deliver(Batches.of("{}"));
            CompletionStage<DeliveryOutcome> second = delivery.deliver(Batches.of("{}"));

            assertThat(timed(first)).isInstanceOfAny(TimeoutException.class, IOException.class);
            assertThat(timed(second)).isInstanceOfAny(TimeoutException.class, IOException.class);
        }
    }

    /** Whichever step of the exchange it is that the end of the time comes in between. */
    @Test
    void timeOutIsATimeOutAtWhateverMomentItComesAndCostsNoConnection() throws IOException {
        int connections = 2;
        AtomicLong micros = new AtomicLong();
        try (RawServer server = RawServer.answering(request -> Answer.of(200));
                var delivery = HttpDelivery.to(server.uri())
                        .maxConnections(connections)
                        .timeout(SOON)
                        .scheduler(new AdjustedScheduler(delay -> Duration.ofNanos(1_000 * micros.get())))
                        .build()) {
            for (int tenths = 1; tenths <= 40; tenths++) {
                micros.set(100L * tenths);
                for (CompletionStage<DeliveryOutcome> stage : deliverMany(delivery, 20)) {
                    Object end = stage.<Object>handle((outcome, failure) -> outcome == null ? failure : outcome)
                            .toCompletableFuture()
                            .join();
                    assertThat(end)
                            .isInstanceOfAny(
                                    DeliveryOutcome.Delivered.class, TimeoutException.class, IOException.class);
                }
            }
            micros.set(TimeUnit.SECONDS.toMicros(Batches.PATIENCE_SECONDS));
            for (CompletionStage<DeliveryOutcome> stage : deliverMany(delivery, 2 * connections)) {
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

    @Test
    void timeOutsUseUpNoConnections() throws IOException {
        AtomicInteger connections = new AtomicInteger();
        int bad = 5;
        try (RawServer server = RawServer.holding(connection -> {
                    if (connections.incrementAndGet() <= bad) {
                        connection.drip(HEAD, DRIP_MILLIS);
                    }
                    while (connection.read() != null) {
                        connection.write(Answer.of(200));
                    }
                });
                var delivery = HttpDelivery.to(server.uri())
                        .timeout(SHORT)
                        .maxConnections(1)
                        .build()) {
            for (int i = 0; i < bad; i++) {
                assertThat(Batches.failure(delivery, Batches.of("{}"))).isInstanceOf(TimeoutException.class);
            }

            assertThat(Batches.deliver(delivery, Batches.of("{}"))).isEqualTo(DeliveryOutcome.delivered());
        }
    }

    @Test
    void perRecordATimeOutLeavesTheOtherRecordsOutcomesAlone() throws IOException {
        AtomicInteger requests = new AtomicInteger();
        try (RawServer server = RawServer.holding(connection -> {
                    while (connection.read() != null) {
                        if (requests.incrementAndGet() == 2) {
                            connection.ignore();
                            return;
                        }
                        connection.write(Answer.of(200));
                    }
                });
                var delivery =
                        HttpDelivery.to(server.uri()).timeout(SHORT).perRecord().build()) {
            DeliveryOutcome outcome = Batches.deliver(delivery, Batches.of("{}", "{}", "{}"));

            assertThat(outcome)
                    .isInstanceOfSatisfying(
                            DeliveryOutcome.PerRecord.class,
                            each -> assertThat(each.outcomes())
                                    .extracting(one -> one.getClass().getSimpleName())
                                    .containsExactly("Delivered", "Retry", "Delivered"));
        }
    }

    @Test
    void serverThatResetsIsAnIoFailure() throws IOException {
        assertIoFailure(connection -> connection.reset());
    }

    @Test
    void serverThatResetsAfterReadingIsAnIoFailure() throws IOException {
        assertIoFailure(connection -> {
            connection.read();
            connection.reset();
        });
    }

    @Test
    void serverThatClosesWithoutAnAnswerIsAnIoFailure() throws IOException {
        assertIoFailure(connection -> connection.read());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // The answer has begun to say yes; it counts when it has come in full.
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
                "HTTP/1.1 200 OK\r\nContent-Le",
                "HTTP/1.1 2",
                "banana\r\n\r\n",
                "SSH-2.0-OpenSSH_9.2p1\r\n",
                "HTTP/1.1 two hundred\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
            })
    void answerThatIsCutOffOrNoHttpIsAnIoFailure(String bytes) throws IOException {
        assertIoFailure(connection -> {
            connection.read();
            connection.write(bytes);
        });
    }

    @Test
    void refusedConnectionIsAnIoFailure() throws IOException {
        URI nobodyThere;
        try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobodyThere = URI.create("http://127.0.0.1:" + gone.getLocalPort() + "/records");
        }
        try (var delivery = HttpDelivery.to(nobodyThere).build()) {
            assertThat(timed(delivery.deliver(Batches.of("{}")))).isInstanceOf(IOException.class);
        }
    }

    @Test
    void hostThatDoesNotExistIsAnIoFailure() {
        try (var delivery = HttpDelivery.to(URI.create("https://no-such-host.invalid/records"))
                .build()) {
            assertThat(timed(delivery.deliver(Batches.of("{}")))).isInstanceOf(IOException.class);
        }
    }

    @Test
    void nothingIsSentTwiceBehindThePipelinesBack() throws IOException {
        AtomicInteger requests = new AtomicInteger();
        try (RawServer server = RawServer.holding(connection -> {
                    if (connection.read() != null) {
                        requests.incrementAndGet();
                    }
                });
                var delivery = HttpDelivery.to(server.uri()).build()) {
            assertThat(Batches.failure(delivery, Batches.of("{}"))).isInstanceOf(IOException.class);
        }

        assertThat(requests).hasValue(1);
    }

    private static void assertGivenUp(Conversation conversation) throws IOException {
        try (RawServer server = RawServer.holding(conversation);
                HttpDelivery<JsonRecord> delivery =
                        HttpDelivery.to(server.uri()).timeout(SHORT).build()) {
            assertThat(timed(delivery.deliver(Batches.of("{}"))))
                    .isInstanceOfAny(TimeoutException.class, SocketTimeoutException.class);
        }
    }

    /** What is said after the request: an answer that comes before it is whole is another matter. */
    private static void assertDrippingIsGivenUp(Conversation conversation) throws IOException {
        try (RawServer server = RawServer.holding(connection -> {
                    var unused = connection.read();
                    conversation.hold(connection);
                });
                HttpDelivery<JsonRecord> delivery =
                        HttpDelivery.to(server.uri()).timeout(SHORT).build()) {
            assertThat(timed(delivery.deliver(Batches.of("{}"))))
                    .isInstanceOf(TimeoutException.class)
                    .hasMessage("no answer within 400 ms");
        }
    }

    private static void assertIoFailure(Conversation conversation) throws IOException {
        try (RawServer server = RawServer.holding(conversation);
                HttpDelivery<JsonRecord> delivery =
                        HttpDelivery.to(server.uri()).build()) {
            assertThat(timed(delivery.deliver(Batches.of("{}")))).isInstanceOf(IOException.class);
        }
    }

    /** What it failed with, and soon. */
    private static Throwable timed(CompletionStage<DeliveryOutcome> stage) {
        long start = System.nanoTime();
        Throwable failure = Batches.failure(stage);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
        return failure;
    }
}
