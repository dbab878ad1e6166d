// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http.testing;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An API that takes batches of records, {@code {"data":[{"id":"7",...},...]}}, misbehaves as its {@link ChaosPlan} says,
 * and keeps books; the main class of a process of its own. {@link ChaosApiProcess} starts it.
 *
 * <p>It speaks HTTP/1.1 over bare sockets and keeps connections alive. A batch that was taken is answered with 200 and
 * one status for each record, {@code {"results":[{"status":201},...]}}. A batch with a bad record, one whose id begins
 * with {@code bad}, is refused with 422 and nothing of it is applied. The answer to a batch of which something was
 * applied is kept under its {@code Idempotency-Key}, and given again when the key comes again.
 *
 * <p>{@code Retry-After} is a promise asked for one key: whoever sends that key again earlier has broken it; other keys
 * may come.
 *
 * <p>It prints its port, and then obeys lines of its input: {@code play} and a plan begins new books; {@code books}
 * prints them; {@code quiet} waits up to ten seconds until no connection is open and prints how many are. It ends when
 * its input ends, so that it never outlives its test.
 */
public final class ChaosApi {

    /** What the id of a bad record begins with: {@value}. */
    public static final String BAD = "bad";

    static final String READY = "ready";

    private static final int BACKLOG = 200;
    private static final long QUIET_WITHIN_SECONDS = 10;

    private static final int CREATED = 201;
    private static final int OK = 200;
    private static final int TEMPORARY_REDIRECT = 307;
    private static final int PERMANENT_REDIRECT = 308;
    private static final int CONFLICT = 409;
    private static final int TOO_LARGE = 413;
    private static final int UNPROCESSABLE = 422;
    private static final int TOO_MANY = 429;
    private static final int FAILED = 500;
    private static final int BUSY = 503;

    private static final double MEAN_LATENCY_NANOS = 20e6;
    private static final long LONGEST_LATENCY_NANOS = 300_000_000;
    private static final int SHORTEST_BURST = 5;
    private static final int LONGEST_BURST = 12;
    private static final int ITEMS_TO_AN_ERROR = 8;
    private static final String MOVED = "/moved";

