// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import com.fasterxml.jackson.core.JsonPointer;
import io.apilados.pipeline.control.Scheduler;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * How to ask an API for keys, and how to reach it: what a lookup and an upsert have in common.
 *
 * @param <B> the builder itself
 */
abstract class HttpLookupSettings<B extends HttpLookupSettings<B>> {

    private static final int MOST_PORT = 65_535;
    private static final int LEAST_ROOM = 1_000;

    final URI uri;

    private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final Map<String, String> parameters = new LinkedHashMap<>();
    private @Nullable String template;
    private @Nullable String bodyTemplate;
    private @Nullable String pageSize;
    private JsonPointer items = JsonPointer.compile("/data");
    private List<JsonPointer> keys = List.of();
    private List<JsonPointer> ids = List.of(JsonPointer.compile("/id"));
    private @Nullable BearerToken token;
    private int mostAnswerBytes = 1 << 22;
    private Duration timeout = Duration.ofSeconds(30);
    private Duration connectTimeout = Duration.ofSeconds(10);
    private int maxConnections = 10;
    private HttpVersion version = HttpVersion.HTTP_1_1;
    private @Nullable SSLContext sslContext;
    private @Nullable URI proxy;
    private @Nullable HttpListener listener;

    HttpLookupSettings(URI uri) {
        this.uri = checked("the address", Objects.requireNonNull(uri, "uri"));
    }

    /** An address that can be asked, and holds no password. */
    static URI checked(String what, URI uri) {
        String scheme = uri.getScheme();
        boolean http = "http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme);
        if (!http || uri.getHost() == null) {
            throw new IllegalArgumentException(what
                    + " must begin with http:// or https:// and name a host, such as https://api.example.org/escuelas");
        }
        if (uri.getRawUserInfo() != null) {
            throw new IllegalArgumentException(what + " must not hold a user or password; give a token instead");
        }
        if (uri.getPort() > MOST_PORT) {
            throw new IllegalArgumentException(
                    what + "'s port was " + uri.getPort() + " but it must be at most " + MOST_PORT);
        }
        return uri;
    }

    @SuppressWarnings("unchecked") // Each builder names itself.
    private B self() {
        return (B) this;
    }

    /** Asks with a parameter for each key: {@code ?clave=a&clave=b}. */
    public B queryParameter(String name) {
        if (name.isEmpty() || name.contains("=")) {
            throw new IllegalArgumentException("name was " + name + " but it must be the name of a parameter");
        }
        return queryTemplate(name + "=" + KeyRequests.KEY);
    }

    /**
     * Asks with a parameter made for each key from a template, such as {@code filters[clave][$in][{index}]={key}}, where
     * {@code {key}} is the key and {@code {index}} counts from 0. Write it as it reads: it is percent-encoded.
     */
    public B queryTemplate(String value) {
        int equals = value.indexOf('=');
        if (equals < 1 || !value.substring(equals).contains(KeyRequests.KEY)) {
            throw new IllegalArgumentException(
                    "queryTemplate was " + value + " but it must be name=value with {key} in the value");
        }
        template = value;
        return self();
    }

    /**
     * Asks with POST and this body, where {@code {keys}} becomes an array of all keys of the request:
     * <code>{"claves":{keys}}</code>.
     */
    public B postBody(String value) {
        int at = value.indexOf(KeyRequests.KEYS);
        if (at < 0 || value.indexOf(KeyRequests.KEYS, at + 1) >= 0) {
            throw new IllegalArgumentException(
                    "postBody was " + value + " but it must be JSON with {keys} in it, once");
        }
        bodyTemplate = value;
        return self();
    }

    /** A parameter that goes with every lookup, such as {@code fields[0]}, {@code clave}. */
    public B parameter(String name, String value) {
        if (parameters.putIfAbsent(name, value) != null) {
            throw new IllegalArgumentException("parameter " + name + " was given twice");
        }
        return self();
    }

    /** The parameter that tells the API to return as many entries as there are keys, such as {@code pageSize}. */
    public B pageSize(String parameter) {
        pageSize = Objects.requireNonNull(parameter, "parameter");
        return self();
    }

    /** Where the array of entries is: a JSON Pointer (RFC 6901); {@code /data} by default, empty for the answer itself. */
    public B items(String pointer) {
        items = JsonPointer.compile(pointer);
        return self();
    }

    /** Where an entry's key is, from the entry: JSON Pointers, of which the first that leads to text or number counts. */
    public B key(String... pointers) {
        keys = compiled("key", pointers);
        return self();
    }

    /** Where an entry's id is, as {@link #key}; {@code /id} by default. */
    public B id(String... pointers) {
        ids = compiled("id", pointers);
        return self();
    }

    private static List<JsonPointer> compiled(String name, String... pointers) {
        if (pointers.length == 0) {
            throw new IllegalArgumentException(name + " had no pointer but it must have 1 or more");
        }
        List<JsonPointer> compiled = new ArrayList<>();
        for (String pointer : pointers) {
            compiled.add(JsonPointer.compile(pointer));
        }
        return List.copyOf(compiled);
    }

