// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceVersion;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.BooleanSupplier;

/**
 * Another source, which gives no further bytes once a run has to end: between two records the run looks for itself, but one of them may be as
 * long as the source.
 *
 * @param ending whether the run has to end
 */
record EndingSource(ByteSource source, BooleanSupplier ending) implements ByteSource {

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
        return ending(source.open(version, byteOffset));
    }

    @Override
    public InputStream open(SourceVersion version, long byteOffset, long neededUntil) throws IOException {
        return ending(source.open(version, byteOffset, neededUntil));
    }

    private InputStream ending(InputStream in) {
        return new FilterInputStream(in) {
            @Override
            public int read(byte[] bytes, int from, int length) throws IOException {
                if (ending.getAsBoolean()) {
                    throw new EndedException();
                }
                return super.read(bytes, from, length);
            }
        };
    }

    /** The run ended while a record was read or waited for. */
    static final class EndedException extends IOException {
        private static final long serialVersionUID = 1L;

        EndedException() {
            super("the run is ending");
        }
    }
}
