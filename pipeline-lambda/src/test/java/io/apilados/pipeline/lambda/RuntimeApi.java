// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Lambda's side of a function: the Runtime API (2018-06-01) over which the runtime interface client fetches events and tells
 * answers, with the part for snapshots. Safe for use by many threads.
 */
final class RuntimeApi implements AutoCloseable {

    static final String ARN = "arn:aws:lambda:us-east-1:123456789012:function:ingest:live";
    static final String TRACE = "1-5759e988-bd862e3fe1be46a994272793";

    private static final String PATH = "/2018-06-01/runtime/";
    private static final int OK = 200;
    private static final int ACCEPTED = 202;
    private static final long PATIENCE_SECONDS = 30;

    private final Loopback server;
    private final BlockingQueue<Invocation> events = new LinkedBlockingQueue<>();
    private final Map<String, Invocation> underWay = new ConcurrentHashMap<>();
    private final CompletableFuture<String> initError = new CompletableFuture<>();
    private final CompletableFuture<Void> contacted = new CompletableFuture<>();
    private final CompletableFuture<Void> snapshotTaken = new CompletableFuture<>();
    private final CountDownLatch restored = new CountDownLatch(1);

    private record Invocation(String id, String event, Duration budget, CompletableFuture<Answer> answer) {}

    /** What came of an invocation: an answer or an error, as JSON. */
    record Answer(boolean failed, String body) {}

    RuntimeApi() throws IOException {
        server = Loopback.serving(this::serve);
    }

    /** Host and port, as the runtime wants them. */
    String address() {
        return server.uri().getAuthority();
    }

    /** Sends an event and waits for what comes of it. */
    Answer invoke(String event, Duration budget) throws Exception {
        Invocation invocation = new Invocation(UUID.randomUUID().toString(), event, budget, new CompletableFuture<>());
        events.add(invocation);
        Object first = CompletableFuture.anyOf(invocation.answer(), initError).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (first instanceof Answer answer) {
            return answer;
        }
        throw new AssertionError("the function could not be set up: " + first);
    }

    /** Waits until a function has asked for something, or has ended; what becomes of it then, others will see. */
    void awaitContact(CompletableFuture<?> ended) {
        try {
            Object unused = CompletableFuture.anyOf(contacted, ended).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // It takes long; whoever waits for more will say so.
        }
    }

    /** Waits until the function is ready for a snapshot. */
    void awaitSnapshot() throws Exception {
        Object first = CompletableFuture.anyOf(snapshotTaken, initError).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (first != null) {
            throw new AssertionError("the function could not be set up: " + first);
        }
    }

    /** Why the function could not be set up. */
    String awaitInitError() throws Exception {
        return initError.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** As if the snapshot had been restored. */
    void restore() {
        restored.countDown();
    }

    private void serve(HttpExchange exchange) throws IOException {
        contacted.complete(null);
        String path = exchange.getRequestURI().getPath().substring(PATH.length());
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        try {
            answer(exchange, path, body);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        exchange.close();
    }

    private void answer(HttpExchange exchange, String path, String body) throws IOException, InterruptedException {
        // Without a type the client's native code reads through a null pointer.
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        if (path.equals("invocation/next")) {
            Invocation next = events.take();
            underWay.put(next.id(), next);
            exchange.getResponseHeaders().set("Lambda-Runtime-Aws-Request-Id", next.id());
            exchange.getResponseHeaders().set("Lambda-Runtime-Invoked-Function-Arn", ARN);
            exchange.getResponseHeaders()
                    .set("Lambda-Runtime-Trace-Id", "Root=" + TRACE + ";Parent=53995c3f42cd8ad8;Sampled=1");
            exchange.getResponseHeaders()
                    .set(
                            "Lambda-Runtime-Deadline-Ms",
                            Long.toString(
                                    System.currentTimeMillis() + next.budget().toMillis()));
            byte[] event = next.event().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(OK, event.length);
            exchange.getResponseBody().write(event);
        } else if (path.equals("restore/next")) {
            snapshotTaken.complete(null);
            restored.await();
            exchange.sendResponseHeaders(OK, -1);
        } else {
            exchange.sendResponseHeaders(ACCEPTED, -1);
            String[] parts = path.split("/");
            if (parts[0].equals("invocation")) {
                Invocation ended = Objects.requireNonNull(underWay.remove(parts[1]), "an invocation under way");
                ended.answer().complete(new Answer(parts[2].equals("error"), body));
            } else {
                initError.complete(body);
            }
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
