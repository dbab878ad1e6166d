// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A run of {@link Ingest} in this process that is over: its exit code and what it printed. */
record IngestRun(int exit, String out, String err) {

    static IngestRun of(List<String> arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exit = Ingest.run(
                arguments,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new IngestRun(exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    static IngestRun of(String... arguments) {
        return of(List.of(arguments));
    }

    /** The lines on standard error, the progress left out. */
    List<String> errors() {
        return err.lines()
                .filter(line -> !line.isBlank() && !line.contains(" records/s"))
                .toList();
    }

    /** The members of the summary, which is the last line on standard output; arrays left out. */
    Map<String, @Nullable Object> summary() {
        List<String> lines = out.lines().toList();
        assertThat(lines).as("standard output, with standard error: " + err).isNotEmpty();
        return members(lines.get(lines.size() - 1));
    }

    long number(String member) {
        if (summary().get(member) instanceof Long value) {
            return value;
        }
        throw new AssertionError(member + " is no whole number in " + out);
    }

    /** Checks the sum that must come out right whatever happened. */
    IngestRun assertBalanced() {
        assertThat(number("delivered") + number("rejected") + number("filtered") + number("unsettled"))
                .isEqualTo(number("read"));
        return this;
    }

    static Map<String, @Nullable Object> members(String json) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            assertThat(parser.nextToken()).isEqualTo(JsonToken.START_OBJECT);
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                switch (parser.nextToken()) {
                    case VALUE_STRING -> members.put(name, parser.getText());
                    case VALUE_NUMBER_INT -> members.put(name, parser.getLongValue());
                    case VALUE_NUMBER_FLOAT -> members.put(name, parser.getDoubleValue());
                    case VALUE_NULL -> members.put(name, null);
                    default -> parser.skipChildren();
                }
            }
            assertThat(parser.nextToken()).isNull();
        } catch (IOException e) {
            throw new UncheckedIOException("the summary is not JSON: " + json, e);
        }
        return members;
    }
}
