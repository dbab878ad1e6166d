// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.apilados.pipeline.batch.BatchLimit;
import io.apilados.pipeline.checkpoint.SettledBatch.Refusal;
import io.apilados.pipeline.source.SourcePosition;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * Checkpoints as text. Records are written as arrays of their components in order; the file's version says which order
 * that is.
 */
final class CheckpointJson {

    private static final JsonFactory JSON = new JsonFactory();

    private CheckpointJson() {}

    static String write(Checkpoint checkpoint) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartArray();
            json.writeString(checkpoint.fingerprint());
            write(json, checkpoint.position());
            json.writeBoolean(checkpoint.complete());
            write(json, checkpoint.counters());
            json.writeNumber(checkpoint.rejectsMark());
            json.writeStartArray();
            for (RejectReason reason : checkpoint.rejectReasons()) {
                write(json, reason);
            }
            json.writeEndArray();
            json.writeStartArray();
            for (PlannedSize size : checkpoint.sizes()) {
                write(json, size);
            }
            json.writeEndArray();
            json.writeStartArray();
            for (SettledBatch batch : checkpoint.settled()) {
                write(json, batch);
            }
            json.writeEndArray();
            json.writeEndArray();
        }
        return text.toString();
    }

    static String write(PlannedSize size) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            write(json, size);
        }
        return text.toString();
    }

    static String write(SettledBatch batch) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            write(json, batch);
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, SourcePosition position) throws IOException {
        numbers(json, position.byteOffset(), position.recordNumber(), position.line());
    }

    private static void write(JsonGenerator json, Counters counters) throws IOException {
        numbers(
                json,
                counters.read(),
                counters.delivered(),
                counters.rejected(),
                counters.filtered(),
                counters.oddities(),
                counters.batches(),
                counters.requests(),
                counters.retries());
    }

    private static void write(JsonGenerator json, RejectReason reason) throws IOException {
        json.writeStartArray();
        json.writeString(reason.stage());
        json.writeString(reason.code());
        json.writeString(reason.message());
        json.writeNumber(reason.count());
        numbers(json, reason.firstLines().stream().mapToLong(Long::longValue).toArray());
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, PlannedSize size) throws IOException {
        numbers(
                json,
                size.fromRecord(),
                size.untilRecord(),
                size.limit().records(),
                size.limit().bytes());
    }

    private static void write(JsonGenerator json, SettledBatch batch) throws IOException {
        json.writeStartArray();
        json.writeNumber(batch.firstRecord());
        json.writeString(batch.key());
        json.writeNumber(batch.delivered());
        json.writeStartArray();
        for (Refusal refusal : batch.refusals()) {
            json.writeStartArray();
            json.writeNumber(refusal.byteOffset());
            json.writeString(refusal.code());
            json.writeString(refusal.message());
            json.writeEndArray();
        }
        json.writeEndArray();
        json.writeEndArray();
    }

    private static void numbers(JsonGenerator json, long... values) throws IOException {
        json.writeArray(values, 0, values.length);
    }

    static Checkpoint readCheckpoint(String text) throws IOException {
        Reader in = new Reader(text);
        in.open();
        Checkpoint checkpoint = new Checkpoint(
                in.text(),
                position(in),
                in.flag(),
                counters(in),
                in.number(),
                in.list(CheckpointJson::reason),
                in.list(CheckpointJson::size),
                in.list(CheckpointJson::batch));
        in.close();
        return checkpoint;
    }

    static PlannedSize readSize(String text) throws IOException {
        return size(new Reader(text));
    }

    static SettledBatch readBatch(String text) throws IOException {
        return batch(new Reader(text));
    }

    private static SourcePosition position(Reader in) throws IOException {
        in.open();
        SourcePosition position = new SourcePosition(in.number(), in.number(), in.number());
        in.close();
        return position;
    }

    private static Counters counters(Reader in) throws IOException {
        in.open();
        Counters counters = new Counters(
                in.number(), in.number(), in.number(), in.number(), in.number(), in.number(), in.number(), in.number());
        in.close();
        return counters;
    }

    private static RejectReason reason(Reader in) throws IOException {
        in.open();
        RejectReason reason = new RejectReason(in.text(), in.text(), in.text(), in.number(), in.list(Reader::number));
        in.close();
        return reason;
    }

    private static PlannedSize size(Reader in) throws IOException {
        in.open();
        long from = in.number();
        long until = in.number();
        PlannedSize size = new PlannedSize(from, until, limit(in.number(), in.number()));
        in.close();
        return size;
    }

    private static BatchLimit limit(long records, long bytes) throws IOException {
        if (records < 1 || records > Integer.MAX_VALUE || bytes < 1) {
            throw new IOException("a planned batch has " + records + " records and " + bytes + " bytes");
        }
        return new BatchLimit((int) records, bytes);
    }

    private static SettledBatch batch(Reader in) throws IOException {
        in.open();
        SettledBatch batch =
                new SettledBatch(in.number(), in.text(), (int) in.number(), in.list(CheckpointJson::refusal));
        in.close();
        return batch;
    }

    private static Refusal refusal(Reader in) throws IOException {
        in.open();
        Refusal refusal = new Refusal(in.number(), in.text(), in.text());
        in.close();
        return refusal;
    }

    /** Reads arrays of arrays, and is strict about their shape. */
    private static final class Reader {
        private final JsonParser json;

        Reader(String text) throws IOException {
            json = JSON.createParser(text);
        }

        void open() throws IOException {
            expect(JsonToken.START_ARRAY);
        }

        void close() throws IOException {
            expect(JsonToken.END_ARRAY);
        }

        long number() throws IOException {
            expect(JsonToken.VALUE_NUMBER_INT);
            return json.getLongValue();
        }

        String text() throws IOException {
            expect(JsonToken.VALUE_STRING);
            return json.getText();
        }

        boolean flag() throws IOException {
            JsonToken token = json.nextToken();
            if (token != JsonToken.VALUE_TRUE && token != JsonToken.VALUE_FALSE) {
                throw unexpected(token);
            }
            return token == JsonToken.VALUE_TRUE;
        }

        <T> List<T> list(Element<T> element) throws IOException {
            open();
            List<T> all = new ArrayList<>();
            while (true) {
                if (peekIsEnd()) {
                    return all;
                }
                all.add(element.read(this));
            }
        }

        private boolean ahead;

        /** Looks whether the list ends; if it does not, the token is read again by the element. */
        private boolean peekIsEnd() throws IOException {
            JsonToken token = json.nextToken();
            ahead = token != JsonToken.END_ARRAY;
            return !ahead;
        }

        private void expect(JsonToken wanted) throws IOException {
            JsonToken token = ahead ? json.currentToken() : json.nextToken();
            ahead = false;
            if (token != wanted) {
                throw unexpected(token);
            }
        }

        private static IOException unexpected(JsonToken token) {
            return new IOException("it holds " + token + " where something else belongs");
        }
    }

    /** One element of a list. */
    @FunctionalInterface
    private interface Element<T> {
        T read(Reader in) throws IOException;
    }
}
