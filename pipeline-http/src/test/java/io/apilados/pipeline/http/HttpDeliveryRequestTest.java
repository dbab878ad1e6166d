// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.deliver.RecordOutcome;
import io.apilados.pipeline.deliver.RequestContext;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.RawServer.Answer;
import io.apilados.pipeline.http.RawServer.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What goes over the wire. */
class HttpDeliveryRequestTest {

    private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
    private final Deque<Answer> script = new ArrayDeque<>();
    private RawServer server;

    @BeforeEach
    void start() throws IOException {
        server = RawServer.answering(request -> {
            requests.add(request);
            Answer next = script.poll();
            return next == null ? Answer.of(200) : next;
        });
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void batchIsOnePostWhoseBodyHoldsTheRecordsInOrder() {
        try (var delivery = HttpDelivery.to(server.uri()).build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{\"a\":\"1\"}", "{\"a\":\"2\",\"cctId\":7}")))
                    .isEqualTo(DeliveryOutcome.delivered());
        }

        assertThat(requests).hasSize(1);
        assertThat(requests.get(0).line()).isEqualTo("POST /records HTTP/1.1");
        assertThat(requests.get(0).text()).isEqualTo("{\"data\":[{\"a\":\"1\"},{\"a\":\"2\",\"cctId\":7}]}");
    }

    @Test
    void batchOfOneRecordIsAnArrayOfOne() {
        try (var delivery = HttpDelivery.to(server.uri()).build()) {
            Batches.deliver(delivery, Batches.of("{\"a\":\"1\"}"));
        }

        assertThat(requests.get(0).text()).isEqualTo("{\"data\":[{\"a\":\"1\"}]}");
    }

    @Test
    void perRecordEachRecordIsOnePostInOrder() {
        try (var delivery = HttpDelivery.to(server.uri()).perRecord().build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{\"a\":\"1\"}", "{\"a\":\"2\"}")))
                    .isEqualTo(new DeliveryOutcome.PerRecord(
                            List.of(RecordOutcome.delivered(), RecordOutcome.delivered())));
        }

        assertThat(requests.stream().map(Request::text))
                .containsExactly("{\"data\":{\"a\":\"1\"}}", "{\"data\":{\"a\":\"2\"}}");
    }

    @Test
    void perRecordTheAnswerToABatchOfOneIsTheAnswerToIt() {
        script.add(Answer.of(422));
        try (var delivery = HttpDelivery.to(server.uri()).perRecord().build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{}")))
                    .isInstanceOfSatisfying(
                            DeliveryOutcome.Refused.class,
                            refused -> assertThat(refused.code()).isEqualTo("http-422"));
        }
    }

    @Test
    void perRecordEachRecordHasTheOutcomeOfItsOwnAnswer() {
        script.add(Answer.of(201));
        script.add(Answer.of(400));
        script.add(new Answer(503, "", List.of("Retry-After: 3")));
        try (var delivery = HttpDelivery.to(server.uri()).perRecord().build()) {
            DeliveryOutcome outcome = Batches.deliver(delivery, Batches.of("{}", "{}", "{}"));

            assertThat(outcome).isInstanceOf(DeliveryOutcome.PerRecord.class);
            List<RecordOutcome> each = ((DeliveryOutcome.PerRecord) outcome).outcomes();
            assertThat(each.get(0)).isEqualTo(RecordOutcome.delivered());
            assertThat(each.get(1))
                    .isInstanceOfSatisfying(
                            RecordOutcome.Rejected.class,
                            rejected -> assertThat(rejected.code()).isEqualTo("http-400"));
            assertThat(each.get(2)).isEqualTo(new RecordOutcome.Retry("http-503", Duration.ofSeconds(3)));
        }
    }

    @Test
    void perRecordNothingMoreIsSentAfterAnAnswerThatStopsTheRun() {
        script.add(Answer.of(200));
        script.add(Answer.of(401));
        try (var delivery = HttpDelivery.to(server.uri()).perRecord().build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{}", "{}", "{}", "{}")))
                    .isInstanceOf(DeliveryOutcome.Stop.class);
        }

        assertThat(requests).hasSize(2);
    }

    @Test
    void saysThatItSendsJsonAndForWhom() {
        try (var delivery =
                HttpDelivery.to(server.uri()).bearerToken(() -> "abc.def").build()) {
            Batches.deliver(delivery, Batches.of("{}"));
        }

        Request request = requests.get(0);
        assertThat(request.header("Content-Type")).isEqualTo("application/json");
        assertThat(request.header("Authorization")).isEqualTo("Bearer abc.def");
        assertThat(request.header("Content-Length")).isEqualTo(Integer.toString("{\"data\":[{}]}".length()));
        assertThat(request.headers()).doesNotContainKeys("Transfer-Encoding", "Expect", "Cookie");
    }

    @Test
    void headerOfTheUserStandsInThePlaceOfOursInWhateverCase() {
        try (var delivery = HttpDelivery.to(server.uri())
                .header("ACCEPT", "application/vnd.api+json")
                .header("x-source", "census")
                .build()) {
            Batches.deliver(delivery, Batches.of("{}"));
        }

        assertThat(requests.get(0).header("Accept")).isEqualTo("application/vnd.api+json");
        assertThat(requests.get(0).header("X-Source")).isEqualTo("census");
    }

    /** They come from whoever traces, and may be anything. */
    @Test
    void headersOfAContextNeitherReplaceOursNorFrameTheMessage() {
        Map<String, String> traced = new LinkedHashMap<>();
        traced.put("traceparent", "00-trace");
        traced.put("TraceParent", "00-another");
        traced.put("accept", "text/html");
        traced.put("Content-Length", "7");
        traced.put("host", "elsewhere");
        traced.put("not a name", "value");
        traced.put("baggage", null);
        try (var delivery = HttpDelivery.to(server.uri()).build();
                RequestContext.Scope scope = new RequestContext(traced, () -> () -> {}).activate()) {
            Batches.deliver(delivery, Batches.of("{}"));
        }

        Request request = requests.get(0);
        assertThat(request.header("traceparent")).isEqualTo("00-trace");
        assertThat(request.header("Accept")).isEqualTo("application/json");
        assertThat(request.header("Content-Length")).isEqualTo(Integer.toString("{\"data\":[{}]}".length()));
        assertThat(request.header("Host")).startsWith("127.0.0.1:");
        assertThat(request.headers()).doesNotContainKeys("not a name", "baggage");
    }

    @Test
    void sendsNoAuthorizationWithoutAToken() {
        try (var delivery = HttpDelivery.to(server.uri()).build()) {
            Batches.deliver(delivery, Batches.of("{}"));
        }

        assertThat(requests.get(0).headers()).doesNotContainKey("Authorization");
    }

    @Test
    void asksForTheTokenBeforeEachRequest() {
        AtomicInteger asked = new AtomicInteger();
        try (var delivery = HttpDelivery.to(server.uri())
                .perRecord()
                .bearerToken(() -> "token-" + asked.incrementAndGet())
                .build()) {
            assertThat(asked).hasValue(0);
            Batches.deliver(delivery, Batches.of("{}", "{}"));
            Batches.deliver(delivery, Batches.of("{}"));
        }

        assertThat(requests.stream().map(request -> request.header("Authorization")))
                .containsExactly("Bearer token-1", "Bearer token-2", "Bearer token-3");
    }

    @Test
    void theSameBatchDeliveredTwiceHasTheSameKey() {
        Batch<JsonRecord> batch = Batches.of("{\"a\":\"1\"}", "{\"a\":\"2\"}");
        try (var delivery = HttpDelivery.to(server.uri()).build()) {
            Batches.deliver(delivery, batch);
            Batches.deliver(delivery, batch);
            Batches.deliver(delivery, Batches.of("{\"a\":\"1\"}", "{\"a\":\"2\"}"));
        }

        assertThat(keys()).hasSize(3);
        assertThat(Set.copyOf(keys())).containsExactly(batch.key());
        assertThat(batch.key()).startsWith(Batches.FINGERPRINT + "-40-");
    }

    @Test
    void partsOfABatchHaveKeysOfTheirOwn() {
        Batch<JsonRecord> batch = Batches.of("{}", "{}", "{}", "{}");
        try (var delivery = HttpDelivery.to(server.uri()).build()) {
            Batches.deliver(delivery, batch);
            Batches.deliver(delivery, batch.part(0, 2));
            Batches.deliver(delivery, batch.part(2, 4));
            Batches.deliver(delivery, batch.part(0, 1));
            Batches.deliver(delivery, batch.select(new int[] {0, 3}));
        }

        assertThat(keys()).hasSize(5).doesNotHaveDuplicates();
    }

    @Test
    void perRecordARecordHasTheSameKeyInWhateverBatchItStands() {
        Batch<JsonRecord> batch = Batches.of("{}", "{}", "{}");
        try (var delivery = HttpDelivery.to(server.uri()).perRecord().build()) {
            Batches.deliver(delivery, batch);
            Batches.deliver(delivery, batch.part(1, 2));
        }

        List<String> keys = keys();
        assertThat(keys.subList(0, 3)).doesNotHaveDuplicates();
        assertThat(keys.get(3)).isEqualTo(keys.get(1));
    }

    @Test
    void textOutsideOfAsciiArrivesAsUtf8() {
        String record = "{\"nombre\":\"Íñiguez \\\"Zoé\\\" 漢字 😀\"}";
        try (var delivery = HttpDelivery.to(server.uri()).build()) {
            Batches.deliver(delivery, Batches.of(record, record));
        }

        Request request = requests.get(0);
        assertThat(request.text()).isEqualTo("{\"data\":[" + record + "," + record + "]}");
        assertThat(request.header("Content-Length")).isEqualTo(Integer.toString(request.body().length));
    }

    @Test
    void bodyOfManyMebibytesArrivesWhole() {
        String record = "{\"a\":\"" + "x".repeat(1 << 16) + "\"}";
        String[] records = new String[64];
        java.util.Arrays.fill(records, record);
        try (var delivery = HttpDelivery.to(server.uri()).build()) {
            Batches.deliver(delivery, Batches.of(records));
        }

        assertThat(requests.get(0).text()).isEqualTo("{\"data\":[" + String.join(",", records) + "]}");
    }

    @Test
    void recordsOfOnesOwnTypeAreWrittenByOnesOwnCode() {
        RecordJson<Integer> json =
                (number, out) -> out.write(("{\"n\":" + number + "}").getBytes(StandardCharsets.UTF_8));
        try (var delivery = HttpDelivery.to(server.uri(), json).build()) {
            Batches.deliver(delivery, Batches.ofRecords(List.of(4, 5)));
        }

        assertThat(requests.get(0).text()).isEqualTo("{\"data\":[{\"n\":4},{\"n\":5}]}");
    }

    private List<String> keys() {
        return requests.stream()
                .map(request -> request.header("Idempotency-Key"))
                .toList();
    }
}
