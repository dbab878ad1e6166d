// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.http.KeptConnections.Kept;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.client5.http.RouteInfo.LayerType;
import org.apache.hc.client5.http.RouteInfo.TunnelType;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.ConnectionEndpoint;
import org.apache.hc.client5.http.io.LeaseRequest;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.impl.DefaultConnectionReuseStrategy;
import org.apache.hc.core5.http.impl.io.HttpRequestExecutor;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.http.protocol.DefaultHttpProcessor;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.http.protocol.HttpProcessor;
import org.apache.hc.core5.http.protocol.RequestContent;
import org.apache.hc.core5.http.protocol.RequestTargetHost;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.net.URIAuthority;
import org.apache.hc.core5.ssl.SSLContexts;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 with keep-alive over the connection pool of Apache HttpClient 5, blocking.
 *
 * <p>Only the pool, the connections, the reading of answers and TLS are the library's; the exchange itself is here. The library's own would log
 * the address with its query at DEBUG, and does not tell a connection that had been used before from a new one, which
 * decides whether a request is sent again. Its time-outs are those of single reads, so a timer closes the connection
 * when the time for the whole exchange is over.
 */
final class ApacheTransport implements HttpTransport {

    /** A connection that has been idle for longer is looked at before it is used: servers close idle ones. */
    private static final TimeValue VALIDATE_AFTER = TimeValue.ofSeconds(2);

    /** Idle connections are not used after this: less than what servers commonly grant. */
    private static final int MOST_IDLE_SECONDS = 20;

    private static final String KEEP_ALIVE_TIMEOUT = "timeout=";
    private static final HttpProcessor TUNNEL_HEADERS =
            new DefaultHttpProcessor(new RequestTargetHost(), new RequestContent());

    /** What a connection is asked to carry, for the pool, which only passes it on: requests are written here. */
    private static final ClassicHttpRequest OURS = new BasicClassicHttpRequest("POST", "/");

    /** Without a body these say that it has no bytes (RFC 9110, section 8.6). */
    private static final Set<String> ENCLOSING = Set.of("POST", "PUT", "PATCH");

    private final PoolingHttpClientConnectionManager connections;
    private final HttpRequestExecutor executor = new HttpRequestExecutor();
    private final @Nullable HttpHost proxy;
    private final TimeValue connectTimeout;
    private final Scheduler scheduler;
    private final Deadlines deadlines;
    private final KeptConnections kept = new KeptConnections();

    /** Where the last request went: the next one is likely to go there, too. */
    private volatile @Nullable Target lastTarget;

    ApacheTransport(TransportSettings settings) {
        this.scheduler = settings.scheduler();
        this.deadlines = new Deadlines(scheduler);
        this.proxy = settings.proxy() == null ? null : host(settings.proxy());
        this.connectTimeout = TimeValue.of(settings.connectTimeout());
        Timeout read = Timeout.of(settings.requestTimeout());
        SSLContext given = settings.sslContext();
        this.connections = PoolingHttpClientConnectionManagerBuilder.create()
                .setConnectionFactory(unused -> new QuietConnection())
                .setTlsSocketStrategy(
                        new DefaultClientTlsStrategy(given == null ? SSLContexts.createSystemDefault() : given))
                .setMaxConnTotal(settings.maxConnections())
                .setMaxConnPerRoute(settings.maxConnections())
                .setDefaultSocketConfig(SocketConfig.custom()
                        .setTcpNoDelay(true)
                        .setSoTimeout(read)
                        .build())
                .setDefaultConnectionConfig(ConnectionConfig.custom()
                        .setConnectTimeout(Timeout.of(settings.connectTimeout()))
                        .setSocketTimeout(read)
                        .setValidateAfterInactivity(VALIDATE_AFTER)
                        .build())
                .build();
    }

    @Override
    public Answer exchange(Request request, Duration timeout) throws IOException, TimeoutException {
        Exchange exchange = new Exchange(request, timeout);
        deadlines.begin(exchange, timeout);
        try {
            try {
                return exchange.attempt(false);
            } catch (StaleConnectionException e) {
                // Where one was closed the others that idled are likely to be, too.
                kept.takeAll().forEach(this::discard);
                connections.closeIdle(TimeValue.ZERO_MILLISECONDS);
                return exchange.attempt(true);
            }
        } catch (IOException | HttpException | RuntimeException e) {
            // A cancelled exchange may fail in any way, depending on where it was.
            if (exchange.late) {
                throw TransportFailures.late(request.uri().getHost(), timeout, exchange.sent);
            }
            if (e instanceof RuntimeException fault) {
                throw fault;
            }
            throw TransportFailures.withoutText(e, request.uri().getHost(), exchange.sent);
        } finally {
            deadlines.end(exchange);
        }
    }

