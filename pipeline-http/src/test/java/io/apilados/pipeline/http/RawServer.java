// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** An HTTP server on a bare socket: it counts its connections, and can misbehave in every way. */
final class RawServer implements AutoCloseable {

    private final ServerSocket listening;
    private final Conversation conversation;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger mostOpen = new AtomicInteger();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "raw-server");
        thread.setDaemon(true);
        return thread;
    });

    private RawServer(ServerSocket listening, Conversation conversation) {
        this.conversation = conversation;
        this.listening = listening;
        threads.execute(this::accept);
    }

    /** What goes on over one connection, on a thread of its own; when it returns the connection is closed. */
    @FunctionalInterface
    interface Conversation {
        void hold(Connection connection) throws IOException, InterruptedException;
    }

    /** What to answer to a request. */
    @FunctionalInterface
    interface Answers {
        Answer to(Request request) throws InterruptedException;
    }

    record Answer(int status, String body, List<String> headers) {
        static Answer of(int status) {
            return new Answer(status, "", List.of());
        }
    }

    record Request(String line, Map<String, List<String>> headers, byte[] body) {
        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        /** The header of that name, which must be there once. */
        String header(String name) {
            List<String> values = headers.getOrDefault(name, List.of());
            if (values.size() != 1) {
                throw new AssertionError("header " + name + " should stand once, but stands " + values.size()
                        + " times in a request with " + headers.keySet());
            }
            return values.get(0);
        }
    }

    static RawServer holding(Conversation conversation) throws IOException {
        return new RawServer(new ServerSocket(0, 100, InetAddress.getLoopbackAddress()), conversation);
    }

    /** Over TLS. */
    static RawServer holding(SSLContext context, Conversation conversation) throws IOException {
        return new RawServer(
                context.getServerSocketFactory().createServerSocket(0, 100, InetAddress.getLoopbackAddress()),
                conversation);
    }

    /** Answers every request the same way, over and over. */
    static Conversation answers(Answers answers) {
        return connection -> {
            for (Request request = connection.read(); request != null; request = connection.read()) {
                connection.write(answers.to(request));
            }
        };
    }

    /** A good server: it keeps connections alive. */
    static RawServer answering(Answers answers) throws IOException {
        return holding(answers(answers));
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + listening.getLocalPort() + "/records");
    }

    int port() {
        return listening.getLocalPort();
    }

    /** How many connections there have been. */
    int accepted() {
        return accepted.get();
    }

    /** How many connections were open at once at most. */
    int mostOpen() {
        return mostOpen.get();
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket socket = listening.accept();
                accepted.incrementAndGet();
                mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
                sockets.add(socket);
                threads.execute(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            conversation.hold(new Connection(socket));
        } catch (IOException | InterruptedException e) {
            // The client went away, or the test is over.
        } finally {
            open.decrementAndGet();
            sockets.remove(socket);
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket socket : sockets) {
            try {
                socket.close();
            } catch (NullPointerException e) {
                // JSSE on 17 fails so when it is closed at the end of a handshake; the client has gone already.
                continue;
            }
        }
        threads.shutdownNow();
    }

    /** One connection, from the server's side. */
    static final class Connection {
        final Socket socket;
        final InputStream in;
        final OutputStream out;

        Connection(Socket socket) throws IOException {
            this.socket = socket;
            this.in = new BufferedInputStream(socket.getInputStream());
            this.out = socket.getOutputStream();
        }

        /** The next request; null when the client has closed the connection. */
        @Nullable Request read() throws IOException {
            Request head = readHead();
            if (head == null) {
                return null;
            }
            int length = Integer.parseInt(
                    head.headers().getOrDefault("Content-Length", List.of("0")).get(0));
            return new Request(head.line(), head.headers(), in.readNBytes(length));
        }

        /** The next request without its body. */
        @Nullable Request readHead() throws IOException {
            String first = line();
            if (first == null) {
                return null;
            }
            Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            for (String line = line(); line != null && !line.isEmpty(); line = line()) {
                int colon = line.indexOf(':');
                headers.computeIfAbsent(line.substring(0, colon), name -> new ArrayList<>())
                        .add(line.substring(colon + 1).strip());
            }
            return new Request(first, headers, new byte[0]);
        }

        private @Nullable String line() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            for (int b = in.read(); b >= 0; b = in.read()) {
                if (b == '\n') {
                    return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
                }
                line.write(b);
            }
            return null;
        }

        void write(Answer answer) throws IOException {
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            StringBuilder head = new StringBuilder("HTTP/1.1 " + answer.status() + " Whatever\r\n");
            for (String header : answer.headers()) {
                head.append(header).append("\r\n");
            }
            if (answer.status() != 204) {
                head.append("Content-Length: ").append(body.length).append("\r\n");
            }
            write(head + "\r\n" + answer.body());
        }

        void write(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }

        /** Writes byte after byte of {@code text}, over and over, until the client closes the connection. */
        void drip(String text, int pauseMillis) throws IOException {
            byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            socket.setSoTimeout(pauseMillis);
            int i = 0;
            while (true) {
                try {
                    if (in.read() < 0) {
                        return;
                    }
                } catch (java.net.SocketTimeoutException e) {
                    out.write(bytes[i]);
                    i = (i + 1) % bytes.length;
                }
            }
        }

        /** Reads until the client closes the connection, and answers nothing. */
        void ignore() throws IOException {
            long unused = in.transferTo(OutputStream.nullOutputStream());
        }

        /** Closes the connection with a reset instead of an orderly end. */
        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }
}
