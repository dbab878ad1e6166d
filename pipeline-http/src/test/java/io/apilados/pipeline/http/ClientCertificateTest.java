// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.deliver.DeliveryOutcome.Stop;
import io.apilados.pipeline.http.RawServer.Answer;
import io.apilados.pipeline.http.RawServer.Connection;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Servers and proxies that want to know who we are, in either version of HTTP. */
@Timeout(60)
class ClientCertificateTest {

    private static Certificates server;
    private static Certificates known;
    private static Certificates unknown;

    private final AtomicInteger requests = new AtomicInteger();

    @BeforeAll
    static void make(@TempDir Path directory) throws Exception {
        server = Certificates.naming(directory, "ip:127.0.0.1");
        known = Certificates.naming(directory, "dns:known.example");
        unknown = Certificates.naming(directory, "dns:unknown.example");
    }

    /** With TLS 1.3 the server refuses when the client has long begun to send. */
    static Stream<Arguments> refused() throws Exception {
        List<Arguments> cases = new ArrayList<>();
        for (HttpVersion version : HttpVersion.values()) {
            for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
                cases.add(Arguments.of(version, protocol, "an unknown one", unknown.trusting(server)));
            }
            // With TLS 1.2 some say no more of a missing one than that the handshake failed.
            cases.add(Arguments.of(version, "TLSv1.3", "no certificate", server.client()));
        }
        return cases.stream();
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("refused")
    void serverThatRefusesOurCertificateStopsTheRun(
            HttpVersion version, String protocol, String shown, SSLContext client) throws Exception {
        try (RawServer asking = asking(protocol);
                var delivery = HttpDelivery.to(URI.create("https://127.0.0.1:" + asking.port() + "/records"))
                        .httpVersion(version)
                        .sslContext(client)
                        .build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{}"))).isInstanceOfSatisfying(Stop.class, stop -> {
                assertThat(stop.code()).isEqualTo("client-certificate");
                assertThat(stop.message())
                        .startsWith("127.0.0.1 asks for a client certificate")
                        .contains("SSLContext");
            });
        }
        assertThat(requests).hasValue(0);
    }

    @ParameterizedTest
    @EnumSource(HttpVersion.class)
    void serverThatKnowsOurCertificateTakesIt(HttpVersion version) throws Exception {
        try (RawServer asking = asking("TLSv1.3");
                var delivery = HttpDelivery.to(URI.create("https://127.0.0.1:" + asking.port() + "/records"))
                        .httpVersion(version)
                        .sslContext(known.trusting(server))
                        .build()) {
            assertThat(Batches.deliver(delivery, Batches.of("{}"))).isEqualTo(DeliveryOutcome.delivered());
        }
        assertThat(requests).hasValue(1);
    }

    @Test
    void refusedCertificateEndsALookupAtOnce() throws Exception {
        try (RawServer asking = asking("TLSv1.3");
                HttpLookup lookup = HttpLookup.at(URI.create("https://127.0.0.1:" + asking.port() + "/records"))
                        .queryParameter("clave")
                        .key("/clave")
                        .sslContext(server.client())
                        .build()) {
            assertThatThrownBy(() -> lookup.load(Set.of("K")))
                    .isInstanceOfSatisfying(
                            HttpLookupException.class, e -> assertThat(e.code()).isEqualTo("client-certificate"));
        }
    }

    private RawServer asking(String protocol) throws Exception {
        SSLContext context = server.trusting(known);
        return RawServer.holding(connection -> {
            // The socket below stays open after a refusal: one that is closed while the client sends may drop it.
            SSLSocket encrypted = (SSLSocket) context.getSocketFactory()
                    .createSocket(connection.socket, "client", connection.socket.getPort(), false);
            encrypted.setUseClientMode(false);
            encrypted.setNeedClientAuth(true);
            encrypted.setEnabledProtocols(new String[] {protocol});
            try {
                encrypted.startHandshake();
                Connection inside = new Connection(encrypted);
                while (inside.read() != null) {
                    requests.incrementAndGet();
                    inside.write(Answer.of(200));
                }
            } catch (IOException e) {
                connection.ignore();
            }
        });
    }

    @Test
    void proxyThatAsksForAPasswordStopsTheRun() throws IOException {
        List<HttpListener.Exchange> heard = new CopyOnWriteArrayList<>();
        try (RawServer proxy = RawServer.answering(
                request -> new Answer(407, "planted-secret", List.of("Proxy-Authenticate: Basic realm=\"p\"")))) {
            for (String address : List.of("https://127.0.0.1:1/", "http://127.0.0.1:1/")) {
                try (var delivery = HttpDelivery.to(URI.create(address))
                        .proxy(proxy.uri())
                        .listener(heard::add)
                        .build()) {
                    assertThat(Batches.deliver(delivery, Batches.of("{}"))).isInstanceOfSatisfying(Stop.class, stop -> {
                        assertThat(stop.code()).isEqualTo("http-407");
                        assertThat(stop.message()).contains("proxy").doesNotContain("planted-secret");
                    });
                }
            }
        }
        assertThat(heard).extracting(HttpListener.Exchange::result).containsExactly("http-407", "4xx");
    }
}
