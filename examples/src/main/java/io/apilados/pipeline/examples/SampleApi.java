// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An API as one meets them: it wants a token, honours {@code Idempotency-Key}, and now and then says that it has too
 * much to do.
 */
final class SampleApi implements AutoCloseable {

    /** What it wants as the bearer token. */
    static final String TOKEN = "sample-token";

    private static final int REFUSES_ONE_IN = 97;

    private final HttpServer server;
    private final ExecutorService workers = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "sample-api");
        thread.setDaemon(true);
        return thread;
    });
    private final JsonFactory json = new JsonFactory();
    private final Set<String> keysSeen = ConcurrentHashMap.newKeySet();
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong applied = new AtomicLong();
    private final Set<String> traces = ConcurrentHashMap.newKeySet();

    private SampleApi() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/records", this::handle);
        server.setExecutor(workers);
        server.start();
    }

    static SampleApi start() throws IOException {
        return new SampleApi();
    }

    URI uri() {
        InetSocketAddress address = server.getAddress();
        return URI.create("http://127.0.0.1:" + address.getPort() + "/records");
    }

    /** How many records it has taken. */
    long applied() {
        return applied.get();
    }

    /** The traces of X-Ray that requests said they belong to. */
    Set<String> traces() {
        return Set.copyOf(traces);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            int status = status(exchange);
            if (status == 503) {
                exchange.getResponseHeaders().set("Retry-After", "0");
            }
            exchange.sendResponseHeaders(status, -1);
        }
    }

    private int status(HttpExchange exchange) throws IOException {
        long records;
        try (InputStream body = exchange.getRequestBody()) {
            records = count(body);
        }
        if (!("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            return 401;
        }
        String trace = exchange.getRequestHeaders().getFirst("X-Amzn-Trace-Id");
        if (trace != null) {
            traces.add(trace.replaceFirst(";.*", ""));
        }
        if (requests.incrementAndGet() % REFUSES_ONE_IN == 0) {
            return 503;
        }
        String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
        if (key == null) {
            return 400;
        }
        if (keysSeen.add(key)) {
            applied.addAndGet(records);
        }
        return 200;
    }

    /** Counts the objects in or at {@code data}. */
    private long count(InputStream body) throws IOException {
        long records = 0;
        int depth = 0;
        try (JsonParser parser = json.createParser(body)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.START_OBJECT && depth++ == 1) {
                    records++;
                } else if (token == JsonToken.END_OBJECT) {
                    depth--;
                }
            }
        }
        return records;
    }

    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
    }
}
