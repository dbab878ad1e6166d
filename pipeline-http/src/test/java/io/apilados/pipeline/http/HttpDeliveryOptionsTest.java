// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.deliver.DeliveryOutcome.Stop;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.RawServer.Answer;
import io.apilados.pipeline.http.RawServer.Request;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What each setting changes. */
class HttpDeliveryOptionsTest {

    private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
    private RawServer server;

    @BeforeEach
    void start() throws IOException {
        server = RawServer.answering(request -> {
            requests.add(request);
            return Answer.of(200);
        });
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private HttpDelivery.Builder<JsonRecord> to() {
        return HttpDelivery.to(server.uri());
    }

    private Request sent(HttpDelivery.Builder<JsonRecord> builder, String... records) {
        try (var delivery = builder.build()) {
            assertThat(Batches.deliver(delivery, Batches.of(records))).isEqualTo(DeliveryOutcome.delivered());
        }
        return requests.remove(0);
    }

    @Test
    void bodiesTakeTheirForms() {
        assertThat(sent(to().body(BodyFormat.array()), "{\"a\":1}", "{\"a\":2}").text())
                .isEqualTo("[{\"a\":1},{\"a\":2}]");
        assertThat(sent(to().body(BodyFormat.array()).perRecord(), "{\"a\":1}").text())
                .isEqualTo("{\"a\":1}");
        Request lines = sent(to().body(BodyFormat.jsonLines()), "{\"a\":1}", "{\"a\":2}");
        assertThat(lines.text()).isEqualTo("{\"a\":1}\n{\"a\":2}\n");
        assertThat(lines.header("Content-Type")).isEqualTo("application/x-ndjson");
        Request own = sent(
                to().method("PUT")
                        .body(((BodyFormat<JsonRecord>) (records, json, out) -> {
                                    for (JsonRecord record : records) {
                                        out.write("{\"index\":{}}\n".getBytes(StandardCharsets.US_ASCII));
                                        json.write(record, out);
                                        out.write('\n');
                                    }
                                })
                                .withContentType("application/vnd.own+json")),
                "{\"a\":1}",
                "{\"a\":2}");
        assertThat(own.text()).isEqualTo("{\"index\":{}}\n{\"a\":1}\n{\"index\":{}}\n{\"a\":2}\n");
        assertThat(own.header("Content-Type")).isEqualTo("application/vnd.own+json");
        assertThat(own.line()).startsWith("PUT /records ");
    }

    @Test
    void largeBodiesAreCompressedAndSmallOnesAreNot() throws IOException {
        String large = "{\"a\":\"" + "x".repeat(2_000) + "\"}";
        Request packed = sent(to().gzip(), large);
        assertThat(packed.header("Content-Encoding")).isEqualTo("gzip");
        assertThat(packed.body().length).isLessThan(200);
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed.body()))) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("{\"data\":[" + large + "]}");
        }
        assertThat(sent(to().gzip(), "{}").headers()).doesNotContainKey("Content-Encoding");
        assertThat(sent(to().gzip(0), "{}").headers()).containsKey("Content-Encoding");
    }

    @Test
    void ownHeadersGoAlong() {
        Request request = sent(
                to().header("X-Api-Key", "k 1")
                        .header("Authorization", "Basic abc")
                        .header("accept", "*/*"),
                "{}");

        assertThat(request.header("X-Api-Key")).isEqualTo("k 1");
        assertThat(request.header("Authorization")).isEqualTo("Basic abc");
        assertThat(request.header("Accept")).isEqualTo("*/*");
    }

    @Test
    void headersThatCannotBeAreRefusedWithoutTheirValues() {
        for (String name : List.of("", "A B", "A:B", "X\r\nY", "Host", "content-length", "IDEMPOTENCY-KEY")) {
            assertThatThrownBy(() -> to().header(name, "planted-secret"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .message()
                    .doesNotContain("planted-secret");
        }
        for (String value : List.of("planted-secret\r\nX-Evil: 1", "planted-secret\n", " planted-secret", "\u00e9")) {
            assertThatThrownBy(() -> to().header("X-Key", value))
                    .isInstanceOf(IllegalArgumentException.class)
                    .message()
                    .doesNotContain("planted-secret");
        }
        assertThatThrownBy(() -> to().header("X-Key", "a").header("x-key", "planted-secret"))
                .hasMessage("header x-key was given twice");
        assertThatThrownBy(() ->
                        to().header("Authorization", "a").bearerToken(() -> "b").build())
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void nonsenseIsRefused() {
        assertThatThrownBy(() -> to().method("GET")).hasMessageStartingWith("method was GET but");
        assertThatThrownBy(() -> to().gzip(-1)).hasMessageStartingWith("fromBytes was -1 but");
        assertThatThrownBy(() -> to().mostAnswerBytes(0)).hasMessageStartingWith("mostAnswerBytes was 0 but");
        assertThatThrownBy(() -> to().followRedirects(0)).hasMessageStartingWith("most was 0 but");
        for (String proxy : List.of("https://p.example:1", "http:/p", "socks://p.example:1", "http://u:p@p.example")) {
            assertThatThrownBy(() -> to().proxy(URI.create(proxy))).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> to().proxy(URI.create("http://p.example:1"))
                        .httpVersion(HttpVersion.HTTP_2)
                        .build())
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> BodyFormat.array().withContentType("a\r\nb"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void allowedRedirectKeepsMethodBodyKeyAndOnTheSameHostTheToken() throws IOException {
        try (RawServer first = RawServer.answering(request -> request.line().contains("/new")
                ? recorded(request)
                : new Answer(308, "", List.of("Location: /new?x=1")))) {
            try (var delivery = HttpDelivery.to(first.uri())
                    .method("PATCH")
                    .bearerToken(() -> "secret")
                    .header("X-Api-Key", "k")
                    .followRedirects(1)
                    .build()) {
                assertThat(Batches.deliver(delivery, Batches.of("{}"))).isEqualTo(DeliveryOutcome.delivered());
            }
        }
        Request request = requests.get(0);
        assertThat(request.line()).isEqualTo("PATCH /new?x=1 HTTP/1.1");
        assertThat(request.text()).isEqualTo("{\"data\":[{}]}");
        assertThat(request.header("Authorization")).isEqualTo("Bearer secret");
        assertThat(request.header("X-Api-Key")).isEqualTo("k");
        assertThat(request.header("Idempotency-Key")).isEqualTo(Batches.of("{}").key());
    }

    private Answer recorded(Request request) {
        requests.add(request);
        return Answer.of(200);
    }

    /** Another port is another server; its host is allowed here by name. */
    @Test
    void tokenAndHeadersDoNotGoToAnotherHost() throws IOException {
        try (RawServer first =
                        RawServer.answering(request -> new Answer(307, "", List.of("Location: " + server.uri())));
                var delivery = HttpDelivery.to(first.uri())
                        .bearerToken(() -> "secret")
                        .header("X-Api-Key", "k")
                        .followRedirects(3, "127.0.0.1")
                        .build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{}"))).isEqualTo(DeliveryOutcome.delivered());
        }
        assertThat(requests.get(0).headers()).doesNotContainKeys("Authorization", "X-Api-Key");
        assertThat(requests.get(0).headers()).containsKey("Idempotency-Key");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "307 SERVER",
                "308 http://other.example/",
                "307 ftp://127.0.0.1/",
                "307 http://user@127.0.0.1/",
                "307 ::::",
                "307 ",
                "301 /new",
                "302 /new",
                "303 /new",
                "300 /new",
                "304 /new",
                "307 /again"
            })
    void anyOtherRedirectStopsAndTellsNothingOfItsTarget(String redirect) throws IOException {
        int status = Integer.parseInt(redirect.substring(0, 3));
        String target = redirect.substring(4).replace("SERVER", server.uri().toString());
        try (RawServer first = RawServer.answering(request ->
                        new Answer(status, "", target.isEmpty() ? List.of() : List.of("Location: " + target)));
                var delivery = HttpDelivery.to(first.uri())
                        .followRedirects(5, "Allowed.example")
                        .build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{}")))
                    .isInstanceOfSatisfying(
                            Stop.class,
                            stop -> assertThat(stop.message()).doesNotContain("other.example", "new", "again"));
        }
        assertThat(requests).isEmpty();
    }

    @Test
    void redirectNeverLeadsFromHttpsToHttp() {
        RedirectRule rule = new RedirectRule(3, java.util.Set.of("b.example"));
        URI secure = URI.create("https://a.example/x");

        assertThat(rule.target(secure, "http://a.example/x")).isNull();
        assertThat(rule.target(secure, "http://b.example/x")).isNull();
        assertThat(rule.target(secure, "https://B.example/x")).isEqualTo(URI.create("https://B.example/x"));
        assertThat(rule.target(secure, "https://a.example:8443/x")).isNull();
        assertThat(rule.target(secure, "//a.example/y")).isEqualTo(URI.create("https://a.example/y"));
        assertThat(rule.target(URI.create("http://a.example/x"), "https://a.example/x"))
                .isNotNull();
        assertThat(rule.target(URI.create("http://a.example:8080/x"), "https://a.example/x"))
                .isNull();
    }

    @Test
    void httpGoesThroughTheProxyWithTheWholeAddress() {
        try (var delivery = HttpDelivery.to(URI.create("http://localhost:1/records?a=b"))
                .proxy(server.uri())
                .build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{}"))).isEqualTo(DeliveryOutcome.delivered());
        }
        assertThat(requests.get(0).line()).isEqualTo("POST http://localhost:1/records?a=b HTTP/1.1");
        assertThat(requests.get(0).header("Host")).isEqualTo("localhost:1");
    }

    @Test
    void httpsGoesThroughTheProxyInATunnel(@TempDir Path directory) throws Exception {
        Certificates certificates = Certificates.naming(directory, "ip:127.0.0.1");
        List<Request> asked = new CopyOnWriteArrayList<>();
        try (RawServer target =
                        RawServer.holding(certificates.server(), RawServer.answers(request -> recorded(request)));
                RawServer proxy = RawServer.holding(connection -> {
                    asked.add(connection.readHead());
                    connection.write("HTTP/1.1 200 Tunnel\r\n\r\n");
                    try (Socket onward = new Socket("127.0.0.1", target.port())) {
                        Thread back = new Thread(() -> copy(onward, connection.out));
                        back.start();
                        long unused = connection.in.transferTo(onward.getOutputStream());
                    }
                });
                var delivery = HttpDelivery.to(URI.create("https://127.0.0.1:" + target.port() + "/records?key=secret"))
                        .sslContext(certificates.client())
                        .bearerToken(() -> "secret")
                        .proxy(proxy.uri())
                        .build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{}"))).isEqualTo(DeliveryOutcome.delivered());
            assertThat(Batches.deliver(delivery, Batches.of("{}"))).isEqualTo(DeliveryOutcome.delivered());

            assertThat(requests).hasSize(2);
            assertThat(asked).hasSize(1);
            assertThat(asked.get(0).line()).isEqualTo("CONNECT 127.0.0.1:" + target.port() + " HTTP/1.1");
            assertThat(asked.get(0).headers()).doesNotContainKeys("Authorization", "Idempotency-Key");
        }
    }

    private static void copy(Socket from, OutputStream to) {
        try {
            long unused = from.getInputStream().transferTo(to);
        } catch (IOException e) {
            // The test is over.
        }
    }

    @Test
    void proxyThatOpensNoTunnelIsAnIoFailure() throws IOException {
        try (RawServer proxy = RawServer.answering(request -> new Answer(403, "no", List.of()));
                var delivery = HttpDelivery.to(URI.create("https://127.0.0.1:1/"))
                        .proxy(proxy.uri())
                        .build()) {
            assertThat(Batches.failure(delivery, Batches.of("{}"))).isInstanceOf(IOException.class);
        }
    }

    @Test
    void connectionThatTheServerClosedMeanwhileIsReplacedAndTheRequestSentOnceMore() throws Exception {
        AtomicInteger connections = new AtomicInteger();
        CountDownLatch closed = new CountDownLatch(1);
        List<Request> got = new CopyOnWriteArrayList<>();
        List<HttpListener.Exchange> heard = new CopyOnWriteArrayList<>();
        try (RawServer closing = RawServer.holding(connection -> {
                    boolean first = connections.incrementAndGet() == 1;
                    for (Request one = connection.read(); one != null; one = connection.read()) {
                        got.add(one);
                        if (first && got.size() == 2) {
                            connection.reset();
                            closed.countDown();
                            return;
                        }
                        connection.write(Answer.of(200));
                    }
                });
                var delivery =
                        HttpDelivery.to(closing.uri()).listener(heard::add).build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{\"n\":1}"))).isEqualTo(DeliveryOutcome.delivered());
            assertThat(Batches.deliver(delivery, Batches.of("{\"n\":2}"))).isEqualTo(DeliveryOutcome.delivered());
        }
        assertThat(closed.getCount()).isZero();
        assertThat(got).hasSize(3);
        assertThat(got.get(1).header("Idempotency-Key")).isEqualTo(got.get(2).header("Idempotency-Key"));
        assertThat(got.get(2).text()).isEqualTo("{\"data\":[{\"n\":2}]}");
        assertThat(heard).extracting(HttpListener.Exchange::resent).containsExactly(false, true);
    }

    /** A second answer to the first request must not be taken for the answer to the second. */
    @Test
    void whatNobodyAskedForIsNotTakenForAnAnswer() throws IOException {
        AtomicInteger count = new AtomicInteger();
        try (RawServer talkative = RawServer.holding(connection -> {
                    while (connection.read() != null) {
                        if (count.incrementAndGet() == 1) {
                            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                                    + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                        } else {
                            connection.write(Answer.of(422));
                        }
                    }
                });
                var delivery = HttpDelivery.to(talkative.uri()).build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{\"n\":1}"))).isEqualTo(DeliveryOutcome.delivered());
            assertThat(Batches.deliver(delivery, Batches.of("{\"n\":2}"))).isInstanceOf(DeliveryOutcome.Refused.class);
        }
    }

    /** Part of an answer has come, so the server lived: what became of the request is the pipeline's business. */
    @Test
    void usedConnectionThatBreaksInsideAnAnswerIsAnIoFailure() throws IOException {
        AtomicInteger count = new AtomicInteger();
        try (RawServer breaking = RawServer.holding(connection -> {
                    while (connection.read() != null) {
                        if (count.incrementAndGet() == 2) {
                            connection.write("HTTP/1.1 20");
                            return;
                        }
                        connection.write(Answer.of(200));
                    }
                });
                var delivery = HttpDelivery.to(breaking.uri()).build()) {
            Batches.deliver(delivery, Batches.of("{}"));
            assertThat(Batches.failure(delivery, Batches.of("{}"))).isInstanceOf(IOException.class);
        }
        assertThat(count).hasValue(2);
    }

    @Test
    void listenerHearsOfEveryExchangeAndMayFail() throws IOException {
        List<HttpListener.Exchange> heard = new CopyOnWriteArrayList<>();
        AtomicInteger count = new AtomicInteger();
        int[] statuses = {200, 422, 503};
        try (RawServer varied =
                        RawServer.answering(request -> Answer.of(statuses[count.getAndIncrement() % statuses.length]));
                var delivery = HttpDelivery.to(URI.create(varied.uri() + "?key=secret"))
                        .listener(exchange -> {
                            heard.add(exchange);
                            throw new IllegalStateException("listener");
                        })
                        .build()) {
            for (int i = 0; i < statuses.length; i++) {
                Batches.deliver(delivery, Batches.of("{}"));
            }
        }
        // A port that is bound, so that nobody else gets it, and that nobody listens at.
        try (Socket nobody = new Socket()) {
            nobody.bind(new InetSocketAddress("127.0.0.1", 0));
            URI quiet = URI.create("http://127.0.0.1:" + nobody.getLocalPort() + "/");
            try (var delivery = HttpDelivery.to(quiet).listener(heard::add).build()) {
                Batches.failure(delivery, Batches.of("{}"));
            }
        }
        assertThat(heard)
                .extracting(HttpListener.Exchange::result)
                .containsExactly("2xx", "4xx", "5xx", "no-connection");
        assertThat(heard).allSatisfy(exchange -> {
            assertThat(exchange.host()).isEqualTo("127.0.0.1");
            assertThat(exchange.duration()).isPositive();
            assertThat(exchange.connectionsInUse()).isZero();
            assertThat(exchange.toString()).doesNotContain("secret");
        });
    }

    @Test
    void plainHttpToAnotherMachineWarnsOnce() {
        PrintStream standardError = System.err;
        ByteArrayOutputStream logged = new ByteArrayOutputStream();
        System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
        try {
            for (String address : List.of(
                    "http://192.0.2.77/records?key=secret",
                    "http://192.0.2.77:8080/",
                    "https://192.0.2.77/",
                    "http://127.0.0.1/",
                    "http://[::1]/")) {
                HttpDelivery.to(URI.create(address)).build().close();
            }
        } finally {
            System.setErr(standardError);
        }
        List<String> warnings = Arrays.stream(
                        logged.toString(StandardCharsets.UTF_8).split("\n"))
                .filter(line -> line.contains("without encryption"))
                .toList();
        assertThat(warnings).hasSize(1);
        assertThat(warnings.get(0)).contains("192.0.2.77").doesNotContain("secret");
    }

    @Test
    void largestRequestIsOneRecordPerRecordAndAnyNumberOtherwise() {
        try (var many = to().build();
                var one = to().perRecord().timeout(Duration.ofSeconds(1)).build()) {
            assertThat(many.largestRequest()).isEqualTo(Integer.MAX_VALUE);
            assertThat(one.largestRequest()).isEqualTo(1);
        }
    }
}
