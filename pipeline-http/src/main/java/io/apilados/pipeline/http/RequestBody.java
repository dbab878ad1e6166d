// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.io.OutputStream;
import java.util.Arrays;

/** The body of a request while it is written and sent; its bytes are used again for the next one. Confined to one thread. */
final class RequestBody extends OutputStream {

    private static final int BYTES_AT_FIRST = 1 << 14;

    /** One that has grown beyond this is not kept so large. */
    private static final int MOST_KEPT_BYTES = 1 << 20;

    private byte[] bytes = new byte[BYTES_AT_FIRST];
    private int length;

    @Override
    public void write(int b) {
        makeRoom(1);
        bytes[length++] = (byte) b;
    }

    @Override
    public void write(byte[] source, int from, int count) {
        makeRoom(count);
        System.arraycopy(source, from, bytes, length, count);
        length += count;
    }

    private void makeRoom(int count) {
        int needed = Math.addExact(length, count);
        if (needed > bytes.length) {
            int doubled = bytes.length > Integer.MAX_VALUE / 2 ? needed : 2 * bytes.length;
            bytes = Arrays.copyOf(bytes, Math.max(needed, doubled));
        }
    }

    /** What was written, from 0 to {@link #length()}; valid until something else is written. */
    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    void reset() {
        length = 0;
        if (bytes.length > MOST_KEPT_BYTES) {
            bytes = new byte[BYTES_AT_FIRST];
        }
    }
}
