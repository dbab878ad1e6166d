// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.Socket;
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
    private Timeout socketTimeout = Timeout.DISABLED;

    QuietConnection() {
        // A server that refuses a large body, as 413 does, may answer and close while it is still being sent.
        super(BOUNDED, null, null, null, null, MonitoringResponseOutOfOrderStrategy.INSTANCE, null, null);
    }

    @Override
    public void bind(Socket socket) throws IOException {
        bindUnlessClosed(new SocketHolder(socket));
    }

    @Override
    public void bind(SSLSocket encrypted, Socket plain) throws IOException {
        bindUnlessClosed(new SocketHolder(encrypted, plain));
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
