// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceVersion;
import java.io.ByteArrayInputStream;
import java.io.InputStream;

/** Bytes that came with a job. */
record PackedBytes(String location, byte[] bytes) implements ByteSource {

    @Override
    public SourceVersion version() {
        return new SourceVersion(location, bytes.length, "", true);
    }

    @Override
    public InputStream open(SourceVersion version, long byteOffset) {
        return new ByteArrayInputStream(bytes, (int) byteOffset, bytes.length - (int) byteOffset);
    }
}
