// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.apilados.pipeline.batch.BatchLimit;
import io.apilados.pipeline.checkpoint.SettledBatch.Refusal;
import io.apilados.pipeline.enrich.JsonBuffer;
import io.apilados.pipeline.source.SourcePosition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Checkpoints as text. Records are written as arrays of their components in order; the file's version says which order
 * that is.
 */
final class CheckpointJson {

    private CheckpointJson() {}

    static void write(Checkpoint checkpoint, JsonBuffer out) {
        out.raw("[").string(checkpoint.fingerprint()).raw(",");
        SourcePosition position = checkpoint.position();
        numbers(out, position.byteOffset(), position.recordNumber(), position.line());
        out.raw(checkpoint.complete() ? ",true," : ",false,");
        write(checkpoint.counters(), out);
        out.raw(",").number(checkpoint.rejectsMark()).raw(",");
        list(checkpoint.rejectReasons(), CheckpointJson::write, out);
        out.raw(",");
        list(checkpoint.sizes(), CheckpointJson::write, out);
        out.raw(",");
        list(checkpoint.settled(), CheckpointJson::write, out);
        out.raw("]");
    }

    private static <T> void list(List<T> elements, BiConsumer<T, JsonBuffer> write, JsonBuffer out) {
        out.raw("[");
        boolean first = true;
        for (T element : elements) {
            if (!first) {
                out.raw(",");
            }
            write.accept(element, out);
            first = false;
        }
        out.raw("]");
    }

    private static void numbers(JsonBuffer out, long... values) {
        begin(out, values);
        out.raw("]");
    }

    /** An array that begins with these numbers: one at least. */
    private static void begin(JsonBuffer out, long... values) {
        char before = '[';
        for (long value : values) {
            out.write(before);
            out.number(value);
            before = ',';
        }
    }

    private static void write(Counters counters, JsonBuffer out) {
        numbers(
                out,
                counters.read(),
                counters.delivered(),
                counters.rejected(),
                counters.filtered(),
                counters.oddities(),
                counters.batches(),
                counters.requests(),
                counters.retries());
    }

    private static void write(RejectReason reason, JsonBuffer out) {
        out.raw("[").string(reason.stage()).raw(",").string(reason.code()).raw(",");
        out.string(reason.message()).raw(",").number(reason.count()).raw(",");
        list(reason.firstLines(), (line, to) -> to.number(line), out);
        out.raw("]");
    }

    static void write(PlannedSize size, JsonBuffer out) {
        numbers(
                out,
                size.fromRecord(),
                size.untilRecord(),
                size.limit().records(),
                size.limit().bytes());
    }

    static void write(SettledBatch batch, JsonBuffer out) {
        begin(out, batch.firstRecord(), batch.members(), batch.delivered());
        for (Refusal refusal : batch.refusals()) {
            write(refusal, out.raw(","));
        }
        out.write(']');
    }

    private static void write(Refusal refusal, JsonBuffer out) {
        out.raw("[")
                .number(refusal.byteOffset())
                .raw(",")
                .string(refusal.code())
                .raw(",");
        out.string(refusal.message()).raw("]");
    }

    static Checkpoint readCheckpoint(String text) throws IOException {
        return checkpoint(new Reader(text));
    }

    static void write(SplitCheckpoint split, JsonBuffer out) {
        out.raw("[").number(SplitCheckpoint.FORMAT).raw(",").number(split.batchRecords());
        out.raw(",")
                .number(split.maxBatchBytes())
                .raw(",")
                .number(split.keySum())
                .raw(",");
        write(split.checkpoint(), out);
        out.raw("]");
    }

    static SplitCheckpoint readSplit(String text) throws IOException {
        Reader in = new Reader(text);
        in.open();
        long format = in.number();
        if (format != SplitCheckpoint.FORMAT) {
            throw new IOException(
                    "it has format " + format + " but this version of the library reads " + SplitCheckpoint.FORMAT);
        }
        int batchRecords = (int) in.number();
        long maxBatchBytes = in.number();
        long keySum = in.number();
        SplitCheckpoint split = new SplitCheckpoint(checkpoint(in), keySum, batchRecords, maxBatchBytes);
        in.close();
        return split;
    }

    private static Checkpoint checkpoint(Reader in) throws IOException {
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
        return new SettledBatch(in.number(), in.number(), (int) in.number(), in.rest(CheckpointJson::refusal));
    }

    private static Refusal refusal(Reader in) throws IOException {
        in.open();
        Refusal refusal = new Refusal(in.number(), in.text(), in.text());
        in.close();
        return refusal;
    }

    /** Reads arrays of arrays, and is strict about their shape. */
    private static final class Reader {
        private static final JsonFactory JSON = new JsonFactory();

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
            return rest(element);
        }

        /** The elements that are left of an array, and its end. */
        <T> List<T> rest(Element<T> element) throws IOException {
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
