// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.source.ByteArray;
import java.nio.charset.StandardCharsets;

/**
 * Where JSON is written as UTF-8. What is written as a stream, or raw, is taken as it is: whoever writes it answers for
 * its being JSON. Confined to one thread.
 */
public final class JsonBuffer extends ByteArray {

    /** The most bytes that one byte of text can become: a control as a {@code \\u} escape. */
    static final int LONGEST_ESCAPE = 6;

    /** The most characters of a whole number. */
    static final int LONGEST_NUMBER = 20;

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /** An empty buffer. */
    public JsonBuffer() {}

    /** Writes ASCII as it is. */
    @SuppressWarnings("deprecation") // Because it does not encode, which ASCII does not need.
    public JsonBuffer raw(String ascii) {
        int count = ascii.length();
        reserve(count);
        ascii.getBytes(0, count, bytes, length);
        length += count;
        return this;
    }

    /** Writes a whole number. */
    public JsonBuffer number(long value) {
        reserve(LONGEST_NUMBER);
        putNumber(value);
        return this;
    }

    /** Writes text in quotes, escaped as RFC 8259, section 7, asks for. */
    public JsonBuffer string(CharSequence text) {
        byte[] utf8 = text.toString().getBytes(StandardCharsets.UTF_8);
        reserve(2 + LONGEST_ESCAPE * utf8.length);
        put('"');
        putEscaped(utf8, 0, utf8.length);
        put('"');
        return this;
    }

    // Without a look at the room: an encoder makes room for a whole record at once.

    void put(byte[] source) {
        put(source, 0, source.length);
    }

    void put(byte[] source, int from, int to) {
        int count = to - from;
        System.arraycopy(source, from, bytes, length, count);
        length += count;
    }

    void put(char ascii) {
        bytes[length++] = (byte) ascii;
    }

    void putEscaped(byte[] utf8, int from, int to) {
        for (int i = from; i < to; i++) {
            putEscaped(utf8[i]);
        }
    }

    /** The same of text in which that quote always stands twice, and is to stand once. */
    void putEscaped(byte[] utf8, int from, int to, byte quote) {
        for (int i = from; i < to; i++) {
            putEscaped(utf8[i]);
            i += utf8[i] == quote ? 1 : 0;
        }
    }

    private void putEscaped(byte b) {
        if (b == '"' || b == '\\') {
            put('\\');
            bytes[length++] = b;
        } else if (b >= 0 && b < 0x20) {
            putControl(b);
        } else {
            bytes[length++] = b;
        }
    }

    private void putControl(byte b) {
        put('\\');
        switch (b) {
            case '\n' -> put('n');
            case '\r' -> put('r');
            case '\t' -> put('t');
            default -> {
                put('u');
                put('0');
                put('0');
                bytes[length++] = HEX[b >> 4];
                bytes[length++] = HEX[b & 0xf];
            }
        }
    }

    /** There must be room for {@link #LONGEST_NUMBER}, however short it is. */
    void putNumber(long value) {
        // Below zero throughout, because there is one number more there; from the end of the room for it.
        long rest = value < 0 ? value : -value;
        int end = length + LONGEST_NUMBER;
        int at = end;
        do {
            bytes[--at] = (byte) ('0' - rest % 10);
            rest /= 10;
        } while (rest < 0);
        if (value < 0) {
            bytes[--at] = '-';
        }
        put(bytes, at, end);
    }
}
