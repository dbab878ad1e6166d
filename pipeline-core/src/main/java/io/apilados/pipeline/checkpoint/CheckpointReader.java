// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.apilados.pipeline.batch.BatchLimit;
import io.apilados.pipeline.checkpoint.SettledBatch.Refusal;
import io.apilados.pipeline.source.SourcePosition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads what {@link CheckpointJson} writes. A class of its own: a run that goes on from nothing never loads a parser.
 */
final class CheckpointReader {

    private static final JsonFactory JSON = new JsonFactory();

    private final JsonParser json;

    /** Whether the token at hand was looked at, and is to be read again. */
    private boolean ahead;

    private CheckpointReader(String text) throws IOException {
        json = JSON.createParser(text);
    }

    /** What the parser says of text that is no JSON may hold a part of it, and is not passed on. */
    private static <T> T read(String text, Element<T> element) throws IOException {
        try {
            return element.read(new CheckpointReader(text));
        } catch (JsonProcessingException e) {
            throw new IOException("it is no JSON");
        }
    }

    static Checkpoint readCheckpoint(String text) throws IOException {
        return read(text, CheckpointReader::checkpoint);
    }

    static SplitCheckpoint readSplit(String text) throws IOException {
        return read(text, CheckpointReader::split);
    }

    private SplitCheckpoint split() throws IOException {
        open();
        long format = number();
        if (format != SplitCheckpoint.FORMAT) {
            throw new IOException("it has format " + format + " but this version of the library reads "
                    + SplitCheckpoint.FORMAT + ": finish the job with the one that wrote it");
        }
        int batchRecords = (int) number();
        long maxBatchBytes = number();
        long keySum = number();
        SplitCheckpoint split = new SplitCheckpoint(checkpoint(), keySum, batchRecords, maxBatchBytes);
        close();
        return split;
    }

    private Checkpoint checkpoint() throws IOException {
        open();
        Checkpoint checkpoint = new Checkpoint(
                text(),
                position(),
                flag(),
                counters(),
                number(),
                list(CheckpointReader::reason),
                list(CheckpointReader::size),
                list(CheckpointReader::batch));
        close();
        return checkpoint;
    }

    private SourcePosition position() throws IOException {
        open();
        SourcePosition position = new SourcePosition(number(), number(), number());
        close();
        return position;
    }

    private Counters counters() throws IOException {
        open();
        Counters counters =
                new Counters(number(), number(), number(), number(), number(), number(), number(), number());
        close();
        return counters;
    }

    private RejectReason reason() throws IOException {
        open();
        RejectReason reason = new RejectReason(text(), text(), text(), number(), list(CheckpointReader::number));
        close();
        return reason;
    }

    private PlannedSize size() throws IOException {
        open();
        long from = number();
        long until = number();
        PlannedSize size = new PlannedSize(from, until, limit(number(), number()));
        close();
        return size;
    }

    private static BatchLimit limit(long records, long bytes) throws IOException {
        if (records < 1 || records > Integer.MAX_VALUE || bytes < 1) {
            throw new IOException("a planned batch has " + records + " records and " + bytes + " bytes");
        }
        return new BatchLimit((int) records, bytes);
    }

    private SettledBatch batch() throws IOException {
        open();
        return new SettledBatch(number(), number(), (int) number(), rest(CheckpointReader::refusal));
    }

    private Refusal refusal() throws IOException {
        open();
        Refusal refusal = new Refusal(number(), text(), text());
        close();
        return refusal;
    }

    // Arrays of arrays, and strictly their shape.

    private void open() throws IOException {
        expect(JsonToken.START_ARRAY);
    }

    private void close() throws IOException {
        expect(JsonToken.END_ARRAY);
    }

    private long number() throws IOException {
        expect(JsonToken.VALUE_NUMBER_INT);
        return json.getLongValue();
    }

    private String text() throws IOException {
        expect(JsonToken.VALUE_STRING);
        return json.getText();
    }

    private boolean flag() throws IOException {
        JsonToken token = json.nextToken();
        if (token != JsonToken.VALUE_TRUE && token != JsonToken.VALUE_FALSE) {
            throw unexpected(token);
        }
        return token == JsonToken.VALUE_TRUE;
    }

    private <T> List<T> list(Element<T> element) throws IOException {
        open();
        return rest(element);
    }

    /** The elements that are left of an array, and its end. */
    private <T> List<T> rest(Element<T> element) throws IOException {
        List<T> all = new ArrayList<>();
        while (true) {
            if (peekIsEnd()) {
                return all;
            }
            all.add(element.read(this));
        }
    }

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

    /** One element of a list. */
    @FunctionalInterface
    private interface Element<T> {
        T read(CheckpointReader in) throws IOException;
    }
}
