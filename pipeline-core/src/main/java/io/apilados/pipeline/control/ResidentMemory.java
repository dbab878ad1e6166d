// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What of this process is in the machine's memory, as Linux tells in {@code /proc/self/statm}. The file stays open, since
 * reading it once more then makes no garbage. Safe for use by many threads.
 */
final class ResidentMemory implements AutoCloseable {

    private static final long USUAL_PAGE = 4096;

    private final @Nullable RandomAccessFile statm;
    private final long pageBytes;
    private final byte[] text = new byte[128];
    private final ReentrantLock lock = new ReentrantLock();

    /** Opens the file below {@code root}; without it nothing is known. */
    ResidentMemory(Path root) {
        this.statm = open(root.resolve("proc/self/statm"));
        this.pageBytes = statm == null ? USUAL_PAGE : pageBytes(root.resolve("proc/self/smaps"));
    }

    private static @Nullable RandomAccessFile open(Path file) {
        try {
            return new RandomAccessFile(file.toFile(), "r");
        } catch (IOException | SecurityException e) {
            return null;
        }
    }

    /** statm counts pages, and only the list of mappings says in plain text how big one is. */
    private static long pageBytes(Path smaps) {
        try (BufferedReader lines = Files.newBufferedReader(smaps)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("KernelPageSize:")) {
                    return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
                }
            }
        } catch (IOException | SecurityException | NumberFormatException e) {
            return USUAL_PAGE;
        }
        return USUAL_PAGE;
    }

    /** Bytes, or {@link MemoryReadings#UNKNOWN}. */
    long bytes() {
        if (statm == null) {
            return MemoryReadings.UNKNOWN;
        }
        lock.lock();
        try {
            statm.seek(0);
            long pages = secondNumber(statm.read(text));
            return pages < 0 ? MemoryReadings.UNKNOWN : pages * pageBytes;
        } catch (IOException e) {
            return MemoryReadings.UNKNOWN;
        } finally {
            lock.unlock();
        }
    }

    private long secondNumber(int length) {
        int at = 0;
        while (at < length && text[at] != ' ') {
            at++;
        }
        long number = 0;
        int digits = 0;
        for (at++; at < length && text[at] >= '0' && text[at] <= '9'; at++) {
            number = 10 * number + (text[at] - '0');
            digits++;
        }
        return digits > 0 ? number : MemoryReadings.UNKNOWN;
    }

    @Override
    public void close() {
        if (statm != null) {
            try {
                statm.close();
            } catch (IOException e) {
                // It was only read: nothing is lost.
            }
        }
    }
}
