// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import io.apilados.pipeline.parse.PlannedSplit.Held;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * What lies behind a split that is held. It is fetched only if it is looked at: as after blank lines or a carriage return at
 * its end. Closing it gives the memory of the split back.
 */
final class HeldSplit extends InputStream {

    private final ByteSource source;
    private final SourceVersion version;
    private final Held held;
    private final long end;
    private @Nullable InputStream behind;
    private boolean closed;

    private HeldSplit(ByteSource source, SourceVersion version, Held held, long end) {
        this.source = source;
        this.version = version;
        this.held = held;
        this.end = end;
    }

    /** A window over a split, which is for nobody else. */
    static ByteWindow window(ByteSource source, SourceVersion version, Held held, SourcePosition start) {
        long end = start.byteOffset() + held.to() - held.from();
        HeldSplit behind = new HeldSplit(source, version, held, end);
        return new ByteWindow(held.bytes(), held.from(), held.to(), behind, start.byteOffset());
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
        InputStream in = behind;
        if (in == null) {
            if (end == version.sizeBytes()) {
                return -1;
            }
            in = source.open(version, end, Math.min(version.sizeBytes(), end + length));
            behind = in;
        }
        return in.read(bytes, from, length);
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            held.memory().give(held.bytes());
            if (behind != null) {
                behind.close();
            }
        }
    }
}
