// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;
import org.apache.hc.core5.reactor.IOSession;
import org.apache.hc.core5.reactor.IOSessionListener;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Watches the sessions of a transport. Lets a server be silent for so long, as soon as there is something to write to it:
 * the library takes the time for connecting as that for all that follows.
 *
 * <p>And knows why a handshake failed: a request that is handed to the library a moment after that is told only that the
 * connection is closed.
 *
 * <p>Safe for use by many threads.
 */
final class Http2Sessions implements IOSessionListener {

    private final Timeout time;
    private final AtomicInteger refused = new AtomicInteger();
    private volatile @Nullable SSLException last;

    /**
     * A watch.
     *
     * @param time for one read
     */
    Http2Sessions(Timeout time) {
        this.time = time;
    }

    /** How often TLS has failed so far. */
    int refused() {
        return refused.get();
    }

    /**
     * Why an exchange of which nothing was sent failed: for TLS, if that has failed since.
     *
     * @param failure what the library says
     * @param refusedBefore what {@link #refused()} was when the exchange began
     */
    Throwable reason(Throwable failure, int refusedBefore) {
        SSLException tls = last;
        return tls == null || refused.get() == refusedBefore ? failure : tls;
    }

    @Override
    public void exception(IOSession session, Exception cause) {
        if (cause instanceof SSLException tls) {
            last = tls;
            refused.incrementAndGet();
        }
    }

    @Override
    public void outputReady(IOSession session) {
        session.setSocketTimeout(time);
    }

    @Override
    public void connected(IOSession session) {}

    @Override
    public void startTls(IOSession session) {}

    @Override
    public void inputReady(IOSession session) {}

    @Override
    public void timeout(IOSession session) {}

    @Override
    public void disconnected(IOSession session) {}
}
