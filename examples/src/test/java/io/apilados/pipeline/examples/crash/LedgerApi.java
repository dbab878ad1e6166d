// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples.crash;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An API that honours {@code Idempotency-Key} and survives being killed; a process of its own.
 *
 * <p>A batch with a poisoned record is refused with 422 and nothing of it is applied. What was decided for a key stands in
 * the file {@code ledger} before it is answered, in one write, and is replayed when the key comes again, even to a
 * successor of this process. The file {@code received} names every request that came in whole, in order. A small share of
 * requests is answered with 503 before anything is applied, and a small share is applied and gets no answer; both follow
 * from the seed, the key and how often it came.
 *
 * <p>Arguments: port (0 for any), folder, seed. Waits until it can have the port and prints it, and then a line for whatever happens: a word and the
 * number of the run that it happened to, which the bearer token tells; {@code applied} comes with the number of records
 * applied in all. Reads commands: {@code busy N} answers the next N requests with 503, {@code hold} keeps answers back
 * until {@code release}. Ends when its input ends.
 */
final class LedgerApi {

    /** What the name of a poisoned record begins with. */
    static final String POISON = "VENENO";

    static final String LEDGER = "ledger";
    static final String RECEIVED = "received";
    static final String TOKEN = "run-";

    /** What it prints before its port, if it has to wait for that. */
    static final String STANDS_BY = "stands by";

    private static final int PERMILLE_BUSY = 15;
    private static final int PERMILLE_LOST = 15;
    private static final int PERMILLE_SLOW = 25;
    private static final long SLOW_NANOS = 80_000_000;
    private static final long SHORTEST_NANOS = 1_000_000;
    private static final long LONGEST_NANOS = 6_000_000;
    private static final long BETWEEN_BINDS_NANOS = 500_000;
    private static final long BIND_WITHIN_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final int OK = 200;
    private static final int REFUSED = 422;
    private static final int BUSY = 503;
    private static final int NO_ANSWER = 0;

    private final JsonFactory json = new JsonFactory();
    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition released = lock.newCondition();
    private final long seed;
    private final FileChannel ledger;
    private final FileChannel received;
    private final Map<String, Integer> answers = new HashMap<>();
    private final Map<String, Integer> attempts = new HashMap<>();
    private long sequence;
    private long applied;
    private int busy;
    private boolean held;

    private LedgerApi(Path folder, long seed) throws IOException {
        this.seed = seed;
        Path ledgerFile = folder.resolve(LEDGER);
        Path receivedFile = folder.resolve(RECEIVED);
        for (String line : wholeLines(ledgerFile)) {
            String[] words = line.split(" ", -1);
            answers.put(words[0], Integer.parseInt(words[1]));
            if (words[1].equals(Integer.toString(OK))) {
                applied += words[2].split(",", -1).length;
            }
        }
        for (String line : wholeLines(receivedFile)) {
            String[] words = line.split(" ", -1);
            sequence = Long.parseLong(words[0]);
            attempts.merge(words[2], 1, Integer::sum);
        }
        ledger = append(ledgerFile);
        received = append(receivedFile);
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        HttpServer server = bind(Integer.parseInt(args[0]));
        LedgerApi api = new LedgerApi(Path.of(args[1]), Long.parseLong(args[2]));
        server.createContext("/records", api::handle);
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
        api.out.println(server.getAddress().getPort());
        api.obey();
        Runtime.getRuntime().halt(0);
    }

    /** A predecessor may still have the port. */
    private static HttpServer bind(int port) throws IOException {
        long began = System.nanoTime();
        boolean told = false;
        while (true) {
            try {
                return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
            } catch (BindException e) {
                if (System.nanoTime() - began > BIND_WITHIN_NANOS) {
                    throw e;
                }
                if (!told) {
                    System.out.println(STANDS_BY);
                    told = true;
                }
                LockSupport.parkNanos(BETWEEN_BINDS_NANOS);
            }
        }
    }

