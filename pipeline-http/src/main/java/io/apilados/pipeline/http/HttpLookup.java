// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import com.fasterxml.jackson.core.JsonPointer;
import io.apilados.pipeline.control.Resilience;
import io.apilados.pipeline.control.RetryableException;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.CCTsLoader;
import io.apilados.pipeline.enrich.ResponseCache;
import io.apilados.pipeline.http.HttpTransport.Answer;
import io.apilados.pipeline.http.KeyRequests.Question;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Finds the ids of keys at an HTTP API, many in one request: the loader of an on-demand {@link
 * io.apilados.pipeline.enrich.CCTsCache}, or of whoever else needs ids.
 *
 * <pre>{@code
 * HttpLookup lookup = HttpLookup.at(URI.create("https://api.example.org/escuelas"))
 *         .queryParameter("clave")
 *         .items("/data").key("/clave").id("/id")
 *         .bearerToken(() -> token)
 *         .build();
 * CCTsCache cache = CCTsCache.onDemand(lookup).build();
 * }</pre>
 *
 * <p>A request that gets no answer, an answer of 408, 425, 429 or 5xx, and one that is no JSON are made again, as the
 * {@linkplain Builder#resilience resilience} says, and end as an {@link IOException} when its patience does. All other
 * statuses but 2xx, such as 401, 403 and 404, and JSON of another shape than was told, end at once with an
 * {@link HttpLookupException}: a run stops. What the API says it is too large (413, 414, 431), or answers at too great
 * length, is asked for in halves.
 *
 * <p>A key that would make an address of more than 8,000 characters on its own is not asked for: it is unknown.
 * Of several entries with one key the first counts. No key, token or query appears in a message or a log.
 *
 * <p>Safe for use by many threads. Close it when nobody asks it any more.
 */
public final class HttpLookup implements CCTsLoader, AutoCloseable {

    /** How many keys are asked for in one request by default: {@value}. */
    public static final int DEFAULT_KEYS_PER_REQUEST = 100;

    private static final Set<Integer> TOO_LARGE = Set.of(413, 414, 431);
    private static final int MOST_DIGITS = 10;

    private final String host;
    private final Resilience resilience;
    private final int keysPerRequest;
    private final HttpTransport transport;
    private final KeyedRequests exchanges;
    private final KeyRequests requests;
    private final PartsAtOnce parts;
    private final LookupAnswer.Shape shape;
    private final @Nullable HttpLookupCache cache;

    private record Told(LookupAnswer answer, @Nullable Duration life) {}

    private HttpLookup(Builder builder) {
        this.host = builder.uri.getHost();
        this.resilience = builder.resilience == null ? Resilience.ofDefaults() : builder.resilience;
        this.keysPerRequest = builder.keysPerRequest;
        this.transport = builder.transport(resilience.scheduler());
        this.exchanges = builder.exchanges(transport, resilience.scheduler(), resilience.attemptTimeout());
        this.requests = builder.requests(builder.page);
        this.parts = new PartsAtOnce(builder.maxConnections());
        this.shape = builder.shape(builder.pages);
        this.cache = builder.cacheLife == null
                ? null
                : new HttpLookupCache(this::ask, builder.cacheLife, builder.cacheEntries, resilience.scheduler());
    }

    /** Asks at this address. */
    public static Builder at(URI uri) {
        return new Builder(uri);
    }

    @Override
    public Map<String, Integer> load(Set<String> keys) throws IOException, InterruptedException {
        if (cache != null) {
            return cache.load(keys);
        }
        Map<String, Integer> ids = new ConcurrentHashMap<>();
        ask(keys, (asked, found, life) -> ids.putAll(found));
        return ids;
    }

    private void ask(Collection<String> keys, HttpLookupCache.Sink sink) throws IOException, InterruptedException {
        parts.ask(requests.cut(keys, keysPerRequest), part -> askFor(part, sink));
    }

    private void askFor(List<String> keys, HttpLookupCache.Sink sink) throws IOException, InterruptedException {
        Map<String, Integer> found = new HashMap<>();
        Set<String> wanted = new HashSet<>(keys);
        Duration life = null;
        int pages = 1;
        for (int page = 1; page <= pages; page++) {
            Optional<Told> told = patiently(keys, page);
            if (told.isEmpty()) {
                if (keys.size() == 1) {
                    throw new HttpLookupException(
                            "too-large",
                            "a lookup of one key is too large for " + host + ", or its answer is longer than"
                                    + " mostAnswerBytes; check the query, ask for fewer fields, or raise the limit");
                }
                int half = keys.size() / 2;
                askFor(keys.subList(0, half), sink);
                askFor(keys.subList(half, keys.size()), sink);
                return;
            }
            LookupAnswer answer = told.get().answer();
            life = told.get().life();
            pages = answer.pages();
            if (pages > keys.size() || isUnfiltered(answer, wanted)) {
                throw new HttpLookupException(
                        "answer-unfit",
                        "the answer to a lookup has more than was asked for: does " + host
                                + " know the parameter? Check how keys are asked for");
            }
            for (LookupAnswer.Item item : answer.items()) {
                if (wanted.contains(item.key())) {
                    found.putIfAbsent(item.key(), id(item.id()));
                }
            }
        }
        sink.told(keys, found, life);
    }

    /** An API that overlooks a parameter it does not know returns whatever it has: then no key would ever be known. */
    private static boolean isUnfiltered(LookupAnswer answer, Set<String> wanted) {
        return answer.items().size() > wanted.size()
                && answer.items().stream().noneMatch(item -> wanted.contains(item.key()));
    }

    private static int id(String text) {
        boolean number =
                !text.isEmpty() && text.length() <= MOST_DIGITS && text.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!number || Long.parseLong(text) > Integer.MAX_VALUE) {
            throw new HttpLookupException(
                    "answer-unfit",
                    "the answer to a lookup has an id that is no whole number from 0 to 2147483647; check id");
        }
        return Integer.parseInt(text);
    }

    private Optional<Told> patiently(List<String> keys, int page) throws IOException, InterruptedException {
        try {
            return resilience.callBlocking(() -> once(keys, page));
        } catch (IOException | InterruptedException | RuntimeException e) {
            if (e instanceof RejectedExecutionException) {
                throw new IOException("too many calls wait for a concurrency slot to ask " + host, e);
            }
            throw e;
        } catch (TimeoutException e) {
            throw new IOException("no answer from " + host + " in time", e);
        } catch (Exception e) {
            throw new IllegalStateException(
                    "asking " + host + " failed with " + e.getClass().getName(), e);
        }
    }

    /** One exchange; nothing if it is too large. */
    private Optional<Told> once(List<String> keys, int page)
            throws IOException, TimeoutException, InterruptedException {
        Question question = requests.question(keys, page);
        Map<String, String> headers = question.body() == null
                ? Map.of("Accept", "application/json")
                : Map.of("Accept", "application/json", "Content-Type", "application/json");
        Answer answer;
        try {
            answer = exchanges.send(question.method(), question.uri(), headers, question.body());
        } catch (RunStop e) {
            DeliveryOutcome.Stop stop = (DeliveryOutcome.Stop) e.outcome();
            throw new HttpLookupException(stop.code(), stop.message());
        } catch (IOException | TimeoutException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while " + host + " was asked");
            }
            throw e;
        }
        DeliveryOutcome outcome =
                StatusOutcomes.of(answer, resilience.scheduler().epochMillis());
        if (outcome instanceof DeliveryOutcome.Retry later) {
            String message = host + " answered a lookup with " + answer.status();
            // Of a 503, which says both, the breaker should know.
            throw later.overloaded() && !later.failing()
                    ? RetryableException.overloaded(message, later.after())
                    : RetryableException.failing(message, later.after());
        }
        if (TOO_LARGE.contains(answer.status())) {
            return Optional.empty();
        }
        if (outcome instanceof DeliveryOutcome.Stop stop) {
            throw new HttpLookupException(stop.code(), stop.message());
        }
        if (outcome instanceof DeliveryOutcome.Refused refused) {
            throw new HttpLookupException(
                    refused.code(),
                    host + " answered a lookup with " + answer.status()
                            + "; check the address, how keys are asked for, and what the API accepts");
        }
        if (answer.truncated()) {
            return Optional.empty();
        }
        return Optional.of(new Told(
                LookupAnswer.read(answer.body(), shape),
                FreshFor.of(
                        answer.headers().first("Cache-Control"),
                        answer.headers().first("Age"))));
    }

    /** What the {@linkplain Builder#responseCache response cache} has done so far; empty if there is none. */
    public Optional<ResponseCache.Statistics> cacheStatistics() {
        return Optional.ofNullable(cache).map(HttpLookupCache::statistics);
    }

    @Override
    public void close() {
        parts.close();
        transport.close();
    }

    /** Where it asks, as far as the host: the rest of an address may hold secrets. */
    @Override
    public String toString() {
        return "HTTP lookup at " + host;
    }

    /** Settings of a lookup. Confined to one thread. */
    public static final class Builder extends HttpLookupSettings<Builder> {
        private int keysPerRequest = DEFAULT_KEYS_PER_REQUEST;
        private @Nullable String page;
        private @Nullable JsonPointer pages;
        private @Nullable Resilience resilience;
        private @Nullable Duration cacheLife;
        private long cacheEntries = ResponseCache.DEFAULT_MAX_ENTRIES;

        private Builder(URI uri) {
            super(uri);
        }

        /**
         * How many keys are asked for in one request, 1 to 10,000; {@value HttpLookup#DEFAULT_KEYS_PER_REQUEST} by
         * default. Fewer if the address would be longer than 8,000 characters. More keys take several requests, as many at
         * once as {@link #maxConnections} and the resilience allow.
         */
        public Builder keysPerRequest(int value) {
            if (value < 1 || value > 10_000) {
                throw new IllegalArgumentException(
                        "keysPerRequest was " + value + " but it must be between 1 and 10000");
            }
            keysPerRequest = value;
            return this;
        }

        /**
         * Reads further pages, where the API returns fewer entries at once than there are keys. By default there is one.
         *
         * @param parameter takes the number of the page, from 1
         * @param countPointer where in the answer the number of pages is, as a JSON Pointer
         */
        public Builder pages(String parameter, String countPointer) {
            page = Objects.requireNonNull(parameter, "parameter");
            pages = JsonPointer.compile(countPointer);
            return this;
        }

        /**
         * What stands between this and the API: hand over the value the delivery to the same API has, and both together
         * keep to its limits. {@link Resilience#ofDefaults()} by default. A cache that loads from here has patience of its
         * own and asks once more while it lasts: give it the same, or less.
         */
        public Builder resilience(Resilience value) {
            resilience = Objects.requireNonNull(value, "resilience");
            return this;
        }

        /** As {@link #responseCache(Duration, long)}, for five minutes and 10,000 keys. */
        public Builder responseCache() {
            return responseCache(ResponseCache.DEFAULT_LIFE, ResponseCache.DEFAULT_MAX_ENTRIES);
        }

        /**
         * Keeps the answer to each key, unknown ones included. None by default: a {@code CCTsCache} has tiers of its own,
         * and is best shared itself. It helps where several of them, or services without one, ask through one lookup: a key
         * is asked for once among all of them, also while it is on its way, and it is kept as the API's
         * {@code Cache-Control} says ({@code max-age}, {@code no-store}, {@code no-cache}), which the tiers know nothing
         * of.
         *
         * @param life for answers that do not say; more than zero
         * @param maxEntries how many keys, 1 or more
         */
        public Builder responseCache(Duration life, long maxEntries) {
            if (life.isNegative() || life.isZero()) {
                throw new IllegalArgumentException("life was " + life + " but it must be more than zero");
            }
            if (maxEntries < 1) {
                throw new IllegalArgumentException("maxEntries was " + maxEntries + " but it must be 1 or more");
            }
            cacheLife = life;
            cacheEntries = maxEntries;
            return this;
        }

        /**
         * The lookup.
         *
         * @throws IllegalArgumentException if a setting is missing or two contradict each other; it lists all
         */
        public HttpLookup build() {
            check();
            return new HttpLookup(this);
        }
    }
}