    /** Sends a header with each request. Its value appears nowhere. */
    public B header(String name, String value) {
        if (!HeaderRules.isName(name)) {
            throw new IllegalArgumentException(
                    "a header's name must be letters, digits and hyphens; the one given was not");
        }
        if (HeaderRules.isOwned(name)) {
            throw new IllegalArgumentException("header " + name + " was given but it is set by itself");
        }
        if (!HeaderRules.isValue(value)) {
            throw new IllegalArgumentException("the value of header " + name
                    + " must be visible ASCII without a line break, and without blanks at its ends");
        }
        if (headers.putIfAbsent(name, value) != null) {
            throw new IllegalArgumentException("header " + name + " was given twice");
        }
        return self();
    }

    /** Sends {@code Authorization: Bearer ...}; the supplier is asked before each request, and again after a 401. */
    public B bearerToken(Supplier<String> value) {
        return bearerToken(BearerToken.from(value));
    }

    /** Sends {@code Authorization: Bearer ...}, with a token that can be refreshed. None by default. */
    public B bearerToken(BearerToken value) {
        token = Objects.requireNonNull(value, "bearerToken");
        return self();
    }

    /** How long the answer to a request may be in bytes, 1 or more; 4 MiB by default. */
    public B mostAnswerBytes(int value) {
        mostAnswerBytes = atLeastOne("mostAnswerBytes", value);
        return self();
    }

    /** How long a request may take in all, to the last byte of the answer; 30 s by default. */
    public B timeout(Duration value) {
        timeout = positive("timeout", value);
        return self();
    }

    /** How long connecting may take; 10 s by default. */
    public B connectTimeout(Duration value) {
        connectTimeout = positive("connectTimeout", value);
        return self();
    }

    /** The most connections that are open at once, 1 or more; 10 by default. */
    public B maxConnections(int value) {
        maxConnections = atLeastOne("maxConnections", value);
        return self();
    }

    /** The version of HTTP; {@link HttpVersion#HTTP_1_1} by default. */
    public B httpVersion(HttpVersion value) {
        version = Objects.requireNonNull(value, "httpVersion");
        return self();
    }

    /** Whom to trust, and what to be known by; the JVM's default by default. Host names are always checked. */
    public B sslContext(SSLContext value) {
        sslContext = Objects.requireNonNull(value, "sslContext");
        return self();
    }

    /** Goes through an HTTP proxy that asks for no password, such as {@code http://proxy.example.org:3128}. */
    public B proxy(URI value) {
        boolean fit = "http".equalsIgnoreCase(value.getScheme())
                && value.getHost() != null
                && value.getRawUserInfo() == null
                && value.getPort() <= MOST_PORT;
        if (!fit) {
            throw new IllegalArgumentException(
                    "the proxy must be http:// with a host, and without a user, such as http://proxy.example.org:3128");
        }
        proxy = value;
        return self();
    }

    /** Hears of every exchange, with the host and never the rest of the address; nobody by default. */
    public B listener(HttpListener value) {
        listener = Objects.requireNonNull(value, "listener");
        return self();
    }

    static int atLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " was " + value + " but it must be 1 or more");
        }
        return value;
    }

    private static Duration positive(String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + " was " + value + " but it must be more than zero");
        }
        return value;
    }

    /** Throws what is wrong with all settings together. */
    void check() {
        List<String> problems = new ArrayList<>();
        if ((template == null) == (bodyTemplate == null)) {
            problems.add("one of queryParameter, queryTemplate and postBody must say how keys are asked for");
        }
        if (keys.isEmpty()) {
            problems.add("key must say where an entry's key is, such as /clave");
        }
        if (token != null && headers.containsKey("Authorization")) {
            problems.add("both bearerToken and header Authorization were given; give one of them");
        }
        if (proxy != null && version == HttpVersion.HTTP_2) {
            problems.add("both proxy and HTTP_2 were given; a proxy needs HTTP_1_1");
        }
        if (requests(null).room() < LEAST_ROOM) {
            problems.add("the address and its parameters must leave " + LEAST_ROOM + " of " + KeyRequests.LONGEST_URL
                    + " characters to keys");
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        PlainHttp.warnIfUsed(uri);
    }

    int maxConnections() {
        return maxConnections;
    }

    KeyRequests requests(@Nullable String page) {
        return new KeyRequests(uri, template, bodyTemplate, parameters, pageSize, page);
    }

    LookupAnswer.Shape shape(@Nullable JsonPointer pages) {
        return new LookupAnswer.Shape(items, keys, ids, pages);
    }

    HttpTransport transport(Scheduler scheduler) {
        return new TransportSettings(version, maxConnections, connectTimeout, timeout, sslContext, proxy, scheduler)
                .open(uri.getScheme());
    }

    /**
     * The exchanges.
     *
     * @param most of the time; null for no more than is set
     */
    KeyedRequests exchanges(HttpTransport transport, Scheduler scheduler, @Nullable Duration most) {
        return new KeyedRequests(
                transport,
                token == null ? null : new Tokens(token),
                Map.copyOf(headers),
                RedirectRule.NONE,
                most == null || most.compareTo(timeout) > 0 ? timeout : most,
                mostAnswerBytes,
                scheduler,
                listener,
                new AtomicBoolean());
    }

    /** The host: the rest may be secret. */
    @Override
    public String toString() {
        return "settings for " + uri.getHost();
    }
}
