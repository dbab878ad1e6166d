// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceVersion;
import io.apilados.pipeline.testing.TextSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedCatalogFileTest {

    private static final int HEADER = 24;

    @TempDir
    Path folder;

    private static byte[] saved(CCTsCatalog catalog) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        catalog.saveTo(out);
        return out.toByteArray();
    }

    private static CCTsCatalog small() {
        return CCTsCatalog.builder()
                .put("01DPR0001V", 0)
                .put("32DJN9999Z", Integer.MAX_VALUE)
                .put("ZZZZZZZZZZ", 7)
                .put("clave con ñ", 8)
                .put("x", 9)
                .build();
    }

    /** Bytes of a file whose checksum is right, whatever else may be wrong with it. */
    private static byte[] file(int version, int keys, int others, int otherBytes, byte[] body) {
        ByteBuffer buffer = ByteBuffer.allocate(HEADER + body.length + 4).order(ByteOrder.LITTLE_ENDIAN);
        buffer.put(new byte[] {(byte) 0x89, 'C', 'C', 'T', '\r', '\n', 0x1a, '\n'});
        buffer.putInt(version).putInt(keys).putInt(others).putInt(otherBytes).put(body);
        CRC32C sum = new CRC32C();
        sum.update(buffer.array(), 0, buffer.position());
        return buffer.putInt((int) sum.getValue()).array();
    }

    private static byte[] entries(List<Long> keys, List<Integer> ids) {
        ByteBuffer buffer = ByteBuffer.allocate(12 * keys.size()).order(ByteOrder.LITTLE_ENDIAN);
        keys.forEach(buffer::putLong);
        ids.forEach(buffer::putInt);
        return buffer.array();
    }

    private static byte[] other(int id, int units, String text) {
        ByteBuffer buffer = ByteBuffer.allocate(8 + 2 * text.length()).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(id).putInt(units).asCharBuffer().put(text);
        return buffer.array();
    }

    private static void assertRefused(byte[] bytes, String message) {
        assertThatThrownBy(() -> CCTsCatalog.loadPacked(new TextSource(bytes)))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("text in memory")
                .hasMessageContaining(message)
                .hasMessageContaining("; ");
        assertThatThrownBy(() -> CCTsCatalog.load(new TextSource(bytes))).isInstanceOf(IOException.class);
    }

    @Test
    void hasTheFormThatIsWrittenDown() throws IOException {
        long first = PackedKey.pack("01DPR0001V", 0, 10);
        byte[] body = new byte[12 + 10];
        System.arraycopy(entries(List.of(first), List.of(5)), 0, body, 0, 12);
        System.arraycopy(other(6, 1, "ñ"), 0, body, 12, 10);
        byte[] file = file(1, 1, 1, 10, body);
        assertThat(saved(CCTsCatalog.builder().put("ñ", 6).put("01DPR0001V", 5).build()))
                .isEqualTo(file);
        assertThat(CCTsCatalog.load(new TextSource(file)).idOf("01DPR0001V")).isEqualTo(5);
    }

    @Test
    void refusesAFileWithAnyByteChangedInAnyWay() throws IOException {
        byte[] good = saved(small());
        for (int at = 0; at < good.length; at++) {
            for (int change = 1; change < 256; change++) {
                byte[] bad = good.clone();
                bad[at] ^= (byte) change;
                assertThatThrownBy(() -> CCTsCatalog.loadPacked(new TextSource(bad)))
                        .as("byte %d ^ %d", at, change)
                        .isInstanceOf(IOException.class);
                if (Integer.bitCount(change) == 1) {
                    assertThatThrownBy(() -> CCTsCatalog.load(new TextSource(bad)))
                            .as("byte %d ^ %d", at, change)
                            .isInstanceOf(IOException.class);
                }
            }
        }
    }

    @Test
    void refusesAFileThatWasCutOffOrGoesOn() throws IOException {
        byte[] good = saved(small());
        for (int length = 0; length < good.length; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            assertRefused(cut, length < 8 ? "is no saved catalog" : "byte " + length + ": the file ends before all");
        }
        assertRefused(Arrays.copyOf(good, good.length + 1), "byte " + good.length + ": the file goes on");
    }

    @Test
    void refusesWhatIsForeignOrNewer() {
        assertRefused(
                "id,clave\n1,01DPR0001\n".repeat(9).getBytes(StandardCharsets.UTF_8), "its first bytes are others");
        assertRefused(file(2, 0, 0, 0, new byte[0]), "byte 8: the version was 2 but this release reads 1");
    }

    @Test
    void refusesCountsThatCannotBe() {
        assertRefused(file(1, -1, 0, 0, new byte[0]), "byte 12: the counts were -1, 0 and 0");
        assertRefused(file(1, 0, -1, 0, new byte[0]), "byte 12: the counts were 0, -1 and 0");
        assertRefused(file(1, 0, 0, -1, new byte[0]), "byte 12: the counts were 0, 0 and -1");
        assertRefused(file(1, Integer.MAX_VALUE, 1, 0, new byte[0]), "byte 12: the counts were");
        assertRefused(file(1, 0, 1, 0, new byte[0]), "byte 24: expected an id");
        assertRefused(file(1, 0, 0, 10, other(1, 1, "x")), "byte 24: expected 0 other keys");
    }

    @Test
    void refusesEntriesThatWouldMakeABadTable() {
        List<Long> ordered = Stream.of("01DPR0001V", "32DJN9999Z", "ZZZZZZZZZZ")
                .map(key -> PackedKey.pack(key, 0, 10))
                .sorted((a, b) -> Long.compareUnsigned(a * 0x9e3779b97f4a7c15L, b * 0x9e3779b97f4a7c15L))
                .toList();
        assertThat(load(file(1, 3, 0, 0, entries(ordered, List.of(1, 2, 3)))).size())
                .isEqualTo(3);
        List<Long> twice = List.of(ordered.get(0), ordered.get(1), ordered.get(1));
        assertRefused(file(1, 3, 0, 0, entries(twice, List.of(1, 2, 3))), "byte 40: key 2 of 3");
        List<Long> backwards = List.of(ordered.get(1), ordered.get(0), ordered.get(2));
        assertRefused(file(1, 3, 0, 0, entries(backwards, List.of(1, 2, 3))), "byte 32: key 1 of 3");
        assertRefused(file(1, 3, 0, 0, entries(ordered, List.of(-1, 2, 3))), "byte 24: key 0 of 3");
        for (long noKey : new long[] {-1, 36, 1L << 60, PackedTable.key(PackedTable.FREE)}) {
            assertRefused(file(1, 1, 0, 0, entries(List.of(noKey), List.of(1))), "byte 24: key 0 of 1");
        }
    }

    @Test
    void refusesOtherKeysThatNoLookupWouldFind() {
        for (String key : List.of("", " x", "x\u00a0", "01DPR0001V")) {
            byte[] body = other(1, key.length(), key);
            assertRefused(file(1, 0, 1, body.length, body), "byte 24: expected a key that");
        }
        byte[] twice = new byte[20];
        System.arraycopy(other(1, 1, "x"), 0, twice, 0, 10);
        System.arraycopy(other(2, 1, "x"), 0, twice, 10, 10);
        assertRefused(file(1, 0, 2, 20, twice), "byte 34: expected a key that");
        assertRefused(file(1, 0, 1, 10, other(-1, 1, "x")), "byte 24: expected an id");
        assertRefused(file(1, 0, 1, 10, other(1, -1, "x")), "byte 24: expected an id");
        assertRefused(file(1, 0, 1, 10, other(1, 2, "x")), "byte 24: expected an id");
        assertRefused(file(1, 0, 1, 10, other(1, Integer.MAX_VALUE, "x")), "byte 24: expected an id");
    }

    @Test
    void takesNoMoreMemoryThanAFileHasBytesWhateverItClaims() {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[] key = entries(List.of(PackedKey.pack("ZZZZZZZZZZ", 0, 10)), List.of(1));
        for (byte[] liar : List.of(
                file(1, 600_000_000, 0, 0, key),
                file(1, 0, Integer.MAX_VALUE, 0, key),
                file(1, 1, 1, Integer.MAX_VALUE, key))) {
            long before = threads.getCurrentThreadAllocatedBytes();
            assertRefused(liar, "; ");
            assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(4_000_000);
        }
    }

    @Test
    void laysDownEntriesThatAreAllPushedBeyondTheEndOfTheTable() throws IOException {
        CCTsCatalog.Builder builder = CCTsCatalog.builder();
        int count = 0;
        for (long i = 0; count < 2_000; i++) {
            // Keys whose hashes are among the greatest, so that all of them want the table's last places.
            long key = PackedTable.key(Long.MAX_VALUE - 1 - i);
            if (PackedKey.isKey(key)) {
                builder.put(text(key), count++);
            }
        }
        CCTsCatalog catalog = builder.build();
        CCTsCatalog loaded = load(saved(catalog));
        for (CCTsCatalog each : List.of(catalog, loaded)) {
            int n = 0;
            for (long i = 0; n < count; i++) {
                long key = PackedTable.key(Long.MAX_VALUE - 1 - i);
                if (PackedKey.isKey(key)) {
                    assertThat(each.idOf(text(key))).isEqualTo(n++);
                }
            }
            assertThat(each.idOf("01DPR0001V")).isEqualTo(CCTsCatalog.ABSENT);
        }
    }

    private static String text(long packed) {
        StringBuilder text = new StringBuilder();
        for (int shift = 54; shift >= 0; shift -= 6) {
            text.append(Character.toUpperCase(Character.forDigit((int) (packed >>> shift & 63), 36)));
        }
        return text.toString();
    }

    private static CCTsCatalog load(byte[] bytes) {
        try {
            return CCTsCatalog.loadPacked(new TextSource(bytes));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void replacesAFileAsAWholeAndLeavesNothingElse() throws IOException {
        Path file = folder.resolve("catalog.packed");
        Files.writeString(file, "old");
        small().saveTo(file);
        assertThat(CCTsCatalog.loadPacked(file).idOf("x")).isEqualTo(9);
        assertThat(CCTsCatalog.load(ByteSource.file(file)).idOf("x")).isEqualTo(9);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void leavesTheOldFileWhenTheNewOneCannotBeWritten() throws IOException {
        Path occupied = folder.resolve("catalog.packed");
        Files.createDirectories(occupied.resolve("in-it"));
        assertThatThrownBy(() -> small().saveTo(occupied))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(occupied + ": the catalog could not be saved");
        assertThatThrownBy(() -> small().saveTo(folder.resolve("none/catalog.packed")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("see that its folder is there");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(occupied);
        }
    }

    /** A pipe can be opened once. */
    @Test
    void readsEitherFormFromWhatCanBeReadOnce() throws IOException {
        assertThat(CCTsCatalog.load(new Pipe(saved(small()))).idOf("x")).isEqualTo(9);
        assertThat(CCTsCatalog.load(new Pipe("id,clave\n1,A\n2,\"B\"\n".getBytes(StandardCharsets.UTF_8)))
                        .idOf("B"))
                .isEqualTo(2);
    }

    private static final class Pipe implements ByteSource {
        private final InputStream in;
        private boolean opened;

        Pipe(byte[] bytes) {
            this.in = new ByteArrayInputStream(bytes);
        }

        @Override
        public String location() {
            return "pipe";
        }

        @Override
        public SourceVersion version() {
            return new SourceVersion("pipe", SourceVersion.UNKNOWN_SIZE, "stream", false);
        }

        @Override
        public InputStream open(SourceVersion version, long byteOffset) throws IOException {
            if (opened) {
                throw new IOException("opened twice");
            }
            opened = true;
            return in;
        }
    }
}
