// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A file system in memory that is soon full. Only root can mount one; a test that may not is skipped. */
final class SmallDisk implements Closeable {

    private static final int PAGE_BYTES = 4096;

    private final Path folder;

    private SmallDisk(Path folder) {
        this.folder = folder;
    }

    /** Mounts one and fills it, but for so many pages of 4 KiB. */
    static SmallDisk mount(Path folder, int freePages) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        String said = execute(List.of("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.toString()));
        assumeTrue(said.isEmpty(), "skipped: a small file system cannot be mounted here, which needs root: " + said);
        SmallDisk disk = new SmallDisk(folder);
        long free = Files.getFileStore(folder).getUsableSpace();
        Files.write(folder.resolve("filler"), new byte[(int) (free - (long) freePages * PAGE_BYTES)]);
        return disk;
    }

    Path folder() {
        return folder;
    }

    /** It has room again, and what is on it stays. */
    void enlarge() throws IOException, InterruptedException {
        String said = execute(List.of("mount", "-o", "remount,size=64m", folder.toString()));
        assertThat(said).as("what mount said").isEmpty();
    }

    /** What it said; nothing if all went well. */
    private static String execute(List<String> command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            boolean ended = process.waitFor(1, TimeUnit.MINUTES);
            return ended && process.exitValue() == 0 ? "" : command.get(0) + " failed: " + said;
        } catch (IOException e) {
            return command.get(0) + " could not be started: " + e.getMessage();
        }
    }

    @Override
    public void close() throws IOException {
        try {
            String said = execute(List.of("umount", "-l", folder.toString()));
            assertThat(said).as("what umount said").isEmpty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
