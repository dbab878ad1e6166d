// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.RawServer.Answer;
import io.apilados.pipeline.http.RawServer.Conversation;
import io.apilados.pipeline.http.RawServer.Request;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records are about people and tokens open doors: neither is ever told. */
class HttpDeliverySecretsTest {

    private static final String TOKEN = "planted-token-7d1f";
    private static final String RECORD = "planted-record-93ab";
    private static final String QUERY = "planted-query-55c0";
    private static final String HEADER = "planted-header-1e4d";
    private static final List<String> SECRETS = List.of(TOKEN, RECORD, QUERY, HEADER, "Bearer", Batches.FINGERPRINT);

    private static DebugLogging everything;

    @BeforeAll
    static void logEverything() throws ReflectiveOperationException {
        everything = new DebugLogging();
    }

    @AfterAll
    static void logAsBefore() throws ReflectiveOperationException {
        everything.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 301, 400, 401, 403, 405, 409, 413, 422, 429, 500, 503})
    void outcomesTellNothingEvenIfTheServerEchoesIt(int status) throws IOException {
        assertTellsNothing(connection -> {
            for (Request request = connection.read(); request != null; request = connection.read()) {
                String header = "X-Echo: " + request.header("Authorization");
                connection.write(new Answer(status, request.text(), List.of(header, "Retry-After: " + RECORD)));
            }
        });
    }

    @Test
    void timeOutTellsNothing() throws IOException {
        assertTellsNothing(connection -> connection.ignore());
    }

    @Test
    void resetTellsNothing() throws IOException {
        assertTellsNothing(connection -> connection.reset());
    }

    @Test
    void closedConnectionTellsNothing() throws IOException {
        assertTellsNothing(connection -> connection.read());
    }

    @Test
    void refusedConnectionTellsNothing() throws IOException {
        int port;
        try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = gone.getLocalPort();
        }
        assertTellsNothing(URI.create("http://127.0.0.1:" + port + "/records?key=" + QUERY));
    }

    @Test
    void unknownHostTellsNothing() {
        assertTellsNothing(URI.create("https://no-such-host.invalid/records?key=" + QUERY));
    }

    @Test
    void answerThatIsNoHttpTellsNothingOfWhatItEchoes() throws IOException {
        assertTellsNothing(connection -> {
            Request request = connection.read();
            if (request != null) {
                connection.write("HTTP/1.1 " + request.text() + "\r\n\r\n");
            }
        });
    }

    @Test
    void chunkThatIsNoneTellsNothingOfWhatItEchoes() throws IOException {
        assertTellsNothing(connection -> {
            Request request = connection.read();
            if (request != null) {
                connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + request.text() + "\r\n");
            }
        });
    }

    @Test
    void headerThatIsNoneTellsNothingOfWhatItEchoes() throws IOException {
        assertTellsNothing(connection -> {
            Request request = connection.read();
            if (request != null) {
                connection.write("HTTP/1.1 200 OK\r\n" + RECORD + "\r\nContent-Length: " + RECORD + "\r\n\r\n");
            }
        });
    }

    @Test
    void http2TellsNothing() throws Exception {
        try (Http2Server server = Http2Server.plain()) {
            for (int status : new int[] {200, 400, 503}) {
                server.answer(status, "{\"data\":[{\"name\":\"" + RECORD + "\"}]}", "Retry-After", RECORD);
                assertTellsNothing(URI.create(server.uri() + "?key=" + QUERY));
            }
        }
    }

    @Test
    void redirectAndTrustTellNothing(@TempDir Path directory) throws Exception {
        assertTellsNothing(RawServer.answers(
                request -> new Answer(307, request.text(), List.of("Location: /elsewhere?key=" + QUERY))));
        assertTellsNothing(RawServer.answers(
                request -> new Answer(307, "", List.of("Location: http://" + RECORD + ".example/?key=" + QUERY))));
        Certificates certificates = Certificates.naming(directory, "ip:127.0.0.1");
        try (RawServer server =
                RawServer.holding(certificates.server(), RawServer.answers(request -> Answer.of(200)))) {
            assertTellsNothing(URI.create("https://127.0.0.1:" + server.port() + "/records?key=" + QUERY));
        }
    }

    private static void assertTellsNothing(Conversation conversation) throws IOException {
        try (RawServer server = RawServer.holding(conversation)) {
            assertTellsNothing(URI.create(server.uri() + "?key=" + QUERY));
        }
    }

    private static void assertTellsNothing(URI uri) {
        PrintStream standardError = System.err;
        ByteArrayOutputStream logged = new ByteArrayOutputStream();
        System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
        StringBuilder told = new StringBuilder();
        try {
            HttpDelivery.Builder<JsonRecord> builder = HttpDelivery.to(uri)
                    .bearerToken(() -> TOKEN)
                    .header("X-Api-Key", HEADER)
                    .listener(exchange -> told.append(exchange).append('\n'))
                    .timeout(Duration.ofMillis(500))
                    .connectTimeout(Duration.ofMillis(500));
            try (HttpDelivery<JsonRecord> delivery = builder.build()) {
                var batch = Batches.of("{\"name\":\"" + RECORD + "\"}", "{\"name\":\"" + RECORD + "\"}");
                told.append(builder).append('\n').append(delivery).append('\n').append(batch);
                for (var one : List.of(batch, batch.part(0, 1))) {
                    told.append('\n').append(outcomeOrFailure(delivery, one));
                }
            }
            builder.items(ItemOutcomes.statusesInOrder("/data", "/name"))
                    .alreadyThere(AlreadyThere.strapiUnique(), AlreadyThere.Scope.ANY)
                    .followRedirects(2)
                    .gzip(0);
            try (HttpDelivery<JsonRecord> delivery = builder.build()) {
                told.append('\n').append(outcomeOrFailure(delivery, Batches.of("{\"name\":\"" + RECORD + "\"}")));
            }
            try (HttpDelivery<JsonRecord> delivery =
                    builder.httpVersion(HttpVersion.HTTP_2).build()) {
                told.append('\n').append(outcomeOrFailure(delivery, Batches.of("{\"name\":\"" + RECORD + "\"}")));
            }
            builder.httpVersion(HttpVersion.HTTP_1_1);
            try (HttpDelivery<JsonRecord> delivery = builder.perRecord().build()) {
                told.append('\n').append(outcomeOrFailure(delivery, Batches.of("{\"name\":\"" + RECORD + "\"}")));
            }
        } finally {
            System.setErr(standardError);
        }
        String all = told + "\n" + logged.toString(StandardCharsets.UTF_8);
        assertThat(all).doesNotContain(SECRETS);
        assertThat(logged.toString(StandardCharsets.UTF_8))
                .as("the pool has a word to say at DEBUG")
                .contains("PoolingHttpClientConnectionManager");
    }

    private static String outcomeOrFailure(
            HttpDelivery<JsonRecord> delivery, io.apilados.pipeline.batch.Batch<JsonRecord> batch) {
        StringWriter text = new StringWriter();
        var end = delivery.deliver(batch)
                .<Object>handle((outcome, failure) -> outcome == null ? failure : outcome)
                .toCompletableFuture()
                .join();
        if (end instanceof Throwable failure) {
            failure.printStackTrace(new PrintWriter(text, true));
        } else {
            text.append(((DeliveryOutcome) end).toString());
        }
        return text.toString();
    }
}
