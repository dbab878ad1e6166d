// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes JSON as UTF-8 into an array that is known to be large enough. */
final class JsonText {

    /** The most bytes that one byte of text can become: a control as a {@code \\u} escape. */
    static final int LONGEST_ESCAPE = 6;

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private final byte[] out;
    private int length;

    JsonText(int capacity) {
        out = new byte[capacity];
    }

    void raw(byte[] bytes) {
        raw(bytes, 0, bytes.length);
    }

    void raw(byte[] bytes, int from, int to) {
        System.arraycopy(bytes, from, out, length, to - from);
        length += to - from;
    }

    void raw(char c) {
        out[length++] = (byte) c;
    }

    /** Writes UTF-8 text, escaped as RFC 8259, section 7, asks for. */
    void escaped(byte[] utf8) {
        for (byte b : utf8) {
            if (b == '"' || b == '\\') {
                raw('\\');
                raw((char) b);
            } else if (b >= 0 && b < 0x20) {
                control(b);
            } else {
                out[length++] = b;
            }
        }
    }

    private void control(byte b) {
        raw('\\');
        switch (b) {
            case '\n' -> raw('n');
            case '\r' -> raw('r');
            case '\t' -> raw('t');
            default -> {
                raw('u');
                raw('0');
                raw('0');
                out[length++] = HEX[b >> 4];
                out[length++] = HEX[b & 0xf];
            }
        }
    }

    void number(int value) {
        raw(Integer.toString(value).getBytes(StandardCharsets.US_ASCII));
    }

    byte[] toBytes() {
        return length == out.length ? out : Arrays.copyOf(out, length);
    }
}
