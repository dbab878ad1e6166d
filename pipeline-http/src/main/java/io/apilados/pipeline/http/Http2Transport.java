// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.Scheduler.Cancellable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.RequestNotExecutedException;
import org.apache.hc.core5.http.impl.bootstrap.HttpAsyncRequester;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.hc.core5.http.nio.AsyncClientEndpoint;
import org.apache.hc.core5.http.nio.AsyncEntityProducer;
import org.apache.hc.core5.http.nio.RequestChannel;
import org.apache.hc.core5.http.nio.entity.BasicAsyncEntityProducer;
import org.apache.hc.core5.http.nio.support.BasicRequestProducer;
import org.apache.hc.core5.http.protocol.DefaultHttpProcessor;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.http.protocol.HttpProcessor;
import org.apache.hc.core5.http2.H2Error;
import org.apache.hc.core5.http2.H2StreamResetException;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.apache.hc.core5.http2.config.H2Config;
import org.apache.hc.core5.http2.impl.nio.bootstrap.H2RequesterBootstrap;
import org.apache.hc.core5.http2.protocol.H2RequestConnControl;
import org.apache.hc.core5.http2.protocol.H2RequestContent;
import org.apache.hc.core5.http2.protocol.H2RequestTargetHost;
import org.apache.hc.core5.http2.ssl.H2ClientTlsStrategy;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.net.NamedEndpoint;
import org.apache.hc.core5.reactor.IOReactorConfig;
import org.apache.hc.core5.ssl.SSLContexts;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2 over Apache HttpCore 5, which logs nothing; the calling thread waits for the library's two.
 *
 * <p>A connection carries one request at a time. That gives up multiplexing, which a few large requests do not need, and
 * with it the failures of many requests at once when a server sends a connection away, and of those beyond a server's
 * limit of streams.
 */
final class Http2Transport implements HttpTransport {

    private static final int IO_THREADS = 2;

    /** Not the library's own, which ask with {@code Expect} and wait three seconds for servers that do not know it. */
    private static final HttpProcessor REQUEST_HEADERS = new DefaultHttpProcessor(
            H2RequestTargetHost.INSTANCE, H2RequestContent.INSTANCE, H2RequestConnControl.INSTANCE);

    private final HttpAsyncRequester requester;
    private final Semaphore free;
    private final int maxConnections;
    private final Timeout connectTimeout;
    private final Scheduler scheduler;
    private final Http2Sessions sessions;

    Http2Transport(TransportSettings settings, String scheme) {
        this.scheduler = settings.scheduler();
        this.maxConnections = settings.maxConnections();
        this.connectTimeout = Timeout.of(settings.connectTimeout());
        this.free = new Semaphore(maxConnections, true);
        this.sessions = new Http2Sessions(Timeout.of(settings.requestTimeout()));
        SSLContext given = settings.sslContext();
        this.requester = H2RequesterBootstrap.bootstrap()
                .setVersionPolicy(
                        "https".equalsIgnoreCase(scheme) ? HttpVersionPolicy.NEGOTIATE : HttpVersionPolicy.FORCE_HTTP_2)
                .setHttpProcessor(REQUEST_HEADERS)
                .setIOReactorConfig(IOReactorConfig.custom()
                        .setIoThreadCount(IO_THREADS)
                        .setTcpNoDelay(true)
                        .setSoTimeout(Timeout.of(settings.requestTimeout()))
                        .build())
                .setHandshakeTimeout(connectTimeout)
                .setIOSessionListener(sessions)
                .setH2Config(H2Config.custom().setPushEnabled(false).build())
                .setTlsStrategy(new H2ClientTlsStrategy(
                        given == null ? SSLContexts.createSystemDefault() : given, Http2Transport::checkHostName, null))
                .setMaxTotal(maxConnections)
                .setDefaultMaxPerRoute(maxConnections)
                .create();
        requester.start();
    }

    private static void checkHostName(NamedEndpoint endpoint, SSLEngine engine) {
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        engine.setSSLParameters(parameters);
    }

