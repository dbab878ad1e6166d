// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A store on a port of its own that answers HEAD and GET with Range, If-Match and ETag as S3 does, and PUT and DELETE with
 * conditions, one at a time, and that misbehaves when told to. It writes to bare sockets, so that it can end a connection in the middle of a body in either way: FIN,
 * which looks like an end, and RST, which does not.
 *
 * <p>Safe for use by many threads.
 */
final class LoopbackS3 implements AutoCloseable {

    /** How a connection ends before its body does. */
    enum Cut {
        FIN,
        RST
    }

    /** One request, as far as a test asks for it. */
    record Request(String method, String path, Map<String, String> headers) {
        @Nullable String header(String name) {
            return headers.get(name);
        }
    }

    /** What is answered instead of an object. */
    private record Refusal(int status, String code, Map<String, String> headers) {}

    private record Stored(byte[] content, String etag, Map<String, String> told, Instant written) {}

    private static final int SEND_BUFFER = 32 * 1024;
    private static final int BLOCK = 16 * 1024;

    private final ServerSocket server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final Map<String, Stored> objects = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final AtomicLong bodyBytesWritten = new AtomicLong();
    private final AtomicLong versions = new AtomicLong();

    private volatile long mostBytesPerBody = Long.MAX_VALUE;
    private volatile Cut cut = Cut.FIN;
    private volatile @Nullable Refusal refusal;
    private volatile boolean deafToPreconditions;
    private volatile boolean deafToRanges;
    private volatile boolean tellingNoEtag;
    private volatile boolean deafToWritePreconditions;
    private volatile boolean refusingEveryIfMatch;
    private volatile Instant now = Instant.parse("2026-11-30T08:00:00Z");
    private volatile String contentEncoding = "";
    private final AtomicInteger conflictsLeft = new AtomicInteger();
    private final AtomicInteger lostAnswersLeft = new AtomicInteger();
    private final AtomicInteger refusalsLeft = new AtomicInteger();
    private final AtomicInteger stallsLeft = new AtomicInteger();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final ReentrantLock writing = new ReentrantLock();
    /** What is added to the true checksum; null for telling none. */
    private volatile @Nullable Integer checksumShift;

    LoopbackS3() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        // Small buffers, so that bytes written are about as many as bytes that the client took.
        server.setReceiveBufferSize(SEND_BUFFER);
        threads.execute(this::accept);
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    /** Puts an object there, and returns the id of its version. */
    String put(String bucket, String key, byte[] content) {
        String id = "version-" + versions.incrementAndGet();
        Map<String, String> told = contentEncoding.isEmpty() ? Map.of() : Map.of("Content-Encoding", contentEncoding);
        Stored stored = new Stored(content, "\"" + id + "\"", told, now);
        objects.put(bucket + "/" + key, stored);
        objects.put(bucket + "/" + key + "?" + id, stored);
        return id;
    }

    /** What is there; null if nothing is. */
    byte @Nullable [] content(String path) {
        Stored stored = objects.get(path);
        return stored == null ? null : stored.content();
    }

    /** From now on objects are put with this {@code Content-Encoding}. */
    void encodeAs(String encoding) {
        contentEncoding = encoding;
    }

    /** Lets time pass on the store's clock, which stands still otherwise. */
    void advance(Duration time) {
        now = now.plus(time);
    }

    /** Answers so many writes with 409 ConditionalRequestConflict. */
    void conflict(int times) {
        conflictsLeft.set(times);
    }

    /** Makes so many writes and does not answer them. */
    void loseAnswers(int times) {
        lostAnswersLeft.set(times);
    }

    /** Makes so many writes and says that they are forbidden. */
    void refuseAfterMaking(int times) {
        refusalsLeft.set(times);
    }

    /** So many bodies stop in the middle, and their connections stay. */
    void stall(int times) {
        stallsLeft.set(times);
    }

    void ignoreWritePreconditions() {
        deafToWritePreconditions = true;
    }

    /** Answers 412 to a right If-Match, too. */
    void refuseEveryIfMatch() {
        refusingEveryIfMatch = true;
    }

    /** From now on every body ends after so many bytes, if it has more. */
    void cutEveryBodyAfter(long bytes, Cut how) {
        cut = how;
        mostBytesPerBody = bytes;
    }

    /** From now on every request is refused. */
    void refuseAll(int status, String code, Map<String, String> headers) {
        refusal = new Refusal(status, code, headers);
    }

    /** From now on requests are answered again. */
    void refuseNothing() {
        refusal = null;
    }

    void ignorePreconditions() {
        deafToPreconditions = true;
    }

