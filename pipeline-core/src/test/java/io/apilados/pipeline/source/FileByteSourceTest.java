// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.apilados.pipeline.testing.ByteSourceContract;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FileByteSourceTest extends ByteSourceContract {

    private final Path folder;
    private final Path file;

    FileByteSourceTest(@TempDir Path folder) {
        this.folder = folder;
        this.file = folder.resolve("participants.csv");
    }

    @Override
    protected ByteSource sourceOf(byte[] content) throws IOException {
        Files.write(file, content);
        return ByteSource.file(file);
    }

    @Override
    protected void overwrite(byte[] content) throws IOException {
        Files.write(file, content);
    }

    @Override
    protected ByteSource missing() {
        return ByteSource.file(folder.resolve("nowhere.csv"));
    }

    @Test
    void saysThatAFolderIsNoFile() {
        assertThatThrownBy(ByteSource.file(folder)::version)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("is a directory");
    }

    @Test
    void saysThatThereIsNoSuchFile() {
        assertThatThrownBy(missing()::version).hasMessageContaining("there is no such file");
    }

    @Test
    void endsInSourceChangedExceptionWhenTheFileShrinksWhileBeingRead() throws Exception {
        ByteSource source = sourceOf(bytes(1_000_000));

        try (InputStream in = source.open(source.version(), 0)) {
            in.readNBytes(1_000);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(500_000);
            }

            assertThatThrownBy(in::readAllBytes)
                    .isInstanceOf(SourceChangedException.class)
                    .hasMessageContaining("1000000 bytes and has 500000");
        }
    }

    @Test
    void endsInSourceChangedExceptionWhenTheFileGrowsWhileBeingRead() throws Exception {
        ByteSource source = sourceOf(bytes(100_000));

        try (InputStream in = source.open(source.version(), 0)) {
            in.readNBytes(1_000);
            Files.write(file, new byte[] {1, 2, 3}, StandardOpenOption.APPEND);

            assertThatThrownBy(in::readAllBytes).isInstanceOf(SourceChangedException.class);
        }
    }

    @Test
    void refusesAFileOfTheSameSizeWithAnotherModificationTime() throws Exception {
        ByteSource source = sourceOf(bytes(1_000));
        SourceVersion version = source.version();

        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));

        assertThatThrownBy(() -> source.open(version, 0))
                .isInstanceOf(SourceChangedException.class)
                .hasMessageContaining("modification time");
    }

    @Test
    void readsAPipeFromStartToEnd() throws Exception {
        ByteSource source = pipe();
        byte[] content = bytes(300_000);
        SourceVersion version = source.version();
        assertThat(version.sizeBytes()).isEqualTo(SourceVersion.UNKNOWN_SIZE);
        assertThat(version.seekable()).isFalse();

        ExecutorService writer = Executors.newSingleThreadExecutor();
        try {
            Future<?> written = writer.submit(() -> Files.write(file, content, StandardOpenOption.WRITE));
            try (InputStream in = source.open(version, 0)) {
                assertThat(in.readAllBytes()).isEqualTo(content);
            }
            written.get(30, TimeUnit.SECONDS);
        } finally {
            writer.shutdownNow();
        }
    }

    @Test
    void refusesToOpenAPipeAnywhereButAtItsStart() throws Exception {
        ByteSource source = pipe();

        assertThatThrownBy(() -> source.open(source.version(), 1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("only be read from its start");
    }

    private ByteSource pipe() throws Exception {
        boolean made;
        try {
            made = new ProcessBuilder("mkfifo", file.toString()).start().waitFor() == 0;
        } catch (IOException e) {
            made = false;
        }
        assumeTrue(made, "no mkfifo here");
        return ByteSource.file(file);
    }
}
