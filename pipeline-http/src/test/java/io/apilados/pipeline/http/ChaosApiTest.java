// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.http.testing.ChaosApiProcess;
import io.apilados.pipeline.http.testing.ChaosBooks;
import io.apilados.pipeline.http.testing.ChaosMode;
import io.apilados.pipeline.http.testing.ChaosPlan;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The chaos API does what its modes say, seen by another client; and its books notice what they are for. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ChaosApiTest {

    private static final int ALWAYS = 1000;
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private static ChaosApiProcess api;

    @BeforeAll
    static void start() throws IOException {
        api = ChaosApiProcess.start();
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    private static HttpResponse<String> post(URI uri, String key, String... ids)
            throws IOException, InterruptedException {
        return post(CLIENT, uri, key, ids);
    }

    private static HttpResponse<String> post(HttpClient client, URI uri, String key, String... ids)
            throws IOException, InterruptedException {
        String body =
                Arrays.stream(ids).map(id -> "{\"id\":\"" + id + "\"}").collect(Collectors.joining(",", "[", "]"));
        return client.send(
                HttpRequest.newBuilder(uri)
                        .header("Idempotency-Key", key)
                        .timeout(Duration.ofSeconds(20))
                        .POST(HttpRequest.BodyPublishers.ofString("{\"data\":" + body + "}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(String key, String... ids) throws IOException, InterruptedException {
        return post(api.uri(), key, ids);
    }

    private static void always(ChaosMode mode) throws IOException {
        api.play(ChaosPlan.only(mode, ALWAYS, 3));
    }

    @Test
    void takesABatchAndRepeatsTheAnswerToItsKeyWithoutApplyingItAgain() throws IOException, InterruptedException {
        always(ChaosMode.CALM);

        HttpResponse<String> first = post("k", "1", "2");
        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(first.body()).isEqualTo("{\"results\":[{\"status\":201},{\"status\":201}]}");
        assertThat(post("k", "1", "2").body()).isEqualTo(first.body());
        assertThat(api.books().applied()).isEqualTo(Map.of("1", 1, "2", 1));
    }

    @Test
    void booksTellWhoSendsTwiceUnderAnotherKeyOrWhereKeysAreNotHonoured() throws IOException, InterruptedException {
        always(ChaosMode.CALM);
        post("k", "1");
        post("l", "1");
        assertThat(api.books().applied()).isEqualTo(Map.of("1", 2));

        api.play(ChaosPlan.calm().withoutKeys());
        post("k", "1");
        post("k", "1");
        assertThat(api.books().applied()).isEqualTo(Map.of("1", 2));
    }

    @Test
    void booksTellWhoUsesAKeyForOtherRecords() throws IOException, InterruptedException {
        always(ChaosMode.CALM);
        post("k", "1");
        post("k", "2");

        assertThat(api.books().reusedKeys()).isEqualTo(1);
    }

    @Test
    void refusesABatchWithABadRecordAndAppliesNothingOfIt() throws IOException, InterruptedException {
        always(ChaosMode.CALM);

        assertThat(post("k", "1", "bad2").statusCode()).isEqualTo(422);
        assertThat(api.books().applied()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"RETRY_AFTER_SECONDS", "RETRY_AFTER_DATE"})
    void booksTellWhoDoesNotWaitForRetryAfter(ChaosMode mode) throws IOException, InterruptedException {
        always(mode);

        long asked = 0;
        for (int i = 0; i < 20 && asked == 0; i++) {
            HttpResponse<String> answer = post("k" + i, "1");
            assertThat(answer.statusCode()).isIn(429, 503);
            String header = answer.headers().firstValue("Retry-After").orElseThrow();
            assertThat(header).matches(mode == ChaosMode.RETRY_AFTER_SECONDS ? "[01]" : "\\w{3}, .* GMT");
            Duration wait = RetryAfter.parse(header, System.currentTimeMillis());
            asked = wait == null || wait.toMillis() < 500 ? 0 : wait.toMillis();
            if (asked > 0) {
                assertThat(api.books().brokenPromises()).isZero();
                post("k" + i, "1");
            }
        }
        assertThat(api.books().brokenPromises()).isEqualTo(1);
        assertThat(api.books().applied()).isEmpty();
    }

    @Test
    void answers500InBursts() throws IOException, InterruptedException {
        api.play(ChaosPlan.only(ChaosMode.BURST_OF_500, 50, 7));

        StringBuilder statuses = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            statuses.append(post("k" + i, "r" + i).statusCode() == 500 ? 'x' : '.');
        }
        assertThat(statuses).containsPattern("x{5}");
        assertThat(statuses.toString()).doesNotContain(".x.", ".xx.", ".xxx.", ".xxxx.");
        int failed = (int) statuses.chars().filter(c -> c == 'x').count();
        assertThat(api.books().applied().size()).isStrictlyBetween(200 - failed, 200);
    }

    @Test
    void refusesABatchThatIsTooLarge() throws IOException, InterruptedException {
        always(ChaosMode.TOO_LARGE);
        String[] ids = IntStream.range(0, 31).mapToObj(Integer::toString).toArray(String[]::new);

        assertThat(post("k", ids).statusCode()).isEqualTo(413);
        assertThat(post("l", Arrays.copyOf(ids, 30)).statusCode()).isEqualTo(200);
        assertThat(api.books().applied()).hasSize(30);
    }

    @ParameterizedTest
    @EnumSource(names = {"RESET_BEFORE_ANSWER", "RESET_IN_ANSWER"})
    void breaksTheConnection(ChaosMode mode) throws IOException {
        always(mode);

        for (int i = 0; i < 10; i++) {
            String key = "k" + i;
            assertThatThrownBy(() -> post(key, key)).isInstanceOf(IOException.class);
        }
        assertThat(api.books().applied()).hasSizeBetween(1, mode == ChaosMode.RESET_IN_ANSWER ? 10 : 9);
    }

    @ParameterizedTest
    @EnumSource(names = {"NEVER_ANSWERED", "DRIP"})
    void keepsTheClientWaitingForAnAnswerToWhatWasApplied(ChaosMode mode) throws IOException {
        always(mode);
        for (int i = 0; i < 4; i++) {
            HttpRequest request = HttpRequest.newBuilder(api.uri())
                    .header("Idempotency-Key", "k" + i)
                    .POST(HttpRequest.BodyPublishers.ofString("{\"data\":[{\"id\":\"" + i + "\"}]}"))
                    .build();
            var answer = CLIENT.sendAsync(request, HttpResponse.BodyHandlers.ofString());
            assertThatThrownBy(() -> answer.get(SHORT.toMillis(), TimeUnit.MILLISECONDS))
                    .isInstanceOf(java.util.concurrent.TimeoutException.class);
            answer.cancel(true);
        }
        assertThat(api.books().applied()).hasSize(4);
    }

    @Test
    void answersEachRecordForItself() throws IOException, InterruptedException {
        always(ChaosMode.ITEM_ERRORS);
        String[] ids = IntStream.range(0, 100)
                .mapToObj(i -> i % 10 == 0 ? "bad" + i : "g" + i)
                .toArray(String[]::new);

        HttpResponse<String> answer = post("k", ids);

        assertThat(answer.statusCode()).isEqualTo(200);
        String[] statuses = answer.body().replaceAll("[^0-9,]", "").split(",", -1);
        Map<String, Integer> taken = new HashMap<>();
        for (int i = 0; i < ids.length; i++) {
            assertThat(statuses[i]).isIn(ids[i].startsWith("bad") ? List.of("422") : List.of("201", "429", "503"));
            if (statuses[i].equals("201")) {
                taken.put(ids[i], 1);
            }
        }
        assertThat(statuses).hasSize(100).contains("201", "422", "429", "503");
        assertThat(api.books().applied()).isEqualTo(taken);
    }

    @Test
    void answersWithHalfAJsonText() throws IOException, InterruptedException {
        always(ChaosMode.INVALID_JSON);

        HttpResponse<String> answer = post("k", "1");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat("{\"results\":[{\"status\":201}]}").startsWith(answer.body());
        assertThat(answer.body()).doesNotContain("}");
    }

    @Test
    void sendsTheClientElsewhereAndServesItThere() throws IOException, InterruptedException {
        always(ChaosMode.REDIRECT);

        HttpResponse<String> answer = post("k", "1");
        assertThat(answer.statusCode()).isIn(307, 308);
        assertThat(api.books().applied()).isEmpty();
        URI there = api.uri().resolve(answer.headers().firstValue("Location").orElseThrow());
        assertThat(post(there, "k", "1").statusCode()).isEqualTo(200);
        assertThat(api.books().applied()).isEqualTo(Map.of("1", 1));
    }

    @Test
    void keepsTheConnectionAlive() throws IOException, InterruptedException {
        HttpClient client = HttpClient.newHttpClient();
        always(ChaosMode.CALM);
        for (int i = 0; i < 5; i++) {
            assertThat(post(client, api.uri(), "k" + i, "r" + i).statusCode()).isEqualTo(200);
        }

        assertThat(api.books().connections()).isEqualTo(1);
    }

    @Test
    void closesTheConnectionAfterTheAnswer() throws IOException, InterruptedException {
        try (ChaosApiProcess alone = ChaosApiProcess.start()) {
            alone.play(ChaosPlan.only(ChaosMode.CLOSED_KEEP_ALIVE, ALWAYS, 3));

            assertThat(post(alone.uri(), "k", "1").statusCode()).isEqualTo(200);
            assertThat(alone.openConnections()).isZero();
        }
    }

    @Test
    void saysThatAKeyIsStillInWorkBeforeItRepeatsTheAnswer() throws IOException, InterruptedException {
        always(ChaosMode.KEY_IN_WORK);

        assertThatThrownBy(() -> post("k", "1")).isInstanceOf(IOException.class);
        HttpResponse<String> second = post("k", "1");
        assertThat(second.statusCode()).isEqualTo(409);
        assertThat(second.headers().firstValue("Retry-After")).isPresent();
        assertThat(api.books().applied()).isEqualTo(Map.of("1", 1));
    }

    @Test
    void sameSeedMakesTheSameOfTheSameRequests() throws IOException, InterruptedException {
        ChaosPlan plan = ChaosPlan.mixed(
                List.of(ChaosMode.RETRY_AFTER_SECONDS, ChaosMode.BURST_OF_500, ChaosMode.INVALID_JSON), 100, 21);

        assertThat(statuses(plan)).isEqualTo(statuses(plan));
        assertThat(statuses(ChaosPlan.mixed(plan.weights().keySet(), 100, 22))).isNotEqualTo(statuses(plan));
    }

    private static List<Integer> statuses(ChaosPlan plan) throws IOException, InterruptedException {
        api.play(plan);
        Integer[] statuses = new Integer[60];
        for (int i = 0; i < statuses.length; i++) {
            statuses[i] = post("k" + i, "r" + i).statusCode();
        }
        return List.of(statuses);
    }

    @Test
    void countsHowLongItsWorkersWorked() throws IOException, InterruptedException {
        api.play(ChaosPlan.calm().withWorkers(1, Duration.ofMillis(50)));
        for (int i = 0; i < 10; i++) {
            post("k" + i, "r" + i);
        }

        long busy = api.books().seconds().stream()
                .mapToLong(ChaosBooks.Second::busyNanos)
                .sum();
        assertThat(busy).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(500));
        assertThat(api.books().seconds().stream()
                        .mapToLong(ChaosBooks.Second::answered)
                        .sum())
                .isEqualTo(10);
    }

    @Test
    void endsWhenItsInputEnds() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        io.apilados.pipeline.http.testing.ChaosApi.class.getName())
                .start();
        assertThat(process.inputReader().readLine()).matches("\\d+");
        process.getOutputStream().close();

        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
}
