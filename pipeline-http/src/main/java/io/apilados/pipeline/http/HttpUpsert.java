// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.HttpTransport.Answer;
import io.apilados.pipeline.http.KeyRequests.Question;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Delivers to an API that has no bulk requests: looks each record up by its key, and updates the entry that is there or
 * creates one.
 *
 * <pre>{@code
 * HttpUpsert<JsonRecord> upsert = HttpUpsert.at(URI.create("https://api.example.org/escuelas"), "clave")
 *         .queryParameter("clave")
 *         .key("/clave")
 *         .id("/id")
 *         .build();
 * }</pre>
 *
 * <p>An entry that somebody else created meanwhile, or an earlier attempt whose answer was lost, is updated; one that was
 * deleted meanwhile is created. That is done once for each attempt; whatever else happens is the pipeline's business, as
 * with {@link HttpDelivery}, and the statuses mean the same. So what is delivered twice is applied once, and rows with the
 * same key end as one entry. With several requests under way it is not said which of these rows comes last.
 *
 * <p>A record takes two requests, one after the other, four at most, on one concurrency slot and one moment of the rate
 * limit: give half the rate that the API allows, or a quarter where others create and delete the same entries. A limit
 * that adapts needs no such sum.
 *
 * <p>Creating and updating carry {@code Idempotency-Key}: the same record sent again has the same key for the same of both.
 * No key, token, record or query appears in a message or a log.
 *
 * <p>Safe for use by many threads. Close it when no pipeline uses it any more.
 *
 * @param <T> what a record is
 */
public final class HttpUpsert<T> implements BatchDelivery<T> {

    private static final int BODY_BYTES_AT_FIRST = 1 << 12;
    private static final JsonFactory JSON = new JsonFactory();

    private final String host;
    private final RecordJson<T> json;
    private final Function<? super T, @Nullable String> keyOf;
    private final BodyFormat<T> format;
    private final AlreadyThere alreadyThere;
    private final URI createAt;
    private final String updateMethod;
    private final String updateAt;
    private final Scheduler scheduler;
    private final HttpTransport transport;
    private final KeyedRequests exchanges;
    private final KeyRequests lookups;
    private final LookupAnswer.Shape shape;
    private final BatchDelivery<T> blocking;

    /** What a lookup found: an id or none, or else why nobody knows. */
    private record Found(@Nullable String id, @Nullable DeliveryOutcome failure) {}

    private HttpUpsert(Builder<T> builder) {
        this.host = builder.uri.getHost();
        this.json = builder.json;
        this.keyOf = builder.keyOf;
        this.format = builder.format;
        this.alreadyThere = builder.alreadyThere;
        this.createAt = builder.createAt == null ? builder.uri : builder.createAt;
        this.updateMethod = builder.updateMethod;
        this.updateAt = builder.updateTemplate();
        this.scheduler = builder.scheduler;
        this.transport = builder.transport(scheduler);
        this.exchanges = builder.exchanges(transport, scheduler, null);
        this.lookups = builder.requests(null);
        this.shape = builder.shape(null);
        this.blocking = BatchDelivery.blocking(new OneByOne<>(this::upsert));
    }

    /** Upserts records that are JSON already, by a member of theirs that is text or a whole number. */
    public static Builder<JsonRecord> at(URI uri, String keyMember) {
        Objects.requireNonNull(keyMember, "keyMember");
        return new Builder<>(uri, JsonRecord::writeTo, record -> member(record, keyMember));
    }

    /**
     * Upserts records that {@code json} writes.
     *
     * @param uri where entries are looked up, and created unless {@link Builder#createAt} says otherwise
     * @param keyOf the key of a record; a record without one, null or blank, is rejected as {@code missing-key}
     */
    public static <T> Builder<T> at(URI uri, RecordJson<T> json, Function<? super T, @Nullable String> keyOf) {
        return new Builder<>(uri, json, keyOf);
    }

