// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Objects;

/**
 * Writes requests in slices, and stops when the server has answered already: one that refuses a large body, as with 413,
 * answers and closes the connection while the body is still coming. What is written then provokes a reset, and where a
 * reset comes before the answer was read, some systems throw the answer away.
 *
 * <p>Small requests go out in one piece, head and body: two would be two packets and twice the work for both sides.
 *
 * <p>Confined to the thread that makes the exchange; {@link #cutShort} may be asked by others.
 */
final class RequestStream extends OutputStream {

    /** Most requests fit into one slice, and for larger ones the look in between costs nothing to speak of. */
    static final int SLICE_BYTES = 1 << 16;

    private static final int BYTES_AT_FIRST = 1 << 12;

    private final OutputStream out;
    private final AnswerStream answers;
    private byte[] held = new byte[BYTES_AT_FIRST];
    private int heldBytes;

    /** Whether to look for an answer before the next slice. */
    private boolean lookFirst = true;

    private volatile boolean cutShort;

    RequestStream(OutputStream out, AnswerStream answers) {
        this.out = out;
        this.answers = answers;
    }

    /** Whether an answer came before all was written; the rest was not, and nothing will be any more. */
    boolean cutShort() {
        return cutShort;
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
        Objects.checkFromIndexSize(from, count, bytes.length);
        int at = from;
        int left = count;
        while (left > 0 && !cutShort) {
            int taken = Math.min(left, SLICE_BYTES - heldBytes);
            if (taken == SLICE_BYTES) {
                send(bytes, at, taken);
            } else {
                hold(bytes, at, taken);
            }
            at += taken;
            left -= taken;
        }
    }

    private void hold(byte[] bytes, int from, int count) throws IOException {
        int needed = heldBytes + count;
        if (needed > held.length) {
            held = Arrays.copyOf(held, Math.min(SLICE_BYTES, Math.max(needed, 2 * held.length)));
        }
        System.arraycopy(bytes, from, held, heldBytes, count);
        heldBytes = needed;
        if (heldBytes == SLICE_BYTES) {
            sendHeld();
        }
    }

    private void sendHeld() throws IOException {
        int count = heldBytes;
        heldBytes = 0;
        send(held, 0, count);
    }

    private void send(byte[] bytes, int from, int count) throws IOException {
        if (lookFirst && answers.finalAnswerHasBegun()) {
            cutShort = true;
            return;
        }
        lookFirst = true;
        try {
            out.write(bytes, from, count);
        } catch (IOException e) {
            // The answer may have come while this was waiting for room.
            if (!answers.finalAnswerHasBegun()) {
                IOException reason = answers.broken();
                throw reason == null ? e : reason;
            }
            cutShort = true;
        }
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void flush() throws IOException {
        if (heldBytes > 0 && !cutShort) {
            sendHeld();
        }
        if (!cutShort) {
            out.flush();
        }
    }

    /** Somebody has just looked, and nothing was there. */
    void looked() {
        lookFirst = false;
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
