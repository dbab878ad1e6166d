// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.source;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;

/** Bytes that are written one after the other into an array that grows and is used again. Confined to one thread. */
public class ByteArray extends OutputStream {

    private static final int BYTES_AT_FIRST = 1 << 9;

    /** What was written stands at its beginning. */
    protected byte[] bytes = new byte[BYTES_AT_FIRST];

    /** How many bytes were written. */
    protected int length;

    /** Nothing. */
    public ByteArray() {}

    /** How many bytes were written. */
    public final int length() {
        return length;
    }

    /** How many bytes it can take before it grows. */
    public final int capacity() {
        return bytes.length;
    }

    /** Forgets what was written from {@code newLength} on. */
    public final void truncate(int newLength) {
        length = Objects.checkIndex(newLength, length + 1);
    }

    /** Makes room for so many more bytes at once. */
    public final void reserve(int more) {
        if (more > bytes.length - length) {
            grow(more);
        }
    }

    private void grow(int more) {
        int needed = Math.addExact(length, more);
        int doubled = bytes.length > Integer.MAX_VALUE / 2 ? needed : 2 * bytes.length;
        bytes = Arrays.copyOf(bytes, Math.max(needed, doubled));
    }

    @Override
    public final void write(int b) {
        reserve(1);
        bytes[length++] = (byte) b;
    }

    @Override
    public final void write(byte[] source) {
        write(source, 0, source.length);
    }

    @Override
    public final void write(byte[] source, int from, int count) {
        reserve(count);
        System.arraycopy(source, from, bytes, length, count);
        length += count;
    }

    /** Writes what another one has from {@code from} to {@code to}, exclusive. */
    public final void write(ByteArray other, int from, int to) {
        Objects.checkFromToIndex(from, to, other.length);
        write(other.bytes, from, to - from);
    }

    /** A copy of what was written from {@code from} to {@code to}, exclusive. */
    public final byte[] copy(int from, int to) {
        Objects.checkFromToIndex(from, to, length);
        return Arrays.copyOfRange(bytes, from, to);
    }

    /** What was written, without a copy; valid until something else is written. */
    public final ByteBuffer view() {
        return ByteBuffer.wrap(bytes, 0, length);
    }

    /** Writes out what was written from {@code from} to {@code to}, exclusive. */
    public final void writeTo(OutputStream out, int from, int to) throws IOException {
        Objects.checkFromToIndex(from, to, length);
        out.write(bytes, from, to - from);
    }

    /** How many bytes it has; never what they are. */
    @Override
    public final String toString() {
        return length + " bytes";
    }
}
