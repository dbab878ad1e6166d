// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An object read from JSON, asked for its members by name and kind. A member that is missing or of another kind is an
 * {@link IOException} that names it, and nothing of the text. For documents that are small; immutable.
 */
public final class JsonTree {

    private static final JsonFactory JSON = new JsonFactory();

    private final String path;
    private final Map<String, @Nullable Object> members;

    private JsonTree(String path, Map<String, @Nullable Object> members) {
        this.path = path;
        this.members = members;
    }

    /**
     * What the text says.
     *
     * @throws IOException if it is no JSON object
     */
    public static JsonTree read(String json) throws IOException {
        try (JsonParser parser = JSON.createParser(json)) {
            parser.nextToken();
            Object value = value(parser);
            if (parser.nextToken() != null) {
                throw new IOException("the text goes on behind the JSON object");
            }
            return object("", value);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IOException("the text is no JSON, as is seen at character "
                    + e.getLocation().getCharOffset());
        }
    }

    private static @Nullable Object value(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == null) {
            throw new IOException("the text is empty");
        }
        return switch (token) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> members = new LinkedHashMap<>();
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String name = parser.currentName();
                    parser.nextToken();
                    members.put(name, value(parser));
                }
                yield members;
            }
            case START_ARRAY -> {
                List<@Nullable Object> elements = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    elements.add(value(parser));
                }
                yield elements;
            }
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_STRING -> parser.getText();
            case VALUE_TRUE -> Boolean.TRUE;
            case VALUE_FALSE -> Boolean.FALSE;
            default -> null;
        };
    }

    private static JsonTree object(String path, @Nullable Object value) throws IOException {
        if (!(value instanceof Map<?, ?> map)) {
            throw new IOException((path.isEmpty() ? "the text" : path) + " must be a JSON object and is not");
        }
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        map.forEach((name, member) -> members.put(String.valueOf(name), member));
        return new JsonTree(path, members);
    }

    private IOException wrong(String name, String kind) {
        return new IOException("member '" + path + name + "' must be " + kind + " and is not");
    }

    /** Whether there is a member of this name that is not null. */
    public boolean has(String name) {
        return members.get(name) != null;
    }

    Iterable<String> names() {
        return members.keySet();
    }

    /** A member that is a string. */
    public String text(String name) throws IOException {
        if (members.get(name) instanceof String text) {
            return text;
        }
        throw wrong(name, "a string");
    }

    /** A member that is a string; null if there is none. */
    public @Nullable String textOrNull(String name) throws IOException {
        return has(name) ? text(name) : null;
    }

    /** A member that is a whole number. */
    public long whole(String name) throws IOException {
        if (members.get(name) instanceof Long number) {
            return number;
        }
        throw wrong(name, "a whole number");
    }

    double number(String name) throws IOException {
        if (members.get(name) instanceof Number number) {
            return number.doubleValue();
        }
        throw wrong(name, "a number");
    }

    <E extends Enum<E>> E word(String name, Class<E> words) throws IOException {
        String text = text(name);
        for (E word : words.getEnumConstants()) {
            if (word.name().equals(text)) {
                return word;
            }
        }
        throw wrong(name, "one of " + List.of(words.getEnumConstants()));
    }

    /** A member that is an object. */
    public JsonTree object(String name) throws IOException {
        return object(path + name, members.get(name)).under(path + name + ".");
    }

    private JsonTree under(String prefix) {
        return new JsonTree(prefix, members);
    }

    /** A member that is an array of objects. */
    public List<JsonTree> objects(String name) throws IOException {
        List<JsonTree> all = new ArrayList<>();
        for (Object element : elements(name)) {
            all.add(object(path + name, element).under(path + name + "."));
        }
        return all;
    }

    List<String> texts(String name) throws IOException {
        List<String> all = new ArrayList<>();
        for (Object element : elements(name)) {
            if (!(element instanceof String text)) {
                throw wrong(name, "an array of strings");
            }
            all.add(text);
        }
        return all;
    }

    long[] wholes(String name) throws IOException {
        List<?> elements = elements(name);
        long[] all = new long[elements.size()];
        for (int i = 0; i < all.length; i++) {
            if (!(elements.get(i) instanceof Long number)) {
                throw wrong(name, "an array of whole numbers");
            }
            all[i] = number;
        }
        return all;
    }

    private List<?> elements(String name) throws IOException {
        if (members.get(name) instanceof List<?> elements) {
            return elements;
        }
        throw wrong(name, "an array");
    }
}
