// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.batch.Batch;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * How records become the body of a request. Safe for use by many threads.
 *
 * <p>The same records must always give the same bytes: an API may compare what comes again with the same key.
 *
 * @param <T> what a record is
 */
@FunctionalInterface
public interface BodyFormat<T> {

    /**
     * Writes a batch.
     *
     * @param json writes one record
     * @throws IOException only if {@code out} fails
     */
    void writeMany(List<T> records, RecordJson<T> json, OutputStream out) throws IOException;

    /** Writes a batch; by default by {@link #writeMany}. A format that can write it without an object a record does so. */
    default void writeBatch(Batch<T> batch, RecordJson<T> json, OutputStream out) throws IOException {
        writeMany(batch.records(), json, out);
    }

    /** Writes a record that has a request of its own; by default like a batch of one. */
    default void writeOne(T record, RecordJson<T> json, OutputStream out) throws IOException {
        writeMany(List.of(record), json, out);
    }

    /** The {@code Content-Type}; {@code application/json} by default. */
    default String contentType() {
        return "application/json";
    }

    /** The same with another {@code Content-Type}. */
    default BodyFormat<T> withContentType(String contentType) {
        if (!HeaderRules.isValue(contentType) || contentType.isBlank()) {
            throw new IllegalArgumentException("contentType must be a header value, such as application/json");
        }
        BodyFormat<T> format = this;
        return new BodyFormat<>() {
            @Override
            public void writeMany(List<T> records, RecordJson<T> json, OutputStream out) throws IOException {
                format.writeMany(records, json, out);
            }

            @Override
            public void writeBatch(Batch<T> batch, RecordJson<T> json, OutputStream out) throws IOException {
                format.writeBatch(batch, json, out);
            }

            @Override
            public void writeOne(T record, RecordJson<T> json, OutputStream out) throws IOException {
                format.writeOne(record, json, out);
            }

            @Override
            public String contentType() {
                return contentType;
            }
        };
    }

    /** <code>{"data":[{...},...]}</code>; a record alone is <code>{"data":{...}}</code>. The default. */
    static <T> BodyFormat<T> envelope() {
        return new FramedJson<>("{\"data\":[", ',', "]}", "{\"data\":", "}", "application/json");
    }

    /** <code>[{...},...]</code>; a record alone is <code>{...}</code>. */
    static <T> BodyFormat<T> array() {
        return new FramedJson<>("[", ',', "]", "", "", "application/json");
    }

    /** A line for each record, each ended by a line feed; {@code application/x-ndjson}. */
    static <T> BodyFormat<T> jsonLines() {
        return new FramedJson<>("", '\n', "\n", "", "\n", "application/x-ndjson");
    }
}
