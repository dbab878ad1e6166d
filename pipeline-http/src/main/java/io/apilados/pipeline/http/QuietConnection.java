// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Objects;
import javax.net.ssl.SSLSocket;
import org.apache.hc.client5.http.io.ManagedHttpClientConnection;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParserFactory;
import org.apache.hc.core5.http.impl.io.SocketHolder;
import org.apache.hc.core5.http.message.MessageSupport;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * A connection that hears an answer which comes before the request is whole, and that logs nothing. The client's own ones
 * write headers and bodies to the log at DEBUG: tokens, and data about people.
 */
final class QuietConnection extends DefaultBHttpClientConnection implements ManagedHttpClientConnection {

    /** The head of an answer is held in memory: 64 kB a line and 256 headers are far beyond any honest one. */
    private static final Http1Config BOUNDED = Http1Config.custom()
            .setMaxLineLength(1 << 16)
            .setMaxHeaderCount(1 << 8)
            .build();

    private static final DefaultHttpResponseParserFactory ANSWERS =
            new DefaultHttpResponseParserFactory(BOUNDED, StatusLines.INSTANCE, null);

    private static final Timeout SHORTEST = Timeout.ofMilliseconds(1);
    private static final int BUFFER_BYTES = 1 << 12;

    private volatile boolean closed;
    private Timeout socketTimeout = Timeout.DISABLED;
    private volatile @Nullable AnswerStream in;
    private volatile @Nullable RequestStream out;
    private byte @Nullable [] buffer;
    private final RequestHead head = new RequestHead();

    QuietConnection() {
        super(BOUNDED, null, null, null, null, null, ANSWERS);
    }

    @Override
    public void bind(Socket socket) throws IOException {
        bindUnlessClosed(new Streams(socket));
    }

    @Override
    public void bind(SSLSocket encrypted, Socket plain) throws IOException {
        bindUnlessClosed(new Streams(encrypted, plain));
    }

    /**
     * Whether the server has sent something that nobody asked for, such as a second answer. It belongs to no request, and
     * whoever took it for the answer to the next one would believe records delivered that are not (RFC 9112, section
     * 9.2). Does not wait.
     */
    boolean hasUnaskedData() throws IOException {
        AnswerStream answers = in;
        RequestStream requests = out;
        if (answers == null || requests == null) {
            return false;
        }
        answers.peek(true);
        try {
            boolean unasked = isDataAvailable(SHORTEST);
            requests.looked();
            return unasked;
        } finally {
            answers.peek(false);
        }
    }

    /** Whether the server answered before the request was written to its end, so that the rest was not. */
    boolean requestCutShort() {
        RequestStream requests = out;
        return requests != null && requests.cutShort();
    }

    /** How many bytes have come from the server. */
    long received() {
        AnswerStream answers = in;
        return answers == null ? 0 : answers.received();
    }

    /** For whoever reads an answer: kept with the connection, because it would be most of what a request allocates. */
    byte[] buffer() {
        byte[] mine = buffer;
        if (mine == null) {
            mine = new byte[BUFFER_BYTES];
            buffer = mine;
        }
        return mine;
    }

    /** For whoever sends a request. */
    RequestHead head() {
        return head;
    }

    /** Sends what {@link #head} holds, and a body of the first {@code bodyLength} bytes; null for none. */
    void send(byte @Nullable [] body, int bodyLength) throws IOException {
        SocketHolder open = ensureOpen();
        SSLSocket encrypted = open.getSSLSocket();
        if (encrypted != null && encrypted.isInputShutdown()) {
            throw new ConnectionClosedException();
        }
        OutputStream to = open.getOutputStream();
        head.writeTo(to, 0, head.length());
        if (body != null) {
            to.write(body, 0, bodyLength);
        }
        to.flush();
        incrementRequestCount();
    }

    /** Waits for the answer to what was sent, and reads it as far as its body. Informational ones (1xx) are dropped. */
    ClassicHttpResponse receive() throws IOException, HttpException {
        ClassicHttpResponse answer = receiveResponseHeader();
        while (answer.getCode() < HttpStatus.SC_SUCCESS) {
            answer = receiveResponseHeader();
        }
        if (MessageSupport.canResponseHaveBody(answer)) {
            receiveResponseEntity(answer);
        }
        return answer;
    }

    @Override
    public boolean isConsistent() {
        return super.isConsistent() && !requestCutShort();
    }

    /** A socket with streams that know of each other; made when first asked for, because a socket that is not connected has none. */
    private final class Streams extends SocketHolder {
        private final Socket plain;

        Streams(SSLSocket encrypted, Socket plain) {
            super(encrypted, plain);
            this.plain = plain;
        }

        Streams(Socket socket) {
            super(socket);
            this.plain = socket;
        }

        @Override
        protected InputStream getInputStream(Socket socket) throws IOException {
            AnswerStream answers = new AnswerStream(socket, plain);
            in = answers;
            return answers;
        }

        @Override
        protected OutputStream getOutputStream(Socket socket) throws IOException {
            InputStream unused = getInputStream();
            RequestStream requests = new RequestStream(socket.getOutputStream(), Objects.requireNonNull(in));
            out = requests;
            return requests;
        }
    }

    private void bindUnlessClosed(SocketHolder holder) throws IOException {
        if (closed) {
            holder.getSocket().close();
            throw new InterruptedIOException("closed while connecting");
        }
        super.bind(holder);
        socketTimeout = Timeout.ofMilliseconds(holder.getSocket().getSoTimeout());
    }

    @Override
    public @Nullable Socket getSocket() {
        SocketHolder holder = getSocketHolder();
        return holder == null ? null : holder.getSocket();
    }

    @Override
    public void setSocketTimeout(Timeout timeout) {
        super.setSocketTimeout(timeout);
        socketTimeout = timeout;
    }

    @Override
    public void passivate() {
        super.setSocketTimeout(Timeout.DISABLED);
    }

    @Override
    public void activate() {
        super.setSocketTimeout(socketTimeout);
    }

    @Override
    public void close() throws IOException {
        closed = true;
        super.close();
    }

    @Override
    public void close(CloseMode mode) {
        closed = true;
        super.close(mode);
    }
}
