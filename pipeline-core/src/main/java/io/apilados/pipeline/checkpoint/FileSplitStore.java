// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A folder. An object is written to a temporary file, forced to the disk and renamed. Whatever changes one holds the lock
 * of the folder: that of the operating system against other processes, and one of the process against its own threads,
 * because the former is the whole process's. The names of both kinds of other files begin with a dot, as no object's does.
 */
final class FileSplitStore implements SplitStore {

    /** Folders share these by the hash of their path, so that two stores over one folder have the same. */
    private static final ReentrantLock[] IN_PROCESS = new ReentrantLock[64];

    static {
        Arrays.setAll(IN_PROCESS, i -> new ReentrantLock());
    }

    private static final String LOCK = ".lock";

    private final Path folder;

    FileSplitStore(Path folder) {
        this.folder = Objects.requireNonNull(folder, "folder");
    }

    private Path file(String name) {
        return folder.resolve(SplitStore.requireName(name));
    }

    @Override
    public Optional<byte[]> read(String name) throws IOException {
        Path file = file(name);
        try {
            return Optional.of(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** What is done under the lock. */
    @FunctionalInterface
    private interface Change {
        boolean make() throws IOException;
    }

    private boolean change(Change change) throws IOException {
        Files.createDirectories(folder);
        Path real = folder.toRealPath();
        ReentrantLock inProcess = IN_PROCESS[Math.floorMod(real.hashCode(), IN_PROCESS.length)];
        inProcess.lock();
        try (FileChannel channel =
                        FileChannel.open(real.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            return lock.isValid() && change.make();
        } finally {
            inProcess.unlock();
        }
    }

    @Override
    public void write(String name, byte[] content) throws IOException {
        Path file = file(name);
        boolean unused = change(() -> put(file, content));
    }

    @Override
    public boolean replace(String name, byte @Nullable [] expected, byte[] content) throws IOException {
        Path file = file(name);
        return change(() -> Arrays.equals(read(name).orElse(null), expected) && put(file, content));
    }

    @Override
    public void delete(String name) throws IOException {
        Path file = file(name);
        boolean unused = change(() -> Files.deleteIfExists(file));
    }

    private static boolean put(Path file, byte[] content) throws IOException {
        Path parent = Objects.requireNonNull(file.getParent(), "the folder of an object");
        Files.createDirectories(parent);
        Path temporary = parent.resolve("." + UUID.randomUUID() + ".tmp");
        try {
            try (FileChannel channel =
                    FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                ByteBuffer rest = ByteBuffer.wrap(content);
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            forceFolder(parent);
            return true;
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw new IOException(
                    file + ": could not be written (" + e.getMessage()
                            + "); free space or name another folder, and run the split again to go on",
                    e);
        }
    }

    /** Makes the rename itself survive a crash; some systems cannot open a folder, and need no such thing. */
    private static void forceFolder(Path parent) {
        try (FileChannel channel = FileChannel.open(parent, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // As said above.
        }
    }

    @Override
    public List<String> list(String prefix) throws IOException {
        List<String> names = new ArrayList<>();
        // Only the folder that the prefix ends in may hold such names.
        int slash = prefix.lastIndexOf('/');
        Path from = slash < 0 ? folder : file(prefix.substring(0, slash));
        if (!Files.isDirectory(from)) {
            return names;
        }
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                String name = folder.relativize(file).toString().replace('\\', '/');
                if (name.startsWith(prefix) && NAME.matcher(name).matches()) {
                    names.add(name);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                // Another attempt may just have deleted it.
                if (failure instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw failure;
            }
        });
        Collections.sort(names);
        return names;
    }
}
