// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * A record as a JSON object, encoded once: what is delivered, however often it has to be sent. Immutable and safe for
 * use by many threads.
 */
public final class JsonRecord {

    private final byte[] utf8;

    private JsonRecord(byte[] utf8) {
        this.utf8 = utf8;
    }

    /** Takes over the bytes of a JSON object in UTF-8; they are not looked at and must not be changed afterwards. */
    public static JsonRecord ofUtf8(byte[] utf8) {
        return new JsonRecord(utf8);
    }

    /** How many bytes it has. */
    public int sizeBytes() {
        return utf8.length;
    }

    /** Writes its bytes. */
    public void writeTo(OutputStream out) throws IOException {
        out.write(utf8, 0, utf8.length);
    }

    /** Its text: data about people, not for logs. */
    public String asText() {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    /** How large it is; never what it holds. */
    @Override
    public String toString() {
        return "JSON record of " + utf8.length + " bytes";
    }
}