    void ignoreRanges() {
        deafToRanges = true;
    }

    void tellNoEtag() {
        tellingNoEtag = true;
    }

    /** Whole objects come with a CRC32 that belongs to other bytes. */
    void tellAWrongChecksum() {
        checksumShift = 1;
    }

    /** Whole objects come with their CRC32. */
    void tellTheChecksum() {
        checksumShift = 0;
    }

    List<Request> requests() {
        return new ArrayList<>(requests);
    }

    List<Request> gets() {
        return requests.stream().filter(r -> r.method().equals("GET")).toList();
    }

    /** Accepts nothing more and waits for the answers under way to end. */
    long bodyBytesWrittenInTheEnd() throws IOException, InterruptedException {
        server.close();
        threads.shutdown();
        if (!threads.awaitTermination(30, TimeUnit.SECONDS)) {
            throw new AssertionError("a client neither reads its answer nor drops the connection");
        }
        return bodyBytesWritten.get();
    }

    @Override
    public void close() throws IOException {
        closing.countDown();
        server.close();
        threads.shutdownNow();
        for (Socket connection : connections) {
            connection.close();
        }
    }

    private void accept() {
        while (true) {
            try {
                Socket connection = server.accept();
                connections.add(connection);
                try {
                    threads.execute(() -> serve(connection));
                } catch (RejectedExecutionException e) {
                    connection.close(); // it came while the store was closing
                }
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setSendBufferSize(SEND_BUFFER);
            connection.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(connection.getInputStream());
            Request request = readRequest(in);
            if (request != null) {
                requests.add(request);
                if (request.method().equals("PUT") || request.method().equals("DELETE")) {
                    change(request, in, connection);
                } else {
                    answer(request, connection);
                }
            }
        } catch (IOException e) {
            // The client went away: that is its right, and some tests' point.
        } finally {
            connections.remove(connection);
        }
    }

    private static @Nullable Request readRequest(InputStream in) throws IOException {
        String first = readLine(in);
        if (first.isEmpty()) {
            return null;
        }
        String[] words = first.split(" ");
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
            int colon = line.indexOf(':');
            headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
        }
        String path = words[1].replaceFirst("\\?.*", "").replace("+", "%2B").substring(1);
        String version = words[1].contains("?versionId=") ? words[1].replaceFirst(".*\\?versionId=", "?") : "";
        return new Request(words[0], URLDecoder.decode(path, StandardCharsets.UTF_8) + version, headers);
    }

    private static String readLine(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }

    private void answer(Request request, Socket connection) throws IOException {
        Refusal refused = refusal;
        if (refused != null) {
            refuse(request, connection, refused);
            return;
        }
        Stored stored = objects.get(request.path());
        if (stored == null) {
            refuse(request, connection, new Refusal(404, "NoSuchKey", Map.of()));
            return;
        }
        String ifMatch = request.header("If-Match");
        if (ifMatch != null && !ifMatch.equals(stored.etag()) && !deafToPreconditions) {
            refuse(request, connection, new Refusal(412, "PreconditionFailed", Map.of()));
            return;
        }
        String ifNoneMatch = request.header("If-None-Match");
        if (ifNoneMatch != null && ifNoneMatch.equals(stored.etag())) {
            head(connection, "HTTP/1.1 304 Not Modified\r\nETag: " + stored.etag() + "\r\n");
            return;
        }
        int size = stored.content().length;
        int from = 0;
        int to = size;
        String range = deafToRanges ? null : request.header("Range");
        if (range != null) {
            String[] bounds = range.substring("bytes=".length()).split("-");
            from = Integer.parseInt(bounds[0]);
            if (from >= size) {
                refuse(request, connection, new Refusal(416, "InvalidRange", Map.of()));
                return;
            }
            to = (int) Math.min(size, Long.parseLong(bounds[1]) + 1);
        }
        StringBuilder head = new StringBuilder();
        if (range != null) {
            head.append("HTTP/1.1 206 Partial Content\r\n");
            head.append("Content-Range: bytes " + from + "-" + (to - 1) + "/" + size + "\r\n");
        } else {
            head.append("HTTP/1.1 200 OK\r\n");
            if ("ENABLED".equals(request.header("x-amz-checksum-mode"))) {
                appendChecksum(head, stored.content());
            }
        }
        if (!tellingNoEtag) {
            head.append("ETag: " + stored.etag() + "\r\n");
        }
        stored.told().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
        head.append("Last-Modified: "
                + DateTimeFormatter.RFC_1123_DATE_TIME.format(stored.written().atOffset(ZoneOffset.UTC)) + "\r\n");
        head.append("Accept-Ranges: bytes\r\nContent-Type: text/csv\r\n");
        head.append("Content-Length: " + (to - from) + "\r\n");
        head(connection, head.toString());
        if (request.method().equals("GET")) {
            writeBody(stored.content(), from, to, connection);
        }
    }

