// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.parse.CsvRow;
import java.nio.charset.StandardCharsets;

/** Writes fields of rows as JSON, from the bytes of the row wherever these are good as they are. */
final class RowJson {

    private RowJson() {}

    /**
     * Writes the value of a field, escaped, without quotes around it. There must be room for its bytes as they are; where
     * it takes more, {@code room} is free again afterwards.
     */
    static void text(CsvRow row, int column, JsonBuffer out, int room) {
        if (row.isPlainJson(column)) {
            out.put(row.bytes(), row.from(column), row.to(column));
        } else {
            escaped(row, column, out, room);
        }
    }

    private static void escaped(CsvRow row, int column, JsonBuffer out, int room) {
        if (row.isPlainUtf8(column)) {
            int from = row.from(column);
            int to = row.to(column);
            out.reserve(JsonBuffer.LONGEST_ESCAPE * (to - from) + room);
            out.putEscaped(row.bytes(), from, to);
        } else if (row.isDoubledUtf8(column)) {
            int from = row.from(column);
            int to = row.to(column);
            out.reserve(JsonBuffer.LONGEST_ESCAPE * (to - from) + room);
            out.putEscaped(row.bytes(), from, to, row.quote());
        } else {
            byte[] utf8 = row.text(column).getBytes(StandardCharsets.UTF_8);
            out.reserve(JsonBuffer.LONGEST_ESCAPE * utf8.length + room);
            out.putEscaped(utf8, 0, utf8.length);
        }
    }

    /** Whether a field holds nothing, or blanks alone. */
    static boolean isBlank(CsvRow row, int column) {
        if (!row.isPlainAscii(column)) {
            String text = row.text(column);
            return Blanks.start(text) == text.length();
        }
        byte[] bytes = row.bytes();
        int to = row.to(column);
        for (int i = row.from(column); i < to; i++) {
            if (!Blanks.isBlank((char) bytes[i])) {
                return false;
            }
        }
        return true;
    }
}
