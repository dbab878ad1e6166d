// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.http;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Answers every request with 200, over connections that are kept alive; in a process of its own, so that its work is
 * not the benchmark's. Prints its port, and ends when its input ends.
 */
public final class AcceptingServer implements AutoCloseable {

    private static final byte[] ANSWER =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
                    .getBytes(StandardCharsets.US_ASCII);
    private static final int BUFFER_BYTES = 1 << 16;
    private static final String LENGTH = "content-length:";

    private final Process process;
    private final int port;

    private AcceptingServer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Starts one in a process of its own. */
    static AcceptingServer start() throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        AcceptingServer.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new AcceptingServer(
                process, Integer.parseInt(process.inputReader().readLine()));
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + port + "/records");
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** Begins; takes no arguments. */
    public static void main(String[] args) throws IOException {
        ServerSocket listening = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        Thread accepting = new Thread(() -> accept(listening), "accept");
        accepting.setDaemon(true);
        accepting.start();
        System.out.println(listening.getLocalPort());
        System.out.flush();
        long unused = System.in.transferTo(OutputStream.nullOutputStream());
        Runtime.getRuntime().halt(0);
    }

    private static void accept(ServerSocket listening) {
        while (true) {
            try {
                Socket socket = listening.accept();
                Thread serving = new Thread(() -> serve(socket), "serve");
                serving.setDaemon(true);
                serving.start();
            } catch (IOException e) {
                throw new IllegalStateException("the server can take no more connections", e);
            }
        }
    }

    private static void serve(Socket socket) {
        try (socket;
                InputStream in = new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES);
                OutputStream out = socket.getOutputStream()) {
            socket.setTcpNoDelay(true);
            for (int length = bodyLength(in); length >= 0; length = bodyLength(in)) {
                in.skipNBytes(length);
                out.write(ANSWER);
            }
        } catch (IOException e) {
            // The client has gone.
        }
    }

    /** Reads a head; returns how long the body is, or -1 when the client has closed the connection. */
    private static int bodyLength(InputStream in) throws IOException {
        int length = 0;
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b == '\n') {
                if (line.length() == 0) {
                    return length;
                }
                String header = line.toString().toLowerCase(Locale.ROOT);
                if (header.startsWith(LENGTH)) {
                    length = Integer.parseInt(header.substring(LENGTH.length()).strip());
                }
                line.setLength(0);
            } else if (b != '\r') {
                line.append((char) b);
            }
        }
        return -1;
    }
}
