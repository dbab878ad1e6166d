// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import javax.net.ssl.SSLSocket;
import org.apache.hc.client5.http.io.ManagedHttpClientConnection;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection;
import org.apache.hc.core5.http.impl.io.MonitoringResponseOutOfOrderStrategy;
import org.apache.hc.core5.http.impl.io.SocketHolder;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * A connection that logs nothing. The client's own ones write headers and bodies to the log at DEBUG: tokens, and data
 * about people.
 */
final class QuietConnection extends DefaultBHttpClientConnection implements ManagedHttpClientConnection {

    /** The head of an answer is held in memory: 64 kB a line and 256 headers are far beyond any honest one. */
    private static final Http1Config BOUNDED = Http1Config.custom()
            .setMaxLineLength(1 << 16)
            .setMaxHeaderCount(1 << 8)
            .build();

    private volatile boolean closed;
    private boolean peeking;
    private Timeout socketTimeout = Timeout.DISABLED;

    QuietConnection() {
        // A server that refuses a large body, as 413 does, may answer and close while it is still being sent.
        super(BOUNDED, null, null, null, null, MonitoringResponseOutOfOrderStrategy.INSTANCE, null, null);
    }

    @Override
    public void bind(Socket socket) throws IOException {
        bindUnlessClosed(new PeekableSocket(socket, socket));
    }

    @Override
    public void bind(SSLSocket encrypted, Socket plain) throws IOException {
        bindUnlessClosed(new PeekableSocket(encrypted, plain));
    }

    /**
     * Whether the server has sent something that nobody asked for, such as a second answer. It belongs to no request, and
     * whoever took it for the answer to the next one would believe records delivered that are not (RFC 9112, section
     * 9.2). Does not wait.
     */
    boolean hasUnaskedData() throws IOException {
        peeking = true;
        try {
            return isDataAvailable(Timeout.ofMilliseconds(1));
        } finally {
            peeking = false;
        }
    }

    /** A socket that can be asked for what is there already. */
    private final class PeekableSocket extends SocketHolder {
        private final Socket plain;

        PeekableSocket(SSLSocket encrypted, Socket plain) {
            super(encrypted, plain);
            this.plain = plain;
        }

        PeekableSocket(Socket socket, Socket plain) {
            super(socket);
            this.plain = plain;
        }

        @Override
        protected InputStream getInputStream(Socket socket) throws IOException {
            return new FilterInputStream(socket.getInputStream()) {
                @Override
                public int read(byte[] target, int from, int count) throws IOException {
                    boolean empty = peeking
                            && in.available() == 0
                            && plain.getInputStream().available() == 0;
                    if (empty) {
                        throw new SocketTimeoutException("nothing is there");
                    }
                    return in.read(target, from, count);
                }
            };
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
