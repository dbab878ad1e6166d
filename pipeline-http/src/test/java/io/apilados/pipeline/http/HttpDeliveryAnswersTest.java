// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.deliver.DeliveryOutcome.Refused;
import io.apilados.pipeline.deliver.DeliveryOutcome.Stop;
import io.apilados.pipeline.deliver.RecordOutcome;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.RawServer.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the bodies and headers of answers are taken for. */
class HttpDeliveryAnswersTest {

    private static final String UNIQUE = "{\"error\":{\"message\":\"This attribute must be unique\"}}";

    private final Deque<Answer> script = new ArrayDeque<>();

    private RawServer scripted() throws IOException {
        return RawServer.answering(request -> script.isEmpty() ? Answer.of(200) : script.poll());
    }

    private static HttpDelivery.Builder<JsonRecord> byStatuses(RawServer server) {
        return HttpDelivery.to(server.uri()).items(ItemOutcomes.statusesInOrder("/results", "/status"));
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 207})
    void itemsDecideForEachRecord(int status) throws IOException {
        script.add(new Answer(status, "{\"results\":[{\"status\":201},{\"status\":422}]}", List.of()));
        script.add(new Answer(status, "{\"results\":[{\"status\":201},{\"status\":201}]}", List.of()));
        script.add(new Answer(status, "{\"results\":[{\"status\":429},{\"status\":429}]}", List.of("Retry-After: 4")));
        script.add(new Answer(204, "", List.of()));
        try (RawServer server = scripted();
                var delivery = byStatuses(server).build()) {
            Batch<JsonRecord> batch = Batches.of("{}", "{}");
            assertThat(Batches.deliver(delivery, batch))
                    .isEqualTo(new DeliveryOutcome.PerRecord(List.of(
                            RecordOutcome.delivered(),
                            RecordOutcome.rejected("item-422", "the API refused this record of the batch"))));
            assertThat(Batches.deliver(delivery, batch)).isEqualTo(DeliveryOutcome.delivered());
            assertThat(Batches.deliver(delivery, batch))
                    .isEqualTo(DeliveryOutcome.overloaded("item-429", Duration.ofSeconds(4)));
            assertThat(Batches.deliver(delivery, batch)).isEqualTo(DeliveryOutcome.delivered());
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @Test
    void bodyThatDoesNotFitIsSentAgain() throws IOException {
        script.add(new Answer(200, "<html>", List.of()));
        script.add(new Answer(200, "{\"results\":[{\"status\":201}]}", List.of()));
        script.add(new Answer(200, "{\"results\":[" + " ".repeat(2_000) + "]}", List.of()));
        try (RawServer server = scripted();
                var delivery = byStatuses(server).mostAnswerBytes(1_000).build()) {
            for (String reason : List.of("answer-unreadable", "answer-unreadable", "answer-too-long")) {
                assertThat(Batches.deliver(delivery, Batches.of("{}", "{}"))).isEqualTo(DeliveryOutcome.retry(reason));
            }
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @Test
    void readerOfOnesOwnThatFailsStopsTheRunWithoutItsMessage() throws IOException {
        try (RawServer server = scripted();
                var delivery = HttpDelivery.to(server.uri())
                        .items((status, body, records) -> {
                            throw new IllegalStateException("planted-secret");
                        })
                        .build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{}")))
                    .isInstanceOfSatisfying(
                            Stop.class, stop -> assertThat(stop.message()).doesNotContain("planted-secret"));
        }
    }

    /** Endless, and as fast as the connection takes it. */
    @Test
    void endlessAnswerIsCutShort() throws IOException {
        try (RawServer server = RawServer.holding(connection -> {
                    while (connection.read() != null) {
                        connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                        while (true) {
                            connection.write("1000\r\n" + "x".repeat(0x1000) + "\r\n");
                        }
                    }
                });
                var plain = HttpDelivery.to(server.uri()).build();
                var reading = byStatuses(server).build()) {
            assertThat(Batches.deliver(plain, Batches.of("{}"))).isEqualTo(DeliveryOutcome.delivered());
            assertThat(Batches.deliver(plain, Batches.of("{}"))).isEqualTo(DeliveryOutcome.delivered());
            assertThat(Batches.deliver(reading, Batches.of("{}"))).isEqualTo(DeliveryOutcome.retry("answer-too-long"));
        }
    }

    @Test
    void endlessHeadIsAnIoFailure() throws IOException {
        try (RawServer server = RawServer.holding(connection -> {
                    if (connection.read() != null) {
                        connection.write("HTTP/1.1 200 OK\r\nX-Endless: ");
                        while (true) {
                            connection.write("x".repeat(0x1000));
                        }
                    }
                });
                var delivery = HttpDelivery.to(server.uri()).build()) {
            assertThat(Batches.failure(delivery, Batches.of("{}"))).isInstanceOf(IOException.class);
        }
    }

    /** The server says no after the head, and reads no further. */
    @Test
    void refusalThatComesBeforeTheBodyIsWholeIsHeard() throws IOException {
        try (RawServer server = RawServer.holding(connection -> {
                    connection.readHead();
                    connection.write(new Answer(413, "", List.of("Connection: close")));
                    connection.ignore();
                });
                var delivery = HttpDelivery.to(server.uri()).build()) {
            String large = "{\"a\":\"" + "x".repeat(8 << 20) + "\"}";
            assertThat(Batches.deliver(delivery, Batches.of(large)))
                    .isInstanceOfSatisfying(
                            Refused.class,
                            refused -> assertThat(refused.tooLarge()).isTrue());
        }
    }

    @Test
    void alreadyThereCountsOnlyForARecordThatMayHaveBeenSentBefore() throws IOException {
        script.add(new Answer(400, UNIQUE, List.of()));
        script.add(Answer.of(500));
        script.add(new Answer(400, UNIQUE, List.of()));
        script.add(new Answer(400, "{}", List.of()));
        try (RawServer server = scripted();
                var delivery = HttpDelivery.to(server.uri())
                        .alreadyThere(AlreadyThere.strapiUnique())
                        .build()) {
            Batch<JsonRecord> batch = Batches.of("{}", "{}");
            Batch<JsonRecord> first = batch.part(0, 1);
            assertThat(Batches.deliver(delivery, first)).isInstanceOf(Refused.class);
            assertThat(Batches.deliver(delivery, batch)).isInstanceOf(DeliveryOutcome.Retry.class);
            assertThat(Batches.deliver(delivery, first)).isEqualTo(DeliveryOutcome.delivered());
            assertThat(Batches.deliver(delivery, first)).isInstanceOf(Refused.class);
        }
    }

    @Test
    void alreadyThereNeverCountsForABatchOfSeveral() throws IOException {
        script.add(new Answer(409, "", List.of()));
        script.add(new Answer(409, "", List.of()));
        try (RawServer server = scripted();
                var delivery = HttpDelivery.to(server.uri())
                        .alreadyThere(AlreadyThere.status(409), AlreadyThere.Scope.ANY)
                        .build()) {
            Batch<JsonRecord> batch = Batches.of("{}", "{}");
            assertThat(Batches.deliver(delivery, batch)).isInstanceOf(Refused.class);
            assertThat(Batches.deliver(delivery, batch.part(0, 1))).isEqualTo(DeliveryOutcome.delivered());
        }
    }

    @Test
    void lostAnswerIsRemembered() throws IOException {
        AtomicInteger count = new AtomicInteger();
        try (RawServer server = RawServer.holding(connection -> {
                    while (connection.read() != null) {
                        if (count.incrementAndGet() == 1) {
                            return;
                        }
                        connection.write(new Answer(409, "", List.of()));
                    }
                });
                var delivery = HttpDelivery.to(server.uri())
                        .perRecord()
                        .alreadyThere(AlreadyThere.status(409).or(AlreadyThere.strapiUnique()))
                        .build()) {
            Batch<JsonRecord> batch = Batches.of("{}", "{}");
            assertThat(Batches.failure(delivery, batch.part(0, 1))).isInstanceOf(IOException.class);
            assertThat(Batches.deliver(delivery, batch.part(0, 1))).isEqualTo(DeliveryOutcome.delivered());
            assertThat(Batches.deliver(delivery, batch.part(1, 2))).isInstanceOf(Refused.class);
        }
    }

    @Test
    void memoryOfWhatWasSentIsBounded() {
        SentBefore memory = new SentBefore();
        String[] records = new String[500];
        java.util.Arrays.fill(records, "{}");
        Batch<JsonRecord> batch = Batches.of(records);
        memory.add(batch);
        assertThat(memory.contains(batch.recordKey(499))).isTrue();
        assertThat(memory.contains("another")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "RateLimit-Remaining: 0 | RateLimit-Reset: 9 | 9",
                "X-RateLimit-Remaining: 0 | X-RateLimit-Reset: 9 | 9",
                "X-Rate-Limit-Remaining: 0 | X-Rate-Limit-Reset: 9 | 9",
                // A moment, in seconds or milliseconds since 1970: 22:00:30 of that day.
                "X-RateLimit-Remaining: 0 | X-RateLimit-Reset: 1795471230 | 30",
                "X-RateLimit-Remaining: 0 | X-RateLimit-Reset: 1795471230000 | 30",
                "X-RateLimit-Remaining: 0 | X-RateLimit-Reset: 1000000001 | 0",
                "RateLimit-Remaining: 0 | RateLimit-Reset: 999999 | 300",
                "RateLimit: \"default\";r=0;t=12 | X-Any: 1 | 12",
                "RateLimit: limit=100, remaining=0, reset=13 | X-Any: 1 | 13",
                "RateLimit-Remaining: 0 | Retry-After: 3 | 3",
                "RateLimit-Remaining: 1 | RateLimit-Reset: 9 |",
                "RateLimit-Remaining: 0 | RateLimit-Reset: soon |",
                "RateLimit-Remaining: 0 | X-Any: 1 |",
                "RateLimit: \"default\";r=5;t=12 | X-Any: 1 |",
                "RateLimit: | X-Any: 1 |",
            })
    void usedUpRateLimitSaysHowLongToWait(String first, String second, Long seconds) throws IOException {
        script.add(new Answer(429, "", List.of(first, second)));
        try (RawServer server = scripted();
                var delivery = HttpDelivery.to(server.uri())
                        .scheduler(new AdjustedScheduler(delay -> delay))
                        .build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{}")))
                    .isEqualTo(DeliveryOutcome.overloaded(
                            "http-429", seconds == null ? null : Duration.ofSeconds(seconds)));
        }
    }

    @Test
    void perRecordTheRestWaitsWithTheFirstThatIsToldToWait() throws IOException {
        AtomicInteger requests = new AtomicInteger();
        try (RawServer server = RawServer.answering(request -> requests.incrementAndGet() % 3 == 2
                        ? new Answer(429, "", List.of("Retry-After: 5"))
                        : Answer.of(200));
                var delivery = HttpDelivery.to(server.uri()).perRecord().build()) {
            RecordOutcome later = new RecordOutcome.Retry("http-429", Duration.ofSeconds(5));

            assertThat(Batches.deliver(delivery, Batches.of("{}", "{}", "{}")))
                    .isEqualTo(new DeliveryOutcome.PerRecord(List.of(RecordOutcome.delivered(), later, later)));
            assertThat(requests).hasValue(2);
            requests.set(1);
            assertThat(Batches.deliver(delivery, Batches.of("{}", "{}")))
                    .isEqualTo(DeliveryOutcome.overloaded("http-429", Duration.ofSeconds(5)));
        }
    }
}
