// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import java.io.Closeable;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A journal that is being written: entries, each by one call of the operating system, so that one that was written is there
 * when the process is killed.
 *
 * <p>It is a stream and not a channel: a channel is closed when a thread that writes to it is interrupted, and it takes
 * three times as much code, which the JVM compiles in every run. Confined to one thread at a time.
 */
final class JournalFile implements Closeable {

    private final FileOutputStream out;

    /** An empty one, in the place of what was there before. */
    JournalFile(Path file) throws IOException {
        out = new FileOutputStream(file.toFile());
    }

    /** Writes an entry; it survives a crash of the process. */
    void write(JournalEntry entry) throws IOException {
        entry.writeTo(out);
    }

    /** Makes what was written survive a crash of the machine. */
    void force() throws IOException {
        out.getFD().sync();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
