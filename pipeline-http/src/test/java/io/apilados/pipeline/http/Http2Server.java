// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.Scheduler.Cancellable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLContext;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.Message;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.impl.bootstrap.HttpAsyncServer;
import org.apache.hc.core5.http.nio.AsyncRequestConsumer;
import org.apache.hc.core5.http.nio.AsyncServerRequestHandler;
import org.apache.hc.core5.http.nio.entity.StringAsyncEntityConsumer;
import org.apache.hc.core5.http.nio.support.AsyncResponseBuilder;
import org.apache.hc.core5.http.nio.support.BasicRequestConsumer;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.apache.hc.core5.http2.impl.nio.bootstrap.H2ServerBootstrap;
import org.apache.hc.core5.http2.ssl.H2ServerTlsStrategy;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.ListenerEndpoint;
import org.jspecify.annotations.Nullable;

/** An HTTP/2 server that keeps what it gets and answers what it is told to. */
final class Http2Server implements AutoCloseable {

    record Got(String version, String method, Map<String, String> headers, String body) {}

    private record Reply(int status, String body, String header, String value) {}

    private final List<Got> got = new CopyOnWriteArrayList<>();
    private final Set<String> connections = ConcurrentHashMap.newKeySet();
    private final HttpAsyncServer server;
    private final URI uri;
    private volatile Reply reply = new Reply(200, "ok", "X-Any", "1");
    private volatile boolean silent;
    private volatile Duration delay = Duration.ZERO;

    private Http2Server(@Nullable SSLContext context) throws InterruptedException, ExecutionException {
        boolean encrypted = context != null;
        H2ServerBootstrap bootstrap = H2ServerBootstrap.bootstrap()
                .setVersionPolicy(encrypted ? HttpVersionPolicy.NEGOTIATE : HttpVersionPolicy.FORCE_HTTP_2)
                .setCanonicalHostName("127.0.0.1")
                .register("*", new Handler());
        if (context != null) {
            bootstrap.setTlsStrategy(new H2ServerTlsStrategy(context));
        }
        server = bootstrap.create();
        server.start();
        ListenerEndpoint endpoint = server.listen(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        encrypted ? URIScheme.HTTPS : URIScheme.HTTP)
                .get();
        int port = ((InetSocketAddress) endpoint.getAddress()).getPort();
        uri = URI.create((encrypted ? "https" : "http") + "://127.0.0.1:" + port + "/records");
    }

    static Http2Server plain() throws InterruptedException, ExecutionException {
        return new Http2Server(null);
    }

    static Http2Server encrypted(SSLContext context) throws InterruptedException, ExecutionException {
        return new Http2Server(context);
    }

    URI uri() {
        return uri;
    }

    List<Got> got() {
        return got;
    }

    int connections() {
        return connections.size();
    }

    void answer(int status, String body, String header, String value) {
        reply = new Reply(status, body, header, value);
    }

    void beSilent(boolean value) {
        silent = value;
    }

    /** Lets each answer wait for so long. */
    void answerAfter(Duration value) {
        delay = value;
    }

    @Override
    public void close() {
        server.close(CloseMode.IMMEDIATE);
    }

    private final class Handler implements AsyncServerRequestHandler<Message<HttpRequest, String>> {

        @Override
        public AsyncRequestConsumer<Message<HttpRequest, String>> prepare(
                HttpRequest request, EntityDetails entity, HttpContext context) {
            return new BasicRequestConsumer<>(entity == null ? null : new StringAsyncEntityConsumer());
        }

        @Override
        public void handle(Message<HttpRequest, String> message, ResponseTrigger trigger, HttpContext context)
                throws HttpException, IOException {
            HttpRequest request = message.getHead();
            Map<String, String> headers = new HashMap<>();
            for (Header header : request.getHeaders()) {
                headers.put(header.getName().toLowerCase(Locale.ROOT), header.getValue());
            }
            HttpCoreContext core = HttpCoreContext.cast(context);
            connections.add(core.getEndpointDetails().getRemoteAddress().toString());
            got.add(new Got(core.getProtocolVersion().toString(), request.getMethod(), headers, message.getBody()));
            if (silent) {
                return;
            }
            if (delay.isZero()) {
                answer(trigger, context);
                return;
            }
            Cancellable unused = Scheduler.system()
                    .schedule(
                            () -> {
                                try {
                                    answer(trigger, context);
                                } catch (HttpException | IOException e) {
                                    // The client went away.
                                }
                            },
                            delay);
        }

        private void answer(ResponseTrigger trigger, HttpContext context) throws HttpException, IOException {
            Reply now = reply;
            trigger.submitResponse(
                    AsyncResponseBuilder.create(now.status())
                            .setHeader(now.header(), now.value())
                            .setEntity(now.body(), ContentType.APPLICATION_JSON)
                            .build(),
                    context);
        }
    }
}
