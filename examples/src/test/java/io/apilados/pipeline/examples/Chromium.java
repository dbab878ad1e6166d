// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A browser without a window, with one page, steered through its DevTools protocol. Every wait has an end; closing ends
 * all its processes.
 */
final class Chromium implements AutoCloseable {

    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");
    private static final String LISTENING = "DevTools listening on ";
    private static final long PATIENCE_SECONDS = 60;

    private final Process process;
    private final JsonFactory json = new JsonFactory();
    private final AtomicInteger lastId = new AtomicInteger();
    private final Map<Integer, CompletableFuture<Map<String, @Nullable Object>>> asked = new ConcurrentHashMap<>();
    private final List<Event> events = new CopyOnWriteArrayList<>();
    private volatile CompletableFuture<Void> loaded = new CompletableFuture<>();
    private @Nullable WebSocket socket;
    private @Nullable String session;

    /** What the browser told unasked. */
    record Event(String method, Map<String, @Nullable Object> parameters) {

        /** A member, by the names on the way to it; empty if it is not there. */
        String text(String... path) {
            return String.valueOf(member(parameters, path));
        }
    }

    private Chromium(Process process) {
        this.process = process;
    }

    /** Where one is installed: what the variable CHROME names, or the first of the usual names on the path. */
    static Optional<Path> installed() {
        String named = System.getenv("CHROME");
        if (named != null) {
            return Optional.of(Path.of(named));
        }
        String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
        for (String folder : path.split(File.pathSeparator)) {
            for (String name : NAMES) {
                Path program = Path.of(folder, name);
                if (Files.isExecutable(program)) {
                    return Optional.of(program);
                }
            }
        }
        return Optional.empty();
    }

