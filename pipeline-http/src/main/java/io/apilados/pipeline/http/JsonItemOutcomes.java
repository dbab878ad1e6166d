// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonToken;
import io.apilados.pipeline.deliver.RecordOutcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads items by JSON pointers, in one pass over the body and without a tree of it. */
final class JsonItemOutcomes<T> implements ItemOutcomes<T> {

    private static final JsonFactory JSON = new JsonFactory();
    private static final Pattern CODE = Pattern.compile("[A-Za-z0-9_.:-]{1,64}");
    private static final int MOST_MESSAGE_CHARS = 200;

    /** What is looked for in an item. */
    private enum Part {
        STATUS,
        OK,
        ERROR,
        CODE,
        MESSAGE,
        PLACE
    }

    private static final int PARTS = Part.values().length;

    private record Wanted(Part part, JsonPointer at) {}

    private final JsonPointer items;
    private final List<Wanted> wanted = new ArrayList<>();
    private final boolean hasStatus;
    private final boolean hasOk;
    private final boolean hasError;
    private final boolean placed;
    private final @Nullable Function<? super T, String> idOf;
    private final boolean othersDelivered;
    private final boolean keepMessages;
    private final Set<Integer> alsoDelivered;

    JsonItemOutcomes(Builder<T> builder) {
        this.items = builder.items;
        this.hasStatus = !builder.status.isEmpty();
        this.hasOk = !builder.ok.isEmpty();
        this.hasError = !builder.error.isEmpty();
        this.placed = !builder.place.isEmpty();
        this.idOf = builder.idOf;
        this.othersDelivered = builder.othersDelivered;
        this.keepMessages = builder.keepMessages;
        this.alsoDelivered = Set.copyOf(builder.alsoDelivered);
        want(Part.STATUS, builder.status);
        want(Part.OK, builder.ok);
        want(Part.ERROR, builder.error);
        want(Part.CODE, builder.code);
        want(Part.MESSAGE, keepMessages ? builder.message : List.of());
        want(Part.PLACE, builder.place);
    }

    private void want(Part part, List<JsonPointer> pointers) {
        for (JsonPointer at : pointers) {
            wanted.add(new Wanted(part, at));
        }
    }

    @Override
    public List<RecordOutcome> of(int status, byte[] body, List<T> records) throws IOException {
        Reading reading = new Reading(records);
        try (JsonParser parser = JSON.createParser(body)) {
            if (parser.nextToken() == null) {
                throw misfit("it is empty");
            }
            if (!parser.currentToken().isStructStart()) {
                throw misfit("it is neither an object nor an array");
            }
            reading.search(parser, items);
            if (parser.nextToken() != null) {
                throw misfit("something follows its end");
            }
        }
        return reading.outcomes();
    }

    /** Says what is wrong in words of ours alone. */
    private static IOException misfit(String why) {
        return new IOException("the answer does not fit: " + why);
    }

    /** One answer being read. */
    private final class Reading {
        private final List<T> records;
        private final @Nullable RecordOutcome[] outcomes;
        private @Nullable Map<String, Integer> places;
        private boolean found;
        private int next;

        Reading(List<T> records) {
            this.records = records;
            this.outcomes = new RecordOutcome[records.size()];
        }