    /** A line that a kill cut off is taken away: what it was about was neither applied nor answered. */
    private static List<String> wholeLines(Path file) throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        String text = Files.readString(file);
        int end = text.lastIndexOf('\n') + 1;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(text.substring(0, end).getBytes(StandardCharsets.UTF_8).length);
        }
        return text.substring(0, end).lines().toList();
    }

    private static FileChannel append(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    }

    private void obey() throws IOException {
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            lock.lock();
            try {
                switch (line) {
                    case "hold" -> held = true;
                    case "release" -> {
                        held = false;
                        released.signalAll();
                    }
                    default -> busy = Integer.parseInt(line.substring("busy ".length()));
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** A request that came in whole. */
    private record Request(String run, String key, List<String> ids, boolean poisoned) {
        String joinedIds() {
            return String.join(",", ids);
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body;
            try (InputStream in = exchange.getRequestBody()) {
                body = in.readAllBytes();
            }
            if (!Integer.toString(body.length)
                    .equals(exchange.getRequestHeaders().getFirst("Content-Length"))) {
                // Its sender was killed in the middle of it.
                return;
            }
            int status = answer(parse(exchange, body));
            if (status == NO_ANSWER) {
                // Closed without an answer.
                return;
            }
            if (status == BUSY) {
                exchange.getResponseHeaders().set("Retry-After", "0");
            }
            exchange.sendResponseHeaders(status, -1);
        }
    }

    private Request parse(HttpExchange exchange, byte[] body) throws IOException {
        String token = exchange.getRequestHeaders().getFirst("Authorization");
        String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
        String prefix = "Bearer " + TOKEN;
        if (token == null || key == null || !token.startsWith(prefix)) {
            throw new IOException("a request has no token of a run or no key");
        }
        List<String> ids = new ArrayList<>();
        boolean poisoned = false;
        try (JsonParser parser = json.createParser(body)) {
            for (JsonToken next = parser.nextToken(); next != null; next = parser.nextToken()) {
                if (next == JsonToken.VALUE_STRING && "id".equals(parser.currentName())) {
                    ids.add(parser.getText());
                } else if (next == JsonToken.VALUE_STRING && "nombre".equals(parser.currentName())) {
                    poisoned |= parser.getText().startsWith(POISON);
                }
            }
        }
        return new Request(token.substring(prefix.length()), key, ids, poisoned);
    }

    private int answer(Request request) throws IOException {
        SplittableRandom random = receive(request);
        long pause = random.nextInt(1000) < PERMILLE_SLOW ? SLOW_NANOS : random.nextLong(SHORTEST_NANOS, LONGEST_NANOS);
        LockSupport.parkNanos(pause);
        lock.lock();
        try {
            while (held) {
                released.awaitUninterruptibly();
            }
            int status = decide(request, random.nextInt(1000) < PERMILLE_BUSY);
            if (status != BUSY && random.nextInt(1000) < PERMILLE_LOST) {
                return NO_ANSWER;
            }
            return status;
        } finally {
            lock.unlock();
        }
    }

    /** Notes that a request came, and returns the dice for it. */
    private SplittableRandom receive(Request request) throws IOException {
        lock.lock();
        try {
            write(received, ++sequence + " " + request.run + " " + request.key + " " + request.joinedIds());
            out.println("received " + request.run);
            int attempt = attempts.merge(request.key, 1, Integer::sum);
            return new SplittableRandom(seed * 31 + request.key.hashCode() * 1_000_003L + attempt);
        } finally {
            lock.unlock();
        }
    }

    /** Called with the lock held. */
    private int decide(Request request, boolean unlucky) throws IOException {
        Integer before = answers.get(request.key);
        if (busy > 0 || (unlucky && before == null)) {
            busy = Math.max(0, busy - 1);
            out.println("busy " + request.run);
            return BUSY;
        }
        if (before == null) {
            int status = request.poisoned ? REFUSED : OK;
            write(ledger, request.key + " " + status + " " + request.joinedIds());
            answers.put(request.key, status);
            if (status == OK) {
                applied += request.ids.size();
            }
            before = status;
        }
        out.println(before == OK ? "applied " + applied : "refused " + request.run);
        return before;
    }

    private static void write(FileChannel file, String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        int written = file.write(bytes);
        if (bytes.hasRemaining()) {
            throw new IOException("only " + written + " bytes of a line were written");
        }
    }
}
