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
import java.time.Duration;
import java.util.BitSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * An API in this process that answers each request only after a while, and remembers of each record {@code Pn} no more
 * than that it came, so that millions of them fit.
 */
final class SlowApi implements AutoCloseable {

    private static final int THREADS = 4;

    private final HttpServer server;
    private final ScheduledExecutorService workers = Executors.newScheduledThreadPool(THREADS, task -> {
        Thread thread = new Thread(task, "slow-api");
        thread.setDaemon(true);
        return thread;
    });
    private final JsonFactory json = new JsonFactory();
    private final Duration latency;
    private final BitSet came = new BitSet();
    private long twice;

    private SlowApi(Duration latency) throws IOException {
        this.latency = latency;
        CountingApi.sendAtOnce();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/records", this::handle);
        server.setExecutor(workers);
        server.start();
    }

    static SlowApi answeringAfter(Duration latency) throws IOException {
        return new SlowApi(latency);
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/records";
    }

    /** How many different records came. */
    synchronized int distinct() {
        return came.cardinality();
    }

    /** How many came that had come before. */
    synchronized long twice() {
        return twice;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (InputStream body = exchange.getRequestBody();
                JsonParser parser = json.createParser(body)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.FIELD_NAME && parser.currentName().equals("id")) {
                    parser.nextToken();
                    enter(Integer.parseInt(parser.getText().substring(1)));
                }
            }
        }
        var unused = workers.schedule(() -> answer(exchange), latency.toNanos(), TimeUnit.NANOSECONDS);
    }

    private synchronized void enter(int number) {
        twice += came.get(number) ? 1 : 0;
        came.set(number);
    }

    private static void answer(HttpExchange exchange) {
        try (exchange) {
            exchange.sendResponseHeaders(200, -1);
        } catch (IOException e) {
            // Whoever asked has gone; the test sees that from its own counts.
        }
    }

    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
    }
}
