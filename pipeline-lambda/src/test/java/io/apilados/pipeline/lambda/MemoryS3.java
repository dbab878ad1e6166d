// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A store that speaks as much of S3's protocol as a function needs: whole objects and ranges of them, conditions on reading
 * and on writing, one write at a time, lists. Safe for use by many threads.
 */
final class MemoryS3 implements AutoCloseable {

    private static final DateTimeFormatter HTTP_DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT);

    private static final int OK = 200;
    private static final int NO_CONTENT = 204;
    private static final int PARTIAL = 206;
    private static final int NOT_MODIFIED = 304;
    private static final int NOT_FOUND = 404;
    private static final int PRECONDITION_FAILED = 412;

    private final Loopback server;
    private final TreeMap<String, Stored> objects = new TreeMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();

    private record Stored(byte[] content, String etag, Map<String, String> metadata, Instant written) {}

    MemoryS3() throws IOException {
        server = Loopback.serving(this::serve);
    }

    URI endpoint() {
        return server.uri();
    }

    /** Puts an object there; returns its ETag without quotes. */
    synchronized String put(String bucket, String key, byte[] content) {
        Stored stored = new Stored(content, etag(content), Map.of(), Instant.now());
        objects.put(bucket + "/" + key, stored);
        return stored.etag().replace("\"", "");
    }

    String put(String bucket, String key, String content) {
        return put(bucket, key, content.getBytes(StandardCharsets.UTF_8));
    }

    synchronized @Nullable String text(String bucket, String key) {
        Stored stored = objects.get(bucket + "/" + key);
        return stored == null ? null : new String(stored.content(), StandardCharsets.UTF_8);
    }

    /** Keys that begin so, in order. */
    synchronized List<String> keys(String bucket, String prefix) {
        return objects.keySet().stream()
                .filter(name -> name.startsWith(bucket + "/" + prefix))
                .map(name -> name.substring(bucket.length() + 1))
                .toList();
    }

    /** Every request so far: its method, path and status. */
    List<String> requests() {
        return List.copyOf(requests);
    }

    private static String etag(byte[] content) {
        try {
            return '"'
                    + HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(content))
                    + '"';
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has MD5", e);
        }
    }

    private void serve(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        String name = URLDecoder.decode(
                exchange.getRequestURI().getRawPath().substring(1).replace("+", "%2B"), StandardCharsets.UTF_8);
        int status = answer(exchange, name, body);
        requests.add(exchange.getRequestMethod() + " " + name + " " + status);
    }

    private synchronized int answer(HttpExchange exchange, String name, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("x-amz-request-id", "request");
        Stored there = objects.get(name);
        return switch (exchange.getRequestMethod()) {
            case "GET" ->
                name.indexOf('/') < 0 || name.endsWith("/") ? list(exchange, name) : get(exchange, there, true);
            case "HEAD" -> get(exchange, there, false);
            case "PUT" -> put(exchange, name, there, body);
            case "DELETE" -> {
                objects.remove(name);
                yield send(exchange, NO_CONTENT, new byte[0]);
            }
            default -> throw new IOException("no " + exchange.getRequestMethod() + " here");
        };
    }

    private static int get(HttpExchange exchange, @Nullable Stored there, boolean withBody) throws IOException {
        String ifMatch = exchange.getRequestHeaders().getFirst("If-Match");
        String ifNoneMatch = exchange.getRequestHeaders().getFirst("If-None-Match");
        if (there == null) {
            return error(exchange, NOT_FOUND, "NoSuchKey");
        }
        exchange.getResponseHeaders().set("ETag", there.etag());
        if (ifMatch != null && !ifMatch.equals(there.etag())) {
            return error(exchange, PRECONDITION_FAILED, "PreconditionFailed");
        }
        if (ifNoneMatch != null && ifNoneMatch.equals(there.etag())) {
            return error(exchange, NOT_MODIFIED, "NotModified");
        }
        there.metadata().forEach(exchange.getResponseHeaders()::set);
        exchange.getResponseHeaders()
                .set("Last-Modified", HTTP_DATE.format(there.written().atOffset(ZoneOffset.UTC)));
        exchange.getResponseHeaders().set("Accept-Ranges", "bytes");
        byte[] content = there.content();
        String range = exchange.getRequestHeaders().getFirst("Range");
        if (!withBody) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(content.length));
            exchange.sendResponseHeaders(OK, -1);
            exchange.close();
            return OK;
        }
        if (range == null) {
            return send(exchange, OK, content);
        }
        String[] ends = range.replace("bytes=", "").split("-", -1);
        int from = Integer.parseInt(ends[0]);
        int to = ends[1].isEmpty() ? content.length - 1 : Math.min(content.length - 1, Integer.parseInt(ends[1]));
        exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + to + "/" + content.length);
        return send(exchange, PARTIAL, Arrays.copyOfRange(content, from, to + 1));
    }

    private int put(HttpExchange exchange, String name, @Nullable Stored there, byte[] body) throws IOException {
        String ifMatch = exchange.getRequestHeaders().getFirst("If-Match");
        if (ifMatch != null && there == null) {
            return error(exchange, NOT_FOUND, "NoSuchKey");
        }
        boolean other = ifMatch != null && there != null && !ifMatch.equals(there.etag());
        boolean taken = "*".equals(exchange.getRequestHeaders().getFirst("If-None-Match")) && there != null;
        if (other || taken) {
            return error(exchange, PRECONDITION_FAILED, "PreconditionFailed");
        }
        String encoding = exchange.getRequestHeaders().getFirst("Content-Encoding");
        byte[] content = encoding != null && encoding.contains("aws-chunked") ? unchunked(body) : body;
        Map<String, String> metadata = new HashMap<>();
        exchange.getRequestHeaders().forEach((header, values) -> {
            if (header.toLowerCase(Locale.ROOT).startsWith("x-amz-meta-")) {
                metadata.put(header, values.get(0));
            }
        });
        Stored stored = new Stored(content, etag(content), metadata, Instant.now());
        objects.put(name, stored);
        exchange.getResponseHeaders().set("ETag", stored.etag());
        return send(exchange, OK, new byte[0]);
    }

    /** The content of a body in chunks, as the SDK sends it to Amazon's store: {@code <length in hex>;...}, then the bytes. */
    private static byte[] unchunked(byte[] body) throws IOException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        int at = 0;
        while (true) {
            int end = at;
            while (body[end] != '\r') {
                end++;
            }
            String head = new String(body, at, end - at, StandardCharsets.US_ASCII);
            int length = Integer.parseInt(head.replaceFirst(";.*", ""), 16);
            if (length == 0) {
                return content.toByteArray();
            }
            content.write(body, end + 2, length);
            at = end + 2 + length + 2;
        }
    }

    private int list(HttpExchange exchange, String bucket) throws IOException {
        String prefix = "";
        for (String parameter :
                String.valueOf(exchange.getRequestURI().getRawQuery()).split("&")) {
            if (parameter.startsWith("prefix=")) {
                prefix = URLDecoder.decode(parameter.substring("prefix=".length()), StandardCharsets.UTF_8);
            }
        }
        StringBuilder xml =
                new StringBuilder("<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated>");
        String name = bucket.replace("/", "");
        for (String key : keys(name, prefix)) {
            Stored stored = Objects.requireNonNull(objects.get(name + "/" + key));
            xml.append("<Contents><Key>").append(key.replace("&", "&amp;").replace("<", "&lt;"));
            xml.append("</Key><Size>").append(stored.content().length).append("</Size><ETag>");
            xml.append(stored.etag().replace("\"", "&quot;")).append("</ETag></Contents>");
        }
        exchange.getResponseHeaders().set("Content-Type", "application/xml");
        return send(exchange, OK, xml.append("</ListBucketResult>").toString().getBytes(StandardCharsets.UTF_8));
    }

    private static int error(HttpExchange exchange, int status, String code) throws IOException {
        boolean bodyless = status == NOT_MODIFIED || exchange.getRequestMethod().equals("HEAD");
        String xml = "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>" + code + "</Message></Error>";
        exchange.getResponseHeaders().set("Content-Type", "application/xml");
        return send(exchange, status, bodyless ? new byte[0] : xml.getBytes(StandardCharsets.UTF_8));
    }

    private static int send(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
        exchange.close();
        return status;
    }

    @Override
    public void close() {
        server.close();
    }
}
