// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.deliver.RecordOutcome;
import io.apilados.pipeline.enrich.JsonRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Posts batches to an HTTP API, over connections that are kept alive.
 *
 * <p>A batch is one request with the body <code>{"data":[{...},...]}</code>; in {@linkplain Builder#perRecord()
 * per-record mode} each record is one, with the body <code>{"data":{...}}</code>. Every request carries
 * {@code Idempotency-Key}: the same records sent again have the same key, so that an API which honours it applies them
 * once.
 *
 * <p>Safe for use by many threads. Close it when no pipeline uses it any more.
 *
 * @param <T> what a record is
 */
public final class HttpDelivery<T> implements BatchDelivery<T> {

    private static final Logger LOG = LoggerFactory.getLogger(HttpDelivery.class);
    private static final byte[] BEFORE_MANY = "{\"data\":[".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] AFTER_MANY = "]}".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BEFORE_ONE = "{\"data\":".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] AFTER_ONE = "}".getBytes(StandardCharsets.US_ASCII);
    private static final int BODY_BYTES_AT_FIRST = 1 << 12;

    private final URI uri;
    private final RecordJson<T> json;
    private final @Nullable Supplier<String> token;
    private final boolean perRecord;
    private final Duration timeout;
    private final Scheduler scheduler;
    private final HttpTransport transport;
    private final BatchDelivery<T> blocking;

    private HttpDelivery(Builder<T> builder) {
        this.uri = builder.uri;
        this.json = builder.json;
        this.token = builder.token;
        this.perRecord = builder.perRecord;
        this.timeout = builder.timeout;
        this.scheduler = builder.scheduler;
        this.transport =
                new ApacheTransport(builder.maxConnections, builder.connectTimeout, timeout, builder.scheduler);
        this.blocking = BatchDelivery.blocking(perRecord ? this::postEach : this::postAll);
    }

    /** Delivers records that are JSON already to this address. */
    public static Builder<JsonRecord> to(URI uri) {
        return new Builder<>(uri, JsonRecord::writeTo);
    }

    /** Delivers records that {@code json} writes to this address. */
    public static <T> Builder<T> to(URI uri, RecordJson<T> json) {
        return new Builder<>(uri, json);
    }

    @Override
    public int largestRequest() {
        return perRecord ? 1 : Integer.MAX_VALUE;
    }

    @Override
    public CompletionStage<DeliveryOutcome> deliver(Batch<T> batch) {
        return blocking.deliver(batch);
    }

    private DeliveryOutcome postAll(Batch<T> batch) throws IOException, TimeoutException {
        ByteArrayOutputStream body = new ByteArrayOutputStream(BODY_BYTES_AT_FIRST);
        body.write(BEFORE_MANY, 0, BEFORE_MANY.length);
        for (int i = 0; i < batch.size(); i++) {
            if (i > 0) {
                body.write(',');
            }
            json.write(batch.record(i), body);
        }
        body.write(AFTER_MANY, 0, AFTER_MANY.length);
        return post(batch.key(), body.toByteArray());
    }

    private DeliveryOutcome postEach(Batch<T> batch) throws IOException, TimeoutException {
        if (batch.size() == 1) {
            return postOne(batch, 0);
        }
        List<RecordOutcome> outcomes = new ArrayList<>(batch.size());
        for (int i = 0; i < batch.size(); i++) {
            DeliveryOutcome outcome = tryOne(batch, i);
            if (outcome instanceof DeliveryOutcome.Stop) {
                return outcome;
            }
            outcomes.add(forRecord(outcome));
        }
        return new DeliveryOutcome.PerRecord(outcomes);
    }

    private DeliveryOutcome tryOne(Batch<T> batch, int index) {
        try {
            return postOne(batch, index);
        } catch (TimeoutException e) {
            return DeliveryOutcome.retry("time-out");
        } catch (IOException e) {
            return DeliveryOutcome.lost(e);
        }
    }

    private DeliveryOutcome postOne(Batch<T> batch, int index) throws IOException, TimeoutException {
        ByteArrayOutputStream body = new ByteArrayOutputStream(BODY_BYTES_AT_FIRST);
        body.write(BEFORE_ONE, 0, BEFORE_ONE.length);
        json.write(batch.record(index), body);
        body.write(AFTER_ONE, 0, AFTER_ONE.length);
        return post(batch.recordKey(index), body.toByteArray());
    }

    private static RecordOutcome forRecord(DeliveryOutcome outcome) {
        if (outcome instanceof DeliveryOutcome.Refused refused) {
            return RecordOutcome.rejected(refused.code(), refused.message());
        }
        if (outcome instanceof DeliveryOutcome.Retry retry) {
            return new RecordOutcome.Retry(retry.reason(), retry.after());
        }
        return RecordOutcome.delivered();
    }

    private DeliveryOutcome post(String key, byte[] body) throws IOException, TimeoutException {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Type", "application/json");
        headers.put("Accept", "application/json");
        headers.put("Idempotency-Key", key);
        Supplier<String> current = token;
        if (current != null) {
            headers.put("Authorization", "Bearer " + current.get());
        }
        HttpTransport.Answer answer = transport.post(uri, headers, body, timeout);
        return StatusOutcomes.of(answer, scheduler.epochMillis());
    }

    @Override
    public void close() {
        blocking.close();
        transport.close();
    }

    /**
     * Settings of a delivery. Confined to one thread.
     *
     * @param <T> what a record is
     */
    public static final class Builder<T> {
        private static final int MOST_PORT = 65_535;

        private final URI uri;
        private final RecordJson<T> json;
        private @Nullable Supplier<String> token;
        private boolean perRecord;
        private Duration timeout = Duration.ofSeconds(30);
        private Duration connectTimeout = Duration.ofSeconds(10);
        private int maxConnections = 10;
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

        /** Sends {@code Authorization: Bearer ...}; the supplier is asked before each request. None by default. */
        public Builder<T> bearerToken(Supplier<String> value) {
            token = Objects.requireNonNull(value, "bearerToken");
            return this;
        }

        /**
         * Sends one request for each record. Give the pipeline batches of one record, so that its concurrency limit
         * counts requests; the records of a larger batch are sent one after the other.
         */
        public Builder<T> perRecord() {
            perRecord = true;
            return this;
        }

        /** How long a request may take in all, to the last byte of the answer; 30 s by default. */
        public Builder<T> timeout(Duration value) {
            timeout = positive("timeout", value);
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

        /** The clock; the system's by default. */
        public Builder<T> scheduler(Scheduler value) {
            scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        /** The delivery. */
        public HttpDelivery<T> build() {
            if ("http".equalsIgnoreCase(uri.getScheme()) && !isLoopback(uri.getHost())) {
                LOG.warn(
                        "records and token go to {} without encryption; use https unless that network is yours",
                        uri.getHost());
            }
            return new HttpDelivery<>(this);
        }

        private static boolean isLoopback(String host) {
            try {
                return InetAddress.getByName(host).isLoopbackAddress();
            } catch (UnknownHostException e) {
                return false;
            }
        }

        private static Duration positive(String name, Duration value) {
            if (value.isNegative() || value.isZero()) {
                throw new IllegalArgumentException(name + " was " + value + " but it must be more than zero");
            }
            return value;
        }
    }

    /** Where it delivers to, as far as the host: the rest of an address may hold secrets. */
    @Override
    public String toString() {
        return "HTTP delivery to " + uri.getHost();
    }
}
