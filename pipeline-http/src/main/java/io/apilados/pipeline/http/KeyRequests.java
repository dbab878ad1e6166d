// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes requests of keys: which go together, the address, and the body. Immutable; safe for use by many threads.
 *
 * <p>Keys and names are percent-encoded but for letters, digits and {@code -._~} (RFC 3986, section 2.3), so that brackets
 * and blanks pass every server and proxy.
 */
final class KeyRequests {

    static final String KEY = "{key}";
    static final String KEYS = "{keys}";
    static final String INDEX = "{index}";

    /** What servers are asked to take at least (RFC 9110, section 4.1); many take no more than a little above. */
    static final int LONGEST_URL = 8_000;

    /** Room for the numbers of a page and of its size. */
    private static final int NUMBERS = 16;

    private static final int MOST_KEYS = 10_000;
    private static final JsonFactory JSON = new JsonFactory();
    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

    private final String address;
    private final @Nullable String template;
    private final @Nullable String bodyTemplate;
    private final @Nullable String pageSize;
    private final @Nullable String page;
    private final int fixedLength;

    /**
     * What to send.
     *
     * @param body null for none
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Question(String method, URI uri, byte @Nullable [] body) {}

    /**
     * Requests of one form.
     *
     * @param template a parameter for each key, with {@code =} and {@code {key}}; null if the body holds the keys
     * @param bodyTemplate JSON with {@code {keys}}; null for GET
     * @param fixed parameters of every request
     * @param pageSize the parameter that takes the number of keys; null for none
     * @param page the parameter that takes the number of a page after the first; null for none
     */
    KeyRequests(
            URI uri,
            @Nullable String template,
            @Nullable String bodyTemplate,
            Map<String, String> fixed,
            @Nullable String pageSize,
            @Nullable String page) {
        StringBuilder text = new StringBuilder(withoutQuery(uri));
        String query = uri.getRawQuery();
        text.append('?').append(query == null || query.isEmpty() ? "" : query + "&");
        fixed.forEach((name, value) ->
                text.append(encoded(name)).append('=').append(encoded(value)).append('&'));
        this.address = text.toString();
        this.template = template;
        this.bodyTemplate = bodyTemplate;
        this.pageSize = pageSize == null ? null : encoded(pageSize);
        this.page = page == null ? null : encoded(page);
        this.fixedLength = address.length() + parameterLength(this.pageSize) + parameterLength(this.page);
    }

    private static int parameterLength(@Nullable String name) {
        return name == null ? 0 : name.length() + NUMBERS;
    }

    static String withoutQuery(URI uri) {
        String path = uri.getRawPath();
        return uri.getScheme() + "://" + uri.getRawAuthority() + (path.isEmpty() ? "/" : path);
    }

    /** How many characters of the address are left for keys. */
    int room() {
        return LONGEST_URL - fixedLength;
    }

    /** Whether a key can be asked for at all. */
    boolean fits(String key) {
        return length(key) <= room();
    }

    private int length(String key) {
        return template == null ? 0 : parameter(template, MOST_KEYS, key).length() + 1;
    }

    /** Keys that go into one request each time, in their order; one that does not fit into any is left out. */
    List<List<String>> cut(Collection<String> keys, int most) {
        List<List<String>> parts = new ArrayList<>();
        List<String> part = new ArrayList<>();
        int used = 0;
        for (String key : keys) {
            int length = length(key);
            if (length > room()) {
                continue;
            }
            if (part.size() == most || used + length > room()) {
                parts.add(part);
                part = new ArrayList<>();
                used = 0;
            }
            part.add(key);
            used += length;
        }
        if (!part.isEmpty()) {
            parts.add(part);
        }
        return parts;
    }

    /**
     * The request for these keys.
     *
     * @param number of the page, from 1
     */
    Question question(List<String> keys, int number) {
        StringBuilder url = new StringBuilder(address);
        if (template != null) {
            for (int i = 0; i < keys.size(); i++) {
                url.append(parameter(template, i, keys.get(i))).append('&');
            }
        }
        if (pageSize != null) {
            url.append(pageSize).append('=').append(keys.size()).append('&');
        }
        if (page != null && number > 1) {
            url.append(page).append('=').append(number).append('&');
        }
        // What is there ends with the mark that begins or continues a query.
        url.setLength(url.length() - 1);
        URI uri = URI.create(url.toString());
        return bodyTemplate == null
                ? new Question("GET", uri, null)
                : new Question(
                        "POST", uri, bodyTemplate.replace(KEYS, array(keys)).getBytes(StandardCharsets.UTF_8));
    }

    private static String parameter(String template, int index, String key) {
        int equals = template.indexOf('=');
        String name = template.substring(0, equals).replace(INDEX, Integer.toString(index));
        return encoded(name) + "=" + encoded(template.substring(equals + 1).replace(KEY, key));
    }

    private static String array(List<String> keys) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartArray();
            for (String key : keys) {
                json.writeString(wellFormed(key));
            }
            json.writeEndArray();
        } catch (IOException e) {
            throw new UncheckedIOException("writing into memory does not fail", e);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    /** With half characters replaced, as the encoding into a URL does it. */
    private static String wellFormed(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    static String encoded(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        StringBuilder encoded = new StringBuilder(utf8.length + 16);
        for (byte b : utf8) {
            if (isUnreserved(b)) {
                encoded.append((char) b);
            } else {
                encoded.append('%').append((char) HEX[(b >> 4) & 0xf]).append((char) HEX[b & 0xf]);
            }
        }
        return encoded.toString();
    }

    private static boolean isUnreserved(byte b) {
        return (b >= 'a' && b <= 'z')
                || (b >= 'A' && b <= 'Z')
                || (b >= '0' && b <= '9')
                || b == '-'
                || b == '.'
                || b == '_'
                || b == '~';
    }
}
