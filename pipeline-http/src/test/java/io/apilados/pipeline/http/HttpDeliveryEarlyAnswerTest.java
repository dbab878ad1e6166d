// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.deliver.DeliveryOutcome.Refused;
import io.apilados.pipeline.deliver.DeliveryOutcome.Retry;
import io.apilados.pipeline.deliver.DeliveryOutcome.Stop;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.RawServer.Answer;
import io.apilados.pipeline.http.RawServer.Connection;
import io.apilados.pipeline.http.RawServer.Conversation;
import io.apilados.pipeline.http.RawServer.Request;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that answer while the body is still coming. */
class HttpDeliveryEarlyAnswerTest {

    /** More than the buffers of both sides hold. */
    private static final String LARGE = "{\"a\":\"" + "x".repeat(12 << 20) + "\"}";

    private static final int READ_BYTES = 100_000;

    /** How a server leaves that has said what it had to say. */
    private enum Leaving {
        /** Closes with bytes unread, which is a reset. */
        CLOSES {
            @Override
            void leave(Connection connection) {}
        },
        /** Resets, whatever is under way. */
        RESETS {
            @Override
            void leave(Connection connection) throws IOException {
                connection.reset();
            }
        },
        /** Says that it is done, and reads to the end what still comes, as servers should (RFC 9112, section 9.6). */
        LINGERS {
            @Override
            void leave(Connection connection) throws IOException {
                connection.socket.shutdownOutput();
                connection.ignore();
            }
        };

        abstract void leave(Connection connection) throws IOException;
    }

    @ParameterizedTest
    @EnumSource(Leaving.class)
    void answerIsHeardHoweverTheServerLeaves(Leaving leaving) throws IOException {
        for (int i = 0; i < 5; i++) {
            assertTooLarge(answered(413, "no", leaving::leave));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 422, 429, 500, 503})
    void everyRefusalIsHeard(int status) throws IOException {
        DeliveryOutcome outcome = answered(status, "", connection -> {});

        String code = outcome instanceof Retry later
                ? later.reason()
                : outcome instanceof Refused refused ? refused.code() : ((Stop) outcome).code();
        assertThat(code).isEqualTo("http-" + status);
    }

    @Test
    void answerThatComesBeforeAnythingWasReadIsHeard() throws IOException {
        AtomicInteger connections = new AtomicInteger();
        try (RawServer server = RawServer.holding(connection -> {
                    connections.incrementAndGet();
                    connection.write(new Answer(503, "", List.of("Retry-After: 7", "Connection: close")));
                });
                var delivery = HttpDelivery.to(server.uri()).build()) {
            assertThat(Batches.deliver(delivery, Batches.of(LARGE)))
                    .isInstanceOfSatisfying(
                            Retry.class, later -> assertThat(later.after()).isEqualTo(Duration.ofSeconds(7)));
        }
        assertThat(connections).hasValue(1);
    }

    @Test
    void refusalWhoseTextIsLostInTheResetIsHeard() throws IOException {
        assertTooLarge(exchanged(connection -> {
            readSome(connection);
            connection.write("HTTP/1.1 413 Too Large\r\nContent-Length: 100000\r\n\r\nit is too");
        }));
    }

    @ParameterizedTest
    @EnumSource(Leaving.class)
    void successForHalfARequestIsNoSuccess(Leaving leaving) throws IOException {
        try (RawServer server = RawServer.holding(connection -> {
                    readSome(connection);
                    connection.write(Answer.of(200));
                    leaving.leave(connection);
                });
                var delivery = HttpDelivery.to(server.uri()).build()) {
            assertThat(Batches.failure(delivery, Batches.of(LARGE))).isInstanceOf(IOException.class);
        }
    }

