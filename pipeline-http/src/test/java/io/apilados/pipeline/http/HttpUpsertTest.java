// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.deliver.DeliveryOutcome.Refused;
import io.apilados.pipeline.deliver.DeliveryOutcome.Retry;
import io.apilados.pipeline.deliver.DeliveryOutcome.Stop;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.RawServer.Answer;
import io.apilados.pipeline.http.RawServer.Request;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against an API that answers what a test has prepared. */
@Timeout(60)
class HttpUpsertTest {

    private static final Answer NOTHING = new Answer(200, "{\"data\":[]}", List.of());
    private static final Answer FOUND = new Answer(200, "{\"data\":[{\"id\":\"7/ñ\",\"clave\":\"K 1\"}]}", List.of());
    private static final Batch<JsonRecord> RECORD = Batches.of("{\"clave\":\"K 1\",\"n\":1}");

    private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
    private final List<Answer> answers = Collections.synchronizedList(new ArrayList<>());
    private RawServer server;

    @BeforeEach
    void start() throws IOException {
        server = RawServer.answering(request -> {
            requests.add(request);
            return answers.remove(0);
        });
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private HttpUpsert.Builder<JsonRecord> at() {
        return HttpUpsert.at(server.uri(), "clave").queryParameter("clave").key("/clave");
    }

    private DeliveryOutcome upsert(Answer... prepared) {
        return upsert(RECORD, prepared);
    }

    private DeliveryOutcome upsert(Batch<JsonRecord> batch, Answer... prepared) {
        answers.addAll(List.of(prepared));
        try (HttpUpsert<JsonRecord> upsert = at().build()) {
            DeliveryOutcome outcome = Batches.deliver(upsert, batch);
            assertThat(answers).as("answers that nobody wanted").isEmpty();
            return outcome;
        }
    }

    private List<String> lines() {
        return requests.stream()
                .map(request -> request.line().replace(" HTTP/1.1", ""))
                .toList();
    }

    @Test
    void createsWhatIsNotThere() {
        assertThat(upsert(NOTHING, Answer.of(201))).isEqualTo(DeliveryOutcome.delivered());
        assertThat(lines()).containsExactly("GET /records?clave=K%201", "POST /records");
        assertThat(requests.get(1).text()).isEqualTo("{\"data\":{\"clave\":\"K 1\",\"n\":1}}");
        assertThat(requests.get(1).header("Idempotency-Key")).isEqualTo(RECORD.key() + "-create");
    }

    @Test
    void updatesWhatIsThere() {
        assertThat(upsert(FOUND, Answer.of(200))).isEqualTo(DeliveryOutcome.delivered());
        assertThat(lines()).containsExactly("GET /records?clave=K%201", "PUT /records/7%2F%C3%B1");
        assertThat(requests.get(1).text()).isEqualTo("{\"data\":{\"clave\":\"K 1\",\"n\":1}}");
        assertThat(requests.get(1).header("Idempotency-Key")).isEqualTo(RECORD.key() + "-update");
    }

    @Test
    void whatAppearedMeanwhileIsUpdated() {
        assertThat(upsert(NOTHING, Answer.of(409), FOUND, Answer.of(204))).isEqualTo(DeliveryOutcome.delivered());
        assertThat(lines())
                .containsExactly(
                        "GET /records?clave=K%201",
                        "POST /records", "GET /records?clave=K%201", "PUT /records/7%2F%C3%B1");
    }

    @Test
    void whatWentMeanwhileIsCreatedWithAKeyOfItsOwn() {
        assertThat(upsert(FOUND, Answer.of(404), Answer.of(201))).isEqualTo(DeliveryOutcome.delivered());
        assertThat(requests.get(2).line()).startsWith("POST /records ");
        assertThat(requests.get(2).header("Idempotency-Key")).isEqualTo(RECORD.key() + "-recreate");
    }

    @Test
    void whatComesAndGoesIsLeftForLater() {
        Retry later = new Retry("entry-in-motion", null, false, false);
        assertThat(upsert(FOUND, Answer.of(404), Answer.of(409))).isEqualTo(later);
        assertThat(upsert(NOTHING, Answer.of(409), FOUND, Answer.of(404))).isEqualTo(later);
    }

    @Test
    void aClashInAnotherAttributeIsARefusal() {
        assertThat(upsert(NOTHING, Answer.of(409), NOTHING))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.code()).isEqualTo("http-409"));
    }

    @Test
    void keyInWorkIsLeftForLater() {
        assertThat(upsert(NOTHING, new Answer(409, "", List.of("Retry-After: 1"))))
                .isInstanceOf(Retry.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 425, 429, 500, 503})
    void laterIsLater(int status) {
        assertThat(upsert(Answer.of(status))).isInstanceOf(Retry.class);
        assertThat(upsert(NOTHING, Answer.of(status))).isInstanceOf(Retry.class);
        assertThat(upsert(FOUND, Answer.of(status))).isInstanceOf(Retry.class);
        assertThat(upsert(NOTHING, Answer.of(409), Answer.of(status))).isInstanceOf(Retry.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 405})
    void whatWillNotDoStopsTheRun(int status) {
        assertThat(upsert(Answer.of(status))).isInstanceOf(Stop.class);
        assertThat(upsert(NOTHING, Answer.of(status))).isInstanceOf(Stop.class);
        assertThat(upsert(FOUND, Answer.of(status))).isInstanceOf(Stop.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 422})
    void badRecordIsRefused(int status) {
        assertThat(upsert(Answer.of(status))).isInstanceOf(Refused.class);
        assertThat(upsert(NOTHING, Answer.of(status))).isInstanceOf(Refused.class);
        assertThat(upsert(FOUND, Answer.of(status))).isInstanceOf(Refused.class);
    }

    @Test
    void lookupThatFindsNoAddressStopsTheRun() {
        assertThat(upsert(Answer.of(404))).isInstanceOf(Stop.class);
        assertThat(upsert(new Answer(200, "{\"data\":{}}", List.of()))).isInstanceOf(Stop.class);
        assertThat(upsert(new Answer(200, "{\"data\":[{\"id\":\"..\",\"clave\":\"K 1\"}]}", List.of())))
                .isInstanceOf(Stop.class);
        assertThat(upsert(new Answer(
                        200, "{\"data\":[{\"id\":1,\"clave\":\"x\"},{\"id\":2,\"clave\":\"y\"}]}", List.of())))
                .isInstanceOf(Stop.class);
        assertThat(upsert(new Answer(200, "{\"data\":[", List.of()))).isInstanceOf(Retry.class);
    }

    @Test
    void recordWithoutAKeyIsRefusedWithoutARequest() {
        for (String record :
                List.of("{\"n\":1}", "{\"clave\":null}", "{\"clave\":\" \"}", "{\"clave\":[\"K\"]}", "[1]")) {
            assertThat(upsert(Batches.of(record)))
                    .isInstanceOfSatisfying(
                            Refused.class, refused -> assertThat(refused.code()).isEqualTo("missing-key"));
        }
        assertThat(upsert(Batches.of("{\"clave\":\"" + "x".repeat(9_000) + "\"}")))
                .isInstanceOf(Refused.class);
        assertThat(requests).isEmpty();
    }

    @Test
    void keyThatCannotBeReadStopsTheRunWithoutTellingIt() {
        assertThat(upsert(Batches.of("{\"clave\":secret")))
                .isInstanceOfSatisfying(
                        Stop.class, stop -> assertThat(stop.toString()).doesNotContain("secret"));
    }

    @Test
    void lostAnswerIsNoOutcome() throws IOException {
        try (RawServer gone = RawServer.holding(connection -> connection.read());
                HttpUpsert<JsonRecord> upsert = HttpUpsert.at(gone.uri(), "clave")
                        .queryParameter("clave")
                        .key("/clave")
                        .build()) {
            assertThat(Batches.failure(upsert, RECORD)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void recordsOfALargerBatchAreUpsertedOneAfterTheOther() {
        DeliveryOutcome outcome = upsert(
                Batches.of("{\"clave\":\"K 1\"}", "{\"clave\":\"b\"}", "{\"clave\":\"c\"}"),
                FOUND,
                Answer.of(200),
                NOTHING,
                Answer.of(422),
                Answer.of(429));

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        DeliveryOutcome.PerRecord.class,
                        each -> assertThat(each.outcomes())
                                .extracting(one -> one.getClass().getSimpleName())
                                .containsExactly("Delivered", "Rejected", "Retry"));
    }

    @Test
    void largestRequestIsOneRecord() {
        try (HttpUpsert<JsonRecord> upsert = at().build()) {
            assertThat(upsert.largestRequest()).isEqualTo(1);
        }
    }

    @Test
    void addressesMethodsAndBodiesCanBeSet() {
        answers.addAll(List.of(FOUND, Answer.of(200), NOTHING, Answer.of(200)));
        String base = "http://127.0.0.1:" + server.port();
        try (HttpUpsert<JsonRecord> upsert = at().createAt(URI.create(base + "/new?x=1"))
                .updateAt(base + "/old/{id}/now")
                .updateMethod("PATCH")
                .body(BodyFormat.array())
                .build()) {
            Batches.deliver(upsert, RECORD);
            Batches.deliver(upsert, RECORD);
        }
        assertThat(lines()).element(1).isEqualTo("PATCH /old/7%2F%C3%B1/now");
        assertThat(lines()).element(3).isEqualTo("POST /new?x=1");
        assertThat(requests.get(3).text()).isEqualTo("{\"clave\":\"K 1\",\"n\":1}");
    }

    @Test
    void entriesAreWrittenOnTheServerOfTheLookups() {
        assertThatThrownBy(() -> at().updateAt("https://elsewhere.example/{id}"))
                .hasMessageContaining("server of the lookups");
        assertThatThrownBy(() -> at().createAt(URI.create("https://elsewhere.example/")))
                .hasMessageContaining("server of the lookups");
        assertThatThrownBy(() -> at().updateAt("https://elsewhere.example/")).hasMessageContaining("{id}");
        assertThatThrownBy(() -> at().updateMethod("DELETE")).hasMessageContaining("PUT or PATCH");
    }
}
