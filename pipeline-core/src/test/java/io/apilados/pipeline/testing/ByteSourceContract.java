// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceChangedException;
import io.apilados.pipeline.source.SourceVersion;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/**
 * What every seekable {@link ByteSource} holds. Extend it in the test of yours and tell how to make one, how to change
 * what it reads, and how to make one of something that is not there.
 *
 * <p>Each test runs on an instance of its own, in one thread.
 */
@NullMarked
public abstract class ByteSourceContract {

    /** More than any buffer on the way, and no multiple of one. */
    private static final int SIZE = 1_000_003;

    /** For subclasses. */
    protected ByteSourceContract() {}

    /** A source with this content; called once in a test. */
    protected abstract ByteSource sourceOf(byte[] content) throws Exception;

    /** Replaces the content of the source that {@link #sourceOf} made, in place. */
    protected abstract void overwrite(byte[] content) throws Exception;

    /** A source of something that is not there. */
    protected abstract ByteSource missing() throws Exception;

    /** The same bytes for the same size, with every byte value among them. */
    protected static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    @Test
    void givesTheWholeContent() throws Exception {
        byte[] content = bytes(SIZE);
        ByteSource source = sourceOf(content);

        assertThat(read(source, 0)).isEqualTo(content);
    }

    @Test
    void givesTheRestFromAnyOffset() throws Exception {
        byte[] content = bytes(SIZE);
        ByteSource source = sourceOf(content);

        for (int offset : new int[] {1, 8_191, 8_192, 500_000, SIZE - 1, SIZE}) {
            assertThat(read(source, offset))
                    .as("from byte %d", offset)
                    .isEqualTo(Arrays.copyOfRange(content, offset, SIZE));
        }
    }

    @Test
    void givesTheSameRestWhateverIsSaidToBeNeeded() throws Exception {
        byte[] content = bytes(SIZE);
        ByteSource source = sourceOf(content);

        for (int offset : new int[] {0, 8_191, 500_000, SIZE - 1, SIZE}) {
            for (int needed : new int[] {0, 1, 8_192, 300_000, 2 * SIZE}) {
                try (InputStream in = source.open(source.version(), offset, offset + needed)) {
                    assertThat(in.readAllBytes())
                            .as("from byte %d, %d needed", offset, needed)
                            .isEqualTo(Arrays.copyOfRange(content, offset, SIZE));
                }
            }
        }
    }

    @Test
    void givesNothingOfAnEmptySource() throws Exception {
        ByteSource source = sourceOf(new byte[0]);

        assertThat(source.version().sizeBytes()).isZero();
        assertThat(read(source, 0)).isEmpty();
    }

    @Test
    void givesTheSameBytesOneByOneAsInBlocksAndBySkipping() throws Exception {
        byte[] content = bytes(5_000);
        ByteSource source = sourceOf(content);

        try (InputStream in = source.open(source.version(), 0)) {
            assertThat(in.read(new byte[10], 3, 0)).isZero();
            for (int i = 0; i < 1_000; i++) {
                assertThat(in.read()).isEqualTo(content[i] & 0xff);
            }
            in.skipNBytes(2_000);
            assertThat(in.readNBytes(1_000)).isEqualTo(Arrays.copyOfRange(content, 3_000, 4_000));
            assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(content, 4_000, 5_000));
            assertThat(in.read()).isEqualTo(-1);
            assertThat(in.read(new byte[10])).isEqualTo(-1);
        }
    }

    @Test
    void tellsItsSize() throws Exception {
        assertThat(sourceOf(bytes(SIZE)).version().sizeBytes()).isEqualTo(SIZE);
    }

    @Test
    void tellsTheSameVersionWhileNothingChanges() throws Exception {
        ByteSource source = sourceOf(bytes(SIZE));
        SourceVersion version = source.version();

        read(source, 0);

        assertThat(source.version()).isEqualTo(version);
        assertThat(source.version().fingerprint()).isEqualTo(version.fingerprint());
        assertThat(version.seekable()).isTrue();
    }

    @Test
    void tellsAnotherVersionAfterAChange() throws Exception {
        ByteSource source = sourceOf(bytes(SIZE));
        SourceVersion before = source.version();

        overwrite(bytes(SIZE + 1));

        assertThat(source.version().fingerprint()).isNotEqualTo(before.fingerprint());
    }

    @Test
    void endsInSourceChangedExceptionWhenItChangedSinceTheVersionWasTold() throws Exception {
        ByteSource source = sourceOf(bytes(SIZE));
        SourceVersion before = source.version();
        overwrite(bytes(SIZE + 1));

        for (long offset : new long[] {0, 1, SIZE - 1}) {
            assertThatThrownBy(() -> read(source, before, offset))
                    .as("from byte %d", offset)
                    .isInstanceOf(SourceChangedException.class)
                    .hasMessageContaining(source.location());
        }
    }

    /** A store may still serve the old version to whoever is reading it; what no source may do is to mix two. */
    @Test
    void neverEndsWellWithOtherBytesThanItsVersionsWhenItChangesWhileBeingRead() throws Exception {
        byte[] content = bytes(SIZE);
        ByteSource source = sourceOf(content);

        byte[] read;
        try (InputStream in = source.open(source.version(), 0)) {
            in.readNBytes(1_000);
            overwrite(bytes(SIZE - 1));
            read = in.readAllBytes();
        } catch (SourceChangedException e) {
            assertThat(e).hasMessageContaining(source.location());
            return;
        }
        assertThat(read).isEqualTo(Arrays.copyOfRange(content, 1_000, SIZE));
    }

    @Test
    void saysWhereWhenThereIsNothing() throws Exception {
        ByteSource source = missing();

        assertThatThrownBy(source::version).isInstanceOf(IOException.class).hasMessageContaining(source.location());
    }

    @Test
    void canBeClosedEarlyAndOpenedAgain() throws Exception {
        byte[] content = bytes(SIZE);
        ByteSource source = sourceOf(content);
        SourceVersion version = source.version();

        for (int i = 0; i < 20; i++) {
            InputStream in = source.open(version, i);
            assertThat(in.read()).isEqualTo(content[i] & 0xff);
            in.close();
            in.close();
            assertThatThrownBy(in::read).isInstanceOf(IOException.class);
        }
        assertThat(read(source, 0)).isEqualTo(content);
    }

    @Test
    void givesTwoStreamsAtOnceTheirOwnBytes() throws Exception {
        byte[] content = bytes(SIZE);
        ByteSource source = sourceOf(content);
        SourceVersion version = source.version();

        try (InputStream first = source.open(version, 0);
                InputStream second = source.open(version, 300_000)) {
            for (int at = 0; at < 600_000; at += 60_000) {
                assertThat(first.readNBytes(60_000)).isEqualTo(Arrays.copyOfRange(content, at, at + 60_000));
                assertThat(second.readNBytes(60_000))
                        .isEqualTo(Arrays.copyOfRange(content, 300_000 + at, 360_000 + at));
            }
        }
    }

    private static byte[] read(ByteSource source, long offset) throws IOException {
        return read(source, source.version(), offset);
    }

    private static byte[] read(ByteSource source, SourceVersion version, long offset) throws IOException {
        try (InputStream in = source.open(version, offset)) {
            return in.readAllBytes();
        }
    }
}
