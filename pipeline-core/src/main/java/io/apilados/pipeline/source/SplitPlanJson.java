// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Plans as text: an object whose members always stand in the same order, each split an array of byte, record, line, end
 * and number of records. Reading is strict about all of that.
 */
final class SplitPlanJson {

    private static final JsonFactory JSON = new JsonFactory();
    private static final int FORMAT = 1;

    private SplitPlanJson() {}

    static String write(SplitPlan plan) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeNumberField("format", FORMAT);
            json.writeStringField("planId", plan.planId());
            json.writeStringField("location", plan.version().location());
            json.writeNumberField("sizeBytes", plan.version().sizeBytes());
            json.writeStringField("tag", plan.version().tag());
            json.writeBooleanField("seekable", plan.version().seekable());
            json.writeNumberField("targetBytes", plan.targetBytes());
            json.writeArrayFieldStart("columns");
            for (String column : plan.columns()) {
                json.writeString(column);
            }
            json.writeEndArray();
            json.writeStringField("header", plan.header());
            json.writeStringField("note", plan.note());
            json.writeArrayFieldStart("splits");
            for (Split split : plan.splits()) {
                long[] numbers = {
                    split.start().byteOffset(),
                    split.start().recordNumber(),
                    split.start().line(),
                    split.endByte(),
                    split.records()
                };
                json.writeArray(numbers, 0, numbers.length);
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return text.toString();
    }

    static SplitPlan read(String text) throws IOException {
        try (JsonParser json = JSON.createParser(text)) {
            return read(json);
        } catch (JsonProcessingException e) {
            // Jackson's message shows a piece of the text, and that holds the names of columns.
            throw new IOException(
                    "the split plan is no JSON at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + "; make a new plan");
        } catch (IllegalArgumentException e) {
            throw new IOException("the split plan contradicts itself: " + e.getMessage() + "; make a new plan", e);
        }
    }

    private static SplitPlan read(JsonParser json) throws IOException {
        expect(json, JsonToken.START_OBJECT);
        long format = number(json, "format");
        if (format != FORMAT) {
            throw new IOException("the split plan has format " + format + " but this version of the library reads "
                    + FORMAT + "; make a new plan");
        }
        String planId = text(json, "planId");
        String location = text(json, "location");
        long sizeBytes = number(json, "sizeBytes");
        String tag = text(json, "tag");
        boolean seekable = flag(json, "seekable");
        SourceVersion version = new SourceVersion(location, sizeBytes, tag, seekable);
        long targetBytes = number(json, "targetBytes");
        List<String> columns = new ArrayList<>();
        array(json, "columns");
        while (json.nextToken() == JsonToken.VALUE_STRING) {
            columns.add(json.getText());
        }
        require(json, JsonToken.END_ARRAY);
        String header = text(json, "header");
        String note = text(json, "note");
        List<Split> splits = new ArrayList<>();
        array(json, "splits");
        while (json.nextToken() == JsonToken.START_ARRAY) {
            SourcePosition start = new SourcePosition(number(json), number(json), number(json));
            splits.add(new Split(version, splits.size(), start, number(json), number(json)));
            expect(json, JsonToken.END_ARRAY);
        }
        require(json, JsonToken.END_ARRAY);
        expect(json, JsonToken.END_OBJECT);
        if (json.nextToken() != null) {
            throw unexpected(json);
        }
        return new SplitPlan(planId, version, targetBytes, columns, header, note, splits);
    }

    private static void member(JsonParser json, String name) throws IOException {
        expect(json, JsonToken.FIELD_NAME);
        if (!json.currentName().equals(name)) {
            throw new IOException("the split plan has another member where " + name + " belongs; make a new plan");
        }
    }

    private static String text(JsonParser json, String name) throws IOException {
        member(json, name);
        expect(json, JsonToken.VALUE_STRING);
        return json.getText();
    }

    private static long number(JsonParser json, String name) throws IOException {
        member(json, name);
        return number(json);
    }

    private static long number(JsonParser json) throws IOException {
        expect(json, JsonToken.VALUE_NUMBER_INT);
        return json.getLongValue();
    }

    private static boolean flag(JsonParser json, String name) throws IOException {
        member(json, name);
        JsonToken token = json.nextToken();
        if (token != JsonToken.VALUE_TRUE && token != JsonToken.VALUE_FALSE) {
            throw unexpected(json);
        }
        return token == JsonToken.VALUE_TRUE;
    }

    private static void array(JsonParser json, String name) throws IOException {
        member(json, name);
        expect(json, JsonToken.START_ARRAY);
    }

    private static void expect(JsonParser json, JsonToken wanted) throws IOException {
        JsonToken token = json.nextToken();
        if (token != wanted) {
            throw unexpected(json);
        }
    }

    private static void require(JsonParser json, JsonToken wanted) throws IOException {
        if (json.currentToken() != wanted) {
            throw unexpected(json);
        }
    }

    private static IOException unexpected(JsonParser json) {
        return new IOException(
                "the split plan has " + json.currentToken() + " where something else belongs; make a new plan");
    }
}
