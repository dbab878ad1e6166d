// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.parse.RejectedRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Rejected records as lines of CSV, as {@link RejectedRecords#csv} says. */
public final class RejectedCsv {

    static final String COLUMNS = String.join(",", RejectedRecord.COLUMNS);

    private RejectedCsv() {}

    /**
     * Writes the line that comes first.
     *
     * @param rawHeader the source's header as it stands there; empty if it has none
     * @throws IOException only if {@code out} fails
     */
    public static void writeHeader(byte[] rawHeader, OutputStream out) throws IOException {
        line(COLUMNS, rawHeader, out);
    }

    /**
     * Writes a record.
     *
     * @throws IOException only if {@code out} fails
     */
    public static void write(RejectedRecord record, OutputStream out) throws IOException {
        String reason = record.position().line() + "," + record.position().byteOffset() + "," + field(record.stage())
                + "," + field(record.code()) + "," + field(record.message());
        line(reason, record.rawCsv(), out);
    }

    private static void line(String reason, byte[] raw, OutputStream out) throws IOException {
        out.write(reason.getBytes(StandardCharsets.UTF_8));
        if (raw.length > 0) {
            out.write(',');
            out.write(raw);
        }
        out.write('\n');
    }

    private static String field(String text) {
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