        /** Goes through the value the parser is at, down to the array. */
        void search(JsonParser parser, JsonPointer left) throws IOException {
            if (left.matches()) {
                readItems(parser);
            } else if (parser.currentToken() == JsonToken.START_OBJECT) {
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    JsonPointer tail = left.matchProperty(parser.currentName());
                    parser.nextToken();
                    searchOrSkip(parser, tail);
                }
            } else if (parser.currentToken() == JsonToken.START_ARRAY) {
                for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
                    searchOrSkip(parser, left.matchElement(i));
                }
            }
        }

        private void searchOrSkip(JsonParser parser, @Nullable JsonPointer tail) throws IOException {
            if (tail == null) {
                parser.skipChildren();
            } else {
                search(parser, tail);
            }
        }

        private void readItems(JsonParser parser) throws IOException {
            if (parser.currentToken() == JsonToken.VALUE_NULL && othersDelivered) {
                return;
            }
            if (parser.currentToken() != JsonToken.START_ARRAY || found) {
                throw misfit("there is not one array where the items should be");
            }
            found = true;
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                Item item = new Item();
                item.collect(parser, wanted);
                settle(item);
            }
        }

        private void settle(Item item) throws IOException {
            int index = placed ? placeOf(item) : next++;
            if (index < 0 || index >= outcomes.length) {
                throw misfit("an item is no record's");
            }
            RecordOutcome before = outcomes[index];
            if (before != null && !othersDelivered) {
                throw misfit("two items are the same record's");
            }
            if (before == null) {
                outcomes[index] = outcomeOf(item);
            }
        }

        private int placeOf(Item item) throws IOException {
            String place = item.text(Part.PLACE);
            if (place == null) {
                throw misfit("an item does not say whose it is");
            }
            if (idOf != null) {
                return placesById(idOf).getOrDefault(place, -1);
            }
            if (item.token(Part.PLACE) != JsonToken.VALUE_NUMBER_INT || place.length() > 9) {
                throw misfit("an item's place is no number");
            }
            return Integer.parseInt(place);
        }

        private Map<String, Integer> placesById(Function<? super T, String> id) throws IOException {
            Map<String, Integer> known = places;
            if (known == null) {
                known = new HashMap<>(2 * records.size());
                for (int i = 0; i < records.size(); i++) {
                    if (known.put(id.apply(records.get(i)), i) != null) {
                        throw misfit("two records have the same id");
                    }
                }
                places = known;
            }
            return known;
        }

        List<RecordOutcome> outcomes() throws IOException {
            if (!found && !othersDelivered) {
                throw misfit("there are no items");
            }
            List<RecordOutcome> all = new ArrayList<>(outcomes.length);
            for (RecordOutcome outcome : outcomes) {
                if (outcome == null && !othersDelivered) {
                    throw misfit("it has fewer items than there were records");
                }
                all.add(outcome == null ? RecordOutcome.delivered() : outcome);
            }
            return all;
        }
    }

    private RecordOutcome outcomeOf(Item item) throws IOException {
        String status = hasStatus ? item.text(Part.STATUS) : null;
        if (status != null) {
            return byStatus(status, item);
        }
        if (hasStatus && !othersDelivered) {
            throw misfit("an item has no status");
        }
        if (hasOk) {
            JsonToken ok = item.token(Part.OK);
            if (ok != JsonToken.VALUE_TRUE && ok != JsonToken.VALUE_FALSE) {
                throw misfit("an item says neither true nor false");
            }
            return ok == JsonToken.VALUE_TRUE ? RecordOutcome.delivered() : rejected("item-refused", item);
        }
        if (hasError) {
            JsonToken error = item.token(Part.ERROR);
            boolean none = error == null || error == JsonToken.VALUE_NULL || error == JsonToken.VALUE_FALSE;
            return none ? RecordOutcome.delivered() : rejected("item-refused", item);
        }
        return rejected("item-refused", item);
    }

    private RecordOutcome byStatus(String text, Item item) throws IOException {
        if (text.length() != 3 || !RetryAfter.isDigits(text)) {
            throw misfit("an item's status is none");
        }
        int status = Integer.parseInt(text);
        if ((status >= 200 && status < 300) || alsoDelivered.contains(status)) {
            return RecordOutcome.delivered();
        }
        if (status == 408 || status == 425 || status == 429 || status >= 500) {
            return RecordOutcome.retry("item-" + status);
        }
        return rejected("item-" + status, item);
    }

    private RecordOutcome rejected(String otherwise, Item item) {
        String code = item.text(Part.CODE);
        boolean fit = code != null && CODE.matcher(code).matches();
        String message = keepMessages ? item.text(Part.MESSAGE) : null;
        return RecordOutcome.rejected(
                code != null && fit ? code : otherwise,
                message == null ? "the API refused this record of the batch" : cleaned(message));
    }

    private static String cleaned(String message) {
        StringBuilder clean = new StringBuilder();
        message.codePoints()
                .limit(MOST_MESSAGE_CHARS)
                .map(c -> switch (Character.getType(c)) {
                    case Character.CONTROL,
                            Character.FORMAT,
                            Character.LINE_SEPARATOR,
                            Character.PARAGRAPH_SEPARATOR,
                            Character.SURROGATE -> ' ';
                    default -> c;
                })
                .forEach(clean::appendCodePoint);
        return clean.toString().strip();
    }

    /** What was found in one item. */
    private static final class Item {
        private final @Nullable String[] texts = new String[PARTS];
        private final @Nullable JsonToken[] tokens = new JsonToken[PARTS];

        @Nullable String text(Part part) {
            return texts[part.ordinal()];
        }

        @Nullable JsonToken token(Part part) {
            return tokens[part.ordinal()];
        }

        /** Goes through the value the parser is at. */
        void collect(JsonParser parser, List<Wanted> left) throws IOException {
            JsonToken token = parser.currentToken();
            for (Wanted one : left) {
                int part = one.part().ordinal();
                if (one.at().matches() && tokens[part] == null) {
                    tokens[part] = token;
                    boolean told = token.isScalarValue() && token != JsonToken.VALUE_NULL;
                    texts[part] = told ? parser.getText() : null;
                }
            }
            if (token == JsonToken.START_OBJECT) {
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    List<Wanted> tails = new ArrayList<>();
                    for (Wanted one : left) {
                        add(tails, one, one.at().matchProperty(name));
                    }
                    parser.nextToken();
                    collectOrSkip(parser, tails);
                }
            } else if (token == JsonToken.START_ARRAY) {
                for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
                    List<Wanted> tails = new ArrayList<>();
                    for (Wanted one : left) {
                        add(tails, one, one.at().matchElement(i));
                    }
                    collectOrSkip(parser, tails);
                }
            }
        }

        private static void add(List<Wanted> tails, Wanted one, @Nullable JsonPointer tail) {
            if (tail != null) {
                tails.add(new Wanted(one.part(), tail));
            }
        }

        private void collectOrSkip(JsonParser parser, List<Wanted> tails) throws IOException {
            if (tails.isEmpty()) {
                parser.skipChildren();
            } else {
                collect(parser, tails);
            }
        }
    }
}
