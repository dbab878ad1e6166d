// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A way to a server on which connections end early, stall, or are slow, as a test says; which and when follows from a
 * seed and the number of the connection. Safe for use by many threads.
 */
public final class FlakyTcpProxy implements AutoCloseable {

    private static final int BLOCK = 16 << 10;
    private static final int SOCKET_BUFFER = 64 << 10;

    private final InetSocketAddress upstream;
    private final ServerSocket server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final AtomicLong bytesToClient = new AtomicLong();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger cuts = new AtomicInteger();
    private final AtomicInteger stalls = new AtomicInteger();

    private volatile long seed;
    private volatile long leastBeforeCut = Long.MAX_VALUE;
    private volatile long mostBeforeCut = Long.MAX_VALUE;
    private volatile boolean reset;
    private volatile int stallOneIn;
    private volatile int mostStalls = Integer.MAX_VALUE;
    private volatile long bytesPerSecond = Long.MAX_VALUE;

    /** A way to a server; it is reached at {@link #endpoint()}. */
    public FlakyTcpProxy(URI to) throws IOException {
        upstream = new InetSocketAddress(InetAddress.getByName(to.getHost()), to.getPort());
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    /** Where it is reached. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    /** From now on a connection ends after it has brought between so many bytes; abruptly, or as if that were all. */
    public FlakyTcpProxy cutAfter(long least, long most, boolean abruptly, long withSeed) {
        seed = withSeed;
        mostBeforeCut = most;
        leastBeforeCut = least;
        reset = abruptly;
        return this;
    }

    /** From now on one cut in so many is none: the connection stays, and brings nothing more. */
    public FlakyTcpProxy stallOneCutIn(int number, int most) {
        stallOneIn = number;
        mostStalls = most;
        return this;
    }

    /** From now on a connection brings no more than so many bytes a second. */
    public FlakyTcpProxy throttle(long bytes) {
        bytesPerSecond = bytes;
        return this;
    }

    /** How many bytes it has brought to clients. */
    public long bytesToClient() {
        return bytesToClient.get();
    }

    /** How many connections were cut. */
    public int cuts() {
        return cuts.get();
    }

    /** How many connections were left to stall. */
    public int stalls() {
        return stalls.get();
    }

    private void accept() {
        while (true) {
            try {
                Socket client = server.accept();
                try {
                    threads.execute(() -> connect(client));
                } catch (RejectedExecutionException e) {
                    client.close();
                }
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void connect(Socket client) {
        int number = connections.incrementAndGet();
        Socket to = new Socket();
        open.add(client);
        open.add(to);
        try {
            client.setSendBufferSize(SOCKET_BUFFER);
            client.setTcpNoDelay(true);
            to.setReceiveBufferSize(SOCKET_BUFFER);
            to.connect(upstream);
            to.setTcpNoDelay(true);
            threads.execute(() -> copyUp(client, to));
            copyDown(to, client, new SplittableRandom(seed + number));
        } catch (IOException | RejectedExecutionException e) {
            // One of the two went away.
        } finally {
            close(client);
            close(to);
        }
    }

    private void copyUp(Socket from, Socket to) {
        byte[] block = new byte[BLOCK];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(block); n >= 0; n = in.read(block)) {
                out.write(block, 0, n);
            }
        } catch (IOException e) {
            // As above.
        } finally {
            close(from);
            close(to);
        }
    }

    private void copyDown(Socket from, Socket to, SplittableRandom random) throws IOException {
        long left = leastBeforeCut == mostBeforeCut ? leastBeforeCut : random.nextLong(leastBeforeCut, mostBeforeCut);
        byte[] block = new byte[BLOCK];
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        long began = System.nanoTime();
        long sent = 0;
        while (left > 0) {
            int n = in.read(block, 0, (int) Math.min(block.length, left));
            if (n < 0) {
                return;
            }
            out.write(block, 0, n);
            left -= n;
            sent += n;
            bytesToClient.addAndGet(n);
            if (bytesPerSecond != Long.MAX_VALUE) {
                long due = began + (long) (1e9 * sent / bytesPerSecond);
                for (long now = System.nanoTime(); now < due; now = System.nanoTime()) {
                    LockSupport.parkNanos(due - now);
                }
            }
        }
        boolean chosen = stallOneIn > 0 && random.nextInt(stallOneIn) == 0;
        if (chosen && stalls.getAndUpdate(n -> Math.min(n + 1, mostStalls)) < mostStalls) {
            awaitEnd();
        } else {
            cuts.incrementAndGet();
            if (reset) {
                to.setSoLinger(true, 0);
            }
        }
    }

    /** The other direction closes both sockets when the client gives up; this one only has to keep still. */
    private void awaitEnd() {
        try {
            closing.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void close(Socket socket) {
        open.remove(socket);
        try {
            socket.close();
        } catch (IOException e) {
            // It is closed.
        }
    }

    @Override
    public void close() throws IOException {
        closing.countDown();
        server.close();
        threads.shutdownNow();
        open.forEach(this::close);
    }
}