    @Override
    public Answer exchange(Request request, Duration timeout) throws IOException, TimeoutException {
        Exchange exchange = new Exchange(request);
        Cancellable timer = scheduler.schedule(exchange::cancel, timeout);
        String host = request.uri().getHost();
        int refusedBefore = sessions.refused();
        try {
            if (!free.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new ConnectException("no connection was free in time");
            }
            try {
                return exchange.run();
            } finally {
                if (!exchange.leftConnecting) {
                    free.release();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw exchange.sent
                    ? new InterruptedIOException("interrupted while waiting for an answer")
                    : new ConnectException("interrupted while waiting for a connection");
        } catch (CancellationException | IOException e) {
            if (exchange.late) {
                throw TransportFailures.late(host, timeout, exchange.sent);
            }
            throw TransportFailures.withoutText(
                    exchange.sent ? e : sessions.reason(e, refusedBefore), host, exchange.sent);
        } finally {
            timer.cancel();
        }
    }

    @Override
    public int connectionsInUse() {
        return maxConnections - free.availablePermits();
    }

    @Override
    public void close() {
        // Gracefully it would wait for seconds for each server to say goodbye.
        requester.close(CloseMode.IMMEDIATE);
    }

    /** One exchange, as far as it can be called off by the timer. */
    private final class Exchange {
        private final Request request;
        private volatile boolean late;
        private volatile @Nullable Future<?> waitingFor;

        /** Whether bytes of the request may have gone out. */
        private volatile boolean sent;

        /** Whether a connection is still on its way that nobody waits for any more; the place is its own then. */
        private boolean leftConnecting;

        Exchange(Request request) {
            this.request = request;
        }

        void cancel() {
            late = true;
            Future<?> waiting = waitingFor;
            if (waiting != null) {
                waiting.cancel(true);
            }
        }

        Answer run() throws IOException, InterruptedException {
            try {
                return attempt(false);
            } catch (StaleConnectionException e) {
                return attempt(true);
            }
        }

        private Answer attempt(boolean again) throws IOException, InterruptedException {
            AsyncClientEndpoint endpoint = connect();
            AnswerConsumer consumer = new AnswerConsumer(request.mostAnswerBytes(), sent);
            boolean whole = false;
            try {
                Answer answer = await(endpoint.execute(new Message(), consumer, null));
                whole = true;
                return answer;
            } catch (IOException e) {
                Answer enough = consumer.cutShort();
                if (enough != null) {
                    return enough;
                }
                if (e instanceof H2StreamResetException reset && reset.getCode() == H2Error.NO_ERROR.getCode()) {
                    // The library's way to say that the server was silent for too long.
                    throw new SocketTimeoutException();
                }
                boolean sentAway = e instanceof ConnectionClosedException
                        || e instanceof RequestNotExecutedException
                        || e instanceof SocketException;
                if (sentAway && !consumer.begun() && !again && !late) {
                    throw new StaleConnectionException(e);
                }
                throw e;
            } finally {
                if (whole) {
                    endpoint.releaseAndReuse();
                } else {
                    endpoint.releaseAndDiscard();
                }
            }
        }

        private AsyncClientEndpoint connect() throws IOException, InterruptedException {
            String scheme = request.uri().getScheme().toLowerCase(Locale.ROOT);
            HttpHost target =
                    new HttpHost(scheme, request.uri().getHost(), request.uri().getPort());
            Connecting connecting = new Connecting();
            Future<AsyncClientEndpoint> unused = requester.connect(target, connectTimeout, null, connecting);
            try {
                return await(connecting);
            } catch (CancellationException e) {
                leftConnecting = true;
                throw e;
            } catch (InterruptedException e) {
                leftConnecting = connecting.cancel(true) || connecting.isCancelled();
                if (!leftConnecting && !connecting.isCompletedExceptionally()) {
                    connecting.join().releaseAndDiscard();
                }
                throw e;
            }
        }

        private <R> R await(Future<R> future) throws IOException, InterruptedException {
            waitingFor = future;
            if (late) {
                future.cancel(true);
            }
            try {
                return future.get();
            } catch (ExecutionException e) {
                Throwable cause = e.getCause();
                if (cause instanceof IOException failure) {
                    throw failure;
                }
                throw new IOException(cause);
            }
        }

        /** The request, which says when it is about to go out: TLS and the library's own greeting come before. */
        private final class Message extends BasicRequestProducer {
            Message() {
                super(head(request), body(request));
            }

            @Override
            public void sendRequest(RequestChannel channel, HttpContext context) throws HttpException, IOException {
                sent = true;
                super.sendRequest(channel, context);
            }
        }
    }

    private static BasicHttpRequest head(Request request) {
        BasicHttpRequest message = new BasicHttpRequest(request.method(), request.uri());
        request.headers().forEach(message::setHeader);
        return message;
    }

    private static @Nullable AsyncEntityProducer body(Request request) {
        byte[] body = request.body();
        // A copy: after a time-out it may be read from still.
        return body == null ? null : new BasicAsyncEntityProducer(Arrays.copyOf(body, request.bodyLength()));
    }

    /**
     * A connection on its way. The library loses one that it makes for a future which was cancelled meanwhile, and its
     * place in the pool with it. So its own future is left alone: when nobody waits for this one any more, the connection
     * is let go of as soon as it is made, or has failed, and only then its place.
     */
    private final class Connecting extends CompletableFuture<AsyncClientEndpoint>
            implements FutureCallback<AsyncClientEndpoint> {

        @Override
        public void completed(AsyncClientEndpoint endpoint) {
            if (!complete(endpoint)) {
                endpoint.releaseAndDiscard();
                free.release();
            }
        }

        @Override
        public void failed(Exception cause) {
            if (!completeExceptionally(cause)) {
                free.release();
            }
        }

        @Override
        public void cancelled() {
            failed(new ConnectionClosedException());
        }
    }

    /** The connection went before a byte of an answer came. */
    private static final class StaleConnectionException extends IOException {
        private static final long serialVersionUID = 1L;

        StaleConnectionException(Throwable cause) {
            super(cause);
        }
    }
}
