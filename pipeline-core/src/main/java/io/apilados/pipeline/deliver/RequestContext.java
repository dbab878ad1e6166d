// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import java.util.Collections;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What a request is made within, so that a trace can be followed from the run to the destination and back. A delivery asks
 * for the {@linkplain #current() current} one when it is called, and sends its {@link #headers} along. Where it works on
 * another thread it {@linkplain #activate() activates} it there; {@link BatchDelivery#blocking} does so by itself.
 *
 * <p>Safe for use by many threads.
 */
public final class RequestContext {

    /** Of a run that nobody traces. */
    public static final RequestContext NONE = new RequestContext(Map.of(), () -> () -> {}, true);

    private static final ThreadLocal<RequestContext> CURRENT = new ThreadLocal<>();

    private final Map<String, String> headers;
    private final Supplier<Scope> opener;
    private final boolean none;

    /** That a context is the current one on a thread. */
    @FunctionalInterface
    public interface Scope extends AutoCloseable {
        /** Ends it, on the thread that began it. */
        @Override
        void close();
    }

    /**
     * A context.
     *
     * @param headers names and values; read whenever somebody asks for them
     * @param opener makes it known on the calling thread to whatever else watches it
     */
    public RequestContext(Map<String, String> headers, Supplier<Scope> opener) {
        this(headers, opener, false);
    }

    private RequestContext(Map<String, String> headers, Supplier<Scope> opener, boolean none) {
        this.headers = Collections.unmodifiableMap(headers);
        this.opener = opener;
        this.none = none;
    }

    /** The one that the calling thread is in; {@link #NONE} if it is in none. */
    public static RequestContext current() {
        RequestContext context = CURRENT.get();
        return context == null ? NONE : context;
    }

    /** Whether nobody traces. */
    boolean isNone() {
        return none;
    }

    /** What is to be sent along with the request: names of headers and their values. */
    public Map<String, String> headers() {
        return headers;
    }

    /** Makes it the calling thread's current one, until the scope is closed; then it is the one before again. */
    public Scope activate() {
        RequestContext before = CURRENT.get();
        Scope inner = opener.get();
        CURRENT.set(this);
        return () -> {
            if (before == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(before);
            }
            inner.close();
        };
    }
}
