// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** A connection from the server's side. Confined to one thread. */
final class ChaosConnection {

    private static final int DRIP_MILLIS = 1000;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    ChaosConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
        this.out = socket.getOutputStream();
    }

    /** The first line of a request and its headers, whose names have no case. */
    record Head(String line, Map<String, String> headers) {
        String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    /** The next request without its body; null when the client has closed the connection. */
    Head readHead() throws IOException {
        String first = line();
        if (first == null) {
            return null;
        }
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String line = line(); line != null && !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
        }
        return new Head(first, headers);
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b == '\n') {
                return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
            }
            line.write(b);
        }
        return null;
    }

    /** The body that follows a head, of a known length or in chunks. */
    byte[] readBody(Head head) throws IOException {
        if ("chunked".equalsIgnoreCase(head.header("Transfer-Encoding"))) {
            return readChunks();
        }
        String length = head.header("Content-Length");
        return readWhole(length.isEmpty() ? 0 : Integer.parseInt(length));
    }

    private byte[] readChunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            String size = line();
            if (size == null) {
                throw new EOFException("the connection ended in a body");
            }
            byte[] chunk = readWhole(Integer.parseInt(size, 16));
            String end = line();
            if (chunk.length == 0 || end == null) {
                return body.toByteArray();
            }
            body.write(chunk);
        }
    }

    private byte[] readWhole(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("the connection ended in a body");
        }
        return bytes;
    }

    void write(byte[] bytes, int from, int to) throws IOException {
        out.write(bytes, from, to - from);
        out.flush();
    }

    /** Writes a byte a second until all are written or the client has gone. */
    void drip(byte[] bytes, int from) throws IOException {
        socket.setSoTimeout(DRIP_MILLIS);
        for (int i = from; i < bytes.length; ) {
            try {
                if (in.read() < 0) {
                    return;
                }
            } catch (SocketTimeoutException e) {
                write(bytes, i, i + 1);
                i++;
            }
        }
        socket.setSoTimeout(0);
    }

    /** Reads until the client closes the connection, and answers nothing. */
    void ignore() throws IOException {
        long unused = in.transferTo(OutputStream.nullOutputStream());
    }

    /** Closes the connection with a reset instead of an orderly end. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }
}
