// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.Resilience;
import io.apilados.pipeline.control.RetryPolicy;
import io.apilados.pipeline.http.RawServer.Answer;
import io.apilados.pipeline.http.RawServer.Request;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against an API that knows keys by their length. */
@Timeout(60)
class HttpLookupTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
    private final List<Answer> first = Collections.synchronizedList(new ArrayList<>());
    private final List<Duration> waits = Collections.synchronizedList(new ArrayList<>());
    private RawServer server;

    @BeforeEach
    void start() throws IOException {
        server = RawServer.answering(request -> {
            requests.add(request);
            return first.isEmpty() ? byLength(asked(request)) : first.remove(0);
        });
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private static List<String> asked(Request request) {
        String target = request.line().split(" ")[1];
        return java.util.Arrays.stream(target.substring(target.indexOf('?') + 1).split("&"))
                .filter(pair -> pair.startsWith("clave="))
                .map(pair -> URLDecoder.decode(pair.substring(6), StandardCharsets.UTF_8))
                .toList();
    }

    private static Answer byLength(List<String> keys, String... headers) {
        String items = keys.stream()
                .filter(key -> !key.startsWith("unknown"))
                .map(key -> "{\"id\":" + key.length() + ",\"clave\":\""
                        + key.replace("\\", "\\\\").replace("\"", "\\\"") + "\"}")
                .collect(Collectors.joining(","));
        return new Answer(200, "{\"data\":[" + items + "]}", List.of(headers));
    }

    private HttpLookup.Builder at() {
        return HttpLookup.at(server.uri())
                .queryParameter("clave")
                .key("/clave")
                .resilience(quick(Duration.ofMinutes(15)));
    }

    /** Waits are written down and last a millisecond. */
    private Resilience quick(Duration patience) {
        return Resilience.builder()
                .circuitBreaker(CircuitBreaker.disabled())
                .retry(RetryPolicy.ofDefaults().withPatience(patience))
                .scheduler(new AdjustedScheduler(delay -> {
                    if (delay.compareTo(TIMEOUT.minusSeconds(5)) > 0) {
                        return delay;
                    }
                    waits.add(delay);
                    return Duration.ofMillis(1);
                }))
                .build();
    }

    private static Set<String> keys(int count, int length) {
        return IntStream.range(0, count)
                .mapToObj(i -> String.format("%0" + length + "d", i))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    @Test
    void asksWithAParameterForEachKey() throws Exception {
        try (HttpLookup lookup = at().parameter("fields", "id,clave")
                .header("X-Api-Key", "k")
                .bearerToken(() -> "t")
                .build()) {
            assertThat(lookup.load(new LinkedHashSet<>(List.of("a", "bb", "unknown"))))
                    .containsExactlyInAnyOrderEntriesOf(Map.of("a", 1, "bb", 2));
        }
        assertThat(requests).hasSize(1);
        assertThat(requests.get(0).line())
                .isEqualTo("GET /records?fields=id%2Cclave&clave=a&clave=bb&clave=unknown HTTP/1.1");
        assertThat(requests.get(0).header("Authorization")).isEqualTo("Bearer t");
        assertThat(requests.get(0).header("X-Api-Key")).isEqualTo("k");
    }

    @Test
    void oddKeysArriveAsTheyAre() throws Exception {
        Set<String> odd = Set.of(
                "a b",
                "a+b",
                "a&clave=b",
                "a=b",
                "ñandú",
                "日本",
                "😀",
                "100%",
                "#x",
                "a/b?c",
                "\"q\"",
                "\\",
                "[0]",
                "{key}",
                "{index}");
        try (HttpLookup lookup = at().build()) {
            assertThat(lookup.load(odd)).isEqualTo(odd.stream().collect(Collectors.toMap(key -> key, String::length)));
        }
        assertThat(requests).hasSize(1);
    }

    @Test
    void asksWithABody() throws Exception {
        try (RawServer posted = RawServer.answering(request -> {
                    requests.add(request);
                    return byLength(List.of("a", "b\"c"));
                });
                HttpLookup lookup = HttpLookup.at(posted.uri())
                        .postBody("{\"where\":{\"clave\":{keys}}}")
                        .key("/clave")
                        .build()) {
            assertThat(lookup.load(new LinkedHashSet<>(List.of("a", "b\"c")))).isEqualTo(Map.of("a", 1, "b\"c", 3));
        }
        assertThat(requests.get(0).line()).isEqualTo("POST /records HTTP/1.1");
        assertThat(requests.get(0).header("Content-Type")).isEqualTo("application/json");
        assertThat(requests.get(0).text()).isEqualTo("{\"where\":{\"clave\":[\"a\",\"b\\\"c\"]}}");
    }

    @Test
    void manyKeysTakeSeveralRequests() throws Exception {
        Set<String> keys = keys(250, 10);
        try (HttpLookup lookup = at().build()) {
            assertThat(lookup.load(keys).keySet()).isEqualTo(keys);
        }
        assertThat(requests).extracting(request -> asked(request).size()).containsExactlyInAnyOrder(100, 100, 50);
    }

    @Test
    void severalRequestsAreUnderWayAtOnce() throws Exception {
        CountDownLatch three = new CountDownLatch(3);
        try (RawServer waiting = RawServer.answering(request -> {
                    three.countDown();
                    three.await();
                    return byLength(asked(request));
                });
                HttpLookup lookup = HttpLookup.at(waiting.uri())
                        .queryParameter("clave")
                        .key("/clave")
                        .keysPerRequest(10)
                        .maxConnections(3)
                        .build()) {
            assertThat(lookup.load(keys(95, 4))).hasSize(95);
            assertThat(waiting.mostOpen()).isEqualTo(3);
        }
    }

    @Test
    void firstOfSeveralRequestsThatFailsForGoodEndsTheLoad() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger count = new AtomicInteger();
        try (RawServer odd = RawServer.answering(request -> {
                    if (count.incrementAndGet() == 2) {
                        return Answer.of(403);
                    }
                    never.await();
                    return Answer.of(200);
                });
                HttpLookup lookup = HttpLookup.at(odd.uri())
                        .queryParameter("clave")
                        .key("/clave")
                        .keysPerRequest(10)
                        .maxConnections(2)
                        .build()) {
            assertThatThrownBy(() -> lookup.load(keys(95, 4)))
                    .isInstanceOfSatisfying(
                            HttpLookupException.class,
                            refused -> assertThat(refused.code()).isEqualTo("http-403"));
            assertThat(count).hasValue(2);
        }
    }

    @Test
    void addressesAreBounded() throws Exception {
        Set<String> keys = keys(100, 300);
        keys.add("x".repeat(9_000));
        try (HttpLookup lookup = at().build()) {
            assertThat(lookup.load(keys)).hasSize(100);
        }
        assertThat(requests).hasSize(4);
        assertThat(requests)
                .allSatisfy(request -> assertThat(request.line().length()).isLessThan(8_040));
    }

    @ParameterizedTest
    @ValueSource(ints = {413, 414, 431})
    void whatIsTooLargeIsAskedForInHalves(int status) throws Exception {
        first.add(Answer.of(status));
        try (HttpLookup lookup = at().build()) {
            assertThat(lookup.load(keys(5, 3))).hasSize(5);
        }
        assertThat(requests).extracting(request -> asked(request).size()).containsExactly(5, 2, 3);
    }

    @Test
    void answersAreBounded() throws Exception {
        try (HttpLookup lookup = at().mostAnswerBytes(100).build()) {
            assertThat(lookup.load(keys(8, 10))).hasSize(8);
            assertThat(requests).extracting(request -> asked(request).size()).contains(8, 4, 2);
            assertThatThrownBy(() -> lookup.load(Set.of("x".repeat(200))))
                    .isInstanceOf(HttpLookupException.class)
                    .hasMessageContaining("mostAnswerBytes")
                    .hasMessageNotContaining("xxx");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 405, 422, 301, 307})
    void whatWillNotDoEndsAtOnce(int status) throws Exception {
        first.add(Answer.of(status));
        try (HttpLookup lookup = at().build()) {
            assertThatThrownBy(() -> lookup.load(Set.of("a")))
                    .isInstanceOfSatisfying(
                            HttpLookupException.class, e -> assertThat(e.code()).isEqualTo("http-" + status))
                    .hasMessageContaining(Integer.toString(status));
        }
        assertThat(requests).hasSize(1);
        assertThat(waits).isEmpty();
    }

    @Test
    void refusedTokenIsRefreshedOnce() throws Exception {
        AtomicInteger given = new AtomicInteger();
        first.add(Answer.of(401));
        try (HttpLookup lookup = at().bearerToken(BearerToken.kept(() -> "t" + given.incrementAndGet()))
                .build()) {
            assertThat(lookup.load(Set.of("a"))).containsEntry("a", 1);
        }
        assertThat(requests)
                .extracting(request -> request.header("Authorization"))
                .containsExactly("Bearer t1", "Bearer t2");
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 503})
    void retryAfterIsObeyed(int status) throws Exception {
        first.add(new Answer(status, "", List.of("Retry-After: 21")));
        try (HttpLookup lookup = at().build()) {
            assertThat(lookup.load(Set.of("a"))).containsEntry("a", 1);
        }
        assertThat(requests).hasSize(2);
        assertThat(waits).contains(Duration.ofSeconds(21));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<html>", "{\"data\":[{\"id\":1,", "{\"data\":[]} x", "{\"data\":[]}]"})
    void whatIsNoJsonIsAskedForAgain(String body) throws Exception {
        first.add(new Answer(200, body, List.of()));
        try (HttpLookup lookup = at().build()) {
            assertThat(lookup.load(Set.of("a"))).containsEntry("a", 1);
        }
        assertThat(requests).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "7",
                "{\"data\":null}",
                "{\"data\":{\"a\":1}}",
                "{\"data\":[{\"id\":1}]}",
                "{\"data\":[{\"clave\":\"a\"}]}",
                "{\"data\":[{\"clave\":\"a\",\"id\":null}]}",
                "{\"data\":[{\"clave\":\"a\",\"id\":-1}]}",
                "{\"data\":[{\"clave\":\"a\",\"id\":1.5}]}",
                "{\"data\":[{\"clave\":\"a\",\"id\":2147483648}]}",
                "{\"data\":[{\"clave\":\"a\",\"id\":\"x1\"}]}",
                "{\"data\":[{\"clave\":\"b\",\"id\":1},{\"clave\":\"c\",\"id\":2}]}"
            })
    void jsonOfAnotherShapeEndsAtOnce(String body) throws Exception {
        first.add(new Answer(200, body, List.of()));
        try (HttpLookup lookup = at().build()) {
            assertThatThrownBy(() -> lookup.load(Set.of("a")))
                    .isInstanceOfSatisfying(
                            HttpLookupException.class, e -> assertThat(e.code()).isEqualTo("answer-unfit"));
        }
        assertThat(requests).hasSize(1);
    }

    @Test
    void pointersLeadToKeysAndIds() throws Exception {
        first.add(new Answer(
                200,
                "[0,{\"x\":[[{\"k\":{\"deep\":[null,77]},\"n\":\"12\"},{\"k2\":\"b\",\"n\":2147483647}]]}]",
                List.of()));
        try (HttpLookup lookup =
                at().items("/1/x/0").key("/k2", "/k/deep/1").id("/n").build()) {
            assertThat(lookup.load(Set.of("77", "b", "c")))
                    .containsExactlyInAnyOrderEntriesOf(Map.of("77", 12, "b", Integer.MAX_VALUE));
        }
    }

    @Test
    void entriesThatWereNotAskedForArePassedOver() throws Exception {
        first.add(new Answer(
                200,
                "{\"data\":[{\"clave\":\"a\",\"id\":1},{\"clave\":\"a\",\"id\":2},{\"clave\":\"z\",\"id\":-3}]}",
                List.of()));
        try (HttpLookup lookup = at().build()) {
            assertThat(lookup.load(Set.of("a"))).isEqualTo(Map.of("a", 1));
        }
    }

    @Test
    void endsAsIoExceptionWhenPatienceDoes() {
        first.addAll(Collections.nCopies(10, Answer.of(500)));
        try (HttpLookup lookup = at().resilience(quick(Duration.ZERO)).build()) {
            assertThatThrownBy(() -> lookup.load(Set.of("a")))
                    .isInstanceOf(IOException.class)
                    .hasMessage("127.0.0.1 answered a lookup with 500");
        }
        assertThat(requests).hasSize(1);
    }

    @Test
    void silenceEndsAsIoException() throws Exception {
        try (RawServer silent = RawServer.holding(connection -> connection.ignore());
                HttpLookup lookup = HttpLookup.at(silent.uri())
                        .queryParameter("clave")
                        .key("/clave")
                        .timeout(Duration.ofMillis(50))
                        .resilience(Resilience.builder()
                                .retry(RetryPolicy.ofDefaults().withPatience(Duration.ZERO))
                                .build())
                        .build()) {
            assertThatThrownBy(() -> lookup.load(Set.of("a"))).isInstanceOf(IOException.class);
        }
    }

    @Test
    void interruptionEndsTheWaitForAnotherAttempt() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (RawServer busy = RawServer.answering(request -> {
                    asked.countDown();
                    return new Answer(503, "", List.of("Retry-After: 250"));
                });
                HttpLookup lookup = HttpLookup.at(busy.uri())
                        .queryParameter("clave")
                        .key("/clave")
                        .build()) {
            CompletableFuture<Throwable> end = new CompletableFuture<>();
            Thread thread = new Thread(() -> {
                try {
                    end.complete(new AssertionError("it answered " + lookup.load(Set.of("a"))));
                } catch (IOException | InterruptedException | RuntimeException e) {
                    end.complete(e);
                }
            });
            thread.start();
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
            thread.interrupt();
            assertThat(end.get(20, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        }
    }

    @Test
    void responseCacheKeepsWhatWasAnsweredAndAsksForTheRestTogether() throws Exception {
        try (HttpLookup lookup = at().responseCache().build()) {
            assertThat(lookup.load(Set.of("a", "unknown1"))).isEqualTo(Map.of("a", 1));
            assertThat(lookup.load(Set.of("a", "bb", "ccc", "unknown1"))).isEqualTo(Map.of("a", 1, "bb", 2, "ccc", 3));
            assertThat(requests)
                    .extracting(request -> Set.copyOf(asked(request)))
                    .containsExactly(Set.of("a", "unknown1"), Set.of("bb", "ccc"));
            assertThat(lookup.cacheStatistics().orElseThrow().hits()).isEqualTo(2);
        }
    }

    @Test
    void responseCacheObeysCacheControl() throws Exception {
        try (HttpLookup lookup = at().responseCache().build()) {
            for (String header :
                    List.of("no-store", "private, max-age=60, no-cache", "max-age=0", "max-age=60\r\nAge: 60")) {
                first.add(byLength(List.of("a"), "Cache-Control: " + header));
                lookup.load(Set.of("a"));
            }
            first.add(byLength(List.of("a"), "Cache-Control: public, max-age=60"));
            lookup.load(Set.of("a"));
            assertThat(requests).hasSize(5);
            lookup.load(Set.of("a"));
            assertThat(requests).hasSize(5);
        }
    }

    @Test
    void responseCacheKeepsNoFailureAndNoKeyThatIsTooLong() throws Exception {
        first.add(Answer.of(403));
        String tooLong = "x".repeat(9_000);
        try (HttpLookup lookup = at().responseCache().build()) {
            assertThatThrownBy(() -> lookup.load(Set.of("a"))).isInstanceOf(HttpLookupException.class);
            assertThat(lookup.load(Set.of("a", tooLong))).isEqualTo(Map.of("a", 1));
        }
    }

    @Test
    void aKeyThatIsOnItsWayIsNotAskedForAgain() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (RawServer slow = RawServer.answering(request -> {
                    requests.add(request);
                    if (asked(request).contains("a")) {
                        asked.countDown();
                        release.await();
                    } else {
                        release.countDown();
                    }
                    return byLength(asked(request));
                });
                HttpLookup lookup = HttpLookup.at(slow.uri())
                        .queryParameter("clave")
                        .key("/clave")
                        .responseCache()
                        .build()) {
            CompletableFuture<Map<String, Integer>> one = CompletableFuture.supplyAsync(() -> load(lookup, "a", "bb"));
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(load(lookup, "a", "ccc")).isEqualTo(Map.of("a", 1, "ccc", 3));
            assertThat(one.get(20, TimeUnit.SECONDS)).isEqualTo(Map.of("a", 1, "bb", 2));
            assertThat(requests)
                    .extracting(request -> Set.copyOf(asked(request)))
                    .containsExactly(Set.of("a", "bb"), Set.of("ccc"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {403, 500})
    void whoWaitsForAKeyIsToldThatAskingFailed(int status) throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (RawServer failing = RawServer.answering(request -> {
                    if (!asked(request).contains("a")) {
                        release.countDown();
                        return byLength(asked(request));
                    }
                    asked.countDown();
                    release.await();
                    return Answer.of(status);
                });
                HttpLookup lookup = HttpLookup.at(failing.uri())
                        .queryParameter("clave")
                        .key("/clave")
                        .resilience(quick(Duration.ZERO))
                        .responseCache()
                        .build()) {
            CompletableFuture<Map<String, Integer>> one = CompletableFuture.supplyAsync(() -> load(lookup, "a"));
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();

            assertThatThrownBy(() -> lookup.load(Set.of("a", "ccc")))
                    .isInstanceOf(status == 403 ? HttpLookupException.class : IOException.class);
            assertThat(one).failsWithin(Duration.ofSeconds(20));
            assertThat(load(lookup, "ccc")).containsEntry("ccc", 3);
        }
    }

    private static Map<String, Integer> load(HttpLookup lookup, String... keys) {
        try {
            return lookup.load(Set.of(keys));
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void settingsAreCheckedTogether() {
        assertThatThrownBy(() -> HttpLookup.at(server.uri())
                        .bearerToken(() -> "t")
                        .header("Authorization", "Basic x")
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("queryParameter", "key must say", "bearerToken");
        assertThatThrownBy(() -> HttpLookup.at(URI.create("http://u:p@example.org/")))
                .hasMessageContaining("password")
                .hasMessageNotContaining("u:p");
        assertThatThrownBy(() -> at().queryTemplate("{key}")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> at().postBody("{}")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> at().keysPerRequest(0)).hasMessageContaining("was 0");
        assertThatThrownBy(() -> at().keysPerRequest(10_001)).hasMessageContaining("was 10001");
        assertThatThrownBy(() -> at().items("data")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> at().parameter("long", "x".repeat(7_900)).build())
                .hasMessageContaining("1000 of 8000");
    }
}
