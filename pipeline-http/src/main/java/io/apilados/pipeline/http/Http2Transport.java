// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.Scheduler.Cancellable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.RequestNotExecutedException;
import org.apache.hc.core5.http.impl.bootstrap.HttpAsyncRequester;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.hc.core5.http.nio.AsyncClientEndpoint;
import org.apache.hc.core5.http.nio.entity.BasicAsyncEntityProducer;
import org.apache.hc.core5.http.nio.support.BasicRequestProducer;
import org.apache.hc.core5.http.protocol.DefaultHttpProcessor;
import org.apache.hc.core5.http.protocol.HttpProcessor;
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

    Http2Transport(TransportSettings settings, String scheme) {
        this.scheduler = settings.scheduler();
        this.maxConnections = settings.maxConnections();
        this.connectTimeout = Timeout.of(settings.connectTimeout());
        this.free = new Semaphore(maxConnections, true);
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
        try {
            if (!free.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new InterruptedIOException("no connection was free in time");
            }
            try {
                return exchange.run();
            } finally {
                free.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for an answer");
        } catch (CancellationException | IOException e) {
            if (exchange.late) {
                throw new TimeoutException("no answer within " + timeout.toMillis() + " ms");
            }
            throw TransportFailures.withoutText(e, request.uri().getHost());
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

        private Answer attempt(boolean resent) throws IOException, InterruptedException {
            String scheme = request.uri().getScheme().toLowerCase(Locale.ROOT);
            HttpHost target =
                    new HttpHost(scheme, request.uri().getHost(), request.uri().getPort());
            AsyncClientEndpoint endpoint = await(requester.connect(target, connectTimeout));
            AnswerConsumer consumer = new AnswerConsumer(request.mostAnswerBytes(), resent);
            boolean whole = false;
            try {
                BasicHttpRequest message = new BasicHttpRequest(request.method(), request.uri());
                request.headers().forEach(message::setHeader);
                byte[] body = request.body();
                Answer answer = await(endpoint.execute(
                        new BasicRequestProducer(
                                message,
                                body == null
                                        ? null
                                        // A copy: after a time-out it may be read from still.
                                        : new BasicAsyncEntityProducer(Arrays.copyOf(body, request.bodyLength()))),
                        consumer,
                        null));
                whole = true;
                return answer;
            } catch (IOException e) {
                Answer enough = consumer.cutShort();
                if (enough != null) {
                    return enough;
                }
                boolean sentAway = e instanceof ConnectionClosedException
                        || e instanceof RequestNotExecutedException
                        || e instanceof SocketException;
                if (sentAway && !consumer.begun() && !resent && !late) {
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
    }

    /** The connection went before a byte of an answer came. */
    private static final class StaleConnectionException extends IOException {
        private static final long serialVersionUID = 1L;

        StaleConnectionException(Throwable cause) {
            super(cause);
        }
    }
}
