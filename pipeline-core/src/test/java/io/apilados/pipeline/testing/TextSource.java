// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceVersion;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** A source in memory that counts the bytes which are read from it. */
public final class TextSource implements ByteSource {

    private final byte[] bytes;
    private final AtomicLong bytesRead = new AtomicLong();
    private final AtomicReference<String> tag;

    /** The text in UTF-8. */
    public TextSource(String text) {
        this(text.getBytes(StandardCharsets.UTF_8));
    }

    /** These bytes. */
    public TextSource(byte[] bytes) {
        this.bytes = bytes.clone();
        this.tag = new AtomicReference<>("hash:" + Arrays.hashCode(bytes));
    }

    /** How many bytes have been read from it in all. */
    public long bytesRead() {
        return bytesRead.get();
    }

    /** From now on it is another version. */
    public void change() {
        tag.updateAndGet(before -> before + "'");
    }

    @Override
    public String location() {
        return "text in memory";
    }

    @Override
    public SourceVersion version() {
        return new SourceVersion(location(), bytes.length, tag.get(), true);
    }

    @Override
    public InputStream open(SourceVersion version, long byteOffset) {
        int offset = (int) byteOffset;
        return new FilterInputStream(new ByteArrayInputStream(bytes, offset, bytes.length - offset)) {
            @Override
            public int read(byte[] target, int from, int length) throws IOException {
                int n = super.read(target, from, Math.min(length, 1 << 12));
                bytesRead.addAndGet(Math.max(0, n));
                return n;
            }
        };
    }
}
