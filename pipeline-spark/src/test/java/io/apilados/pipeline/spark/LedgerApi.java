// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.apilados.pipeline.control.RateLimit;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * An API that honours {@code Idempotency-Key} and keeps a ledger; it lives in the process of the test, so it outlives
 * drivers and executors. Safe for use by many threads.
 */
final class LedgerApi implements AutoCloseable {

    private static final int TOO_MANY = 429;
    private static final int OK = 200;
    private static final int NEAR = 100;
    private static final int NOTHING = -1;

    private final JsonFactory json = new JsonFactory();
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** All below is guarded by this. */
    private final Map<String, Integer> arrivals = new HashMap<>();

    private final Map<String, Integer> applied = new HashMap<>();
    private final List<Long> accepted = new ArrayList<>();
    private long requests;
    private long tooMany;
    private long firstNanos = Long.MAX_VALUE;
    private long lastNanos = Long.MIN_VALUE;
    private Duration latency = Duration.ZERO;
    private @Nullable RateLimit limit;
    private int awaited = NOTHING;
    private Runnable whenItCame = () -> {};
    private boolean holds;

    LedgerApi() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/records", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    String uri() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/records";
    }

    /** Begins new books. */
    synchronized void reset() {
        arrivals.clear();
        applied.clear();
        accepted.clear();
        requests = 0;
        tooMany = 0;
        firstNanos = Long.MAX_VALUE;
        lastNanos = Long.MIN_VALUE;
        latency = Duration.ZERO;
        limit = null;
        awaited = NOTHING;
        holds = false;
    }

    /** From now on each request takes so long. */
    synchronized void takes(Duration time) {
        latency = time;
    }

    /** From now on no more than so many a second are accepted, and so many at once. */
    synchronized void accepts(double perSecond, int burst) {
        limit = RateLimit.perSecond(perSecond, burst);
    }

    /** From now on answers are kept back until the same request has come twice. */
    synchronized void holdsUntilOneComesTwice() {
        holds = true;
    }

    private synchronized void awaitRelease() {
        try {
            while (holds) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Does something once, when a request with a record of this number or a later one of its hundred has come in. */
    synchronized void whenComesNear(int record, Runnable action) {
        awaited = record / NEAR;
        whenItCame = action;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            List<String> ids;
            try (InputStream body = exchange.getRequestBody()) {
                ids = ids(body);
            }
            String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
            Runnable then = () -> {};
            int status;
            long wait;
            synchronized (this) {
                long now = System.nanoTime();
                requests++;
                firstNanos = Math.min(firstNanos, now);
                lastNanos = Math.max(lastNanos, now);
                if (limit != null && !limit.tryAcquire()) {
                    tooMany++;
                    status = TOO_MANY;
                    wait = 0;
                } else {
                    status = OK;
                    wait = latency.toNanos();
                    accepted.add(now);
                    if (arrivals.merge(key, 1, Integer::sum) == 1) {
                        ids.forEach(id -> applied.merge(id, 1, Integer::sum));
                    } else {
                        holds = false;
                        notifyAll();
                    }
                }
                if (awaited != NOTHING && ids.stream().anyMatch(this::isAwaited)) {
                    awaited = NOTHING;
                    then = whenItCame;
                }
            }
            then.run();
            awaitRelease();
            LockSupport.parkNanos(wait);
            exchange.sendResponseHeaders(status, -1);
        }
    }

    private boolean isAwaited(String id) {
        return Integer.parseInt(id.substring(1)) / NEAR == awaited;
    }

    private List<String> ids(InputStream body) throws IOException {
        List<String> ids = new ArrayList<>();
        try (JsonParser parser = json.createParser(body)) {
            for (JsonToken next = parser.nextToken(); next != null; next = parser.nextToken()) {
                if (next == JsonToken.VALUE_STRING && "id".equals(parser.currentName())) {
                    ids.add(parser.getText());
                }
            }
        }
        return ids;
    }

    /** How often each record was applied, by id. */
    synchronized Map<String, Integer> applied() {
        return new HashMap<>(applied);
    }

    /** Requests that came with the key of an earlier one. */
    synchronized long resent() {
        return arrivals.values().stream().mapToLong(times -> times - 1).sum();
    }

    synchronized long requests() {
        return requests;
    }

    synchronized double shareOfTooMany() {
        return (double) tooMany / requests;
    }

    /** The most that were accepted within any second, from a share of all that were accepted on. */
    synchronized int mostInASecond(double fromShare) {
        int most = 0;
        int from = (int) (fromShare * accepted.size());
        for (int to = from; to < accepted.size(); to++) {
            while (accepted.get(to) - accepted.get(from) >= 1_000_000_000L) {
                from++;
            }
            most = Math.max(most, to - from + 1);
        }
        return most;
    }

    /** From the first to the last request. */
    synchronized Duration window() {
        return Duration.ofNanos(lastNanos - firstNanos);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