    private static @Nullable String member(JsonRecord record, String name) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(record.sizeBytes());
        try {
            record.writeTo(bytes);
            try (JsonParser parser = JSON.createParser(bytes.toByteArray())) {
                if (parser.nextToken() != JsonToken.START_OBJECT) {
                    return null;
                }
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    boolean wanted = name.equals(parser.currentName());
                    JsonToken value = parser.nextToken();
                    if (wanted) {
                        boolean key = value == JsonToken.VALUE_STRING || value == JsonToken.VALUE_NUMBER_INT;
                        return key ? parser.getText() : null;
                    }
                    parser.skipChildren();
                }
                return null;
            }
        } catch (IOException e) {
            // Its message may quote the record.
            throw new IllegalArgumentException("the record is no JSON");
        }
    }

    @Override
    public CompletionStage<DeliveryOutcome> deliver(Batch<T> batch) {
        return blocking.deliver(batch);
    }

    @Override
    public void deliver(Batch<T> batch, Ending end) {
        blocking.deliver(batch, end);
    }

    /** One. */
    @Override
    public int largestRequest() {
        return 1;
    }

    private DeliveryOutcome upsert(Batch<T> batch) throws IOException, TimeoutException {
        String key;
        try {
            key = keyOf.apply(batch.record(0));
        } catch (RuntimeException e) {
            return DeliveryOutcome.stop(
                    "key-of",
                    "finding the key of a record failed with " + e.getClass().getName());
        }
        if (key == null || key.isBlank()) {
            return DeliveryOutcome.refused("missing-key", "the record has no key to look it up by");
        }
        if (!lookups.fits(key)) {
            return DeliveryOutcome.refused("key-too-long", "the record's key is too long to look it up by");
        }
        try {
            return upsert(batch, key);
        } catch (RunStop e) {
            return e.outcome();
        } catch (HttpLookupException e) {
            return DeliveryOutcome.stop(e.code(), String.valueOf(e.getMessage()));
        }
    }

    private DeliveryOutcome upsert(Batch<T> batch, String key) throws IOException, TimeoutException, RunStop {
        Found before = find(key);
        if (before.failure() != null) {
            return before.failure();
        }
        if (before.id() != null) {
            Answer updated = update(batch, before.id());
            if (updated.status() != 404) {
                return outcome(updated);
            }
            // A key of its own: an API that remembers the first creation would only repeat its answer.
            Answer recreated = create(batch, "-recreate");
            return isThere(recreated) ? inMotion() : outcome(recreated);
        }
        Answer created = create(batch, "-create");
        if (!isThere(created)) {
            return outcome(created);
        }
        Found since = find(key);
        if (since.failure() != null) {
            return since.failure();
        }
        if (since.id() == null) {
            // Something else of it is taken, not its key.
            return outcome(created);
        }
        Answer updated = update(batch, since.id());
        return updated.status() == 404 ? inMotion() : outcome(updated);
    }

    /** Somebody creates and deletes the entry at the same time: better later. */
    private static DeliveryOutcome inMotion() {
        return new DeliveryOutcome.Retry("entry-in-motion", null, false, false);
    }

    private Found find(String key) throws IOException, TimeoutException, RunStop {
        Question question = lookups.question(List.of(key), 1);
        Map<String, String> headers = question.body() == null
                ? Map.of("Accept", "application/json")
                : Map.of("Accept", "application/json", "Content-Type", "application/json");
        Answer answer = exchanges.send(question.method(), question.uri(), headers, question.body());
        DeliveryOutcome outcome = outcome(answer);
        if (answer.status() == 404) {
            outcome = DeliveryOutcome.stop("http-404", host + " answered a lookup with 404; check the address");
        } else if (answer.truncated()) {
            outcome = DeliveryOutcome.stop(
                    "answer-too-long",
                    "the answer to a lookup is longer than mostAnswerBytes; ask for fewer fields or raise the limit");
        }
        if (!(outcome instanceof DeliveryOutcome.Delivered)) {
            return new Found(null, outcome);
        }
        List<LookupAnswer.Item> items;
        try {
            items = LookupAnswer.read(answer.body(), shape).items();
        } catch (IOException e) {
            return new Found(null, DeliveryOutcome.retry("answer-unreadable"));
        }
        for (LookupAnswer.Item item : items) {
            if (item.key().equals(key)) {
                return new Found(item.id(), null);
            }
        }
        if (items.size() > 1) {
            throw new HttpLookupException(
                    "answer-unfit",
                    "the answer to a lookup has more than was asked for: does " + host
                            + " know the parameter? Check how keys are asked for");
        }
        return new Found(null, null);
    }

    private Answer create(Batch<T> batch, String keySuffix) throws IOException, TimeoutException, RunStop {
        return write("POST", createAt, batch, keySuffix);
    }

    private Answer update(Batch<T> batch, String id) throws IOException, TimeoutException, RunStop {
        if (id.isEmpty() || ".".equals(id) || "..".equals(id)) {
            throw new HttpLookupException("answer-unfit", "the answer to a lookup has an id that is none; check id");
        }
        URI entry = URI.create(updateAt.replace(Builder.ID, KeyRequests.encoded(id)));
        return write(updateMethod, entry, batch, "-update");
    }

    private Answer write(String method, URI uri, Batch<T> batch, String keySuffix)
            throws IOException, TimeoutException, RunStop {
        ByteArrayOutputStream body = new ByteArrayOutputStream(BODY_BYTES_AT_FIRST);
        format.writeOne(batch.record(0), json, body);
        Map<String, String> headers = Map.of(
                "Content-Type",
                format.contentType(),
                "Accept",
                "application/json",
                "Idempotency-Key",
                batch.key() + keySuffix);
        return exchanges.send(method, uri, headers, body.toByteArray());
    }

    private DeliveryOutcome outcome(Answer answer) {
        return StatusOutcomes.of(answer, scheduler.epochMillis());
    }

    private boolean isThere(Answer answer) {
        return outcome(answer) instanceof DeliveryOutcome.Refused
                && alreadyThere.matches(answer.status(), new String(answer.body(), StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        blocking.close();
        transport.close();
    }

    /** Where it delivers to, as far as the host: the rest of an address may hold secrets. */
    @Override
    public String toString() {
        return "HTTP upsert at " + host;
    }

    /**
     * Settings of an upsert. Confined to one thread.
     *
     * @param <T> what a record is
     */
    public static final class Builder<T> extends HttpLookupSettings<Builder<T>> {
        static final String ID = "{id}";

        private final RecordJson<T> json;
        private final Function<? super T, @Nullable String> keyOf;
        private BodyFormat<T> format = BodyFormat.envelope();
        private AlreadyThere alreadyThere = AlreadyThere.status(409);
        private @Nullable URI createAt;
        private String updateMethod = "PUT";
        private @Nullable String updateAt;
        private Scheduler scheduler = Scheduler.system();

        private Builder(URI uri, RecordJson<T> json, Function<? super T, @Nullable String> keyOf) {
            super(uri);
            this.json = Objects.requireNonNull(json, "json");
            this.keyOf = Objects.requireNonNull(keyOf, "keyOf");
        }

        /** How a record becomes a body, as a record alone; {@link BodyFormat#envelope()} by default. */
        public Builder<T> body(BodyFormat<T> value) {
            format = Objects.requireNonNull(value, "body");
            return this;
        }

        /** How the API says that what is to be created is there already; by default with 409. */
        public Builder<T> alreadyThere(AlreadyThere value) {
            alreadyThere = Objects.requireNonNull(value, "alreadyThere");
            return this;
        }

        /** Where entries are created, on the same server; by default where they are looked up. */
        public Builder<T> createAt(URI value) {
            createAt = sameServer("createAt", checked("createAt", value));
            return this;
        }

        /** How an entry is updated: {@code PUT} or {@code PATCH}; PUT by default. */
        public Builder<T> updateMethod(String value) {
            if (!"PUT".equals(value) && !"PATCH".equals(value)) {
                throw new IllegalArgumentException("updateMethod was " + value + " but it must be PUT or PATCH");
            }
            updateMethod = value;
            return this;
        }

        /**
         * Where an entry is updated, on the same server, such as {@code https://api.example.org/escuelas/{id}}; by default
         * an id after the address where entries are created.
         */
        public Builder<T> updateAt(String template) {
            int at = template.indexOf(ID);
            URI example;
            try {
                example = URI.create(template.replace(ID, "1"));
            } catch (IllegalArgumentException e) {
                example = null;
            }
            if (at < 0 || example == null) {
                throw new IllegalArgumentException(
                        "updateAt must be an address with {id} in it, such as https://api.example.org/escuelas/{id}");
            }
            sameServer("updateAt", checked("updateAt", example));
            updateAt = template;
            return this;
        }

        /** Tokens go there. */
        private URI sameServer(String name, URI value) {
            if (!RedirectRule.sameServer(uri, value)) {
                throw new IllegalArgumentException(
                        name + " was at " + value.getHost() + " but it must be on the server of the lookups");
            }
            return value;
        }

        private String updateTemplate() {
            String given = updateAt;
            if (given != null) {
                return given;
            }
            URI entries = createAt == null ? uri : createAt;
            String path = KeyRequests.withoutQuery(entries);
            String query = entries.getRawQuery();
            return (path.endsWith("/") ? path : path + "/") + ID + (query == null ? "" : "?" + query);
        }

        /** The clock; the system's by default. */
        public Builder<T> scheduler(Scheduler value) {
            scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        /**
         * The delivery.
         *
         * @throws IllegalArgumentException if a setting is missing or two contradict each other; it lists all
         */
        public HttpUpsert<T> build() {
            check();
            return new HttpUpsert<>(this);
        }
    }
}
