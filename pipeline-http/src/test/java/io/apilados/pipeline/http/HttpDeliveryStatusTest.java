// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.deliver.DeliveryOutcome.Refused;
import io.apilados.pipeline.deliver.DeliveryOutcome.Retry;
import io.apilados.pipeline.deliver.DeliveryOutcome.Stop;
import io.apilados.pipeline.http.RawServer.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a status makes of a batch, over a real connection. */
class HttpDeliveryStatusTest {

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 202, 204, 207, 299})
    void successDelivers(int status) throws IOException {
        assertThat(answered(status, null)).isEqualTo(DeliveryOutcome.delivered());
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 409, 422})
    void badRecordRefuses(int status) throws IOException {
        assertThat(answered(status, null)).isInstanceOfSatisfying(Refused.class, refused -> {
            assertThat(refused.code()).isEqualTo("http-" + status);
            assertThat(refused.message()).contains(Integer.toString(status));
            assertThat(refused.tooLarge()).isFalse();
        });
    }

    @Test
    void tooLargeRefusesTheBatchAsSuch() throws IOException {
        assertThat(answered(413, null)).isInstanceOfSatisfying(Refused.class, refused -> {
            assertThat(refused.code()).isEqualTo("http-413");
            assertThat(refused.tooLarge()).isTrue();
        });
    }

    @ParameterizedTest
    @CsvSource({
        // status, Retry-After, seconds to wait at least, whether that means overload; 5xx alone is failing
        "408, , , false",
        "408, 2, 2, false",
        "425, , , false",
        "429, , , true",
        "429, 7, 7, true",
        "429, 'Mon, 23 Nov 2026 22:01:30 GMT', 90, true",
        "500, , , false",
        "500, 1, 1, false",
        "501, , , false",
        "502, , , false",
        "503, , , true",
        "503, 0, 0, true",
        "503, 120, 120, true",
        "503, 'Mon, 23 Nov 2026 22:00:10 GMT', 10, true",
        "503, 'Mon, 23 Nov 2026 21:00:00 GMT', 0, true",
        "503, soon, , true",
        "504, , , false",
        "599, , , false",
        "409, 5, 5, false",
    })
    void laterRetries(int status, @Nullable String retryAfter, @Nullable Long seconds, boolean overloaded)
            throws IOException {
        Duration after = seconds == null ? null : Duration.ofSeconds(seconds);

        assertThat(answered(status, retryAfter))
                .isEqualTo(new Retry("http-" + status, after, overloaded, status >= 500));
    }

    @Test
    void conflictWithARetryAfterThatMakesNoSenseIsABadRecord() throws IOException {
        assertThat(answered(409, "soon")).isInstanceOf(Refused.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308, 304, 401, 402, 403, 405, 406, 407, 410, 411, 415, 431, 451})
    void whatWillNeverDoStops(int status) throws IOException {
        assertThat(answered(status, null)).isInstanceOfSatisfying(Stop.class, stop -> {
            assertThat(stop.code()).isEqualTo("http-" + status);
            assertThat(stop.message()).contains("answered " + status);
        });
    }

    @Test
    void redirectIsNotFollowed() throws IOException {
        try (RawServer elsewhere = RawServer.answering(request -> Answer.of(200));
                RawServer server =
                        RawServer.answering(request -> new Answer(307, "", List.of("Location: " + elsewhere.uri())));
                var delivery =
                        HttpDelivery.to(server.uri()).bearerToken(() -> "token").build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{}"))).isInstanceOf(Stop.class);
            assertThat(elsewhere.accepted()).isZero();
        }
    }

    @Test
    void bodyOfTheAnswerMayBeChunked() throws IOException {
        try (RawServer server = RawServer.holding(connection -> {
                    while (connection.read() != null) {
                        connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
                    }
                });
                var delivery = HttpDelivery.to(server.uri()).build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{}"))).isEqualTo(DeliveryOutcome.delivered());
            assertThat(Batches.deliver(delivery, Batches.of("{}"))).isEqualTo(DeliveryOutcome.delivered());
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @Test
    void informationalAnswersAreNotTheAnswer() throws IOException {
        try (RawServer server = RawServer.holding(connection -> {
                    while (connection.read() != null) {
                        connection.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n"
                                + "HTTP/1.1 422 No\r\nContent-Length: 0\r\n\r\n");
                    }
                });
                var delivery = HttpDelivery.to(server.uri()).build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{}"))).isInstanceOf(Refused.class);
        }
    }

    private static DeliveryOutcome answered(int status, @Nullable String retryAfter) throws IOException {
        List<String> headers = retryAfter == null ? List.of() : List.of("Retry-After: " + retryAfter);
        try (RawServer server = RawServer.answering(
                        request -> new Answer(status, status == 204 || status == 304 ? "" : "an answer", headers));
                var delivery = HttpDelivery.to(server.uri())
                        .scheduler(new AdjustedScheduler(UnaryOperator.identity()))
                        .build()) {
            return Batches.deliver(delivery, Batches.of("{}", "{}"));
        }
    }
}
