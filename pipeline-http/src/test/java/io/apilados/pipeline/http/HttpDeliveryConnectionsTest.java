// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.http.RawServer.Answer;
import io.apilados.pipeline.http.RawServer.Request;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** How many connections there are, and that they are used again. */
class HttpDeliveryConnectionsTest {

    private static final int DELIVERIES = 30;

    @Test
    void oneAfterTheOtherUsesOneConnection() throws IOException {
        AtomicInteger count = new AtomicInteger();
        int[] statuses = {200, 503, 422, 204, 401, 500, 301, 413};
        try (RawServer server = RawServer.answering(request -> {
                    int status = statuses[count.getAndIncrement() % statuses.length];
                    return new Answer(status, status == 204 ? "" : "x".repeat(100_000), List.of());
                });
                var delivery = HttpDelivery.to(server.uri()).build()) {
            for (int i = 0; i < 2 * statuses.length; i++) {
                assertThat(Batches.deliver(delivery, Batches.of("{}"))).isNotNull();
            }

            assertThat(count).hasValue(2 * statuses.length);
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @Test
    void noMoreConnectionsAreOpenThanAllowedHoweverManyDeliveriesThereAre() throws Exception {
        int allowed = 4;
        CountDownLatch allowedArrived = new CountDownLatch(allowed);
        CountDownLatch oneMoreArrived = new CountDownLatch(allowed + 1);
        CountDownLatch release = new CountDownLatch(1);
        Set<String> bodies = ConcurrentHashMap.newKeySet();
        try (RawServer server = RawServer.answering(request -> {
                    bodies.add(request.text());
                    allowedArrived.countDown();
                    oneMoreArrived.countDown();
                    release.await();
                    return Answer.of(200);
                });
                var delivery =
                        HttpDelivery.to(server.uri()).maxConnections(allowed).build()) {
            List<CompletionStage<DeliveryOutcome>> stages = new ArrayList<>();
            for (int i = 0; i < DELIVERIES; i++) {
                stages.add(delivery.deliver(Batches.of("{\"n\":" + i + "}")));
            }
            assertThat(allowedArrived.await(Batches.PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
            assertThat(oneMoreArrived.await(300, TimeUnit.MILLISECONDS)).isFalse();
            release.countDown();
            for (CompletionStage<DeliveryOutcome> stage : stages) {
                assertThat(Batches.outcome(stage)).isEqualTo(DeliveryOutcome.delivered());
            }

            assertThat(bodies).hasSize(DELIVERIES);
            assertThat(server.mostOpen()).isEqualTo(allowed);
            assertThat(server.accepted()).isEqualTo(allowed);
        }
    }

    @Test
    void asManyConnectionsAreOpenAsAllowed() throws Exception {
        CountDownLatch allArrived = new CountDownLatch(DELIVERIES);
        try (RawServer server = RawServer.answering(request -> {
                    allArrived.countDown();
                    allArrived.await();
                    return Answer.of(200);
                });
                var delivery =
                        HttpDelivery.to(server.uri()).maxConnections(DELIVERIES).build()) {
            List<CompletionStage<DeliveryOutcome>> stages = new ArrayList<>();
            for (int i = 0; i < DELIVERIES; i++) {
                stages.add(delivery.deliver(Batches.of("{}")));
            }
            for (CompletionStage<DeliveryOutcome> stage : stages) {
                assertThat(Batches.outcome(stage)).isEqualTo(DeliveryOutcome.delivered());
            }
        }
    }

    @Test
    void serverThatClosesAfterEachAnswerGetsANewConnectionForEachRequest() throws IOException {
        try (RawServer server = RawServer.holding(connection -> {
                    Request request = connection.read();
                    if (request != null) {
                        connection.write(new Answer(200, "bye", List.of("Connection: close")));
                    }
                });
                var delivery = HttpDelivery.to(server.uri()).build()) {
            for (int i = 0; i < 5; i++) {
                assertThat(Batches.deliver(delivery, Batches.of("{}"))).isEqualTo(DeliveryOutcome.delivered());
            }

            assertThat(server.accepted()).isEqualTo(5);
        }
    }

    @Test
    void closingLetsGoOfTheConnections() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        try (RawServer server = RawServer.holding(connection -> {
            while (connection.read() != null) {
                connection.write(Answer.of(200));
            }
            ended.countDown();
        })) {
            var delivery = HttpDelivery.to(server.uri()).build();
            Batches.deliver(delivery, Batches.of("{}"));
            delivery.close();

            assertThat(ended.await(Batches.PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
    }
}
