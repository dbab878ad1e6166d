// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import io.apilados.pipeline.aws.internal.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What a function's memory was before it was tuned, written down before it is changed and taken away after it was restored:
 * so a tuner that is killed leaves behind what the next one restores. A lock, which ends with the process that holds it,
 * keeps two tuners of one function apart.
 */
final class TuningNote implements AutoCloseable {

    private final Path file;
    private final FileChannel lockFile;

    private TuningNote(Path file, FileChannel lockFile) {
        this.file = file;
        this.lockFile = lockFile;
    }

    /**
     * The note of a function in a folder, which is made if need be.
     *
     * @throws IllegalStateException if another tuner holds it
     */
    static TuningNote open(Path folder, String functionName) throws IOException {
        Files.createDirectories(folder);
        String name = "tuning-" + functionName.replaceAll("[^A-Za-z0-9_-]", "_");
        FileChannel lockFile =
                FileChannel.open(folder.resolve(name + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = lockFile.tryLock();
        } catch (OverlappingFileLockException e) {
            // Held within this process: the same answer as for another one.
        } finally {
            if (lock == null) {
                lockFile.close();
            }
        }
        if (lock == null) {
            throw new IllegalStateException(
                    folder + ": another tuner of function " + functionName + " is at work; wait for its end");
        }
        return new TuningNote(folder.resolve(name + ".json"), lockFile);
    }

    /** What an earlier tuner left; empty if it left nothing. */
    OptionalInt memoryMb() throws IOException {
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            return OptionalInt.empty();
        }
        if (Json.readObject(text).get("memoryMb") instanceof Long memoryMb) {
            return OptionalInt.of(memoryMb.intValue());
        }
        throw new IOException(file + ": is no note of a tuner; set the function's memory by hand, then delete it");
    }

    /** Is on the disk when this returns. */
    void write(String functionName, int memoryMb) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Map<String, Object> note = new LinkedHashMap<>();
        note.put("functionName", functionName);
        note.put("memoryMb", memoryMb);
        String text = Json.write(note);
        try (FileChannel out = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            out.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            out.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel folder = FileChannel.open(file.resolveSibling(""), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    /** The function is as it was. */
    void delete() throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public void close() throws IOException {
        lockFile.close();
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
