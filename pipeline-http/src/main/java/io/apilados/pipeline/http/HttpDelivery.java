// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.control.ObjectPool;
import io.apilados.pipeline.control.ObjectPool.Loan;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.deliver.RecordOutcome;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.HttpTransport.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Sends batches to an HTTP API, over connections that are kept alive.
 *
 * <p>A batch is one POST with the body <code>{"data":[{...},...]}</code>; in {@linkplain Builder#perRecord()
 * per-record mode} each record is one, with the body <code>{"data":{...}}</code>. {@link Builder#body} gives other forms.
 * Every request carries {@code Idempotency-Key}: the same records sent again have the same key, so that an API which
 * honours it applies them once.
 *
 * <p>What the statuses mean: 2xx delivered; 400, 404, 409 and 422 some record is bad; 413 too many at once; 408, 425, 429,
 * 5xx and 409 with {@code Retry-After} later; 401, 403, redirects that are not followed and all others stop the run. A
 * 429 without {@code Retry-After} waits as its {@code RateLimit-*} or {@code X-RateLimit-*} headers say. A certificate
 * that is not trusted stops the run at once.
 *
 * <p>Tokens, headers, records and the address beyond its host appear in no message and no log.
 *
 * <p>Safe for use by many threads. Close it when no pipeline uses it any more.
 *
 * @param <T> what a record is
 */
public final class HttpDelivery<T> implements BatchDelivery<T> {

    private static final int MOST_IDLE_BODIES = 64;

    private final URI uri;
    private final String method;
    private final RecordJson<T> json;
    private final BodyFormat<T> format;
    private final int gzipFromBytes;
    private final boolean perRecord;
    private final @Nullable ItemOutcomes<T> items;
    private final @Nullable AlreadyThere alreadyThere;
    private final AlreadyThere.Scope alreadyThereScope;
    private final SentBefore sentBefore = new SentBefore();
    private final Scheduler scheduler;
    private final HttpTransport transport;
    private final KeyedRequests requests;
    private final BatchDelivery<T> blocking;

    /** Bodies are large and live as long as a request: made anew each time, they would be most of its garbage. */
    private final ObjectPool<RequestBody> bodies =
            new ObjectPool<>(RequestBody::new, RequestBody::reset, MOST_IDLE_BODIES);

    private HttpDelivery(Builder<T> builder) {
        this.uri = builder.uri;
        this.method = builder.method;
        this.json = builder.json;
        this.format = builder.format;
        this.gzipFromBytes = builder.gzipFromBytes;
        this.perRecord = builder.perRecord;
        this.items = builder.items;
        this.alreadyThere = builder.alreadyThere;
        this.alreadyThereScope = builder.alreadyThereScope;
        this.scheduler = builder.scheduler;
        this.transport = builder.transport().open(uri.getScheme());
        boolean bodyWanted = items != null || alreadyThere != null;
        this.requests = new KeyedRequests(
                transport,
                builder.token == null ? null : new Tokens(builder.token),
                Map.copyOf(builder.headers),
                builder.redirects,
                builder.timeout,
                bodyWanted ? builder.mostAnswerBytes : 0,
                scheduler,
                builder.listener,
                new AtomicBoolean());
        this.blocking = BatchDelivery.blocking(perRecord ? new OneByOne<>(this::sendOne) : this::sendAll);
    }

    /** Delivers records that are JSON already to this address. */
    public static Builder<JsonRecord> to(URI uri) {
        return new Builder<>(uri, WholeJson.INSTANCE);
    }

    /** Delivers records that {@code json} writes to this address. */
    public static <T> Builder<T> to(URI uri, RecordJson<T> json) {
        return new Builder<>(uri, json);
    }

    @Override
    public CompletionStage<DeliveryOutcome> deliver(Batch<T> batch) {
        return blocking.deliver(batch);
    }

    @Override
    public void deliver(Batch<T> batch, Ending end) {
        blocking.deliver(batch, end);
    }

    /** One in per-record mode, any number otherwise. */
    @Override
    public int largestRequest() {
        return perRecord ? 1 : Integer.MAX_VALUE;
    }

    /** True: an exchange ends on the thread that it began on. */
    @Override
    public boolean letsGoOfBatches() {
        return true;
    }

    private DeliveryOutcome sendAll(Batch<T> batch) throws IOException, TimeoutException {
        try (Loan<RequestBody> loan = bodies.borrow()) {
            format.writeBatch(batch, json, loan.object());
            return send(batch, batch.key(), loan.object());
        }
    }

    private DeliveryOutcome sendOne(Batch<T> record) throws IOException, TimeoutException {
        try (Loan<RequestBody> loan = bodies.borrow()) {
            format.writeOne(record.record(0), json, loan.object());
            return send(record, record.recordKey(0), loan.object());
        }
    }

    private DeliveryOutcome send(Batch<T> batch, String key, RequestBody body) throws IOException, TimeoutException {
        Map<String, String> headers = new HashMap<>();
        headers.put("Content-Type", format.contentType());
        headers.put("Accept", "application/json");
        headers.put("Idempotency-Key", key);
        byte[] bytes = body.bytes();
        int length = body.length();
        if (length >= gzipFromBytes) {
            bytes = gzipped(body);
            length = bytes.length;
            headers.put("Content-Encoding", "gzip");
        }
        try {
            Answer answer = requests.send(method, uri, headers, bytes, length);
            DeliveryOutcome outcome = judge(answer, batch);
            boolean later = outcome instanceof DeliveryOutcome.Retry retry
                    && (answer.resent() || !"http-429".equals(retry.reason()));
            if (later) {
                mayHaveArrived(batch);
            }
            return outcome;
        } catch (RunStop e) {
            return e.outcome();
        } catch (ConnectException | UnknownHostException e) {
            throw e;
        } catch (IOException | TimeoutException e) {
            mayHaveArrived(batch);
            throw e;
        }
    }

    private static byte[] gzipped(RequestBody body) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream(body.length() / 4 + 64);
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(body.bytes(), 0, body.length());
        }
        return packed.toByteArray();
    }

    private void mayHaveArrived(Batch<T> batch) {
        if (alreadyThere != null && alreadyThereScope == AlreadyThere.Scope.SENT_BEFORE) {
            sentBefore.add(batch);
        }
    }

    private DeliveryOutcome judge(Answer answer, Batch<T> batch) {
        int status = answer.status();
        boolean success = status >= 200 && status < 300;
        if (success && items != null && status != 204 && status != 205) {
            return byItems(items, answer, batch);
        }
        DeliveryOutcome outcome = StatusOutcomes.of(answer, scheduler.epochMillis());
        boolean refused = outcome instanceof DeliveryOutcome.Refused bad && !bad.tooLarge();
        return refused && isThere(answer, batch) ? DeliveryOutcome.delivered() : outcome;
    }

    private boolean isThere(Answer answer, Batch<T> batch) {
        AlreadyThere matcher = alreadyThere;
        if (matcher == null || batch.size() > 1) {
            return false;
        }
        boolean possible = alreadyThereScope == AlreadyThere.Scope.ANY
                || answer.resent()
                || sentBefore.contains(batch.recordKey(0));
        return possible && matcher.matches(answer.status(), new String(answer.body(), StandardCharsets.UTF_8));
    }

    /** What the reader throws is kept back: it may quote the answer, which may quote the records. */
    private DeliveryOutcome byItems(ItemOutcomes<T> reader, Answer answer, Batch<T> batch) {
        List<RecordOutcome> outcomes;
        try {
            if (answer.truncated()) {
                return DeliveryOutcome.retry("answer-too-long");
            }
            outcomes = reader.of(answer.status(), answer.body(), batch.records());
        } catch (IOException e) {
            return DeliveryOutcome.retry("answer-unreadable");
        } catch (RuntimeException e) {
            return DeliveryOutcome.stop(
                    "item-outcomes",
                    "reading the items of an answer failed with " + e.getClass().getName());
        }
        if (outcomes.size() != batch.size()) {
            return DeliveryOutcome.retry("answer-unreadable");
        }
        if (outcomes.stream().allMatch(RecordOutcome.Delivered.class::isInstance)) {
            return DeliveryOutcome.delivered();
        }
        List<String> later = outcomes.stream()
                .filter(RecordOutcome.Retry.class::isInstance)
                .map(outcome -> ((RecordOutcome.Retry) outcome).reason())
                .toList();
        Duration after = RetryAfter.parse(answer.headers().first("Retry-After"), scheduler.epochMillis());
        boolean busy = later.size() == batch.size() && later.stream().allMatch("item-429"::equals);
        if (busy) {
            return DeliveryOutcome.overloaded("item-429", after);
        }
        if (later.stream().anyMatch(reason -> !"item-429".equals(reason))) {
            mayHaveArrived(batch);
        }
        return new DeliveryOutcome.PerRecord(
                outcomes.stream().map(outcome -> notBefore(outcome, after)).toList());
    }

    /** What the answer asks for holds for each of its records that says nothing itself. */
    private static RecordOutcome notBefore(RecordOutcome outcome, @Nullable Duration after) {
        return outcome instanceof RecordOutcome.Retry retry && retry.after() == null && after != null
                ? new RecordOutcome.Retry(retry.reason(), after)
                : outcome;
    }

    @Override
    public void close() {
        blocking.close();
        transport.close();
    }

    /** Where it delivers to, as far as the host: the rest of an address may hold secrets. */
    @Override
    public String toString() {
        return "HTTP delivery to " + uri.getHost();
    }

    /**
     * Settings of a delivery. Confined to one thread.
     *
     * @param <T> what a record is
     */
    public static final class Builder<T> {
        private static final int MOST_PORT = 65_535;
        private static final Set<String> METHODS = Set.of("POST", "PUT", "PATCH");

        private final URI uri;
        private final RecordJson<T> json;
        private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        private String method = "POST";
        private BodyFormat<T> format = BodyFormat.envelope();
        private int gzipFromBytes = Integer.MAX_VALUE;
        private @Nullable BearerToken token;
        private boolean perRecord;
        private @Nullable ItemOutcomes<T> items;
        private @Nullable AlreadyThere alreadyThere;
        private AlreadyThere.Scope alreadyThereScope = AlreadyThere.Scope.SENT_BEFORE;
        private int mostAnswerBytes = 1 << 20;
        private RedirectRule redirects = RedirectRule.NONE;
        private Duration timeout = Duration.ofSeconds(30);
        private @Nullable Duration requestTimeout;
        private Duration connectTimeout = Duration.ofSeconds(10);
        private int maxConnections = 10;
        private HttpVersion version = HttpVersion.HTTP_1_1;
        private @Nullable SSLContext sslContext;
        private @Nullable URI proxy;
        private @Nullable HttpListener listener;
        private Scheduler scheduler = Scheduler.system();

        private Builder(URI uri, RecordJson<T> json) {
            this.uri = Objects.requireNonNull(uri, "uri");
            this.json = Objects.requireNonNull(json, "json");
            String scheme = uri.getScheme();
            boolean http = "http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme);
            if (!http || uri.getHost() == null) {
                throw new IllegalArgumentException(
                        "the address must begin with http:// or https:// and name a host, such as"
                                + " https://api.example.org/records");
            }
            if (uri.getRawUserInfo() != null) {
                throw new IllegalArgumentException(
                        "the address must not hold a user or password; give a token instead");
            }
            if (uri.getPort() > MOST_PORT) {
                throw new IllegalArgumentException(
                        "the address's port was " + uri.getPort() + " but it must be at most " + MOST_PORT);
            }
        }

        /** The method: {@code POST}, {@code PUT} or {@code PATCH}; POST by default. */
        public Builder<T> method(String value) {
            if (!METHODS.contains(value)) {
                throw new IllegalArgumentException("method was " + value + " but it must be POST, PUT or PATCH");
            }
            method = value;
            return this;
        }

        /** How records become a body; {@link BodyFormat#envelope()} by default. */
        public Builder<T> body(BodyFormat<T> value) {
            format = Objects.requireNonNull(value, "body");
            return this;
        }

        /** Compresses bodies of 1,024 bytes or more. Off by default: not every API reads it. */
        public Builder<T> gzip() {
            return gzip(1 << 10);
        }

        /** Compresses bodies of so many bytes or more, 0 or more. */
        public Builder<T> gzip(int fromBytes) {
            if (fromBytes < 0) {
                throw new IllegalArgumentException("fromBytes was " + fromBytes + " but it must be 0 or more");
            }
            gzipFromBytes = fromBytes;
            return this;
        }

        /**
         * Sends a header with each request, but not to another host after a redirect. Its value appears nowhere.
         *
         * @throws IllegalArgumentException if it is no header, was given before, or is one that has its own setting or
         *     frames the message
         */
        public Builder<T> header(String name, String value) {
            if (!HeaderRules.isName(name)) {
                throw new IllegalArgumentException(
                        "a header's name must be letters, digits and hyphens; the one given was not");
            }
            if (HeaderRules.isOwned(name)) {
                throw new IllegalArgumentException("header " + name + " was given but the delivery sets it itself");
            }
            if (!HeaderRules.isValue(value)) {
                throw new IllegalArgumentException("the value of header " + name
                        + " must be visible ASCII without a line break, and without blanks at its ends");
            }
            if (headers.putIfAbsent(name, value) != null) {
                throw new IllegalArgumentException("header " + name + " was given twice");
            }
            return this;
        }

        /**
         * Sends {@code Authorization: Bearer ...}; the supplier is asked before each request, and again after a 401. None
         * by default.
         */
        public Builder<T> bearerToken(Supplier<String> value) {
            return bearerToken(BearerToken.from(value));
        }

        /** Sends {@code Authorization: Bearer ...}, with a token that can be refreshed. None by default. */
        public Builder<T> bearerToken(BearerToken value) {
            token = Objects.requireNonNull(value, "bearerToken");
            return this;
        }

        /**
         * Sends one request for each record. A pipeline gives each a concurrency slot of its own. Used without one, the
         * records of a larger batch are sent one after the other, up to the first that is answered 429 or 503: the rest
         * waits with it.
         */
        public Builder<T> perRecord() {
            perRecord = true;
            return this;
        }

        /**
         * Reads from the body of a successful answer what became of each record; by default 2xx means that all arrived. An
         * answer of 204 or 205, which has no body, still does. A body that does not fit, or is longer than
         * {@link #mostAnswerBytes}, means that nobody knows: the batch is sent again.
         */
        public Builder<T> items(ItemOutcomes<T> value) {
            items = Objects.requireNonNull(value, "items");
            return this;
        }

        /**
         * Takes "it is there already" for delivered, where the record was sent before in this process and the answer was
         * lost. Nothing is taken so by default.
         */
        public Builder<T> alreadyThere(AlreadyThere value) {
            return alreadyThere(value, AlreadyThere.Scope.SENT_BEFORE);
        }

        /** Takes "it is there already" for delivered; {@link AlreadyThere.Scope} tells what each scope costs. */
        public Builder<T> alreadyThere(AlreadyThere value, AlreadyThere.Scope scope) {
            alreadyThere = Objects.requireNonNull(value, "alreadyThere");
            alreadyThereScope = Objects.requireNonNull(scope, "scope");
            return this;
        }

        /**
         * How much of an answer's body is kept for {@link #items} and {@link #alreadyThere}, 1 or more; 1 MiB by default.
         * Without these nothing is kept. What is more is dropped, and beyond another MiB the connection with it.
         */
        public Builder<T> mostAnswerBytes(int value) {
            if (value < 1) {
                throw new IllegalArgumentException("mostAnswerBytes was " + value + " but it must be 1 or more");
            }
            mostAnswerBytes = value;
            return this;
        }

        /**
         * Follows redirects that keep method and body (307 and 308), to the same host and port or to one of
         * {@code otherHosts}, never from https to http. Tokens and headers of yours do not go to other hosts; the records
         * do. None are followed by default: a redirect stops the run.
         *
         * @param most how many in a row, 1 or more
         */
        public Builder<T> followRedirects(int most, String... otherHosts) {
            if (most < 1) {
                throw new IllegalArgumentException("most was " + most + " but it must be 1 or more");
            }
            redirects = new RedirectRule(
                    most,
                    Stream.of(otherHosts)
                            .map(host -> host.toLowerCase(Locale.ROOT))
                            .collect(Collectors.toUnmodifiableSet()));
            return this;
        }

        /**
         * How long a request may take in all, to the last byte of the answer, with the retry after a 401, redirects and
         * waiting for a connection; 30 s by default.
         */
        public Builder<T> timeout(Duration value) {
            timeout = positive("timeout", value);
            return this;
        }

        /** How long the server may be silent within that time; as long as {@link #timeout} by default. */
        public Builder<T> requestTimeout(Duration value) {
            requestTimeout = positive("requestTimeout", value);
            return this;
        }

        /** How long connecting may take; 10 s by default. */
        public Builder<T> connectTimeout(Duration value) {
            connectTimeout = positive("connectTimeout", value);
            return this;
        }

        /** The most connections that are open at once, 1 or more; 10 by default. */
        public Builder<T> maxConnections(int value) {
            if (value < 1) {
                throw new IllegalArgumentException("maxConnections was " + value + " but it must be 1 or more");
            }
            maxConnections = value;
            return this;
        }

        /** The version of HTTP; {@link HttpVersion#HTTP_1_1} by default. */
        public Builder<T> httpVersion(HttpVersion value) {
            version = Objects.requireNonNull(value, "httpVersion");
            return this;
        }

        /** Whom to trust, and what to be known by; the JVM's default by default. Host names are always checked. */
        public Builder<T> sslContext(SSLContext value) {
            sslContext = Objects.requireNonNull(value, "sslContext");
            return this;
        }

        /**
         * Goes through an HTTP proxy, such as {@code http://proxy.example.org:3128}; https is tunnelled, so that the proxy
         * sees the host alone. For HTTP/1.1, and for proxies that ask for no password. None by default.
         */
        public Builder<T> proxy(URI value) {
            boolean fit = "http".equalsIgnoreCase(value.getScheme())
                    && value.getHost() != null
                    && value.getRawUserInfo() == null
                    && value.getPort() <= MOST_PORT;
            if (!fit) {
                throw new IllegalArgumentException(
                        "the proxy must be http:// with a host, and without a user, such as http://proxy.example.org:3128");
            }
            proxy = value;
            return this;
        }

        /** Hears of every exchange; nobody by default. */
        public Builder<T> listener(HttpListener value) {
            listener = Objects.requireNonNull(value, "listener");
            return this;
        }

        /** The clock; the system's by default. */
        public Builder<T> scheduler(Scheduler value) {
            scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        /**
         * The delivery.
         *
         * @throws IllegalArgumentException if two settings contradict each other
         */
        public HttpDelivery<T> build() {
            if (token != null && headers.containsKey("Authorization")) {
                throw new IllegalArgumentException(
                        "both bearerToken and header Authorization were given; give one of them");
            }
            if (proxy != null && version == HttpVersion.HTTP_2) {
                throw new IllegalArgumentException("both proxy and HTTP_2 were given; a proxy needs HTTP_1_1");
            }
            PlainHttp.warnIfUsed(uri);
            return new HttpDelivery<>(this);
        }

        private TransportSettings transport() {
            return new TransportSettings(
                    version,
                    maxConnections,
                    connectTimeout,
                    requestTimeout == null ? timeout : requestTimeout,
                    sslContext,
                    proxy,
                    scheduler);
        }

        private static Duration positive(String name, Duration value) {
            if (value.isNegative() || value.isZero()) {
                throw new IllegalArgumentException(name + " was " + value + " but it must be more than zero");
            }
            return value;
        }
    }
}
