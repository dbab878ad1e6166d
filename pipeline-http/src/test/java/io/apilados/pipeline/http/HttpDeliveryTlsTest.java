// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.deliver.DeliveryOutcome.Stop;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.RawServer.Answer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Certificates are checked, in either version of HTTP. */
class HttpDeliveryTlsTest {

    private static Certificates ours;
    private static Certificates elsewhere;

    @BeforeAll
    static void make(@TempDir Path directory) throws Exception {
        ours = Certificates.naming(directory, "ip:127.0.0.1");
        elsewhere = Certificates.naming(directory, "dns:elsewhere.example");
    }

    @ParameterizedTest
    @EnumSource(HttpVersion.class)
    void trustedCertificateDeliversOverOneConnection(HttpVersion version) throws Exception {
        try (RawServer server = RawServer.holding(
                        ours.server(),
                        RawServer.answers(request -> new Answer(
                                request.text().equals("{\"data\":[{}]}")
                                                && !request.headers().containsKey("Expect")
                                        ? 200
                                        : 422,
                                "x".repeat(50_000),
                                java.util.List.of())));
                var delivery = to(server, version).sslContext(ours.client()).build()) {
            for (int i = 0; i < 5; i++) {
                assertThat(Batches.deliver(delivery, Batches.of("{}"))).isEqualTo(DeliveryOutcome.delivered());
            }
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(HttpVersion.class)
    void certificateThatIsNotTrustedStopsAtOnceAndNothingIsSent(HttpVersion version) throws Exception {
        assertCertificateStops(ours.server(), null, version);
        assertCertificateStops(ours.server(), elsewhere.client(), version);
    }

    @ParameterizedTest
    @EnumSource(HttpVersion.class)
    void certificateOfAnotherHostStopsAtOnceThoughItIsTrusted(HttpVersion version) throws Exception {
        assertCertificateStops(elsewhere.server(), elsewhere.client(), version);
    }

    @ParameterizedTest
    @EnumSource(HttpVersion.class)
    void handshakeThatIsCutOffIsAnIoFailureAndNoStop(HttpVersion version) throws Exception {
        try (RawServer server = RawServer.holding(connection -> {
                    int unused = connection.in.read();
                });
                var delivery = to(server, version).sslContext(ours.client()).build()) {
            assertThat(Batches.failure(delivery, Batches.of("{}"))).isInstanceOf(IOException.class);
        }
    }

    @Test
    void serverThatSpeaksNoTlsIsAnIoFailure() throws Exception {
        try (RawServer server = RawServer.holding(connection -> connection.write("HTTP/1.1 400 No\r\n\r\n"));
                var delivery = to(server, HttpVersion.HTTP_1_1)
                        .sslContext(ours.client())
                        .build()) {
            assertThat(Batches.failure(delivery, Batches.of("{}"))).isInstanceOf(IOException.class);
        }
    }

    private static void assertCertificateStops(SSLContext shown, @Nullable SSLContext trusted, HttpVersion version)
            throws Exception {
        AtomicInteger requests = new AtomicInteger();
        try (RawServer server = RawServer.holding(shown, connection -> {
            if (connection.read() != null) {
                requests.incrementAndGet();
                connection.write(Answer.of(200));
            }
        })) {
            HttpDelivery.Builder<JsonRecord> builder = to(server, version);
            if (trusted != null) {
                builder.sslContext(trusted);
            }
            try (var delivery = builder.build()) {
                assertThat(Batches.deliver(delivery, Batches.of("{}", "{}")))
                        .isInstanceOfSatisfying(Stop.class, stop -> {
                            assertThat(stop.code()).isEqualTo("certificate");
                            assertThat(stop.message()).contains("127.0.0.1").doesNotContain("records");
                        });
            }
        }
        assertThat(requests).hasValue(0);
    }

    private static HttpDelivery.Builder<JsonRecord> to(RawServer server, HttpVersion version) {
        return HttpDelivery.to(URI.create("https://127.0.0.1:" + server.port() + "/records"))
                .httpVersion(version);
    }
}
