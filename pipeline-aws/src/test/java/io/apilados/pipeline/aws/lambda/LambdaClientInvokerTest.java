// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.lambda.LambdaClient;

@Timeout(60)
class LambdaClientInvokerTest {

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private LambdaClient client;
    private int status = 202;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            requests.add(exchange.getRequestMethod() + " "
                    + URLDecoder.decode(exchange.getRequestURI().getRawPath(), StandardCharsets.UTF_8) + " "
                    + exchange.getRequestHeaders().getFirst("X-Amz-Invocation-Type") + " " + body);
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        server.start();
        client = LambdaClient.builder()
                .endpointOverride(
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort()))
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("planted", "planted")))
                .httpClient(UrlConnectionHttpClient.create())
                .build();
    }

    @AfterEach
    void stop() {
        client.close();
        server.stop(0);
    }

    @Test
    void invokesTheFunctionAndDoesNotWaitForIt() throws IOException {
        new LambdaClientInvoker(client).invoke(TestContext.ARN, "{\"objects\":[]}".getBytes(StandardCharsets.UTF_8));

        assertThat(requests)
                .containsExactly(
                        "POST /2015-03-31/functions/" + TestContext.ARN + "/invocations Event {\"objects\":[]}");
    }

    @Test
    void whatIsNotTakenIsAnErrorThatSaysWhatToDo() {
        status = 403;

        assertThatIOException()
                .isThrownBy(() -> new LambdaClientInvoker(client).invoke(TestContext.ARN, new byte[0]))
                .withMessageContaining("lambda:InvokeFunction");
    }
}
