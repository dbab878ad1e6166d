// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.http.Http2Server.Got;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a real HTTP/2 server. */
class HttpDeliveryHttp2Test {

    @Test
    void plainHttpTakesHttp2ForGranted() throws Exception {
        try (Http2Server server = Http2Server.plain();
                var delivery = HttpDelivery.to(server.uri())
                        .httpVersion(HttpVersion.HTTP_2)
                        .bearerToken(() -> "abc")
                        .build()) {
            var batch = Batches.of("{\"a\":1}", "{\"a\":2}");
            assertThat(Batches.deliver(delivery, batch)).isEqualTo(DeliveryOutcome.delivered());

            Got got = server.got().get(0);
            assertThat(got.version()).isEqualTo("HTTP/2.0");
            assertThat(got.method()).isEqualTo("POST");
            assertThat(got.body()).isEqualTo("{\"data\":[{\"a\":1},{\"a\":2}]}");
            assertThat(got.headers())
                    .containsEntry("authorization", "Bearer abc")
                    .containsEntry("content-type", "application/json")
                    .containsEntry("idempotency-key", batch.key());
        }
    }

    @Test
    void httpsAgreesUponHttp2DuringTheHandshake(@TempDir Path directory) throws Exception {
        Certificates certificates = Certificates.naming(directory, "ip:127.0.0.1");
        try (Http2Server server = Http2Server.encrypted(certificates.server());
                var delivery = HttpDelivery.to(server.uri())
                        .httpVersion(HttpVersion.HTTP_2)
                        .sslContext(certificates.client())
                        .build()) {
            String large = "{\"a\":\"" + "x".repeat(1 << 20) + "\"}";
            assertThat(Batches.deliver(delivery, Batches.of("{}"))).isEqualTo(DeliveryOutcome.delivered());
            assertThat(Batches.deliver(delivery, Batches.of(large))).isEqualTo(DeliveryOutcome.delivered());

            assertThat(server.got()).extracting(Got::version).containsOnly("HTTP/2.0");
            assertThat(server.got().get(1).body()).isEqualTo("{\"data\":[" + large + "]}");
        }
    }

    @Test
    void statusesAndHeadersOfTheAnswerCount() throws Exception {
        try (Http2Server server = Http2Server.plain();
                var delivery = HttpDelivery.to(server.uri())
                        .httpVersion(HttpVersion.HTTP_2)
                        .build()) {
            server.answer(503, "busy", "Retry-After", "7");
            assertThat(Batches.deliver(delivery, Batches.of("{}")))
                    .isEqualTo(new DeliveryOutcome.Retry("http-503", Duration.ofSeconds(7), true, true));
            server.answer(422, "no", "X-Any", "1");
            assertThat(Batches.deliver(delivery, Batches.of("{}"))).isInstanceOf(DeliveryOutcome.Refused.class);
        }
    }

    @Test
    void itemsAreReadAndHugeAnswersAreCutShort() throws Exception {
        try (Http2Server server = Http2Server.plain();
                var delivery = HttpDelivery.to(server.uri())
                        .httpVersion(HttpVersion.HTTP_2)
                        .items(ItemOutcomes.errorsByIndex("/errors", "/index"))
                        .mostAnswerBytes(100)
                        .build()) {
            server.answer(200, "{\"errors\":[{\"index\":1}]}", "X-Any", "1");
            assertThat(Batches.deliver(delivery, Batches.of("{}", "{}"))).isInstanceOf(DeliveryOutcome.PerRecord.class);
            server.answer(200, " ".repeat(1_000), "X-Any", "1");
            assertThat(Batches.deliver(delivery, Batches.of("{}", "{}")))
                    .isEqualTo(DeliveryOutcome.retry("answer-too-long"));
            server.answer(200, " ".repeat(3 << 20), "X-Any", "1");
            assertThat(Batches.deliver(delivery, Batches.of("{}", "{}")))
                    .isEqualTo(DeliveryOutcome.retry("answer-too-long"));
            server.answer(200, "{}", "X-Any", "1");
            assertThat(Batches.deliver(delivery, Batches.of("{}", "{}"))).isEqualTo(DeliveryOutcome.delivered());
        }
    }

    @Test
    void manyAtOnceKeepToTheLimitOfConnections() throws Exception {
        try (Http2Server server = Http2Server.plain();
                var delivery = HttpDelivery.to(server.uri())
                        .httpVersion(HttpVersion.HTTP_2)
                        .maxConnections(3)
                        .build()) {
            List<CompletionStage<DeliveryOutcome>> stages = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                stages.add(delivery.deliver(Batches.of("{\"n\":" + i + "}")));
            }
            for (CompletionStage<DeliveryOutcome> stage : stages) {
                assertThat(Batches.outcome(stage)).isEqualTo(DeliveryOutcome.delivered());
            }
            assertThat(server.got()).hasSize(60);
            assertThat(server.connections()).isBetween(1, 3);
        }
    }

    @Test
    void silentServerIsGivenUpAndTheConnectionWithIt() throws Exception {
        AtomicReference<Duration> time = new AtomicReference<>(Duration.ofMillis(300));
        try (Http2Server server = Http2Server.plain();
                var delivery = HttpDelivery.to(server.uri())
                        .httpVersion(HttpVersion.HTTP_2)
                        .maxConnections(1)
                        .scheduler(new AdjustedScheduler(delay -> time.get()))
                        .build()) {
            server.beSilent(true);
            assertThat(Batches.failure(delivery, Batches.of("{}"))).isInstanceOf(TimeoutException.class);
            server.beSilent(false);
            time.set(Duration.ofSeconds(Batches.PATIENCE_SECONDS));
            assertThat(Batches.deliver(delivery, Batches.of("{}"))).isEqualTo(DeliveryOutcome.delivered());
        }
    }
}
