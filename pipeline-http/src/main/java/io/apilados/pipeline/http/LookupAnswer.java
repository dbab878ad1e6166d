// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an API knows of the keys it was asked for.
 *
 * @param items in the order of the answer
 * @param pages how many pages there are; 1 where nothing says so
 */
record LookupAnswer(List<Item> items, int pages) {

    private static final JsonFactory JSON = new JsonFactory();
    private static final int MOST_DIGITS = 9;

    /** One entry. */
    record Item(String key, String id) {}

    /**
     * Where things stand in an answer.
     *
     * @param items the array
     * @param keys within an item; the first that is there counts
     * @param ids within an item; the first that is there counts
     * @param pages the number of pages; null if an answer has but one
     */
    record Shape(
            JsonPointer items,
            List<JsonPointer> keys,
            List<JsonPointer> ids,
            @Nullable JsonPointer pages) {}

    /**
     * Reads an answer, in one pass and without a tree of it.
     *
     * @throws IOException if it is no JSON; its message holds nothing of the answer
     * @throws HttpLookupException if it is JSON of another shape
     */
    static LookupAnswer read(byte[] body, Shape shape) throws IOException {
        Reading reading = new Reading(shape);
        try (JsonParser parser = JSON.createParser(body)) {
            if (parser.nextToken() == null) {
                throw new IOException("the answer to a lookup is empty");
            }
            reading.search(parser, shape.items(), shape.pages());
            if (parser.nextToken() != null) {
                throw new IOException("something follows the JSON of an answer to a lookup");
            }
        } catch (JsonProcessingException e) {
            // Its message and its cause may quote the answer.
            throw new IOException("the answer to a lookup is no JSON");
        }
        return reading.end();
    }

    private static HttpLookupException unfit(String why) {
        return new HttpLookupException("answer-unfit", "the answer to a lookup " + why);
    }

    /** One answer being read. */
    private static final class Reading {
        private final Shape shape;
        private final List<Item> items = new ArrayList<>();
        private boolean found;
        private int pages;

        Reading(Shape shape) {
            this.shape = shape;
        }

        /** Goes through the value the parser is at, down to what is looked for. */
        void search(JsonParser parser, @Nullable JsonPointer toItems, @Nullable JsonPointer toPages)
                throws IOException {
            if (toItems != null && toItems.matches()) {
                readItems(parser);
            } else if (toPages != null && toPages.matches()) {
                readPages(parser);
            } else if (toItems == null && toPages == null) {
                parser.skipChildren();
            } else if (parser.currentToken() == JsonToken.START_OBJECT) {
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    search(parser, property(toItems, name), property(toPages, name));
                }
            } else if (parser.currentToken() == JsonToken.START_ARRAY) {
                for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
                    search(parser, element(toItems, i), element(toPages, i));
                }
            }
        }

        private static @Nullable JsonPointer property(@Nullable JsonPointer at, String name) {
            return at == null ? null : at.matchProperty(name);
        }

        private static @Nullable JsonPointer element(@Nullable JsonPointer at, int index) {
            return at == null ? null : at.matchElement(index);
        }

        private void readItems(JsonParser parser) throws IOException {
            if (parser.currentToken() != JsonToken.START_ARRAY) {
                throw unfit("has no array where items says; check items");
            }
            found = true;
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                Parts parts = new Parts(shape.keys().size(), shape.ids().size());
                readItem(parser, shape.keys(), shape.ids(), parts);
                String key = first(parts.keys);
                String id = first(parts.ids);
                if (key == null) {
                    throw unfit("has an item without a key; check key, and which fields the API returns");
                }
                if (id == null) {
                    throw unfit("has an item without an id; check id, and which fields the API returns");
                }
                items.add(new Item(key, id));
            }
        }

        private void readItem(
                JsonParser parser,
                List<? extends @Nullable JsonPointer> toKeys,
                List<? extends @Nullable JsonPointer> toIds,
                Parts parts)
                throws IOException {
            JsonToken token = parser.currentToken();
            if (token == JsonToken.VALUE_STRING || token == JsonToken.VALUE_NUMBER_INT) {
                keep(parser.getText(), toKeys, parts.keys);
                keep(parser.getText(), toIds, parts.ids);
            } else if (leadNowhere(toKeys) && leadNowhere(toIds)) {
                parser.skipChildren();
            } else if (token == JsonToken.START_OBJECT) {
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    readItem(parser, tails(toKeys, name), tails(toIds, name), parts);
                }
            } else if (token == JsonToken.START_ARRAY) {
                for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
                    readItem(parser, tails(toKeys, i), tails(toIds, i), parts);
                }
            }
        }

        private static boolean leadNowhere(List<? extends @Nullable JsonPointer> pointers) {
            for (JsonPointer at : pointers) {
                if (at != null) {
                    return false;
                }
            }
            return true;
        }

        private static List<@Nullable JsonPointer> tails(List<? extends @Nullable JsonPointer> pointers, String name) {
            List<@Nullable JsonPointer> tails = new ArrayList<>(pointers.size());
            for (JsonPointer at : pointers) {
                tails.add(property(at, name));
            }
            return tails;
        }

        private static List<@Nullable JsonPointer> tails(List<? extends @Nullable JsonPointer> pointers, int index) {
            List<@Nullable JsonPointer> tails = new ArrayList<>(pointers.size());
            for (JsonPointer at : pointers) {
                tails.add(element(at, index));
            }
            return tails;
        }

        private static void keep(String text, List<? extends @Nullable JsonPointer> pointers, @Nullable String[] kept) {
            for (int i = 0; i < kept.length; i++) {
                JsonPointer at = pointers.get(i);
                if (at != null && at.matches() && kept[i] == null) {
                    kept[i] = text;
                }
            }
        }

        private static @Nullable String first(@Nullable String[] kept) {
            for (String text : kept) {
                if (text != null) {
                    return text;
                }
            }
            return null;
        }

        private void readPages(JsonParser parser) throws IOException {
            boolean number = parser.currentToken() == JsonToken.VALUE_NUMBER_INT;
            if (!number || parser.getText().length() > MOST_DIGITS || parser.getIntValue() < 0) {
                throw unfit("has no number of pages where pages says; check pages");
            }
            // Strapi has zero pages of nothing.
            pages = Math.max(1, parser.getIntValue());
        }

        LookupAnswer end() {
            if (!found) {
                throw unfit("has no array where items says; check items");
            }
            if (shape.pages() != null && pages == 0) {
                throw unfit("has no number of pages where pages says; check pages");
            }
            return new LookupAnswer(items, Math.max(1, pages));
        }
    }

    /** What was found in an item, in the order of the pointers. */
    private static final class Parts {
        final @Nullable String[] keys;
        final @Nullable String[] ids;

        Parts(int keys, int ids) {
            this.keys = new String[keys];
            this.ids = new String[ids];
        }
    }
}
