// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An API that takes its time, more of it the more it has to do, says now and then that it has too much to do, and some
 * seconds after its first request is out of order for a while.
 */
final class MoodyApi implements AutoCloseable {

    private static final int REFUSES_ONE_IN = 250;
    private static final int SLOW_ONE_IN = 60;

    private final HttpServer server;
    private final ScheduledExecutorService workers = Executors.newScheduledThreadPool(4, task -> {
        Thread thread = new Thread(task, "moody-api");
        thread.setDaemon(true);
        return thread;
    });
    private final long failsFrom;
    private final long failsUntil;
    private final AtomicLong firstRequest = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private final SplittableRandom random = new SplittableRandom(20_261_124);

    private MoodyApi(Duration failsFrom, Duration failsUntil) throws IOException {
        this.failsFrom = failsFrom.toNanos();
        this.failsUntil = failsUntil.toNanos();
        CountingApi.sendAtOnce();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/records", this::handle);
        server.setExecutor(workers);
        server.start();
    }

    /** Out of order between these times after its first request. */
    static MoodyApi failing(Duration from, Duration until) throws IOException {
        return new MoodyApi(from, until);
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/records");
    }

    private void handle(HttpExchange exchange) throws IOException {
        long length;
        try (InputStream body = exchange.getRequestBody()) {
            length = body.transferTo(OutputStream.nullOutputStream());
        }
        firstRequest.compareAndSet(0, System.nanoTime());
        long sinceFirst = System.nanoTime() - firstRequest.get();
        boolean broken = sinceFirst >= failsFrom && sinceFirst < failsUntil;
        int status = broken || draw(REFUSES_ONE_IN) == 0 ? 503 : 200;
        long millis = broken ? 5 : 30 + draw(15) + length / 5000 + (draw(SLOW_ONE_IN) == 0 ? 60 + draw(80) : 0);
        var unused = workers.schedule(() -> answer(exchange, status), millis, TimeUnit.MILLISECONDS);
    }

    private int draw(int bound) {
        lock.lock();
        try {
            return random.nextInt(bound);
        } finally {
            lock.unlock();
        }
    }

    private static void answer(HttpExchange exchange, int status) {
        try (exchange) {
            exchange.sendResponseHeaders(status, -1);
        } catch (IOException e) {
            // Whoever asked has gone.
        }
    }

    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
    }
}
