// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * Decodes the fields of a dialect with an escape character by Apache Commons CSV, one framed record at a time, and puts
 * the values into a row's bytes.
 */
final class EscapedFields {

    private final CSVFormat format;
    private final TextEncoding encoding;
    private byte[][] values = new byte[0][];

    EscapedFields(CsvDialect dialect, TextEncoding encoding) {
        this.format = CSVFormat.RFC4180
                .builder()
                .setDelimiter(dialect.delimiter())
                .setQuote(dialect.quote())
                .setEscape(dialect.escape())
                .get();
        this.encoding = encoding;
    }

    int fields() {
        return values.length;
    }

    /** Decodes the record and binds the row to its values; false if it cannot be decoded. */
    boolean decode(byte[] bytes, int from, int to, CsvRow row) {
        try (CSVParser parser = CSVParser.parse(new String(bytes, from, to - from, encoding.charset), format)) {
            List<CSVRecord> records = parser.getRecords();
            if (records.size() != 1) {
                return false;
            }
            CSVRecord only = records.get(0);
            values = new byte[only.size()][];
            for (int i = 0; i < values.length; i++) {
                values[i] = only.get(i).getBytes(encoding.charset);
            }
        } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
            // Commons CSV names the text in its message, so only the fact is taken from it.
            return false;
        }
        bind(row);
        return true;
    }

    private void bind(CsvRow row) {
        int total = 0;
        for (byte[] value : values) {
            total += value.length;
        }
        row.bytes = new byte[total];
        row.from = new int[values.length];
        row.to = new int[values.length];
        row.flags = new byte[values.length];
        int at = 0;
        for (int i = 0; i < values.length; i++) {
            row.from[i] = at;
            for (byte b : values[i]) {
                row.bytes[at++] = b;
                row.flags[i] = (byte) (row.flags[i] | flag(b));
            }
            row.to[i] = at;
        }
    }

    private static byte flag(byte b) {
        if (b < 0) {
            return CsvRow.WIDE;
        }
        return b < 0x20 || b == '"' || b == '\\' ? CsvRow.JSON_ESCAPES : 0;
    }

    void appendTo(CsvText text) {
        for (byte[] value : values) {
            text.field(value);
        }
    }
}
