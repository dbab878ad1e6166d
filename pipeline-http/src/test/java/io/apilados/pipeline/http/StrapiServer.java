// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The collection {@code escuelas} of a Strapi-like API, with the unique attribute {@code clave}: filters with
 * {@code $in}, at most 100 of a list; 25 entries a page by default; the bodies and errors of version 4 or 5.
 */
final class StrapiServer implements AutoCloseable {

    private static final int DEFAULT_PAGE_SIZE = 25;
    private static final int ARRAY_LIMIT = 100;
    private static final Pattern FILTER = Pattern.compile("filters\\[(\\w+)]\\[\\$in]\\[(\\d+)]");
    private static final JsonFactory JSON = new JsonFactory();

    static {
        // Or each answer waits 40 ms for the client to acknowledge its head.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final int version;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final AtomicInteger ids = new AtomicInteger();
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger mostUnderWay = new AtomicInteger();
    private final Deque<Misbehaviour> misbehaviours = new ConcurrentLinkedDeque<>();
    private final List<Seen> seen = Collections.synchronizedList(new ArrayList<>());
    private volatile int maxLimit = 100;

    /** An entry; the name is what Strapi calls it in addresses. */
    record Entry(int id, String name, Map<String, String> attributes) {}

    /** A request as it came. */
    record Seen(String method, String path, String query, Map<String, String> headers) {}

    private record Reply(int status, String body) {}

    /** What to do instead of answering properly. */
    @FunctionalInterface
    interface Misbehaviour {

        /** Whether it dealt with the request. */
        boolean answer(HttpExchange exchange, StrapiServer server) throws IOException;
    }

    StrapiServer(int version) throws IOException {
        this.version = version;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/api/escuelas", this::handle);
        server.start();
    }

    URI api() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/api");
    }

    Strapi strapi() {
        return Strapi.at(api(), "escuelas");
    }

    StrapiServer maxLimit(int value) {
        maxLimit = value;
        return this;
    }

    int put(String clave) {
        lock.lock();
        try {
            return put(Map.of("clave", clave)).id();
        } finally {
            lock.unlock();
        }
    }

    private Entry put(Map<String, String> attributes) {
        int id = ids.incrementAndGet();
        Entry entry = new Entry(id, version == 4 ? Integer.toString(id) : "doc" + id + "x", new TreeMap<>(attributes));
        entries.put(entry.name(), entry);
        return entry;
    }

    void clear() {
        lock.lock();
        try {
            entries.clear();
        } finally {
            lock.unlock();
        }
    }

    /** The entries, by key. */
    Map<String, Entry> entries() {
        lock.lock();
        try {
            return entries.values().stream()
                    .collect(Collectors.toMap(entry -> entry.attributes().get("clave"), entry -> entry));
        } finally {
            lock.unlock();
        }
    }

    /** Does so with the next request that has not been dealt with otherwise. */
    void next(Misbehaviour misbehaviour) {
        misbehaviours.add(misbehaviour);
    }

    List<Seen> seen() {
        return List.copyOf(seen);
    }

    List<String> methods() {
        return seen().stream().map(Seen::method).toList();
    }

    int mostUnderWay() {
        return mostUnderWay.get();
    }

    /** Applies a request and breaks the connection within the answer. */
    static boolean loseAnswer(HttpExchange exchange, StrapiServer server) throws IOException {
        server.reply(exchange);
        exchange.sendResponseHeaders(200, 1_000);
        exchange.getResponseBody().write('{');
        exchange.getResponseBody().flush();
        exchange.close();
        return true;
    }

    static Misbehaviour status(int status, String... header) {
        return (exchange, server) -> {
            for (int i = 0; i < header.length; i += 2) {
                exchange.getResponseHeaders().set(header[i], header[i + 1]);
            }
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
            return true;
        };
    }

