// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.client5.http.io.ConnectionEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * Connections that go from one request to the next past the pool, which counts them as leased meanwhile. A lease of the pool
 * is a future, a queue and two locks; for a small request that is a notable part of what it costs, most of all while the
 * JVM compiles it. Where somebody waits for the pool nothing is kept from it.
 *
 * <p>Safe for use by many threads; the monitor guards all state.
 */
final class KeptConnections {

    private final ArrayDeque<Kept> kept = new ArrayDeque<>();

    /** How many threads ask the pool at this moment. */
    private int asking;

    private boolean closed;

    /**
     * A connection that idles.
     *
     * @param sinceNanos since when
     * @param untilNanos until when it may be used again
     */
    record Kept(ConnectionEndpoint endpoint, HttpRoute route, long sinceNanos, long untilNanos) {}

    /** The last one that was kept, if it leads where {@code route} does; null if the caller is to {@link #ask} the pool. */
    synchronized @Nullable Kept take(HttpRoute route) {
        Kept last = kept.peek();
        return last != null && last.route().equals(route) ? kept.pop() : null;
    }

    /**
     * The caller is about to ask the pool, and will say when it has {@link #answered}.
     *
     * @return what was kept, all of it, to be given back to the pool: it is in the way of what the caller wants
     */
    synchronized List<Kept> ask() {
        asking++;
        return takeAll();
    }

    /** The pool has given the caller a connection, or has not. */
    synchronized void answered() {
        asking--;
    }

    /** Keeps a connection; false if it must go back to the pool: somebody waits for one, or it is {@link #close closed}. */
    synchronized boolean keep(Kept connection) {
        if (asking > 0 || closed) {
            return false;
        }
        kept.push(connection);
        return true;
    }

    /** Everything that is kept, which is not any more. */
    synchronized List<Kept> takeAll() {
        List<Kept> all = new ArrayList<>(kept);
        kept.clear();
        return all;
    }

    /** From now on nothing is kept. Returns what was. */
    synchronized List<Kept> close() {
        closed = true;
        return takeAll();
    }

    synchronized int size() {
        return kept.size();
    }
}