    /**
     * Starts one with an empty page.
     *
     * @param profile an empty folder of its own
     */
    static Chromium start(Path program, Path profile) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        program.toString(),
                        "--headless=new",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--disable-breakpad",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--no-first-run",
                        "--no-default-browser-check",
                        "--hide-scrollbars",
                        "--force-color-profile=srgb",
                        "about:blank")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Chromium browser = new Chromium(process);
        try {
            browser.connect(URI.create(get(browser.address())));
            return browser;
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            browser.close();
            throw e;
        }
    }

    /** It says on standard error where it listens; what else it says there is read away, so that it never waits. */
    private CompletableFuture<String> address() {
        CompletableFuture<String> address = new CompletableFuture<>();
        Thread reader = new Thread(
                () -> {
                    StringBuilder said = new StringBuilder();
                    try (BufferedReader lines = new BufferedReader(
                            new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
                        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                            if (line.startsWith(LISTENING)) {
                                address.complete(line.substring(LISTENING.length()));
                            } else if (!address.isDone()) {
                                said.append(line).append('\n');
                            }
                        }
                    } catch (IOException e) {
                        // It has been ended.
                    }
                    address.completeExceptionally(new IOException("the browser ended early, and said: " + said));
                },
                "chromium-stderr");
        reader.setDaemon(true);
        reader.start();
        return address;
    }

    private void connect(URI address) throws IOException, InterruptedException {
        socket = get(HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(address, new Receiver()));
        String target = String.valueOf(
                ask("Target.createTarget", Map.of("url", "about:blank")).get("targetId"));
        session = String.valueOf(ask("Target.attachToTarget", Map.of("targetId", target, "flatten", true))
                .get("sessionId"));
        for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
            ask(domain + ".enable", Map.of());
        }
    }

    /** Asks for something and waits for the answer. */
    Map<String, @Nullable Object> ask(String method, Map<String, Object> parameters)
            throws IOException, InterruptedException {
        int id = lastId.incrementAndGet();
        CompletableFuture<Map<String, @Nullable Object>> answer = new CompletableFuture<>();
        asked.put(id, answer);
        StringWriter text = new StringWriter();
        try (JsonGenerator out = json.createGenerator(text)) {
            Map<String, Object> message = new LinkedHashMap<>(Map.of("id", id, "method", method, "params", parameters));
            if (session != null) {
                message.put("sessionId", session);
            }
            write(out, message);
        }
        get(Objects.requireNonNull(socket, "socket").sendText(text.toString(), true));
        Map<String, @Nullable Object> members = get(answer);
        if (members.get("error") != null) {
            throw new IOException(method + " failed: " + members.get("error"));
        }
        return object(members.get("result"));
    }

    /** Opens a file and waits until it is loaded. Forgets the events of before. */
    void open(Path file) throws IOException, InterruptedException {
        loaded = new CompletableFuture<>();
        events.clear();
        ask("Page.navigate", Map.of("url", file.toUri().toString()));
        get(loaded);
    }

    /** As on a screen so wide, in dark or in light. */
    void show(int width, int height, boolean dark) throws IOException, InterruptedException {
        ask(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        Map<String, Object> scheme = Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light");
        ask("Emulation.setEmulatedMedia", Map.of("features", List.of(scheme)));
    }

    /** What a JavaScript expression comes to: text, a number, a truth value, or lists and maps of these. */
    @Nullable Object evaluate(String expression) throws IOException, InterruptedException {
        Map<String, @Nullable Object> answer =
                ask("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true));
        if (answer.get("exceptionDetails") != null) {
            throw new IOException(expression + " failed: " + answer.get("exceptionDetails"));
        }
        return member(answer, "result", "value");
    }

    /** A PNG of a part of the page, twice as large as on the screen if {@code scale} is 2. */
    byte[] picture(double x, double y, double width, double height, double scale)
            throws IOException, InterruptedException {
        Map<String, Object> clip = Map.of("x", x, "y", y, "width", width, "height", height, "scale", scale);
        Map<String, @Nullable Object> answer =
                ask("Page.captureScreenshot", Map.of("format", "png", "clip", clip, "captureBeyondViewport", true));
        return java.util.Base64.getDecoder().decode(String.valueOf(answer.get("data")));
    }

    /** What it told of this kind since the file was opened. */
    List<Event> events(String method) {
        return events.stream().filter(event -> event.method.equals(method)).toList();
    }

    /** Its process and those that it has started. */
    List<ProcessHandle> processes() {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(process.toHandle());
        return all;
    }

    @Override
    public void close() {
        List<ProcessHandle> all = processes();
        if (socket != null) {
            socket.abort();
        }
        all.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle one : all) {
            try {
                one.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (ExecutionException | TimeoutException e) {
                throw new IllegalStateException("the browser's process " + one.pid() + " does not end", e);
            }
        }
    }

    private static <T> T get(CompletableFuture<T> future) throws IOException, InterruptedException {
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("the browser gave no answer within " + PATIENCE_SECONDS + " s", e);
        }
    }

    /** A member of an object, by the names on the way to it; null if it is not there. */
    static @Nullable Object member(Map<String, @Nullable Object> object, String... path) {
        Object here = object;
        for (String name : path) {
            here = here instanceof Map<?, ?> map ? map.get(name) : null;
        }
        return here;
    }

    @SuppressWarnings("unchecked")
    static Map<String, @Nullable Object> object(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : Map.of();
    }

    private static void write(JsonGenerator out, Object value) throws IOException {
        if (value instanceof Map<?, ?> map) {
            out.writeStartObject();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                out.writeFieldName(String.valueOf(entry.getKey()));
                write(out, entry.getValue());
            }
            out.writeEndObject();
        } else if (value instanceof List<?> list) {
            out.writeStartArray();
            for (Object element : list) {
                write(out, element);
            }
            out.writeEndArray();
        } else if (value instanceof Boolean truth) {
            out.writeBoolean(truth);
        } else if (value instanceof Integer number) {
            out.writeNumber(number);
        } else if (value instanceof Number number) {
            out.writeNumber(number.doubleValue());
        } else {
            out.writeString(value.toString());
        }
    }

    private static @Nullable Object read(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> members = new LinkedHashMap<>();
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String name = parser.currentName();
                    parser.nextToken();
                    members.put(name, read(parser));
                }
                yield members;
            }
            case START_ARRAY -> {
                List<@Nullable Object> elements = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    elements.add(read(parser));
                }
                yield elements;
            }
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> parser.getText();
        };
    }

    /** Puts messages together of their parts and hands them on. */
    private final class Receiver implements WebSocket.Listener {

        private final StringBuilder parts = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            parts.append(data);
            if (last) {
                String message = parts.toString();
                parts.setLength(0);
                try (JsonParser parser = json.createParser(message)) {
                    parser.nextToken();
                    receive(object(read(parser)));
                } catch (IOException e) {
                    onError(from, e);
                }
            }
            from.request(1);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            asked.values().forEach(answer -> answer.completeExceptionally(error));
            loaded.completeExceptionally(error);
        }

        private void receive(Map<String, @Nullable Object> message) {
            if (message.get("id") instanceof Double id) {
                CompletableFuture<Map<String, @Nullable Object>> answer = asked.remove(id.intValue());
                if (answer != null) {
                    answer.complete(message);
                }
                return;
            }
            Event event = new Event(String.valueOf(message.get("method")), object(message.get("params")));
            events.add(event);
            if (event.method.equals("Page.loadEventFired")) {
                loaded.complete(null);
            }
        }
    }
}