    private void handle(HttpExchange exchange) throws IOException {
        mostUnderWay.accumulateAndGet(underWay.incrementAndGet(), Math::max);
        try {
            Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.get(0)));
            URI uri = exchange.getRequestURI();
            String query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
            seen.add(new Seen(exchange.getRequestMethod(), uri.getRawPath(), query, headers));
            Misbehaviour misbehaviour = misbehaviours.poll();
            if (misbehaviour != null && misbehaviour.answer(exchange, this)) {
                return;
            }
            Reply reply = reply(exchange);
            byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
            underWay.decrementAndGet();
            try {
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(reply.status(), body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            } finally {
                underWay.incrementAndGet();
            }
        } finally {
            underWay.decrementAndGet();
        }
    }

    private Reply reply(HttpExchange exchange) throws IOException {
        lock.lock();
        try {
            String path = exchange.getRequestURI().getPath();
            String name = path.substring("/api/escuelas".length());
            return switch (exchange.getRequestMethod()) {
                case "GET" -> find(parameters(exchange.getRequestURI().getRawQuery()));
                case "POST" -> write(null, attributes(exchange));
                case "PUT" -> write(name.substring(1), attributes(exchange));
                default -> error(405, "MethodNotAllowedError", "Method Not Allowed");
            };
        } finally {
            lock.unlock();
        }
    }

    private Reply write(@Nullable String name, Map<String, String> attributes) throws IOException {
        Entry there = name == null ? null : entries.get(name);
        if (name != null && there == null) {
            return error(404, "NotFoundError", "Not Found");
        }
        String clave = attributes.get("clave");
        boolean taken = entries.values().stream()
                .anyMatch(entry -> !entry.equals(there)
                        && Objects.equals(entry.attributes().get("clave"), clave));
        if (taken) {
            return error(400, "ValidationError", "This attribute must be unique");
        }
        Entry entry = there;
        if (entry == null) {
            entry = put(attributes);
        } else {
            entry.attributes().putAll(attributes);
        }
        Entry written = entry;
        return new Reply(there == null && version == 5 ? 201 : 200, json(json -> {
            json.writeStartObject();
            json.writeFieldName("data");
            write(json, written, null);
            json.writeObjectFieldStart("meta");
            json.writeEndObject();
            json.writeEndObject();
        }));
    }

    private Reply find(Map<String, String> parameters) throws IOException {
        List<String> wanted = new ArrayList<>();
        for (Map.Entry<String, String> parameter : parameters.entrySet()) {
            Matcher filter = FILTER.matcher(parameter.getKey());
            if (filter.matches()) {
                if (Integer.parseInt(filter.group(2)) >= ARRAY_LIMIT) {
                    return error(400, "ValidationError", "Invalid key " + filter.group(2));
                }
                wanted.add(parameter.getValue());
            }
        }
        int asked =
                Integer.parseInt(parameters.getOrDefault("pagination[pageSize]", Integer.toString(DEFAULT_PAGE_SIZE)));
        int pageSize = Math.min(asked, maxLimit);
        int page = Integer.parseInt(parameters.getOrDefault("pagination[page]", "1"));
        List<Entry> all = entries.values().stream()
                .filter(entry ->
                        wanted.isEmpty() || wanted.contains(entry.attributes().get("clave")))
                .toList();
        List<Entry> some =
                all.subList(Math.min(all.size(), (page - 1) * pageSize), Math.min(all.size(), page * pageSize));
        return new Reply(200, json(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("data");
            for (Entry entry : some) {
                write(json, entry, parameters.get("fields[0]"));
            }
            json.writeEndArray();
            json.writeObjectFieldStart("meta");
            json.writeObjectFieldStart("pagination");
            json.writeNumberField("page", page);
            json.writeNumberField("pageSize", pageSize);
            if ("true".equals(parameters.get("pagination[withCount]"))) {
                json.writeNumberField("pageCount", (all.size() + pageSize - 1) / pageSize);
                json.writeNumberField("total", all.size());
            }
            json.writeEndObject();
            json.writeEndObject();
            json.writeEndObject();
        }));
    }

    private void write(JsonGenerator json, Entry entry, @Nullable String field) throws IOException {
        json.writeStartObject();
        json.writeNumberField("id", entry.id());
        if (version == 4) {
            json.writeObjectFieldStart("attributes");
        } else {
            json.writeStringField("documentId", entry.name());
        }
        for (Map.Entry<String, String> attribute : entry.attributes().entrySet()) {
            if (field == null || field.equals(attribute.getKey())) {
                json.writeStringField(attribute.getKey(), attribute.getValue());
            }
        }
        if (version == 4) {
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static Reply error(int status, String name, String message) throws IOException {
        return new Reply(status, json(json -> {
            json.writeStartObject();
            json.writeNullField("data");
            json.writeObjectFieldStart("error");
            json.writeNumberField("status", status);
            json.writeStringField("name", name);
            json.writeStringField("message", message);
            json.writeObjectFieldStart("details");
            json.writeEndObject();
            json.writeEndObject();
            json.writeEndObject();
        }));
    }

    @FunctionalInterface
    private interface Writing {
        void to(JsonGenerator json) throws IOException;
    }

    private static String json(Writing writing) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            writing.to(json);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static Map<String, String> attributes(HttpExchange exchange) throws IOException {
        Map<String, String> attributes = new LinkedHashMap<>();
        try (JsonParser json = JSON.createParser(exchange.getRequestBody().readAllBytes())) {
            json.nextToken();
            if (!"data".equals(json.nextFieldName()) || json.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("the body should be {\"data\":{...}}");
            }
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String name = json.currentName();
                json.nextToken();
                attributes.put(name, json.getText());
            }
        }
        return attributes;
    }

    private static Map<String, String> parameters(@Nullable String query) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String pair : query == null ? new String[0] : query.split("&")) {
            int equals = pair.indexOf('=');
            parameters.put(
                    URLDecoder.decode(pair.substring(0, equals), StandardCharsets.UTF_8),
                    URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
        }
        return parameters;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
