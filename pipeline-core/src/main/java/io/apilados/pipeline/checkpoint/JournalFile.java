// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import io.apilados.pipeline.enrich.JsonBuffer;
import io.apilados.pipeline.source.ByteArray;
import java.io.Closeable;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.zip.CRC32;

/**
 * A journal that is being written: lines, each with a checksum before it, each written by one call of the operating system,
 * so that one that was written is there when the process is killed.
 *
 * <p>It is a stream and not a channel: a channel is closed when a thread that writes to it is interrupted, and it takes
 * three times as much code, which the JVM compiles in every run. Confined to one thread at a time.
 */
final class JournalFile implements Closeable {

    private final FileOutputStream out;
    private final Line line = new Line();

    /** An empty one, in the place of what was there before. */
    JournalFile(Path file) throws IOException {
        out = new FileOutputStream(file.toFile());
    }

    /** Writes a line; it survives a crash of the process. */
    void write(JsonBuffer entry) throws IOException {
        line.hold(entry);
        line.writeTo(out, 0, line.length());
    }

    /** Makes what was written survive a crash of the machine. */
    void force() throws IOException {
        out.getFD().sync();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    /** The line that is written now. */
    private static final class Line extends ByteArray {
        private static final int DIGITS = 8;

        private final CRC32 crc = new CRC32();

        void hold(JsonBuffer entry) {
            truncate(0);
            int end = DIGITS + 1 + entry.length();
            reserve(end + 1);
            length = DIGITS + 1;
            write(entry, 0, entry.length());
            crc.reset();
            crc.update(bytes, DIGITS + 1, entry.length());
            int rest = (int) crc.getValue();
            for (int i = DIGITS - 1; i >= 0; i--) {
                bytes[i] = (byte) Character.forDigit(rest & 0xf, 16);
                rest >>>= 4;
            }
            bytes[DIGITS] = ' ';
            bytes[end] = '\n';
            length = end + 1;
        }
    }
}