    @Test
    void informationalAnswersOnTheWayChangeNothing() throws IOException {
        try (RawServer server = RawServer.holding(connection -> {
                    for (Request head = connection.readHead(); head != null; head = connection.readHead()) {
                        int length = Integer.parseInt(head.header("Content-Length"));
                        connection.write("HTTP/1.1 100 Continue\r\n\r\n");
                        connection.in.skipNBytes(length / 2);
                        connection.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Proc");
                        connection.in.skipNBytes(length - length / 2);
                        connection.write("essing\r\n\r\n");
                        connection.write(Answer.of(200));
                    }
                });
                var delivery = HttpDelivery.to(server.uri()).build()) {
            for (int i = 0; i < 3; i++) {
                assertThat(Batches.deliver(delivery, Batches.of(LARGE))).isEqualTo(DeliveryOutcome.delivered());
            }
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Leaving.class)
    void connectionThatServedBeforeIsHeardOutTooAndNothingIsSentAgain(Leaving leaving) throws IOException {
        AtomicInteger requests = new AtomicInteger();
        try (RawServer server = RawServer.holding(connection -> {
                    connection.read();
                    connection.write(Answer.of(200));
                    if (connection.readHead() != null) {
                        requests.incrementAndGet();
                        readSome(connection);
                        connection.write(Answer.of(413));
                        leaving.leave(connection);
                    }
                });
                var delivery = HttpDelivery.to(server.uri()).build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{}"))).isEqualTo(DeliveryOutcome.delivered());
            assertTooLarge(Batches.deliver(delivery, Batches.of(LARGE)));
            assertThat(requests).hasValue(1);
        }
    }

    /** The server takes the next request for the rest of the one before. */
    @Test
    void connectionOfARequestThatWasCutShortCarriesNoOther() throws IOException {
        AtomicInteger connections = new AtomicInteger();
        try (RawServer server = RawServer.holding(connection -> {
                    if (connections.incrementAndGet() == 1) {
                        readSome(connection);
                        connection.write(Answer.of(413));
                        connection.ignore();
                    }
                    while (connection.read() != null) {
                        connection.write(Answer.of(200));
                    }
                });
                var delivery = HttpDelivery.to(server.uri())
                        .timeout(Duration.ofSeconds(10))
                        .build()) {
            assertTooLarge(Batches.deliver(delivery, Batches.of(LARGE)));
            assertThat(Batches.deliver(delivery, Batches.of("{}"))).isEqualTo(DeliveryOutcome.delivered());
            assertThat(connections).hasValue(2);
        }
    }

    @Test
    void serverThatClosesInTheMiddleWithoutAWordIsAnIoFailure() throws IOException {
        for (String word : List.of("", "HTTP/1.1 4", "HTTP/1.1 100 Continue\r\n\r\n")) {
            try (RawServer server = RawServer.holding(connection -> {
                        readSome(connection);
                        connection.write(word);
                    });
                    var delivery = HttpDelivery.to(server.uri()).build()) {
                assertThat(Batches.failure(delivery, Batches.of(LARGE))).isInstanceOf(IOException.class);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {413, 503})
    void answerIsHeardOverTls(int status, @TempDir Path directory) throws Exception {
        Certificates certificates = Certificates.naming(directory, "ip:127.0.0.1");
        for (Leaving leaving : new Leaving[] {Leaving.CLOSES, Leaving.LINGERS}) {
            try (RawServer server = RawServer.holding(certificates.server(), connection -> {
                        readSome(connection);
                        connection.write(Answer.of(status));
                        if (leaving == Leaving.LINGERS) {
                            connection.ignore();
                        }
                    });
                    var delivery = HttpDelivery.to(URI.create("https://127.0.0.1:" + server.port() + "/"))
                            .sslContext(certificates.client())
                            .build()) {
                DeliveryOutcome outcome = Batches.deliver(delivery, Batches.of(LARGE));
                assertThat(outcome instanceof Retry later ? later.reason() : ((Refused) outcome).code())
                        .isEqualTo("http-" + status);
            }
        }
    }

    @Test
    void largeBodiesArriveWhole() throws IOException {
        int[] lengths = {1, 1 << 12, 1 << 16, (1 << 16) - 200, 3 << 16, (5 << 16) + 1, 12 << 20};
        try (RawServer server = RawServer.answering(request -> {
                    String text = request.text();
                    boolean whole = text.startsWith("{\"data\":[\"<") && text.endsWith(">\"]}");
                    return new Answer(whole && isInOrder(text) ? 200 : 422, "", List.of());
                });
                var delivery = HttpDelivery.to(server.uri()).build()) {
            for (int length : lengths) {
                StringBuilder record = new StringBuilder("\"<");
                for (int i = 0; i < length; i++) {
                    record.append((char) ('a' + i % 23));
                }
                assertThat(Batches.deliver(
                                delivery, Batches.of(record.append(">\"").toString())))
                        .isEqualTo(DeliveryOutcome.delivered());
            }
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    private static boolean isInOrder(String text) {
        int from = text.indexOf('<') + 1;
        int to = text.lastIndexOf('>');
        for (int i = from; i < to; i++) {
            if (text.charAt(i) != 'a' + (i - from) % 23) {
                return false;
            }
        }
        return true;
    }

    private static void assertTooLarge(DeliveryOutcome outcome) {
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.tooLarge()).isTrue());
    }

    private static DeliveryOutcome answered(int status, String text, Conversation leaving) throws IOException {
        return exchanged(connection -> {
            readSome(connection);
            connection.write(new Answer(status, text, List.of("Connection: close")));
            leaving.hold(connection);
        });
    }

    /** What becomes of a large batch that is sent to this server. */
    private static DeliveryOutcome exchanged(Conversation conversation) throws IOException {
        AtomicInteger connections = new AtomicInteger();
        try (RawServer server = RawServer.holding(connection -> {
                    connections.incrementAndGet();
                    conversation.hold(connection);
                });
                HttpDelivery<JsonRecord> delivery =
                        HttpDelivery.to(server.uri()).build()) {
            DeliveryOutcome outcome = Batches.deliver(delivery, Batches.of(LARGE));
            assertThat(connections).hasValue(1);
            return outcome;
        }
    }

    private static void readSome(Connection connection) throws IOException {
        InputStream in = connection.in;
        in.skipNBytes(READ_BYTES);
    }
}
