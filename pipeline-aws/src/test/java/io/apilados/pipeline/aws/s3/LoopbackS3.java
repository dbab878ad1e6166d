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
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A store on a port of its own that answers HEAD and GET with Range, If-Match and ETag as S3 does, and that misbehaves
 * when told to. It writes to bare sockets, so that it can end a connection in the middle of a body in either way: FIN,
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

    private record Stored(byte[] content, String etag) {}

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

    void put(String bucket, String key, byte[] content) {
        objects.put(bucket + "/" + key, new Stored(content, "\"version-" + versions.incrementAndGet() + "\""));
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
            Request request = readRequest(new BufferedInputStream(connection.getInputStream()));
            if (request != null) {
                requests.add(request);
                answer(request, connection);
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
        return new Request(words[0], URLDecoder.decode(path, StandardCharsets.UTF_8), headers);
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
        int from = 0;
        String range = request.header("Range");
        if (range != null && !deafToRanges) {
            from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
            if (from >= stored.content().length) {
                refuse(request, connection, new Refusal(416, "InvalidRange", Map.of()));
                return;
            }
        }
        StringBuilder head = new StringBuilder();
        int size = stored.content().length;
        if (range != null && !deafToRanges) {
            head.append("HTTP/1.1 206 Partial Content\r\n");
            head.append("Content-Range: bytes " + from + "-" + (size - 1) + "/" + size + "\r\n");
        } else {
            head.append("HTTP/1.1 200 OK\r\n");
            if ("ENABLED".equals(request.header("x-amz-checksum-mode"))) {
                appendChecksum(head, stored.content());
            }
        }
        if (!tellingNoEtag) {
            head.append("ETag: " + stored.etag() + "\r\n");
        }
        head.append("Accept-Ranges: bytes\r\nContent-Type: text/csv\r\nConnection: close\r\n");
        head.append("Content-Length: " + (size - from) + "\r\n\r\n");
        OutputStream out = connection.getOutputStream();
        out.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
        if (request.method().equals("GET")) {
            writeBody(stored.content(), from, connection);
        }
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

    private void writeBody(byte[] content, int from, Socket connection) throws IOException {
        OutputStream out = connection.getOutputStream();
        long end = from + Math.min(mostBytesPerBody, content.length - from);
        for (int at = from; at < end; at += BLOCK) {
            int n = (int) Math.min(BLOCK, end - at);
            out.write(content, at, n);
            bodyBytesWritten.addAndGet(n);
        }
        if (end < content.length && cut == Cut.RST) {
            connection.setSoLinger(true, 0);
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
        if (request.method().equals("GET")) {
            out.write(body);
        }
    }
}
