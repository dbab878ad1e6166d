// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.testing.CCTsCacheContract;
import io.apilados.pipeline.testing.TextSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CCTsCatalogTest {

    @Nested
    class Preloaded extends CCTsCacheContract {
        @Override
        protected CCTsCache cache(Map<String, Integer> ids) {
            CCTsCatalog.Builder builder = CCTsCatalog.builder();
            ids.forEach(builder::put);
            return CCTsCache.preloaded(builder.build());
        }
    }

    @Nested
    class Saved extends CCTsCacheContract {
        @Override
        protected CCTsCache cache(Map<String, Integer> ids) {
            CCTsCatalog.Builder builder = CCTsCatalog.builder();
            ids.forEach(builder::put);
            try {
                return CCTsCache.preloaded(CCTsCatalog.load(new TextSource(saved(builder.build()))));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 100, 4095, 4096, 4097, 20_000})
    void agreesWithAMapAfterBuildingSavingAndLoading(int count) throws IOException {
        RandomKeys random = new RandomKeys(count);
        Map<String, Integer> expected = new HashMap<>();
        CCTsCatalog.Builder builder = CCTsCatalog.builder();
        while (expected.size() < count) {
            String key = random.key();
            int id = random.id();
            if (expected.putIfAbsent(key, id) == null) {
                String around = random.blanks() + key + random.blanks();
                if (RandomKeys.isAscii(around) && random.flip()) {
                    byte[] bytes = ("x" + around + "x").getBytes(StandardCharsets.US_ASCII);
                    builder.put(bytes, 1, bytes.length - 1, id);
                } else {
                    builder.put(around, id);
                }
            }
        }
        CCTsCatalog built = builder.build();
        CCTsCatalog loaded = CCTsCatalog.loadPacked(new TextSource(saved(built)));

        for (CCTsCatalog catalog : List.of(built, loaded)) {
            assertThat(catalog.size()).isEqualTo(count);
            expected.forEach((key, id) -> assertSameId(catalog, key, id));
            for (int i = 0; i < 1000; i++) {
                String other = random.key();
                assertSameId(catalog, other, expected.getOrDefault(other, CCTsCatalog.ABSENT));
            }
        }
        assertThat(saved(loaded)).isEqualTo(saved(built));
    }

    private static void assertSameId(CCTsCatalog catalog, String key, int id) {
        assertThat(catalog.idOf(key)).isEqualTo(id);
        assertThat(catalog.idOf("\t" + key + "\u00a0")).isEqualTo(id);
        if (RandomKeys.isAscii(key)) {
            byte[] bytes = (" " + key + "\n").getBytes(StandardCharsets.US_ASCII);
            assertThat(catalog.idOf(bytes, 0, bytes.length)).isEqualTo(id);
            assertThat(catalog.idOf(bytes, 1, bytes.length - 1)).isEqualTo(id);
        }
    }

    /** What the two arrays hold, and 16 bytes of header for each. */
    @ParameterizedTest
    @ValueSource(ints = {270_000, 597_685, 600_000})
    void takesAtMostSixteenBytesAKey(int count) {
        CCTsCatalog.Builder builder = CCTsCatalog.builder();
        SplittableRandom random = new SplittableRandom(count);
        byte[] key = new byte[10];
        for (int i = 0; i < count; i++) {
            // Seven digits that count and three letters at random: no key stands twice.
            for (int digit = 0, rest = i; digit < 7; digit++, rest /= 10) {
                key[digit] = (byte) ('0' + rest % 10);
            }
            for (int letter = 7; letter < 10; letter++) {
                key[letter] = (byte) ('A' + random.nextInt(26));
            }
            builder.put(key, 0, 10, i);
        }
        CCTsCatalog catalog = builder.build();
        assertThat(catalog.size()).isEqualTo(count);
        assertThat(catalog.idOf(key, 0, 10)).isEqualTo(count - 1);
        assertThat(catalog.tableBytes() + 2 * 16).isLessThanOrEqualTo(16L * count);
    }

    @Test
    void makesNoObjectForALookup() {
        CCTsCatalog catalog = CCTsCatalog.builder().put("01DPR0001V", 1).build();
        byte[] bytes = "01DPR0001V 99XXX0000X".getBytes(StandardCharsets.US_ASCII);
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        int found = catalog.idOf(bytes, 0, 10);
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 10_000; i++) {
            found += catalog.idOf(bytes, 0, 11) + catalog.idOf(bytes, 11, 21) + catalog.idOf("01DPR0001V");
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(found).isEqualTo(1 + 10_000);
        assertThat(allocated).isLessThan(1000);
    }

    @Test
    void knowsWhichNumbersArePackedKeys() {
        assertThat(PackedKey.isKey(PackedTable.key(PackedTable.FREE))).isFalse();
        for (String key : List.of("0000000000", "ZZZZZZZZZZ", "0Z0Z0Z0Z0Z", "01DPR0001V")) {
            long packed = PackedKey.pack(key, 0, 10);
            assertThat(PackedKey.isKey(packed)).isTrue();
            for (int digit = 0; digit < 10; digit++) {
                for (long wrong = 36; wrong < 64; wrong++) {
                    long mask = 63L << (6 * digit);
                    assertThat(PackedKey.isKey((packed & ~mask) | (wrong << (6 * digit))))
                            .isFalse();
                }
            }
            for (int bit = 60; bit < 64; bit++) {
                assertThat(PackedKey.isKey(packed | 1L << bit)).isFalse();
            }
        }
    }

    @Test
    void refusesAKeyThatWasAddedTwice() {
        CCTsCatalog.Builder twice = CCTsCatalog.builder().put("01DPR0001V", 1).put(" 01DPR0001V", 1);
        assertThatThrownBy(twice::build).isInstanceOf(IllegalArgumentException.class);
        CCTsCatalog.Builder other = CCTsCatalog.builder().put("ñ", 1);
        assertThatThrownBy(() -> other.put("ñ ", 2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> other.put(" \u00a0", 2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> other.put("01DPR0001V", -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void loadsFromCsvInAnyOrderOfColumns() throws IOException {
        CCTsCatalog catalog =
                CCTsCatalog.load(new TextSource("\ufeffclave,nombre,id\r\n 01DPR0001V\u00a0,\"a, b\",12\r\nX,b,0\r\n"));
        assertThat(catalog.idOf("01DPR0001V")).isEqualTo(12);
        assertThat(catalog.idOf("X")).isZero();
        assertThat(catalog.size()).isEqualTo(2);
    }

    @Test
    void loadsTheGreatestIdAndOneWithZerosBeforeIt() throws IOException {
        CCTsCatalog catalog = CCTsCatalog.load(new TextSource("id,clave\n2147483647,A\n00000000000012,B\n+7,C\n"));
        assertThat(catalog.idOf("A")).isEqualTo(Integer.MAX_VALUE);
        assertThat(catalog.idOf("B")).isEqualTo(12);
        assertThat(catalog.idOf("C")).isEqualTo(7);
    }

    /** Where the rows are plain they are not parsed as CSV, so plain ones and others are mixed here in many ways. */
    @Test
    void loadsTheSameFromPlainRowsAndFromAnyOther() throws IOException {
        for (int seed = 0; seed < 300; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int rows = random.nextInt(seed % 50 == 0 ? 12_000 : 30);
            String lineEnd = random.nextBoolean() ? "\n" : "\r\n";
            StringBuilder plain = new StringBuilder("id,clave" + lineEnd);
            StringBuilder quoted = new StringBuilder("\"id\",clave\n");
            int oddRows = random.nextInt(3);
            for (int i = 0; i < rows; i++) {
                int id = random.nextInt(Integer.MAX_VALUE) >>> random.nextInt(31);
                String key = random.nextInt(10) == 0 ? "k" + i : String.format("%02dDPR%05d", i % 32, i);
                boolean odd = random.nextInt(rows) < oddRows;
                plain.append(odd ? " " + id + " ,\"" + key + " \"" : id + "," + key)
                        .append(i + 1 < rows || random.nextBoolean() ? lineEnd : "");
                quoted.append(id).append(",\"").append(key).append("\"\n");
            }
            assertThat(saved(CCTsCatalog.load(new TextSource(plain.toString()))))
                    .as("seed %d", seed)
                    .isEqualTo(saved(CCTsCatalog.load(new TextSource(quoted.toString()))));
        }
    }

    private static byte[] saved(CCTsCatalog catalog) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        catalog.saveTo(out);
        return out.toByteArray();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    id,key\\n1,A                              | line 1: no column is named 'clave'
                    id,clave\\n1,A\\nx,B                      | line 3, column id: expected a whole number
                    id,clave\\n-1,A                           | line 2, column id: expected a whole number
                    id,clave\\n2147483648,A                   | line 2, column id: expected a whole number
                    id,clave\\n1,                             | line 2, column clave: it is empty
                    id,clave\\n1,A\\n2,B\\n3,A                | line 4, column clave: the key stands on line 2 already
                    id,clave\\n1,01DPR0001V\\n1,01DPR0001V    | line 3, column clave: the key stands on line 2 already
                    id,clave\\r\\n1,A\\r\\n\\r\\n2,B\\r\\n3,B  | line 5, column clave: the key stands on line 4 already
                    id,clave\\n1,A\\n2,"B\\n"\\n3,A          | line 5, column clave: the key stands on line 2 already
                    id,clave\\n"1",A\\n2,A                | line 3, column clave: the key stands on line 2 already
                    id,clave\\n1,A\\n2,"B"\\nx,C            | line 4, column id: expected a whole number
                    id,clave\\n1,A\\n2,B,3                 | line 3: expected 2 fields, got 3
                    id,clave\\n1,A\\n4294967297,B          | line 3, column id: expected a whole number
                    id,clave\\n1,A\\n1234567890123,B       | line 3, column id: expected a whole number
                    id,clave\\n1                              | line 2: expected 2 fields, got 1
                    """)
    void saysWhereACatalogIsUnfit(String csv, String message) {
        assertThatThrownBy(() ->
                        CCTsCatalog.load(new TextSource(csv.replace("\\n", "\n").replace("\\r", "\r"))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(message);
    }

    /** Other keys come among the first, so that many more of the usual form follow than these let expect; or fewer. */
    @ParameterizedTest
    @CsvSource({"0, 0, 40000", "3000, 30, 40000", "9000, 0, 3000", "100, 2000, 20000"})
    void readsWhatIsLongerThanItsBuffer(int longKeys, int characters, int usualKeys) throws IOException {
        Map<String, Integer> expected = new HashMap<>();
        StringBuilder csv = new StringBuilder("id,clave\n");
        for (int i = 0; i < longKeys + usualKeys; i++) {
            String key = i >= 50 && i < 50 + longKeys
                    ? "x".repeat(characters) + i
                    : String.format(Locale.ROOT, "%08dAB", 7919L * i % 100_000_007);
            expected.put(key, i);
            csv.append(i).append(',').append(key).append('\n');
        }

        CCTsCatalog catalog = CCTsCatalog.load(new TextSource(csv.toString()));

        assertThat(catalog.size()).isEqualTo(expected.size());
        expected.forEach((key, id) -> assertThat(catalog.idOf(key)).as(key).isEqualTo(id));
        assertThat(catalog.idOf("99999999ZZ")).isEqualTo(CCTsCatalog.ABSENT);
        assertThat(catalog.tableBytes()).isLessThan(16L * usualKeys * (longKeys == 0 ? 1 : 4) + 400);
    }

    @Test
    void saysWhereAKeyStandsTwiceFarApart() {
        StringBuilder csv = new StringBuilder("id,clave\n1,01DPR0001V\n");
        for (int i = 2; i < 20_000; i++) {
            csv.append(i)
                    .append(',')
                    .append(String.format(Locale.ROOT, "%08dAB", i))
                    .append('\n');
        }
        csv.append("7,01DPR0001V\n");

        assertThatThrownBy(() -> CCTsCatalog.load(new TextSource(csv.toString())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("line 20001, column clave: the key stands on line 2 already");
    }
}
