// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** An nginx before an API on this machine, with keep-alive on both sides and a limit to its rate. */
final class Nginx implements AutoCloseable {

    private static final long READY_WITHIN_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long BETWEEN_TRIES_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final int TOO_MANY = 429;
    private static final int BUSY = 503;

    private static final String CONFIGURATION = """
            daemon off;
            master_process off;
            pid %1$s/nginx.pid;
            error_log %1$s/error.log;
            events { worker_connections 256; }
            http {
              log_format short '$msec $status';
              access_log %1$s/access.log short;
              client_body_temp_path %1$s/body;
              proxy_temp_path %1$s/proxy;
              fastcgi_temp_path %1$s/fastcgi;
              uwsgi_temp_path %1$s/uwsgi;
              scgi_temp_path %1$s/scgi;
              limit_req_zone $binary_remote_addr zone=all:1m rate=%2$dr/s;
              limit_req_status 429;
              upstream api { server 127.0.0.1:%4$d; keepalive 16; }
              server {
                listen 127.0.0.1:%5$d;
                keepalive_requests 1000000;
                location / {
                  limit_req zone=all burst=%3$d nodelay;
                  proxy_pass http://api;
                  proxy_http_version 1.1;
                  proxy_set_header Connection "";
                }
              }
            }
            """;

    private final Process process;
    private final int port;
    private final Path folder;

    private Nginx(Process process, int port, Path folder) {
        this.process = process;
        this.port = port;
        this.folder = folder;
    }

    /** A request in its log: when it was answered, in seconds since the epoch, and how. */
    record Line(double seconds, int status) {
        boolean isRefused() {
            return status == TOO_MANY || status == BUSY;
        }
    }

    static boolean isInstalled() {
        return binary().isPresent();
    }

    private static Optional<Path> binary() {
        String path = System.getenv().getOrDefault("PATH", "");
        return Stream.concat(Stream.of("/usr/sbin"), Arrays.stream(path.split(File.pathSeparator, -1)))
                .filter(place -> !place.isEmpty())
                .map(place -> Path.of(place, "nginx"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Starts one that lets so many requests a second through to a port, and a burst of so many more at once. */
    static Nginx limiting(int perSecond, int burst, int upstream, Path folder)
            throws IOException, InterruptedException {
        int port = freePort();
        Path configuration = folder.resolve("nginx.conf");
        Files.writeString(configuration, CONFIGURATION.formatted(folder, perSecond, burst, upstream, port));
        Process process = new ProcessBuilder(
                        binary().orElseThrow().toString(), "-p", folder.toString(), "-c", configuration.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("nginx.out").toFile())
                .start();
        Nginx nginx = new Nginx(process, port, folder);
        nginx.awaitReady();
        return nginx;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void awaitReady() throws IOException {
        long began = System.nanoTime();
        while (true) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() - began > READY_WITHIN_NANOS) {
                    close();
                    throw new IOException("nginx did not come up: " + Files.readString(folder.resolve("nginx.out")), e);
                }
                LockSupport.parkNanos(BETWEEN_TRIES_NANOS);
            }
        }
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + port + "/records");
    }

    /** Every request so far, in the order in which they were answered. */
    List<Line> log() throws IOException {
        try (Stream<String> lines = Files.lines(folder.resolve("access.log"))) {
            return lines.map(line -> line.split(" ", -1))
                    .map(words -> new Line(Double.parseDouble(words[0]), Integer.parseInt(words[1])))
                    .toList();
        }
    }

    @Override
    public void close() {
        process.destroy();
    }
}
