// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An API in this process that keeps what it is sent, member by member. It takes whatever comes, any number of times:
 * what must not come twice is for the test to see.
 */
final class CountingApi implements AutoCloseable {

    private static final String ID_MEMBER = "cctId";

    private final HttpServer server;
    private final ExecutorService workers = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "counting-api");
        thread.setDaemon(true);
        return thread;
    });
    private final JsonFactory json = new JsonFactory();
    private final Answers answers;
    private final @Nullable String token;
    private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
    private final List<String> faults = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger atOnce = new AtomicInteger();
    private final AtomicInteger mostAtOnce = new AtomicInteger();

    private CountingApi(@Nullable String token, Answers answers) throws IOException {
        this.token = token;
        this.answers = answers;
        sendAtOnce();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/records", this::handle);
        server.setExecutor(workers);
        server.start();
    }

    /** What to answer to a request; its records count as taken if that is 200. */
    @FunctionalInterface
    interface Answers {
        int status(Request request) throws InterruptedException;
    }

    /** One request that could be read: its number, from 1, what it holds, and what was answered. */
    record Request(int number, String key, boolean perRecord, List<Map<String, String>> records, int status) {}

    /** Takes everything. */
    static CountingApi start() throws IOException {
        return new CountingApi(null, request -> 200);
    }

    /** Takes everything from who has this token. */
    static CountingApi wanting(String token) throws IOException {
        return new CountingApi(token, request -> 200);
    }

    /** Answers as told. */
    static CountingApi answering(Answers answers) throws IOException {
        return new CountingApi(null, answers);
    }

    /**
     * Without this the JDK's server holds back the end of an answer until the client has acknowledged its beginning. It
     * is read once in the life of a JVM, so every test that has such a server calls this first.
     */
    static void sendAtOnce() {
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    String url() {
        return uri().toString();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/records");
    }

    List<Request> requests() {
        synchronized (requests) {
            return List.copyOf(requests);
        }
    }

    /** The records that were taken, in the order in which they came. */
    List<Map<String, String>> records() {
        return requests().stream()
                .filter(request -> request.status == 200)
                .flatMap(request -> request.records.stream())
                .toList();
    }

    /** How many requests were being worked on at once at most. */
    int mostAtOnce() {
        return mostAtOnce.get();
    }

    /** What was wrong with requests: there should be nothing. */
    List<String> faults() {
        synchronized (faults) {
            return List.copyOf(faults);
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
        int status;
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            status = status(exchange, body);
            if (status == 429 || status == 503) {
                exchange.getResponseHeaders().set("Retry-After", "0");
            }
            atOnce.decrementAndGet();
            exchange.sendResponseHeaders(status, -1);
        }
    }

    private int status(HttpExchange exchange, byte[] body) {
        if (token != null && !("Bearer " + token).equals(header(exchange, "Authorization"))) {
            return 401;
        }
        try {
            if (!"application/json".equals(header(exchange, "Content-Type"))) {
                throw new IOException("content type was " + header(exchange, "Content-Type"));
            }
            String key = header(exchange, "Idempotency-Key");
            if (key == null || key.isBlank()) {
                throw new IOException("there was no idempotency key");
            }
            Request request = read(key, body);
            synchronized (requests) {
                request = new Request(requests.size() + 1, key, request.perRecord, request.records, 0);
                requests.add(request);
            }
            int status = answers.status(request);
            requests.set(
                    request.number - 1, new Request(request.number, key, request.perRecord, request.records, status));
            return status;
        } catch (IOException e) {
            faults.add(e.getMessage() + " in " + new String(body, StandardCharsets.UTF_8));
            return 400;
        } catch (InterruptedException e) {
            return 500;
        }
    }

    private static @Nullable String header(HttpExchange exchange, String name) {
        List<String> values = exchange.getRequestHeaders().get(name);
        return values == null || values.size() != 1 ? null : values.get(0);
    }

    /** Reads <code>{"data":[{...},...]}</code> or <code>{"data":{...}}</code>, and nothing else. */
    private Request read(String key, byte[] body) throws IOException {
        List<Map<String, String>> records = new ArrayList<>();
        boolean perRecord;
        try (JsonParser parser = json.createParser(body)) {
            expect(parser, JsonToken.START_OBJECT);
            expect(parser, JsonToken.FIELD_NAME);
            if (!"data".equals(parser.currentName())) {
                throw new IOException("the first member was not data");
            }
            perRecord = parser.nextToken() == JsonToken.START_OBJECT;
            if (perRecord) {
                records.add(members(parser));
            } else {
                while (parser.nextToken() == JsonToken.START_OBJECT) {
                    records.add(members(parser));
                }
                if (parser.currentToken() != JsonToken.END_ARRAY) {
                    throw new IOException("data was neither an object nor an array of objects");
                }
            }
            expect(parser, JsonToken.END_OBJECT);
            if (parser.nextToken() != null) {
                throw new IOException("there was more after the object");
            }
        }
        return new Request(0, key, perRecord, records, 0);
    }

    private static Map<String, String> members(JsonParser parser) throws IOException {
        Map<String, String> members = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            JsonToken wanted = name.equals(ID_MEMBER) ? JsonToken.VALUE_NUMBER_INT : JsonToken.VALUE_STRING;
            expect(parser, wanted);
            if (members.put(name, parser.getText()) != null) {
                throw new IOException("a member stands twice");
            }
        }
        return members;
    }

    private static void expect(JsonParser parser, JsonToken token) throws IOException {
        if (parser.nextToken() != token) {
            throw new IOException("expected " + token + ", got " + parser.currentToken());
        }
    }

    /** How often each element occurs: two collections with the same counts hold the same, in whatever order. */
    static <T> Map<T, Integer> counts(Iterable<T> elements) {
        Map<T, Integer> counts = new HashMap<>();
        for (T element : elements) {
            counts.merge(element, 1, Integer::sum);
        }
        return counts;
    }

    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
    }
}