    @Override
    public int connectionsInUse() {
        return Math.max(0, connections.getTotalStats().getLeased() - kept.size());
    }

    private void discard(Kept idle) {
        idle.endpoint().close(CloseMode.GRACEFUL);
        connections.release(idle.endpoint(), null, TimeValue.ZERO_MILLISECONDS);
    }

    /** Lets whoever asks the pool have it; unless it has idled for long, which the pool would not know. */
    private void giveBack(Kept idle) {
        long now = scheduler.nanoTime();
        long left = idle.untilNanos() - now;
        if (left > 0 && !hasIdledLong(idle, now)) {
            connections.release(idle.endpoint(), null, TimeValue.of(left, TimeUnit.NANOSECONDS));
        } else {
            discard(idle);
        }
    }

    private static boolean hasIdledLong(Kept idle, long now) {
        return now - idle.sinceNanos() >= VALIDATE_AFTER.toNanoseconds();
    }

    @Override
    public void close() {
        kept.close().forEach(this::discard);
        connections.close(CloseMode.GRACEFUL);
        deadlines.close();
    }

    /**
     * An address, taken apart.
     *
     * @param host as the header of that name says it
     * @param line as the first line of a request names it
     */
    private record Target(URI uri, HttpRoute route, String host, String line) {}

    private Target target(URI uri) {
        Target known = lastTarget;
        if (known != null && known.uri().equals(uri)) {
            return known;
        }
        BasicClassicHttpRequest parsed = new BasicClassicHttpRequest("GET", uri);
        URIAuthority authority = parsed.getAuthority();
        String host = new URIAuthority(authority.getHostName(), authority.getPort()).toString();
        HttpRoute route = routeTo(uri);
        parsed.setAbsoluteRequestUri(route.getProxyHost() != null && !route.isTunnelled());
        Target target = new Target(uri, route, host, parsed.getRequestUri());
        lastTarget = target;
        return target;
    }

    private static HttpHost host(URI uri) {
        String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        int standard = "https".equals(scheme) ? 443 : 80;
        String name = uri.getHost();
        boolean bracketed = name.startsWith("[");
        return new HttpHost(
                scheme,
                bracketed ? name.substring(1, name.length() - 1) : name,
                uri.getPort() < 0 ? standard : uri.getPort());
    }

    private HttpRoute routeTo(URI uri) {
        HttpHost target = host(uri);
        boolean secure = "https".equals(target.getSchemeName());
        if (proxy == null) {
            return new HttpRoute(target, null, secure);
        }
        return secure
                ? new HttpRoute(target, null, proxy, true, TunnelType.TUNNELLED, LayerType.LAYERED)
                : new HttpRoute(target, null, proxy, false, TunnelType.PLAIN, LayerType.PLAIN);
    }

    /** How long the connection may idle after this answer; null if it must not be used again. */
    private static @Nullable TimeValue keepAlive(ClassicHttpResponse response, HttpContext context) {
        if (!DefaultConnectionReuseStrategy.INSTANCE.keepAlive(null, response, context)) {
            return null;
        }
        String wish = value(response.getFirstHeader(HttpHeaders.KEEP_ALIVE));
        int at = wish == null ? -1 : wish.toLowerCase(Locale.ROOT).indexOf(KEEP_ALIVE_TIMEOUT);
        int seconds = 0;
        for (int i = at + KEEP_ALIVE_TIMEOUT.length(); at >= 0 && wish != null && i < wish.length(); i++) {
            int digit = Character.digit(wish.charAt(i), 10);
            if (digit < 0 || seconds > MOST_IDLE_SECONDS) {
                break;
            }
            seconds = 10 * seconds + digit;
        }
        return TimeValue.ofSeconds(seconds == 0 ? MOST_IDLE_SECONDS : Math.min(seconds, MOST_IDLE_SECONDS));
    }

