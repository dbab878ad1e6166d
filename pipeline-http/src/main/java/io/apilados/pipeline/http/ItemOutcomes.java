// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import com.fasterxml.jackson.core.JsonPointer;
import io.apilados.pipeline.deliver.RecordOutcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads from the body of a successful answer (2xx) what became of each record. Safe for use by many threads.
 *
 * <p>There are ready ones for common shapes, and {@link #items} for others; pointers are JSON Pointers (RFC 6901).
 *
 * @param <T> what a record is
 */
@FunctionalInterface
public interface ItemOutcomes<T> {

    /**
     * What became of each record.
     *
     * @param status the answer's status, 200 to 299
     * @param body the answer's body, whole
     * @param records the records of the request
     * @return one outcome for each, in their order
     * @throws IOException if the body is not what was agreed upon. Nobody knows then what became of the records: they are
     *     sent again, with the same key
     */
    List<RecordOutcome> of(int status, byte[] body, List<T> records) throws IOException;

    /**
     * A status for each record, in order: <code>{"results":[{"status":201},{"status":422},...]}</code> is
     * {@code statusesInOrder("/results", "/status")}.
     */
    static <T> ItemOutcomes<T> statusesInOrder(String items, String status) {
        return ItemOutcomes.<T>items(items).status(status).build();
    }

    /**
     * A list of those that failed, by their place counted from 0; the others arrived. {@code errorsByIndex("/errors",
     * "/index")} reads <code>{"errors":[{"index":3,"message":"..."}]}</code>. No such list means that all arrived.
     */
    static <T> ItemOutcomes<T> errorsByIndex(String errors, String index) {
        return ItemOutcomes.<T>items(errors).index(index).othersDelivered().build();
    }

    /**
     * As Elasticsearch and OpenSearch answer to {@code _bulk}: <code>{"items":[{"index":{"status":201}},...]}</code>, with
     * {@code error.type} as the code.
     */
    static <T> ItemOutcomes<T> bulkItems() {
        return ItemOutcomes.<T>items("/items")
                .status("/index/status", "/create/status", "/update/status", "/delete/status")
                .code("/index/error/type", "/create/error/type", "/update/error/type", "/delete/error/type")
                .message("/index/error/reason", "/create/error/reason", "/update/error/reason", "/delete/error/reason")
                .build();
    }

    /**
     * For an answer with an array of items.
     *
     * @param items where the array is; empty if it is the whole body
     */
    static <T> Builder<T> items(String items) {
        return new Builder<>(Builder.pointer("items", items));
    }

    /**
     * Where in an item to find what. At least one of {@link #status}, {@link #ok}, {@link #error} and
     * {@link #othersDelivered} must be given; of several, the first in this order decides. Where more than one pointer is
     * given, the first that leads anywhere counts. Confined to one thread.
     *
     * @param <T> what a record is
     */
    final class Builder<T> {
        final JsonPointer items;
        List<JsonPointer> status = List.of();
        List<JsonPointer> ok = List.of();
        List<JsonPointer> error = List.of();
        List<JsonPointer> code = List.of();
        List<JsonPointer> message = List.of();
        List<JsonPointer> place = List.of();

        @Nullable Function<? super T, String> idOf;

        boolean othersDelivered;
        boolean keepMessages;
        final Set<Integer> alsoDelivered = new HashSet<>();

        private Builder(JsonPointer items) {
            this.items = items;
        }

        /**
         * The item's HTTP status: 2xx arrived; 408, 425, 429 and 5xx is to be sent again; any other is rejected.
         */
        public Builder<T> status(String... pointers) {
            status = pointers("status", pointers);
            return this;
        }

        /** True or false: arrived or rejected. */
        public Builder<T> ok(String... pointers) {
            ok = pointers("ok", pointers);
            return this;
        }

        /** Rejected if there is anything but null or false. */
        public Builder<T> error(String... pointers) {
            error = pointers("error", pointers);
            return this;
        }

        /** The API's code for what is wrong; kept if it is up to 64 letters, digits, and {@code _ . : -}. */
        public Builder<T> code(String... pointers) {
            code = pointers("code", pointers);
            return this;
        }

        /** What the API says is wrong; read only with {@link #keepMessages}. */
        public Builder<T> message(String... pointers) {
            message = pointers("message", pointers);
            return this;
        }

        /** The record's place in the request, counted from 0. Without it items stand in the records' order. */
        public Builder<T> index(String pointer) {
            place = pointers("index", pointer);
            idOf = null;
            return this;
        }

        /** The record's id, which must be unique in a batch. Without it items stand in the records' order. */
        public Builder<T> id(String pointer, Function<? super T, String> idOfRecord) {
            place = pointers("id", pointer);
            idOf = Objects.requireNonNull(idOfRecord, "idOfRecord");
            return this;
        }

        /** Records without an item arrived. Needs {@link #index} or {@link #id}; items without status are rejected. */
        public Builder<T> othersDelivered() {
            othersDelivered = true;
            return this;
        }

        /** Item statuses that count as arrived, too, such as 409 for "already there". */
        public Builder<T> alsoDelivered(int... statuses) {
            for (int one : statuses) {
                alsoDelivered.add(one);
            }
            return this;
        }

        /**
         * Puts what {@link #message} finds into the reasons of rejected records: up to 200 characters, without control
         * characters. Off by default, since an API may quote the record, and reasons are printed.
         */
        public Builder<T> keepMessages() {
            keepMessages = true;
            return this;
        }

        /**
         * The reader.
         *
         * @throws IllegalArgumentException if nothing says which items failed, or whose they are
         */
        public ItemOutcomes<T> build() {
            if (status.isEmpty() && ok.isEmpty() && error.isEmpty() && !othersDelivered) {
                throw new IllegalArgumentException(
                        "nothing says which items failed; give status, ok, error or othersDelivered");
            }
            if (othersDelivered && place.isEmpty()) {
                throw new IllegalArgumentException("othersDelivered needs index or id, to know whose the items are");
            }
            return new JsonItemOutcomes<>(this);
        }

        private static List<JsonPointer> pointers(String name, String... values) {
            if (values.length == 0) {
                throw new IllegalArgumentException(name + " was empty but it must be at least one JSON pointer");
            }
            List<JsonPointer> pointers = new ArrayList<>(values.length);
            for (String value : values) {
                pointers.add(pointer(name, value));
            }
            return List.copyOf(pointers);
        }

        private static JsonPointer pointer(String name, String value) {
            if (!value.isEmpty() && value.charAt(0) != '/') {
                throw new IllegalArgumentException(
                        name + " was " + value + " but it must be a JSON pointer, such as /results");
            }
            return JsonPointer.compile(value);
        }
    }
}
