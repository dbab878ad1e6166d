// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.control.Resilience;
import io.apilados.pipeline.control.RetryPolicy;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.RawServer.Answer;
import io.apilados.pipeline.http.RawServer.Conversation;
import io.apilados.pipeline.http.RawServer.Request;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys are data, tokens open doors, and queries hold both: none is ever told by a lookup or an upsert. */
class HttpLookupSecretsTest {

    private static final String TOKEN = "planted-token-7d1f";
    private static final String KEY = "planted-key-93ab";
    private static final String QUERY = "planted-query-55c0";
    private static final String HEADER = "planted-header-1e4d";
    private static final List<String> SECRETS = List.of(TOKEN, KEY, QUERY, HEADER, "Bearer", "/records", "planted");

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
    @ValueSource(ints = {200, 201, 301, 400, 401, 403, 404, 405, 409, 413, 414, 422, 429, 500, 503})
    void failuresTellNothingEvenIfTheServerEchoesAll(int status) throws IOException {
        assertTellsNothing(connection -> {
            for (Request request = connection.read(); request != null; request = connection.read()) {
                String header = "X-Echo: " + request.header("Authorization");
                connection.write(
                        new Answer(status, request.line() + request.text(), List.of(header, "Retry-After: " + KEY)));
            }
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"data\":[{\"clave\":\"planted-key-93ab\",\"id\":\"planted-key-93ab\"}]}",
                "{\"data\":[{\"clave\":\"planted-key-93ab\"}]}",
                "{\"planted-key-93ab\":1}",
                "{\"data\":[planted-key-93ab]}",
                "{\"data\":[{\"clave\":\"planted-key-93ab"
            })
    void answersThatDoNotFitAreNotQuoted(String body) throws IOException {
        assertTellsNothing(RawServer.answers(request -> new Answer(200, body, List.of())));
    }

    @Test
    void silenceAndBrokenConnectionsTellNothing() throws IOException {
        assertTellsNothing(connection -> connection.ignore());
        assertTellsNothing(connection -> connection.reset());
        assertTellsNothing(connection -> connection.read());
        assertTellsNothing(connection -> {
            Request request = connection.read();
            if (request != null) {
                connection.write("HTTP/1.1 " + request.line() + "\r\n\r\n");
            }
        });
        assertTellsNothing(URI.create("https://no-such-host.invalid/records?q=" + QUERY));
    }

    private static void assertTellsNothing(Conversation conversation) throws IOException {
        try (RawServer server = RawServer.holding(conversation)) {
            assertTellsNothing(URI.create(server.uri() + "?q=" + QUERY));
        }
    }

    private static void assertTellsNothing(URI uri) {
        PrintStream standardError = System.err;
        ByteArrayOutputStream logged = new ByteArrayOutputStream();
        System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
        StringBuilder told = new StringBuilder();
        Resilience once = Resilience.builder()
                .retry(RetryPolicy.ofDefaults().withPatience(Duration.ZERO))
                .build();
        try {
            for (boolean posted : new boolean[] {false, true}) {
                HttpLookup.Builder builder =
                        with(HttpLookup.at(uri), posted, told).resilience(once);
                try (HttpLookup lookup = builder.build()) {
                    told.append(builder).append(lookup);
                    told.append(end(() -> lookup.load(Set.of(KEY))));
                }
                try (HttpLookup lookup = builder.responseCache().build()) {
                    CCTsCache cache =
                            CCTsCache.onDemand(lookup).patience(Duration.ZERO).build();
                    told.append(end(() -> cache.idOf(KEY)));
                }
                HttpUpsert.Builder<JsonRecord> upserting = with(HttpUpsert.at(uri, "clave"), posted, told);
                try (HttpUpsert<JsonRecord> upsert = upserting.build()) {
                    told.append(upserting).append(upsert);
                    told.append(end(() -> upsert.deliver(Batches.of("{\"clave\":\"" + KEY + "\"}"))
                            .toCompletableFuture()
                            .get()));
                }
            }
        } finally {
            System.setErr(standardError);
        }
        String log = logged.toString(StandardCharsets.UTF_8);
        assertThat(told + "\n" + log).doesNotContain(SECRETS);
        assertThat(log).as("the pool has a word to say at DEBUG").contains("PoolingHttpClientConnectionManager");
        assertThat(told).as("the listener heard something").contains(uri.getHost());
    }

    private static <B extends HttpLookupSettings<B>> B with(B builder, boolean posted, StringBuilder told) {
        B asking = posted ? builder.postBody("{\"claves\":{keys}}") : builder.queryParameter("clave");
        return asking.key("/clave")
                .bearerToken(() -> TOKEN)
                .header("X-Api-Key", HEADER)
                .parameter("secret", QUERY)
                .listener(exchange -> told.append(exchange).append('\n'))
                .timeout(Duration.ofMillis(300))
                .connectTimeout(Duration.ofMillis(300));
    }

    /** What is told at the end; a map of answers may hold keys, and is not told. */
    private static String end(Callable<?> asking) {
        StringWriter text = new StringWriter();
        try {
            Object value = asking.call();
            if (!(value instanceof java.util.Map)) {
                text.append(String.valueOf(value));
            }
        } catch (Exception e) {
            e.printStackTrace(new PrintWriter(text, true));
        }
        return text.toString();
    }
}