    private static @Nullable String value(@Nullable Header header) {
        return header == null ? null : header.getValue();
    }

    /** A connection that had served before was closed by the server before a byte of an answer came. */
    private static final class StaleConnectionException extends IOException {
        private static final long serialVersionUID = 1L;

        StaleConnectionException(Throwable cause) {
            super(cause);
        }
    }

    /** One exchange, as far as it can be called off by the timer. */
    private final class Exchange extends Deadlines.Limited {
        private final Request request;
        private final Timeout timeout;
        private final Target target;
        private final HttpRoute route;
        private volatile boolean late;

        /** Whether bytes of the request may have gone out. */
        private volatile boolean sent;

        private volatile @Nullable LeaseRequest lease;
        private volatile @Nullable ConnectionEndpoint endpoint;

        // Touched by the calling thread alone.

        /** Whether the connection had idled for so long that it is looked at first. */
        private boolean idledLong;

        /** Whether the last answer was read to its end. */
        private boolean wholeAnswer;

        /** Whether the connection is fit for another request. */
        private boolean consistent;

        Exchange(Request request, Duration timeout) {
            this.request = request;
            this.timeout = Timeout.of(timeout);
            this.target = target(request.uri());
            this.route = target.route();
        }

        /** Under the monitor, so that it does not close a connection that serves another request by now. */
        @Override
        synchronized void late() {
            late = true;
            LeaseRequest waiting = lease;
            if (waiting != null) {
                waiting.cancel();
            }
            ConnectionEndpoint open = endpoint;
            if (open != null) {
                open.close(CloseMode.IMMEDIATE);
            }
        }

        /** From now on the timer does not touch the connection; whether it has closed it. */
        private synchronized boolean letGo() {
            endpoint = null;
            return late;
        }

        Answer attempt(boolean again) throws IOException, HttpException {
            boolean resent = sent;
            ConnectionEndpoint leased = lease();
            endpoint = leased;
            TimeValue keep = null;
            try {
                failIfLate();
                HttpClientContext context = HttpClientContext.create();
                boolean reused = leased.isConnected();
                if (!reused) {
                    connect(leased, context);
                }
                failIfLate();
                AnswerBody body = new AnswerBody(request.mostAnswerBytes());
                ClassicHttpResponse response = leased.execute(
                        "",
                        OURS,
                        (unused, connection, scope) -> {
                            QuietConnection quiet = (QuietConnection) connection;
                            ClassicHttpResponse answer = send(quiet, reused, !again);
                            wholeAnswer = read(answer, quiet, body);
                            consistent = quiet.isConsistent();
                            return answer;
                        },
                        context);
                failIfLate();
                keep = wholeAnswer ? keepAlive(response, context) : null;
                return new Answer(
                        response.getCode(),
                        name -> value(response.getFirstHeader(name)),
                        body.bytes(),
                        body.truncated(),
                        resent);
            } finally {
                boolean closed = letGo();
                if (closed || keep == null || !isKept(leased, keep)) {
                    giveBack(leased, keep);
                }
            }
        }

        private boolean isKept(ConnectionEndpoint leased, TimeValue time) {
            long now = scheduler.nanoTime();
            return consistent && kept.keep(new Kept(leased, route, now, now + time.toNanoseconds()));
        }

        private void giveBack(ConnectionEndpoint leased, @Nullable TimeValue keep) {
            if (keep == null) {
                leased.close(CloseMode.IMMEDIATE);
            }
            connections.release(leased, null, keep == null ? TimeValue.ZERO_MILLISECONDS : keep);
        }

        private void failIfLate() throws IOException {
            if (late) {
                throw new InterruptedIOException("late");
            }
        }

        private ConnectionEndpoint lease() throws IOException {
            failIfLate();
            long now = scheduler.nanoTime();
            for (Kept idle = kept.take(route); idle != null; idle = kept.take(route)) {
                if (idle.untilNanos() - now > 0) {
                    idledLong = hasIdledLong(idle, now);
                    return idle.endpoint();
                }
                discard(idle);
            }
            idledLong = false;
            List<Kept> inTheWay = kept.ask();
            try {
                inTheWay.forEach(ApacheTransport.this::giveBack);
                return leaseFromPool();
            } finally {
                kept.answered();
            }
        }

