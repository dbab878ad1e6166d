// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server on a port of its own, with a thread for each request. */
final class Loopback implements AutoCloseable {

    static {
        // Else an answer waits for the client's delayed acknowledgement of its head: 40 ms.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "loopback");
        thread.setDaemon(true);
        return thread;
    });

    private Loopback(HttpServer server) {
        this.server = server;
    }

    static Loopback serving(HttpHandler handler) throws IOException {
        Loopback loopback =
                new Loopback(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
        loopback.server.createContext("/", handler);
        loopback.server.setExecutor(loopback.threads);
        loopback.server.start();
        return loopback;
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
