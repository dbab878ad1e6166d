// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.CRC32;

/** One folder; the files of a source are named after its last part and a checksum of its whole location. */
final class FileCheckpointStore implements CheckpointStore {

    private static final int LONGEST_NAME = 40;

    private final Path folder;

    FileCheckpointStore(Path folder) {
        this.folder = Objects.requireNonNull(folder, "folder");
    }

    @Override
    public CheckpointLease acquire(String location) throws IOException {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new IOException(folder + ": is no folder, but checkpoints are kept in one; name a folder");
        }
        Files.createDirectories(folder);
        return FileCheckpointLease.acquire(folder, name(location), location);
    }

    private static String name(String location) {
        CRC32 crc = new CRC32();
        crc.update(location.getBytes(StandardCharsets.UTF_8));
        int from = location.lastIndexOf('/') + 1;
        StringBuilder name = new StringBuilder();
        for (int i = from; i < Math.min(location.length(), from + LONGEST_NAME); i++) {
            char c = location.charAt(i);
            name.append(isPlain(c) ? c : '_');
        }
        return name.append('-').append(Long.toHexString(crc.getValue())).toString();
    }

    private static boolean isPlain(char c) {
        return (c >= '0' && c <= '9')
                || (c >= 'A' && c <= 'Z')
                || (c >= 'a' && c <= 'z')
                || c == '.'
                || c == '_'
                || c == '-';
    }
}
