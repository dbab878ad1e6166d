// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceVersion;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;

/**
 * A source that is open already, its first bytes known. Whoever opens it at its start gets them again, so that a pipe,
 * which can be read once, can be looked at, and an object in a store is asked for once. Confined to one thread.
 */
final class PeekedSource implements ByteSource, Closeable {

    private final ByteSource source;
    private final SourceVersion version;
    private final byte[] peeked;
    private final InputStream stream;
    private boolean handedOut;

    /** Of a source that was opened at its start: what came first, and a stream of what follows. */
    PeekedSource(ByteSource source, SourceVersion version, byte[] peeked, InputStream rest) {
        this.source = source;
        this.version = version;
        this.peeked = peeked;
        this.stream = new SequenceInputStream(new ByteArrayInputStream(peeked), rest);
    }

    static PeekedSource open(ByteSource source, int bytes) throws IOException {
        SourceVersion version = source.version();
        InputStream in = source.open(version, 0);
        try {
            return new PeekedSource(source, version, in.readNBytes(bytes), in);
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    /** The first bytes; fewer than were asked for if there are no more. */
    byte[] peeked() {
        return peeked;
    }

    /** All of the source. */
    InputStream stream() {
        handedOut = true;
        return stream;
    }

    @Override
    public String location() {
        return source.location();
    }

    @Override
    public SourceVersion version() {
        return version;
    }

    @Override
    public InputStream open(SourceVersion wanted, long byteOffset) throws IOException {
        return handedOut || byteOffset != 0 || !wanted.equals(version) ? source.open(wanted, byteOffset) : stream();
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
