// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.core.client.builder.SdkSyncClientBuilder;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * CloudWatch, Lambda and the configuration of S3 buckets on a port of its own. Each request is held against the official
 * model before anything answers it; one that breaks the model, or that no model knows, is refused and fails the test when
 * the stub is closed.
 *
 * <p>Safe for use by many threads.
 */
public final class AwsStub implements AutoCloseable {

    /**
     * A request that came, whether it was answered or refused.
     *
     * @param operation as the model has it
     * @param input its members
     * @param attempt which one of the client's, from 1 on
     * @param body as it came over the wire, but not compressed
     */
    public record Call(String operation, Map<String, @Nullable Object> input, int attempt, byte[] body) {}

    /** What is answered instead. */
    private record Fault(String operation, int status, String code) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CloudWatchStub cloudWatch = new CloudWatchStub();
    private final LambdaStub lambda = new LambdaStub();
    private final BucketStub buckets = new BucketStub();
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private final List<Fault> faults = new ArrayList<>();
    private @Nullable Fault lasting;
    private volatile Consumer<Call> watcher = call -> {};

    private AwsStub() throws IOException {
        // Otherwise the server waits for the client's acknowledgement, and that waits 40 ms. Read once in a JVM.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** A stub that listens. */
    public static AwsStub start() throws IOException {
        return new AwsStub();
    }

    /** Where it listens. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Its CloudWatch. */
    public CloudWatchStub cloudWatch() {
        return cloudWatch;
    }

    /** Its Lambda. */
    public LambdaStub lambda() {
        return lambda;
    }

    /** Its buckets. */
    public BucketStub buckets() {
        return buckets;
    }

    /** A real client of its CloudWatch. */
    public CloudWatchClient cloudWatchClient() {
        return configured(CloudWatchClient.builder()).build();
    }

    /** A real client of its Lambda. */
    public LambdaClient lambdaClient() {
        return configured(LambdaClient.builder()).build();
    }

    /** A real client of its buckets. */
    public S3Client s3Client() {
        return configured(S3Client.builder()).forcePathStyle(true).build();
    }

    private <B extends AwsClientBuilder<B, ?> & SdkSyncClientBuilder<B, ?>> B configured(B builder) {
        return builder.endpointOverride(endpoint())
                .region(Region.US_EAST_1)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create("planted-key", "planted-secret")))
                .httpClientBuilder(UrlConnectionHttpClient.builder());
    }

    /** The next requests for this operation are refused, one for each call of this. */
    public void refuseNext(String operation, int status, String code) {
        synchronized (faults) {
            faults.add(new Fault(operation, status, code));
        }
    }

    /** All requests for this operation are refused until {@link #refuseNoMore()}. */
    public void refuseAll(String operation, int status, String code) {
        synchronized (faults) {
            lasting = new Fault(operation, status, code);
        }
    }

    /** Ends {@link #refuseAll}. */
    public void refuseNoMore() {
        synchronized (faults) {
            lasting = null;
        }
    }

    /** Who is told of each request before it is answered, on the thread that answers it. */
    public void watch(Consumer<Call> watcher) {
        this.watcher = watcher;
    }

    /** All requests, in the order they came. */
    public List<Call> calls() {
        return List.copyOf(calls);
    }

    /** The requests for one operation. */
    public List<Call> calls(String operation) {
        return calls.stream().filter(call -> call.operation().equals(operation)).toList();
    }

    /** What broke the models so far. For tests of the stub; a test that expects some has to take them away. */
    public List<String> takeViolations() {
        List<String> taken = List.copyOf(violations);
        violations.clear();
        return taken;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        if (!violations.isEmpty()) {
            throw new AssertionError("requests that break the service's model:\n" + String.join("\n", violations));
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            if ("gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"))) {
                body = new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes();
            }
            Reply reply;
            try {
                reply = reply(exchange, body);
            } catch (RuntimeException e) {
                violations.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + ": " + e);
                reply = Reply.json(500, Map.of("message", String.valueOf(e)));
            }
            reply.headers()
                    .forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
            exchange.sendResponseHeaders(reply.status(), reply.body().length == 0 ? -1 : reply.body().length);
            exchange.getResponseBody().write(reply.body());
        }
    }

    private Reply reply(HttpExchange exchange, byte[] body) {
        Wire wire = Wire.of(exchange);
        ServiceModel.Call read = wire.read(exchange, body);
        if (read == null) {
            violations.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " is no known operation");
            return wire.error(400, "UnknownOperationException");
        }
        Call call = new Call(read.operation(), read.input(), attempt(exchange), body);
        calls.add(call);
        watcher.accept(call);
        List<String> problems = wire.problems(read, body);
        if (!problems.isEmpty()) {
            violations.addAll(problems);
            return wire.error(400, "ValidationException");
        }
        synchronized (faults) {
            if (lasting != null && lasting.operation().equals(call.operation())) {
                return wire.error(lasting.status(), lasting.code());
            }
            for (Fault fault : faults) {
                if (fault.operation().equals(call.operation())) {
                    faults.remove(fault);
                    return wire.error(fault.status(), fault.code());
                }
            }
        }
        return switch (wire) {
            case CLOUDWATCH -> cloudWatch.answer(call);
            case LAMBDA -> lambda.answer(call);
            case S3 -> buckets.answer(call);
        };
    }

    /** {@code amz-sdk-request: attempt=2; max=4}. */
    private static int attempt(HttpExchange exchange) {
        String header = exchange.getRequestHeaders().getFirst("amz-sdk-request");
        return header == null ? 1 : Integer.parseInt(header.replaceAll(".*attempt=(\\d+).*", "$1"));
    }
}
