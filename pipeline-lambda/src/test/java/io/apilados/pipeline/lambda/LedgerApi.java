// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An API that takes batches of records, as long as it is told to take for each, and keeps a ledger: which record was applied
 * how often. It honours idempotency keys: the same key again is answered and not applied. Safe for use by many threads.
 */
final class LedgerApi implements AutoCloseable {

    private static final Pattern ID = Pattern.compile("\"id\":\"([^\"]*)\"");
    private static final int OK = 200;
    private static final int UNAUTHORIZED = 401;

    private final Loopback server;
    private final Duration latency;
    private final String authorization;
    private final Map<String, Integer> applied = new HashMap<>();
    private final Map<String, List<String>> byKey = new HashMap<>();
    private final CompletableFuture<Void> first = new CompletableFuture<>();
    private int repeated;
    private Runnable onFirst = () -> {};

    LedgerApi(Duration latency) throws IOException {
        this(latency, "");
    }

    /**
     * An API that wants a token.
     *
     * @param token the bearer token; empty if anybody may come
     */
    LedgerApi(Duration latency, String token) throws IOException {
        this.latency = latency;
        this.authorization = token.isEmpty() ? "" : "Bearer " + token;
        this.server = Loopback.serving(this::serve);
    }

    URI target() {
        return server.uri().resolve("/records");
    }

    /** What to do when the first batch has come, before it is answered. */
    synchronized void onFirst(Runnable action) {
        onFirst = action;
    }

    /** How often each record was applied. */
    synchronized Map<String, Integer> applied() {
        return new HashMap<>(applied);
    }

    /** Requests with a key that had come before. */
    synchronized int repeated() {
        return repeated;
    }

    /** Batches that were applied. */
    synchronized int batches() {
        return byKey.size();
    }

    private void serve(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        if (!authorization.isEmpty()
                && !authorization.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            exchange.sendResponseHeaders(UNAUTHORIZED, -1);
            exchange.close();
            return;
        }
        enter(exchange.getRequestHeaders().getFirst("Idempotency-Key"), body);
        Executor later = CompletableFuture.delayedExecutor(latency.toNanos(), TimeUnit.NANOSECONDS);
        later.execute(() -> answer(exchange));
    }

    private synchronized void enter(String key, String body) {
        if (byKey.isEmpty()) {
            onFirst.run();
        }
        List<String> ids = new ArrayList<>();
        Matcher matcher = ID.matcher(body);
        while (matcher.find()) {
            ids.add(matcher.group(1));
        }
        List<String> before = byKey.putIfAbsent(key, ids);
        if (before == null) {
            ids.forEach(id -> applied.merge(id, 1, Integer::sum));
        } else if (before.equals(ids)) {
            repeated++;
        } else {
            throw new AssertionError("another batch came with a key of before");
        }
        first.complete(null);
    }

    private static void answer(HttpExchange exchange) {
        try (exchange) {
            byte[] body = "{\"ok\":true}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(OK, body.length);
            exchange.getResponseBody().write(body);
        } catch (IOException e) {
            // The function went away: that is what some tests are about.
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
