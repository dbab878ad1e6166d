// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.Scheduler.Cancellable;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionManager;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Apache HttpClient 5, blocking, HTTP/1.1 with keep-alive.
 *
 * <p>All of its own cleverness is off: it does not retry, redirect, decompress, or keep cookies. Its time-outs are those
 * of single reads, so a timer cancels the exchange when the time for all of it is over.
 */
final class ApacheTransport implements HttpTransport {

    /** A connection that has been idle for longer is looked at before it is used: servers close idle ones. */
    private static final TimeValue VALIDATE_AFTER = TimeValue.ofSeconds(2);

    private static final int DRAIN_BUFFER_BYTES = 1 << 12;

    private final CloseableHttpClient client;
    private final Scheduler scheduler;

    ApacheTransport(int maxConnections, Duration connectTimeout, Duration requestTimeout, Scheduler scheduler) {
        this.scheduler = scheduler;
        Timeout read = Timeout.of(requestTimeout);
        HttpClientConnectionManager connections = PoolingHttpClientConnectionManagerBuilder.create()
                .setMaxConnTotal(maxConnections)
                .setMaxConnPerRoute(maxConnections)
                .setDefaultSocketConfig(SocketConfig.custom()
                        .setTcpNoDelay(true)
                        .setSoTimeout(read)
                        .build())
                .setDefaultConnectionConfig(ConnectionConfig.custom()
                        .setConnectTimeout(Timeout.of(connectTimeout))
                        .setSocketTimeout(read)
                        .setValidateAfterInactivity(VALIDATE_AFTER)
                        .build())
                .build();
        this.client = HttpClients.custom()
                .setConnectionManager(connections)
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setConnectionRequestTimeout(read)
                        .setResponseTimeout(read)
                        .setRedirectsEnabled(false)
                        .build())
                .disableAutomaticRetries()
                .disableRedirectHandling()
                .disableContentCompression()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableDefaultUserAgent()
                .build();
    }

    @Override
    public Answer post(URI uri, Map<String, String> headers, byte[] body, Duration timeout)
            throws IOException, TimeoutException {
        HttpPost request = new HttpPost(uri);
        headers.forEach(request::setHeader);
        request.setEntity(new ByteArrayEntity(body, null));
        AtomicBoolean late = new AtomicBoolean();
        Cancellable timer = scheduler.schedule(
                () -> {
                    late.set(true);
                    request.cancel();
                },
                timeout);
        try {
            return client.execute(request, ApacheTransport::read);
        } catch (IOException | RuntimeException e) {
            // A cancelled exchange may fail in any way, depending on where it was.
            if (late.get()) {
                throw new TimeoutException("no answer within " + timeout.toMillis() + " ms");
            }
            if (e instanceof RuntimeException fault) {
                throw fault;
            }
            throw withoutText((IOException) e, uri.getHost());
        } finally {
            timer.cancel();
        }
    }

    /**
     * The same failure without the client's message and cause: these quote what a server sent, which may be what we sent
     * to it.
     */
    private static IOException withoutText(IOException failure, String host) {
        String kind = failure.getClass().getSimpleName();
        if (failure instanceof UnknownHostException) {
            return new UnknownHostException(host);
        }
        if (failure instanceof SocketTimeoutException) {
            return new SocketTimeoutException("no answer from " + host + " in time");
        }
        if (failure instanceof ConnectException) {
            return new ConnectException(host + " could not be reached");
        }
        if (failure instanceof SocketException || failure instanceof NoHttpResponseException) {
            return new SocketException("the connection to " + host + " broke before the answer was whole");
        }
        return new IOException("the answer of " + host + " could not be read: " + kind);
    }

    private static Answer read(ClassicHttpResponse response) throws IOException {
        HttpEntity entity = response.getEntity();
        if (entity != null) {
            drain(entity);
        }
        Header retryAfter = response.getFirstHeader(HttpHeaders.RETRY_AFTER);
        return new Answer(response.getCode(), value(retryAfter));
    }

    private static @Nullable String value(@Nullable Header header) {
        return header == null ? null : header.getValue();
    }

    /** The answer counts once it has come in full; what it says is not needed. */
    private static void drain(HttpEntity entity) throws IOException {
        try (InputStream in = entity.getContent()) {
            byte[] buffer = new byte[DRAIN_BUFFER_BYTES];
            int n = 0;
            while (in != null && n >= 0) {
                n = in.read(buffer);
            }
        }
    }

    @Override
    public void close() {
        client.close(CloseMode.GRACEFUL);
    }
}
