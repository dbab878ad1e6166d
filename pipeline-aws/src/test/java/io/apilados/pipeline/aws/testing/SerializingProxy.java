// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A way to a store on which requests come one after the other, each with its answer: the stores that run in tests look
 * first and write then, and so let two writes with the same condition through at once, or tell of one state of an object
 * and give the bytes of another. It reads requests and answers as HTTP/1.1 has them and passes them on byte by byte. Safe
 * for use by many threads.
 */
public final class SerializingProxy implements AutoCloseable {

    private static final int BLOCK = 16 << 10;
    private static final int CONTINUE = 100;
    private static final int NO_CONTENT = 204;
    private static final int NOT_MODIFIED = 304;

    private final InetSocketAddress upstream;
    private final ServerSocket server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ReentrantLock passing = new ReentrantLock();
    private final Runnable onWrite;

    /** A way to a store; it is reached at {@link #endpoint()}. */
    public SerializingProxy(URI to) throws IOException {
        this(to, () -> {});
    }

    /** As above; {@code onWrite} is called when a write that has a condition comes in. */
    public SerializingProxy(URI to, Runnable onWrite) throws IOException {
        this.onWrite = onWrite;
        upstream = new InetSocketAddress(InetAddress.getByName(to.getHost()), to.getPort());
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    /** Where it is reached. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    private void accept() {
        while (true) {
            try {
                Socket client = server.accept();
                try {
                    threads.execute(() -> serve(client));
                } catch (RejectedExecutionException e) {
                    client.close();
                }
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket client) {
        open.add(client);
        try (client;
                Socket to = new Socket()) {
            open.add(to);
            client.setTcpNoDelay(true);
            to.connect(upstream);
            to.setTcpNoDelay(true);
            Exchange exchange = new Exchange(
                    new BufferedInputStream(client.getInputStream()),
                    client.getOutputStream(),
                    new BufferedInputStream(to.getInputStream()),
                    to.getOutputStream());
            while (exchange.next()) {
                // Another request on the same connection.
            }
        } catch (IOException e) {
            // One of the two went away.
        } finally {
            open.remove(client);
        }
    }

    private final class Exchange {
        private final InputStream fromClient;
        private final OutputStream toClient;
        private final InputStream fromStore;
        private final OutputStream toStore;

        Exchange(InputStream fromClient, OutputStream toClient, InputStream fromStore, OutputStream toStore) {
            this.fromClient = fromClient;
            this.toClient = toClient;
            this.fromStore = fromStore;
            this.toStore = toStore;
        }

        /** Whether another may follow. */
        boolean next() throws IOException {
            String head = head(fromClient);
            if (head.isEmpty()) {
                return false;
            }
            if (isWriteWithCondition(head)) {
                onWrite.run();
            }
            passing.lock();
            try {
                return pass(head);
            } finally {
                passing.unlock();
            }
        }

        private boolean pass(String head) throws IOException {
            write(toStore, head);
            String answer = "";
            if (head.toLowerCase(Locale.ROOT).contains("\r\nexpect: 100-continue")) {
                answer = head(fromStore);
                write(toClient, answer);
            }
            if (answer.isEmpty() || status(answer) == CONTINUE) {
                boolean unused = body(head, fromClient, toStore);
                do {
                    answer = head(fromStore);
                    write(toClient, answer);
                } while (status(answer) == CONTINUE);
            }
            int status = status(answer);
            boolean closes = answer.toLowerCase(Locale.ROOT).contains("\r\nconnection: close");
            if (!head.startsWith("HEAD ") && status != NO_CONTENT && status != NOT_MODIFIED) {
                boolean delimited = body(answer, fromStore, toClient);
                if (closes && !delimited) {
                    long unused = fromStore.transferTo(toClient);
                }
            }
            return !closes;
        }
    }

    private static boolean isWriteWithCondition(String head) {
        String lower = head.toLowerCase(Locale.ROOT);
        return !lower.startsWith("get ")
                && !lower.startsWith("head ")
                && (lower.contains("\r\nif-match:") || lower.contains("\r\nif-none-match:"));
    }

    private static int status(String head) {
        return Integer.parseInt(head.split(" ", 3)[1].strip());
    }

    private static void write(OutputStream out, String head) throws IOException {
        out.write(head.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    /** The head with the empty line behind it; empty if the connection has ended. */
    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
            int b = in.read();
            if (b < 0) {
                if (head.isEmpty()) {
                    return "";
                }
                throw new EOFException("a head ended in the middle");
            }
            head.append((char) b);
        }
        return head.toString();
    }

    /** False if the head does not tell where the body ends: there is none, or the end of the connection ends it. */
    private static boolean body(String head, InputStream in, OutputStream out) throws IOException {
        String lower = head.toLowerCase(Locale.ROOT);
        int length = lower.indexOf("\r\ncontent-length:");
        if (length >= 0) {
            int from = length + "\r\ncontent-length:".length();
            copy(
                    in,
                    out,
                    Long.parseLong(
                            lower.substring(from, lower.indexOf("\r\n", from)).strip()));
        } else if (lower.contains("\r\ntransfer-encoding: chunked")) {
            long chunk;
            do {
                String size = line(in);
                write(out, size);
                chunk = Long.parseLong(size.strip().split(";")[0], 16);
                copy(in, out, chunk);
                write(out, line(in));
            } while (chunk > 0);
        } else {
            return false;
        }
        out.flush();
        return true;
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0; b = in.read()) {
            line.write(b);
            if (b == '\n') {
                return line.toString(StandardCharsets.ISO_8859_1);
            }
        }
        throw new EOFException("a chunk ended in the middle");
    }

    private static void copy(InputStream in, OutputStream out, long bytes) throws IOException {
        byte[] block = new byte[BLOCK];
        for (long left = bytes; left > 0; ) {
            int n = in.read(block, 0, (int) Math.min(left, block.length));
            if (n < 0) {
                throw new EOFException("a body ended in the middle");
            }
            out.write(block, 0, n);
            left -= n;
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        threads.shutdownNow();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
