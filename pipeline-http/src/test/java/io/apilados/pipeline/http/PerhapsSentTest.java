// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.deliver.DeliveryOutcome.Refused;
import io.apilados.pipeline.deliver.DeliveryOutcome.Retry;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.RawServer.Answer;
import io.apilados.pipeline.http.RawServer.Connection;
import io.apilados.pipeline.http.RawServer.Conversation;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** "It is there already" is believed of a record of which bytes may have gone out before, and of no other. */
class PerhapsSentTest {

    private static final Batch<JsonRecord> FIRST = Batches.of("{\"n\":1}");
    private static final Batch<JsonRecord> RECORD = Batches.of("{\"n\":2}");

    private static Certificates certificates;

    @BeforeAll
    static void make(@TempDir Path directory) throws Exception {
        certificates = Certificates.naming(directory, "ip:127.0.0.1");
    }

    private static HttpDelivery.Builder<JsonRecord> to(URI uri) {
        return HttpDelivery.to(uri).alreadyThere(AlreadyThere.status(409));
    }

    private static HttpDelivery.Builder<JsonRecord> encrypted(RawServer server) throws Exception {
        return to(URI.create("https://127.0.0.1:" + server.port() + "/records")).sslContext(certificates.client());
    }

    /** What happens on one connection after another. */
    private static RawServer inTurn(Conversation... conversations) throws IOException {
        Deque<Conversation> left = new ArrayDeque<>(List.of(conversations));
        return RawServer.holding(connection -> {
            Conversation next;
            synchronized (left) {
                next = left.remove();
            }
            next.hold(connection);
        });
    }

    private static Conversation answers(int... statuses) {
        return connection -> {
            for (int status : statuses) {
                connection.read();
                connection.write(Answer.of(status));
            }
            connection.ignore();
        };
    }

    /** Answers one request, and is reset by the next. */
    private static Conversation resetBySecond() {
        return connection -> {
            connection.read();
            connection.write(Answer.of(200));
            connection.read();
            connection.reset();
        };
    }

    private static Conversation overTls(Conversation inside) throws Exception {
        SSLContext context = certificates.server();
        return connection -> {
            SSLSocket encrypted = (SSLSocket) context.getSocketFactory()
                    .createSocket(connection.socket, "client", connection.socket.getPort(), true);
            encrypted.setUseClientMode(false);
            inside.hold(new Connection(encrypted));
        };
    }

    private static final Conversation BROKEN_HANDSHAKE = connection -> {
        int unused = connection.in.read();
    };

    /** One thing until the server is well, however many connections that takes, and another from then on. */
    private static RawServer untilWell(AtomicBoolean well, Conversation before, Conversation after) throws IOException {
        return RawServer.holding(connection -> (well.get() ? after : before).hold(connection));
    }

    @ParameterizedTest
    @EnumSource(HttpVersion.class)
    void notBelievedAfterAHandshakeThatBroke(HttpVersion version) throws Exception {
        AtomicBoolean well = new AtomicBoolean();
        try (RawServer server = untilWell(well, BROKEN_HANDSHAKE, overTls(answers(409)));
                var delivery = encrypted(server).httpVersion(version).build()) {
            assertThat(Batches.failure(delivery, RECORD)).isInstanceOf(ConnectException.class);
            well.set(true);
            assertThat(Batches.deliver(delivery, RECORD)).isInstanceOf(Refused.class);
        }
    }

    @ParameterizedTest
    @EnumSource(HttpVersion.class)
    void believedAfterAnAnswerThatWasLost(HttpVersion version) throws Exception {
        AtomicBoolean well = new AtomicBoolean();
        try (RawServer server = untilWell(well, overTls(connection -> connection.read()), overTls(answers(409)));
                var delivery = encrypted(server).httpVersion(version).build()) {
            assertThat(Batches.failure(delivery, RECORD))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(ConnectException.class);
            well.set(true);
            assertThat(Batches.deliver(delivery, RECORD)).isEqualTo(DeliveryOutcome.delivered());
        }
    }

    /** The second attempt sent nothing; the first may have. */
    @Test
    void believedWhenASecondAttemptCouldNotConnect() throws Exception {
        try (RawServer server = inTurn(overTls(resetBySecond()), BROKEN_HANDSHAKE, overTls(answers(409)));
                var delivery = encrypted(server).build()) {
            assertThat(Batches.deliver(delivery, FIRST)).isEqualTo(DeliveryOutcome.delivered());
            assertThat(Batches.failure(delivery, RECORD))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(ConnectException.class);
            assertThat(Batches.deliver(delivery, RECORD)).isEqualTo(DeliveryOutcome.delivered());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 503})
    void believedWhenASecondAttemptWasToldToWait(int status) throws IOException {
        try (RawServer server = inTurn(resetBySecond(), answers(status, 409));
                var delivery = to(server.uri()).build()) {
            assertThat(Batches.deliver(delivery, FIRST)).isEqualTo(DeliveryOutcome.delivered());
            assertThat(Batches.deliver(delivery, RECORD)).isInstanceOf(Retry.class);
            assertThat(Batches.deliver(delivery, RECORD)).isEqualTo(DeliveryOutcome.delivered());
        }
    }

    @Test
    void notBelievedWhenTheOnlyAttemptWasToldToWait() throws IOException {
        try (RawServer server = inTurn(answers(429, 409));
                var delivery = to(server.uri()).build()) {
            assertThat(Batches.deliver(delivery, RECORD)).isInstanceOf(Retry.class);
            assertThat(Batches.deliver(delivery, RECORD)).isInstanceOf(Refused.class);
        }
    }

    @Test
    void believedWhenASecondAttemptNeededAnotherToken() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        try (RawServer server = inTurn(resetBySecond(), answers(401, 409));
                var delivery = to(server.uri())
                        .bearerToken(BearerToken.kept(() -> "token-" + asked.incrementAndGet()))
                        .build()) {
            assertThat(Batches.deliver(delivery, FIRST)).isEqualTo(DeliveryOutcome.delivered());
            assertThat(Batches.deliver(delivery, RECORD)).isEqualTo(DeliveryOutcome.delivered());
        }
    }

    /** The first connection was closed before anything was written to it: nothing went out. */
    @Test
    void notBelievedWhenTheFirstConnectionWasNotWrittenTo() throws IOException {
        try (RawServer server = inTurn(
                        connection -> {
                            connection.read();
                            connection.write(
                                    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                            connection.ignore();
                        },
                        answers(409));
                var delivery = to(server.uri()).build()) {
            assertThat(Batches.deliver(delivery, FIRST)).isEqualTo(DeliveryOutcome.delivered());
            assertThat(Batches.deliver(delivery, RECORD)).isInstanceOf(Refused.class);
        }
    }
}
