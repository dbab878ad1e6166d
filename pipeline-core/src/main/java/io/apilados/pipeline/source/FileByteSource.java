// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.source;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** A file; its version is its size and its time of modification. */
final class FileByteSource implements ByteSource {

    private final Path path;

    FileByteSource(Path path) {
        this.path = Objects.requireNonNull(path, "path");
    }

    @Override
    public String location() {
        return path.toString();
    }

    @Override
    public SourceVersion version() throws IOException {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(path, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            throw new IOException(path + ": there is no such file; check the path", e);
        }
        if (attributes.isDirectory()) {
            throw new IOException(path + ": is a directory, but a file was expected; name a file in it");
        }
        if (!Files.isReadable(path)) {
            throw new IOException(path + ": may not be read; check its permissions");
        }
        String location = path.toAbsolutePath().normalize().toString();
        if (!attributes.isRegularFile()) {
            return new SourceVersion(location, SourceVersion.UNKNOWN_SIZE, "stream", false);
        }
        long modified = attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS);
        return new SourceVersion(location, attributes.size(), "modified:" + modified, true);
    }

    @Override
    public InputStream open(SourceVersion version, long byteOffset) throws IOException {
        if (!version.seekable()) {
            if (byteOffset != 0) {
                throw new IOException(path + ": is no regular file and can only be read from its start");
            }
            return Files.newInputStream(path);
        }
        check(version);
        try {
            SeekableByteChannel channel = Files.newByteChannel(path);
            channel.position(byteOffset);
            return new WholeStream(Channels.newInputStream(channel), version, byteOffset);
        } catch (AccessDeniedException e) {
            throw new IOException(path + ": may not be read; check its permissions", e);
        }
    }

    private void check(SourceVersion version) throws IOException {
        SourceVersion now = version();
        if (!now.equals(version)) {
            throw new SourceChangedException(
                    location(),
                    now.sizeBytes() == version.sizeBytes()
                            ? "its modification time is another"
                            : "it had " + version.sizeBytes() + " bytes and has " + now.sizeBytes());
        }
    }

    /** Ends where the version ends: a file that shrank or grew meanwhile is an error, not a shorter or longer input. */
    private final class WholeStream extends FilterInputStream {
        private final SourceVersion version;
        private long offset;

        WholeStream(InputStream in, SourceVersion version, long offset) {
            super(in);
            this.version = version;
            this.offset = offset;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            int n = super.read(bytes, from, length);
            if (n >= 0) {
                offset += n;
                return n;
            }
            check(version);
            if (offset != version.sizeBytes()) {
                throw new EOFException(
                        path + ": ended at byte " + offset + " of " + version.sizeBytes() + "; run again to go on");
            }
            return -1;
        }

        @Override
        public long skip(long n) throws IOException {
            long skipped = super.skip(n);
            offset += skipped;
            return skipped;
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }
}