        private ConnectionEndpoint leaseFromPool() throws IOException {
            LeaseRequest waiting = connections.lease("", route, timeout, null);
            lease = waiting;
            if (late) {
                waiting.cancel();
            }
            try {
                // Even when late: what was granted before it could be called off must be given back.
                return waiting.get(timeout);
            } catch (InterruptedException e) {
                callOff(waiting);
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while waiting for a connection");
            } catch (CancellationException e) {
                throw new InterruptedIOException("interrupted while waiting for a connection");
            } catch (ExecutionException e) {
                throw new IOException("no connection could be had");
            } catch (TimeoutException e) {
                callOff(waiting);
                throw new ConnectException("no connection was free in time");
            }
        }

        /** Gives back what was granted while this thread was about to leave: nobody else would. */
        private void callOff(LeaseRequest waiting) {
            if (waiting.cancel()) {
                return;
            }
            try {
                giveBack(waiting.get(Timeout.ZERO_MILLISECONDS), null);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (CancellationException | ExecutionException | TimeoutException e) {
                // Nothing was granted.
            }
        }

        private void connect(ConnectionEndpoint leased, HttpClientContext context) throws IOException, HttpException {
            connections.connect(leased, connectTimeout, context);
            if (route.isTunnelled()) {
                failIfLate();
                HttpHost target = route.getTargetHost();
                ClassicHttpRequest tunnel = new BasicClassicHttpRequest("CONNECT", target, target.toHostString());
                executor.preProcess(tunnel, TUNNEL_HEADERS, context);
                ClassicHttpResponse answer = leased.execute("", tunnel, executor::execute, context);
                if (answer.getCode() == 407) {
                    throw new ProxyRefusedException();
                }
                if (answer.getCode() < 200 || answer.getCode() >= 300) {
                    throw new IOException("the proxy opened no tunnel");
                }
                connections.upgrade(leased, context);
            }
        }

        private void writeHead(RequestHead head) {
            head.begin(request.method(), target.line());
            request.headers().forEach(head::header);
            head.header(HttpHeaders.HOST, target.host());
            if (request.body() != null || ENCLOSING.contains(request.method())) {
                head.header(HttpHeaders.CONTENT_LENGTH, Integer.toString(request.bodyLength()));
            }
            head.end();
        }

        private ClassicHttpResponse send(QuietConnection connection, boolean reused, boolean mayResend)
                throws IOException, HttpException {
            if (reused && idledLong && isStale(connection)) {
                throw stale(new SocketException("the server has closed the connection"), mayResend);
            }
            if (reused && connection.hasUnaskedData()) {
                throw stale(new SocketException("the server sent what nobody asked for"), mayResend);
            }
            long received = connection.received();
            writeHead(connection.head());
            sent = true;
            try {
                connection.send(request.body(), request.bodyLength());
                return connection.receive();
            } catch (SocketTimeoutException e) {
                throw e;
            } catch (IOException e) {
                boolean silent = connection.received() == received;
                throw silent && reused ? stale(e, mayResend) : e;
            }
        }

        private static boolean isStale(QuietConnection connection) {
            try {
                return connection.isStale();
            } catch (IOException e) {
                // Such as what TLS was told when the server went away.
                return true;
            }
        }

        private IOException stale(IOException e, boolean mayResend) {
            return mayResend && !late ? new StaleConnectionException(e) : e;
        }

        /** Whether it was read to its end. */
        private boolean read(ClassicHttpResponse response, QuietConnection connection, AnswerBody body)
                throws IOException {
            boolean early = connection.requestCutShort();
            if (early && response.getCode() < 300) {
                throw new SocketException("the server took what it had not been sent in full");
            }
            HttpEntity entity = response.getEntity();
            if (entity == null || entity.getContentLength() == 0) {
                return true;
            }
            // Not closed here: closing would read the rest, however long it is.
            InputStream in = entity.getContent();
            byte[] buffer = connection.buffer();
            try {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    body.add(buffer, 0, n);
                    if (body.enough()) {
                        return false;
                    }
                }
                return true;
            } catch (SocketTimeoutException e) {
                throw e;
            } catch (IOException e) {
                // It said no; the rest of why is lost in the reset that writing on has provoked.
                if (early) {
                    return false;
                }
                throw e;
            }
        }
    }
}
