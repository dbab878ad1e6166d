// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceVersion;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.NullMarked;

/** Another source, but what is read of it may wait, or fail. */
@NullMarked
public abstract class HinderedSource implements ByteSource {

    private final ByteSource source;

    /** That one, hindered. */
    protected HinderedSource(ByteSource source) {
        this.source = source;
    }

    /** Before bytes up to {@code end} are given. */
    protected abstract void beforeRead(long end) throws IOException;

    @Override
    public String location() {
        return source.location();
    }

    @Override
    public SourceVersion version() throws IOException {
        return source.version();
    }

    @Override
    public InputStream open(SourceVersion version, long byteOffset) throws IOException {
        return new FilterInputStream(source.open(version, byteOffset)) {
            private long at = byteOffset;

            @Override
            public int read(byte[] bytes, int from, int length) throws IOException {
                int n = super.read(bytes, from, length);
                at += Math.max(0, n);
                beforeRead(at);
                return n;
            }
        };
    }
}