    private void head(Socket connection, String head) throws IOException {
        String date = "Date: " + DateTimeFormatter.RFC_1123_DATE_TIME.format(now.atOffset(ZoneOffset.UTC)) + "\r\n";
        connection
                .getOutputStream()
                .write((head + date + "Connection: close\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    /** One after the other, with the answer: so that of two writes with the same condition one is refused. */
    private void change(Request request, InputStream in, Socket connection) throws IOException {
        if ("100-continue".equalsIgnoreCase(request.header("Expect"))) {
            connection.getOutputStream().write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        }
        String length = request.header("Content-Length");
        byte[] content = in.readNBytes(length == null ? 0 : Integer.parseInt(length));
        writing.lock();
        try {
            Refusal refused = refusal != null ? refusal : refusalOf(request);
            if (refused != null) {
                refuse(request, connection, refused);
                return;
            }
            if (request.method().equals("DELETE")) {
                objects.remove(request.path());
                head(connection, "HTTP/1.1 204 No Content\r\n");
                return;
            }
            Map<String, String> told = new TreeMap<>();
            request.headers().forEach((name, value) -> {
                if (name.toLowerCase(Locale.ROOT).startsWith("x-amz-meta-")) {
                    told.put(name, value);
                }
            });
            String etag = "\"version-" + versions.incrementAndGet() + "\"";
            objects.put(request.path(), new Stored(content, etag, told, now));
            if (refusalsLeft.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                refuse(request, connection, new Refusal(403, "AccessDenied", Map.of()));
                return;
            }
            if (lostAnswersLeft.getAndUpdate(left -> Math.max(0, left - 1)) == 0) {
                head(connection, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: " + etag + "\r\n");
            }
        } finally {
            writing.unlock();
        }
    }

    /** Null if the request may be made. */
    private @Nullable Refusal refusalOf(Request request) {
        String ifMatch = request.header("If-Match");
        String ifNoneMatch = request.header("If-None-Match");
        if (ifMatch == null && ifNoneMatch == null) {
            return null;
        }
        if (conflictsLeft.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            return new Refusal(409, "ConditionalRequestConflict", Map.of());
        }
        if (deafToWritePreconditions) {
            return null;
        }
        Stored stored = objects.get(request.path());
        if (ifMatch != null && stored == null) {
            return new Refusal(404, "NoSuchKey", Map.of());
        }
        boolean holds = ifMatch == null
                ? stored == null
                : !refusingEveryIfMatch && stored != null && stored.etag().equals(ifMatch);
        return holds ? null : new Refusal(412, "PreconditionFailed", Map.of());
    }

    private void appendChecksum(StringBuilder head, byte[] content) {
        Integer shift = checksumShift;
        if (shift != null) {
            CRC32 crc = new CRC32();
            crc.update(content);
            int value = (int) crc.getValue() + shift;
            byte[] bigEndian = {(byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value};
            head.append("x-amz-checksum-crc32: " + Base64.getEncoder().encodeToString(bigEndian) + "\r\n");
            head.append("x-amz-checksum-type: FULL_OBJECT\r\n");
        }
    }

    private void writeBody(byte[] content, int from, int to, Socket connection) throws IOException {
        OutputStream out = connection.getOutputStream();
        long end = from + Math.min(mostBytesPerBody, to - from);
        for (int at = from; at < end; at += BLOCK) {
            int n = (int) Math.min(BLOCK, end - at);
            out.write(content, at, n);
            bodyBytesWritten.addAndGet(n);
        }
        if (end < to) {
            if (stallsLeft.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                awaitClose();
            }
            if (cut == Cut.RST) {
                connection.setSoLinger(true, 0);
            }
        }
    }

    private void awaitClose() {
        try {
            closing.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void refuse(Request request, Socket connection, Refusal refusal) throws IOException {
        byte[] body = ("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>" + refusal.code()
                        + "</Code><Message>refused by the test</Message><RequestId>1</RequestId></Error>")
                .getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder("HTTP/1.1 " + refusal.status() + " Refused\r\n");
        refusal.headers().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
        head.append("Content-Type: application/xml\r\nConnection: close\r\n");
        head.append("Content-Length: " + body.length + "\r\n\r\n");
        OutputStream out = connection.getOutputStream();
        out.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
        if (!request.method().equals("HEAD")) {
            out.write(body);
        }
    }
}
