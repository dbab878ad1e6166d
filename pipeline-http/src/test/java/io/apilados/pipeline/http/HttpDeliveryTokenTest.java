// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.deliver.DeliveryOutcome.Stop;
import io.apilados.pipeline.http.RawServer.Answer;
import io.apilados.pipeline.http.RawServer.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens that grow old. */
class HttpDeliveryTokenTest {

    private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
    private final AtomicReference<String> valid = new AtomicReference<>("first");

    private Answer answer(Request request) {
        requests.add(request);
        return Answer.of(request.header("Authorization").equals("Bearer " + valid.get()) ? 200 : 401);
    }

    @Test
    void refusedTokenIsRefreshedOnceAndTheSameRequestSentAgain() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        try (RawServer server = RawServer.answering(this::answer);
                var delivery = HttpDelivery.to(server.uri())
                        .bearerToken(BearerToken.kept(() -> "token-" + asked.incrementAndGet()))
                        .build()) {
            valid.set("token-2");
            var batch = Batches.of("{\"a\":1}");
            assertThat(Batches.deliver(delivery, batch)).isEqualTo(DeliveryOutcome.delivered());
            assertThat(Batches.deliver(delivery, batch)).isEqualTo(DeliveryOutcome.delivered());

            assertThat(asked).hasValue(2);
            assertThat(requests).hasSize(3);
            assertThat(requests).extracting(Request::text).containsOnly("{\"data\":[{\"a\":1}]}");
            assertThat(requests)
                    .extracting(request -> request.header("Idempotency-Key"))
                    .containsOnly(batch.key());
        }
    }

    @Test
    void manyThatAreRefusedAtOnceCauseOneRefresh() throws Exception {
        int many = 8;
        AtomicInteger refreshed = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(many);
        BearerToken token = new BearerToken() {
            private volatile String now = "first";

            @Override
            public String current() {
                return now;
            }

            @Override
            public String refresh(String rejected) {
                assertThat(rejected).isEqualTo(now);
                refreshed.incrementAndGet();
                now = "second";
                return now;
            }
        };
        valid.set("second");
        try (RawServer server = RawServer.answering(request -> {
                    Answer answer = answer(request);
                    if (answer.status() == 401) {
                        all.countDown();
                        all.await();
                    }
                    return answer;
                });
                var delivery = HttpDelivery.to(server.uri()).bearerToken(token).build()) {
            List<CompletionStage<DeliveryOutcome>> stages = new ArrayList<>();
            for (int i = 0; i < many; i++) {
                stages.add(delivery.deliver(Batches.of("{}")));
            }
            for (CompletionStage<DeliveryOutcome> stage : stages) {
                assertThat(Batches.outcome(stage)).isEqualTo(DeliveryOutcome.delivered());
            }
        }
        assertThat(refreshed).hasValue(1);
        assertThat(requests).hasSize(2 * many);
    }

    @Test
    void secondRefusalStopsTheRun() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        valid.set("none of them");
        try (RawServer server = RawServer.answering(this::answer);
                var delivery = HttpDelivery.to(server.uri())
                        .bearerToken(() -> "token-" + asked.incrementAndGet())
                        .build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{}")))
                    .isInstanceOfSatisfying(
                            Stop.class, stop -> assertThat(stop.code()).isEqualTo("http-401"));
            assertThat(requests).hasSize(2);
        }
    }

    @Test
    void refusedTokenThatStaysTheSameIsNotTriedAgain() throws IOException {
        valid.set("another");
        try (RawServer server = RawServer.answering(this::answer);
                var delivery =
                        HttpDelivery.to(server.uri()).bearerToken(() -> "first").build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{}"))).isInstanceOf(Stop.class);
            assertThat(requests).hasSize(1);
        }
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "  ", "abc\r\nX-Evil: 1", "abc\n", "\u00e9", "a\u0000b"})
    void whatIsNoTokenStopsTheRunAndIsNotSent(String token) throws IOException {
        Supplier<String> supplier = () -> token;
        assertStopsUnsent(supplier);
    }

    @Test
    void supplierThatFailsStopsTheRunWithoutItsMessage() throws IOException {
        assertStopsUnsent(() -> {
            throw new IllegalStateException("planted-secret");
        });
    }

    @Test
    void supplierThatCannotReachItsSourceWaitsAndTriesAgain() throws IOException {
        try (RawServer server = RawServer.answering(this::answer);
                var delivery = HttpDelivery.to(server.uri())
                        .bearerToken(() -> {
                            throw new UncheckedIOException(new IOException("planted-secret"));
                        })
                        .build()) {
            assertThat(Batches.failure(delivery, Batches.of("{}")))
                    .isInstanceOf(IOException.class)
                    .hasNoCause()
                    .message()
                    .doesNotContain("planted-secret");
        }
        assertThat(requests).isEmpty();
    }

    private void assertStopsUnsent(Supplier<String> supplier) throws IOException {
        try (RawServer server = RawServer.answering(this::answer);
                var delivery =
                        HttpDelivery.to(server.uri()).bearerToken(supplier).build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{}"))).isInstanceOfSatisfying(Stop.class, stop -> {
                assertThat(stop.code()).isEqualTo("token");
                assertThat(stop.message()).doesNotContain("Evil", "planted-secret");
            });
            assertThat(server.accepted()).isZero();
        }
    }
}
