// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import io.apilados.pipeline.source.SourcePosition;
import java.util.List;
import java.util.Objects;

/**
 * A record that will not be delivered, and why.
 *
 * @param position where it starts
 * @param stage the word of the path where it ended: {@code parse}, {@code enrich} or {@code deliver}
 * @param code a short stable word: {@code too-few-fields}, {@code unknown-key}, {@code http-422}
 * @param message for people; never holds the record's text
 * @param rawCsv the record's fields as RFC 4180 text in the source's own encoding, without a line end; what could not
 *     be told apart is one quoted field. It holds data about people: it belongs into the reject file and nowhere else
 */
public record RejectedRecord(SourcePosition position, String stage, String code, String message, byte[] rawCsv) {

    /** The columns that a reject file has before those of the source. */
    public static final List<String> COLUMNS = List.of("line", "byte_offset", "stage", "code", "message");

    public RejectedRecord {
        Objects.requireNonNull(position, "position");
        Objects.requireNonNull(stage, "stage");
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(rawCsv, "rawCsv");
    }

    /** Without the record's text. */
    @Override
    public String toString() {
        return position + ", " + stage + ": " + code + ": " + message;
    }
}
