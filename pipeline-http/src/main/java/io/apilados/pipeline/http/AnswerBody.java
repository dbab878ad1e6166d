// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/** Takes an answer's body as it comes: keeps as much as was wanted, and says when to stop reading. */
final class AnswerBody {

    /** So much more is read and dropped to keep the connection; for a longer body a new connection is cheaper. */
    static final int MOST_DROPPED_BYTES = 1 << 20;

    private static final byte[] NOTHING = {};

    private final int most;
    private @Nullable ByteArrayOutputStream kept;
    private long length;

    AnswerBody(int most) {
        this.most = most;
    }

    void add(byte[] bytes, int from, int count) {
        int room = (int) Math.max(0, Math.min(count, most - length));
        if (room > 0) {
            ByteArrayOutputStream target = kept;
            if (target == null) {
                target = new ByteArrayOutputStream(count);
                kept = target;
            }
            target.write(bytes, from, room);
        }
        length += count;
    }

    /** Whether the rest is not worth reading. */
    boolean enough() {
        return length > (long) most + MOST_DROPPED_BYTES;
    }

    boolean truncated() {
        return most > 0 && length > most;
    }

    byte[] bytes() {
        ByteArrayOutputStream target = kept;
        return target == null ? NOTHING : target.toByteArray();
    }
}
