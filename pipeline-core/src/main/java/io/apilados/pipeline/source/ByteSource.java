// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/**
 * A place that holds bytes, addressable by offset: a file, an object in a store. A run asks for the
 * {@link #version()} once and reads only that.
 *
 * <p>Safe for use by many threads; the streams it opens are confined to one.
 */
public interface ByteSource {

    /** What it is called in messages: a path, {@code s3://bucket/key}. Never a token or a query. */
    String location();

    /**
     * What the source is now.
     *
     * @throws IOException if it is not there or cannot be read; the message says which, and what to do
     */
    SourceVersion version() throws IOException;

    /**
     * Opens the given version at an offset.
     *
     * @param version what {@link #version()} returned
     * @param byteOffset 0 to the size; anything but 0 needs a seekable version
     * @throws SourceChangedException if the source is another version now
     * @throws IOException if it cannot be opened; a stream that ends before the version's size must throw, too, instead
     *     of ending
     */
    InputStream open(SourceVersion version, long byteOffset) throws IOException;

    /**
     * The same for whoever needs the bytes before {@code neededUntil}, and behind it a few at most: a source where each request
     * costs may ask for these at once, and for no others before they are read. The stream goes on behind them all the same.
     * By default the stream that {@link #open(SourceVersion, long)} gives.
     *
     * @param neededUntil {@code byteOffset} or more
     */
    default InputStream open(SourceVersion version, long byteOffset, long neededUntil) throws IOException {
        return open(version, byteOffset);
    }

    /** A file on a disk; or a pipe, which has no size and cannot be resumed. */
    static ByteSource file(Path path) {
        return new FileByteSource(path);
    }
}