    private static final DateTimeFormatter HTTP_DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT);

    private final JsonFactory json = new JsonFactory();
    private final ServerSocket listening;
    private final PrintStream out;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition connectionClosed = lock.newCondition();
    private int open;
    private volatile Scene scene = new Scene(ChaosPlan.calm());
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "chaos-api");
        thread.setDaemon(true);
        return thread;
    });

    private ChaosApi(ServerSocket listening, PrintStream out) {
        this.listening = listening;
        this.out = out;
    }

    /** A plan and its books. */
    private static final class Scene {
        final ChaosPlan plan;
        final ChaosLedger ledger = new ChaosLedger();
        final Semaphore workers;

        Scene(ChaosPlan plan) {
            this.plan = plan;
            this.workers = new Semaphore(plan.workers() == 0 ? Integer.MAX_VALUE : plan.workers(), true);
        }
    }

    /** An answer; {@code retryAfter} and {@code location} are empty if it has no such header. */
    record Answer(int status, String retryAfter, String location, String body) {
        static Answer of(int status) {
            return new Answer(status, "", "", "{\"status\":" + status + "}");
        }

        private String head(int bodyBytes) {
            return "HTTP/1.1 " + status + " Chaos\r\n"
                    + (retryAfter.isEmpty() ? "" : "Retry-After: " + retryAfter + "\r\n")
                    + (location.isEmpty() ? "" : "Location: " + location + "\r\n")
                    + "Content-Type: application/json\r\nContent-Length: " + bodyBytes + "\r\n\r\n";
        }
    }

    /** An answer and which records it takes. */
    record Decision(Answer answer, List<String> taken) {}

    /** A request that came in whole. */
    private record Request(String key, List<String> ids) {}

    /** Begins; takes no arguments. */
    public static void main(String[] args) throws IOException {
        ServerSocket listening = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
        ChaosApi api = new ChaosApi(listening, new PrintStream(System.out, false, StandardCharsets.UTF_8));
        api.threads.execute(api::accept);
        api.say(Integer.toString(listening.getLocalPort()));
        api.obey();
        Runtime.getRuntime().halt(0);
    }

    private void obey() throws IOException {
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            if (line.equals("books")) {
                scene.ledger.print(out);
            } else if (line.equals("quiet")) {
                say(Integer.toString(awaitQuiet()));
            } else {
                scene = new Scene(ChaosPlan.parse(line.substring("play ".length())));
                say(READY);
            }
        }
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }

    private int awaitQuiet() {
        long left = TimeUnit.SECONDS.toNanos(QUIET_WITHIN_SECONDS);
        lock.lock();
        try {
            while (open > 0 && left > 0) {
                left = connectionClosed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        return open;
    }

    private void accept() {
        while (true) {
            try {
                Socket socket = listening.accept();
                count(1);
                threads.execute(() -> serve(socket));
            } catch (IOException e) {
                throw new IllegalStateException("the API can take no more connections", e);
            }
        }
    }

    private void count(int change) {
        lock.lock();
        try {
            open += change;
            connectionClosed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            scene.ledger.connected();
            ChaosConnection connection = new ChaosConnection(socket);
            ChaosConnection.Head head = connection.readHead();
            while (head != null && converse(scene, connection, head)) {
                head = connection.readHead();
            }
        } catch (IOException e) {
            // The client has gone: it may, and the books say what came of it.
        } finally {
            count(-1);
        }
    }

    /** Whether the connection goes on. */
    private boolean converse(Scene now, ChaosConnection connection, ChaosConnection.Head head) throws IOException {
        long arrived = System.nanoTime();
        String key = head.header("Idempotency-Key");
        now.ledger.arrived(key, arrived);
        SplittableRandom dice = now.plan.dice(now.ledger.number());
        ChaosMode mode = head.line().contains(MOVED) ? ChaosMode.CALM : draw(now, dice);
        now.ledger.serve(mode);
        boolean heads = dice.nextBoolean();
        if (mode == ChaosMode.RESET_BEFORE_ANSWER && heads) {
            connection.reset();
            return false;
        }
        Request request = new Request(key, ids(connection.readBody(head)));
        now.ledger.carried(key, request.ids);
        now.workers.acquireUninterruptibly();
        long began = System.nanoTime();
        try {
            LockSupport.parkNanos(now.plan.service().toNanos());
            // Nothing else happens to an answer that makes a promise: one that never arrives promises nothing.
            boolean inWork = now.ledger.takeInWork(key);
            Answer answer =
                    inWork ? inSeconds(now, key, CONFLICT, heads ? 0 : 1) : answer(now, request, mode, dice, heads);
            return write(
                    connection,
                    answer,
                    inWork ? ChaosMode.CALM : mode,
                    heads,
                    () -> now.ledger.worked(began, System.nanoTime(), answer.status));
        } finally {
            now.workers.release();
        }
    }

    /** A burst that has begun goes before the dice. */
    private static ChaosMode draw(Scene now, SplittableRandom dice) {
        ChaosMode drawn = now.plan.draw(dice);
        if (now.ledger.takeBurst()) {
            return ChaosMode.BURST_OF_500;
        }
        if (drawn == ChaosMode.BURST_OF_500) {
            now.ledger.beginBurst(dice.nextInt(SHORTEST_BURST, LONGEST_BURST + 1) - 1);
        }
        return drawn == ChaosMode.TOO_LARGE ? ChaosMode.CALM : drawn;
    }

    private List<String> ids(byte[] body) throws IOException {
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

    private static Answer answer(Scene now, Request request, ChaosMode mode, SplittableRandom dice, boolean heads) {
        if (now.plan.isTooLarge(request.ids.size())) {
            now.ledger.serve(ChaosMode.TOO_LARGE);
            return Answer.of(TOO_LARGE);
        }
        switch (mode) {
            case LATENCY ->
                LockSupport.parkNanos(
                        (long) Math.min(LONGEST_LATENCY_NANOS, -MEAN_LATENCY_NANOS * Math.log(1 - dice.nextDouble())));
            case RETRY_AFTER_SECONDS -> {
                return inSeconds(now, request.key, dice.nextBoolean() ? TOO_MANY : BUSY, heads ? 0 : 1);
            }
            case RETRY_AFTER_DATE -> {
                return atDate(now, request.key, dice.nextBoolean() ? TOO_MANY : BUSY, heads ? 0 : 1);
            }
            case REDIRECT -> {
                return new Answer(heads ? TEMPORARY_REDIRECT : PERMANENT_REDIRECT, "", MOVED, "");
            }
            case BURST_OF_500 -> {
                if (heads) {
                    Answer unused = apply(now, request, mode, dice);
                }
                return Answer.of(FAILED);
            }
            case KEY_IN_WORK -> now.ledger.setInWork(request.key);
            default -> {}
        }
        return apply(now, request, mode, dice);
    }

    /** The promise is counted from before the answer is written, so that no client that keeps it can be too early. */
    private static Answer inSeconds(Scene now, String key, int status, int seconds) {
        now.ledger.promised(key, System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds));
        return new Answer(status, Integer.toString(seconds), "", "");
    }

    /** The first full second that is so many seconds away or more. */
    private static Answer atDate(Scene now, String key, int status, int seconds) {
        long nanos = System.nanoTime();
        Instant time = Instant.now();
        Instant date = time.plusSeconds(seconds + 1L).truncatedTo(ChronoUnit.SECONDS);
        now.ledger.promised(key, nanos + Duration.between(time, date).toNanos());
        return new Answer(status, HTTP_DATE.format(date.atOffset(ZoneOffset.UTC)), "", "");
    }

    private static Answer apply(Scene now, Request request, ChaosMode mode, SplittableRandom dice) {
        return now.ledger.apply(
                request.key,
                now.plan.honoursKeys(),
                () -> mode == ChaosMode.ITEM_ERRORS ? each(request.ids, dice) : all(request.ids));
    }

    private static Decision all(List<String> ids) {
        if (ids.stream().anyMatch(id -> id.startsWith(BAD))) {
            return new Decision(Answer.of(UNPROCESSABLE), List.of());
        }
        int[] statuses = new int[ids.size()];
        Arrays.fill(statuses, CREATED);
        return new Decision(results(statuses), ids);
    }

    private static Decision each(List<String> ids, SplittableRandom dice) {
        int[] statuses = new int[ids.size()];
        List<String> taken = new ArrayList<>();
        for (int i = 0; i < statuses.length; i++) {
            if (ids.get(i).startsWith(BAD)) {
                statuses[i] = UNPROCESSABLE;
            } else if (dice.nextInt(ITEMS_TO_AN_ERROR) == 0) {
                statuses[i] = dice.nextBoolean() ? TOO_MANY : BUSY;
            } else {
                statuses[i] = CREATED;
                taken.add(ids.get(i));
            }
        }
        return new Decision(results(statuses), taken);
    }

    private static Answer results(int[] statuses) {
        StringBuilder body = new StringBuilder("{\"results\":[");
        for (int i = 0; i < statuses.length; i++) {
            body.append(i == 0 ? "" : ",")
                    .append("{\"status\":")
                    .append(statuses[i])
                    .append('}');
        }
        return new Answer(OK, "", "", body.append("]}").toString());
    }

    /** Returns whether the connection goes on; {@code answered} runs before the client can see the answer. */
    private static boolean write(
            ChaosConnection connection, Answer answer, ChaosMode mode, boolean heads, Runnable answered)
            throws IOException {
        String text = answer.body;
        if (mode == ChaosMode.INVALID_JSON && answer.status == OK) {
            text = text.substring(0, text.length() / 2);
        }
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        byte[] head = answer.head(body.length).getBytes(StandardCharsets.US_ASCII);
        byte[] whole = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, whole, head.length, body.length);
        switch (mode) {
            case RESET_BEFORE_ANSWER -> {
                answered.run();
                connection.reset();
                return false;
            }
            case RESET_IN_ANSWER -> {
                answered.run();
                connection.write(whole, 0, heads ? head.length / 2 : head.length + body.length / 2);
                connection.reset();
                return false;
            }
            case NEVER_ANSWERED -> {
                answered.run();
                connection.ignore();
                return false;
            }
            case DRIP -> {
                int from = heads ? 0 : head.length;
                answered.run();
                connection.write(whole, 0, from);
                connection.drip(whole, from);
                return true;
            }
            case KEY_IN_WORK -> {
                answered.run();
                return false;
            }
            default -> {
                answered.run();
                connection.write(whole, 0, whole.length);
                return mode != ChaosMode.CLOSED_KEEP_ALIVE;
            }
        }
    }
}
