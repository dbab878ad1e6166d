// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import java.io.ByteArrayOutputStream;

/** Writes fields as one RFC 4180 record, quoting where it must; bytes go through in the encoding they have. */
final class CsvText {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private boolean first = true;

    /** Adds a field. */
    void field(byte[] value) {
        boolean plain = true;
        for (byte b : value) {
            plain &= b != ',' && b != '"' && b != '\n' && b != '\r';
        }
        if (plain) {
            separate();
            out.write(value, 0, value.length);
        } else {
            quoted(value, 0, value.length);
        }
    }

    /** Adds a field in quotes. */
    void quoted(byte[] bytes, int from, int to) {
        separate();
        out.write('"');
        for (int i = from; i < to; i++) {
            out.write(bytes[i]);
            if (bytes[i] == '"') {
                out.write('"');
            }
        }
        out.write('"');
    }

    private void separate() {
        if (!first) {
            out.write(',');
        }
        first = false;
    }

    byte[] toBytes() {
        return out.toByteArray();
    }
}
