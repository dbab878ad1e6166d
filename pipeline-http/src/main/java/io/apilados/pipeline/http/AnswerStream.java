// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * What comes from a server, with a look ahead: an answer may come before the request is whole. Confined to the thread that
 * makes the exchange.
 */
final class AnswerStream extends InputStream {

    /** Of an answer that comes early so much is looked at; its first line is all that matters. */
    private static final int MOST_AHEAD_BYTES = 1 << 12;

    private static final byte[] HTTP_1 = "HTTP/1.".getBytes(StandardCharsets.US_ASCII);

    /** Where the first digit of the status is in {@code HTTP/1.1 413}. */
    private static final int STATUS_AT = 9;

    private static final byte[] NOTHING = {};

    private final Socket socket;
    private final boolean encrypted;
    private final InputStream in;

    /** What lies below TLS: of what is still encrypted it alone knows. */
    private final InputStream plain;

    private boolean peeking;
    private byte[] ahead = NOTHING;
    private int aheadFrom;
    private int aheadTo;
    private long received;
    private @Nullable IOException broken;

    /**
     * What comes over {@code socket}.
     *
     * @param base what {@code socket} is layered over, or itself
     */
    AnswerStream(Socket socket, Socket base) throws IOException {
        this.socket = socket;
        this.encrypted = socket instanceof SSLSocket;
        this.in = socket.getInputStream();
        this.plain = base.getInputStream();
    }

    /** While peeking, a read for which nothing is there returns 0 instead of waiting. */
    void peek(boolean value) {
        peeking = value;
    }

    /** How many bytes have come. */
    long received() {
        return received;
    }

    /**
     * Whether the server has begun to answer the request that is being written. Informational answers (1xx) do not count
     * and are dropped: the final one is yet to come. What is no HTTP counts: there is no use in writing on. Does not wait.
     */
    boolean finalAnswerHasBegun() {
        try {
            fetch();
        } catch (IOException e) {
            // Then there is nothing more to be had; writing will show it, or has, but not say why.
            broken = broken == null ? e : broken;
        }
        while (aheadTo - aheadFrom > STATUS_AT) {
            if (!isInformational()) {
                return true;
            }
            int end = endOfHead();
            if (end < 0) {
                return aheadTo - aheadFrom == MOST_AHEAD_BYTES;
            }
            aheadFrom = end;
        }
        return false;
    }

    /** Why nothing could be read while the request was being written, such as a TLS alert; null if nothing went wrong. */
    @Nullable IOException broken() {
        return broken;
    }

    private void fetch() throws IOException {
        while (isSomethingThere() && aheadTo - aheadFrom < MOST_AHEAD_BYTES) {
            makeRoom();
            int count = readWithoutWaiting(ahead, aheadTo, ahead.length - aheadTo);
            if (count <= 0) {
                return;
            }
            aheadTo += count;
            received += count;
        }
    }

    private void makeRoom() {
        if (aheadFrom > 0 || ahead.length == 0) {
            byte[] larger = ahead.length == 0 ? new byte[MOST_AHEAD_BYTES] : ahead;
            System.arraycopy(ahead, aheadFrom, larger, 0, aheadTo - aheadFrom);
            ahead = larger;
            aheadTo -= aheadFrom;
            aheadFrom = 0;
        }
    }

    private boolean isSomethingThere() throws IOException {
        return plain.available() > 0 || (encrypted && in.available() > 0);
    }

    /** Under TLS what is there may be no data, or not all of a record. */
    private int readWithoutWaiting(byte[] target, int from, int count) throws IOException {
        if (!encrypted) {
            return in.read(target, from, count);
        }
        int patience = socket.getSoTimeout();
        socket.setSoTimeout(1);
        try {
            return in.read(target, from, count);
        } catch (SocketTimeoutException e) {
            return 0;
        } finally {
            socket.setSoTimeout(patience);
        }
    }

    private boolean isInformational() {
        return ahead[aheadFrom + STATUS_AT] == '1'
                && Arrays.equals(ahead, aheadFrom, aheadFrom + HTTP_1.length, HTTP_1, 0, HTTP_1.length);
    }

    /** Behind the empty line that ends a head; less than zero if it has not come. */
    private int endOfHead() {
        int inLine = 0;
        for (int i = aheadFrom; i < aheadTo; i++) {
            if (ahead[i] == '\n') {
                if (inLine == 0) {
                    return i + 1;
                }
                inLine = 0;
            } else if (ahead[i] != '\r') {
                inLine++;
            }
        }
        return -1;
    }

    @Override
    public int read(byte[] target, int from, int count) throws IOException {
        Objects.checkFromIndexSize(from, count, target.length);
        if (aheadFrom < aheadTo) {
            int taken = Math.min(count, aheadTo - aheadFrom);
            System.arraycopy(ahead, aheadFrom, target, from, taken);
            aheadFrom += taken;
            return taken;
        }
        if (peeking && !isSomethingThere()) {
            return 0;
        }
        int taken = in.read(target, from, count);
        received += Math.max(0, taken);
        return taken;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        int count = read(one, 0, 1);
        return count < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int available() throws IOException {
        return aheadTo - aheadFrom + in.available();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
