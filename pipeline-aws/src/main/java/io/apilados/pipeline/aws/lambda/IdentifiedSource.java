// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceVersion;
import java.io.IOException;
import java.io.InputStream;

/** A source that has the content of which an event tells, or none. */
final class IdentifiedSource implements ByteSource {

    /** The object has another content by now. */
    static final class SupersededException extends IOException {
        private static final long serialVersionUID = 1L;

        SupersededException(S3EventObject object) {
            super(object.location() + ": has another content than its event tells of; the event of that one is on its"
                    + " way, so this one is of no use");
        }
    }

    private final ByteSource source;
    private final S3EventObject object;

    IdentifiedSource(ByteSource source, S3EventObject object) {
        this.source = source;
        this.object = object;
    }

    @Override
    public String location() {
        return source.location();
    }

    @Override
    public SourceVersion version() throws IOException {
        SourceVersion version = source.version();
        String etag = object.etag();
        if (object.versionId() == null && etag != null && !version.tag().contains(etag)) {
            throw new SupersededException(object);
        }
        return version;
    }

    @Override
    public InputStream open(SourceVersion version, long byteOffset) throws IOException {
        return source.open(version, byteOffset);
    }

    @Override
    public InputStream open(SourceVersion version, long byteOffset, long neededUntil) throws IOException {
        return source.open(version, byteOffset, neededUntil);
    }
}
