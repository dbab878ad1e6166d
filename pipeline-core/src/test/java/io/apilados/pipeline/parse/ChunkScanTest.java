// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The effects of chunks form a monoid, and a chunk's effect is that of its bytes one by one. */
class ChunkScanTest {

    private static final List<CsvDialect> DIALECTS = List.of(
            CsvDialect.RFC_4180,
            CsvDialect.RFC_4180.withEscape('\\'),
            CsvDialect.RFC_4180.withQuote(null),
            CsvDialect.RFC_4180.withQuote(null).withEscape('\\'),
            CsvDialect.RFC_4180.withDelimiter('\t'),
            CsvDialect.RFC_4180.withQuote(' ').withEscape('\\'),
            CsvDialect.RFC_4180.withEscape(' '));

    private static final String ALPHABET = "\"\"\"\",,,\n\n\r\raab \t\\";

    @Test
    void aChunkDoesWhatItsBytesDoOneByOne() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            ChunkScan scan = new ChunkScan(DIALECTS.get(i % DIALECTS.size()));
            byte[] bytes = soup(random, random.nextInt(41));
            int from = random.nextInt(bytes.length + 1);
            int to = from + random.nextInt(bytes.length - from + 1);
            ChunkEffect oneByOne = ChunkEffect.NONE;
            for (int p = from; p < to; p++) {
                oneByOne = oneByOne.then(scan.scan(bytes, p, p + 1));
            }

            assertThat(scan.scan(bytes, from, to)).as(show(bytes, from)).isEqualTo(oneByOne);
        }
    }

    @Test
    void chunksOfAnySizeGiveTheSame() {
        Random random = new Random(2);
        for (int i = 0; i < 1_000; i++) {
            ChunkScan scan = new ChunkScan(DIALECTS.get(i % DIALECTS.size()));
            byte[] bytes = soup(random, random.nextInt(60));
            ChunkEffect whole = scan.scan(bytes, 0, bytes.length);
            for (int size = 1; size <= bytes.length; size++) {
                ChunkEffect chunks = ChunkEffect.NONE;
                for (int p = 0; p < bytes.length; p += size) {
                    chunks = chunks.then(scan.scan(bytes, p, Math.min(bytes.length, p + size)));
                }
                assertThat(chunks).as(show(bytes, size)).isEqualTo(whole);
            }
        }
    }

    @Test
    void puttingTogetherIsAssociativeAndNothingChangesNothing() {
        Random random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            ChunkScan scan = new ChunkScan(DIALECTS.get(i % DIALECTS.size()));
            ChunkEffect a = effect(scan, random);
            ChunkEffect b = effect(scan, random);
            ChunkEffect c = effect(scan, random);

            assertThat(a.then(b).then(c)).isEqualTo(a.then(b.then(c)));
            assertThat(a.then(ChunkEffect.NONE)).isEqualTo(a);
            assertThat(ChunkEffect.NONE.then(a)).isEqualTo(a);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a,\"x\"\"y\",b\n", "a\r\nb\r\n", "\r\n\r\r\n", "\"a\r\nb\",c\r\n", "\"a\" ,b\n", "\"a\rb\"\r"})
    void whatStraddlesTwoChunksIsReadAsIfItStoodInOne(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ChunkScan scan = new ChunkScan(CsvDialect.RFC_4180);
        ChunkEffect whole = scan.scan(bytes, 0, bytes.length);
        for (int cut = 0; cut <= bytes.length; cut++) {
            assertThat(scan.scan(bytes, 0, cut).then(scan.scan(bytes, cut, bytes.length)))
                    .isEqualTo(whole);
        }
        assertThat(whole.lines()).isEqualTo(CsvRecords.lineAt(bytes, bytes.length) - 1);
    }

    @Test
    void tellsFromEveryStateWhereTheNextRecordStarts() {
        byte[] bytes = "b\"c\",d\ne\n".getBytes(StandardCharsets.UTF_8);
        ChunkEffect effect = new ChunkScan(CsvDialect.RFC_4180).scan(bytes, 0, bytes.length);

        assertThat(effect.from(CsvState.RECORD_START).first()).isZero();
        assertThat(effect.from(CsvState.RECORD_START).records()).isEqualTo(2);
        assertThat(effect.from(CsvState.UNQUOTED).first()).isEqualTo(7);
        assertThat(effect.from(CsvState.UNQUOTED).firstLine()).isEqualTo(1);
        assertThat(effect.from(CsvState.QUOTED).exit()).isEqualTo(CsvState.BROKEN);
        assertThat(effect.from(CsvState.QUOTED).broken()).isEqualTo(2);
        assertThat(effect.from(CsvState.AFTER_QUOTE).broken()).isZero();
        assertThat(effect.lines()).isEqualTo(2);
    }

    @Test
    void countsTheFieldsOfRecordsOverSeveralLinesOnly() {
        byte[] bytes = "a\n\"b\n\",c,d\ne,f\n\"\ng\"\n".getBytes(StandardCharsets.UTF_8);
        ChunkEffect effect = new ChunkScan(CsvDialect.RFC_4180).scan(bytes, 0, bytes.length);

        assertThat(effect.from(CsvState.RECORD_START).leastFields()).isEqualTo(1);
        assertThat(effect.from(CsvState.RECORD_START).mostFields()).isEqualTo(3);
        assertThat(effect.from(CsvState.RECORD_START).longest()).isEqualTo(9);
    }

    @Test
    void aRecordOverSeveralLinesIsUncertainWhereCommonsCsvCountsItsFields() {
        byte[] bytes = "\"a\nb\",c\n".getBytes(StandardCharsets.UTF_8);

        assertThat(isCertain(CsvDialect.RFC_4180, bytes, 2, 100)).isTrue();
        assertThat(isCertain(CsvDialect.RFC_4180, bytes, 3, 100)).isFalse();
        assertThat(isCertain(CsvDialect.RFC_4180, bytes, 1, 100)).isFalse();
        assertThat(isCertain(CsvDialect.RFC_4180, bytes, 2, 7)).isFalse();
        assertThat(isCertain(CsvDialect.RFC_4180.withEscape('\\'), bytes, 2, 100))
                .isFalse();
        assertThat(isCertain(CsvDialect.RFC_4180.withQuote(null), bytes, 2, 100))
                .isTrue();
    }

    private static boolean isCertain(CsvDialect dialect, byte[] bytes, int columns, int maxRecordBytes) {
        ChunkScan scan = new ChunkScan(dialect);
        ChunkLane lane = scan.scan(bytes, 0, bytes.length).from(CsvState.RECORD_START);
        return scan.isCertain(lane, bytes.length, true, columns, maxRecordBytes);
    }

    @Test
    void aChunkOfQuotesIsScannedForEachState() {
        byte[] bytes = new byte[4_099];
        Arrays.fill(bytes, (byte) '"');
        ChunkScan scan = new ChunkScan(CsvDialect.RFC_4180);
        ChunkEffect effect = scan.scan(bytes, 0, bytes.length);

        assertThat(effect.from(CsvState.RECORD_START).exit()).isEqualTo(CsvState.QUOTED);
        assertThat(effect.from(CsvState.QUOTED).exit()).isEqualTo(CsvState.AFTER_QUOTE);
        assertThat(effect.from(CsvState.UNQUOTED).exit()).isEqualTo(CsvState.UNQUOTED);
        assertThat(effect.then(effect)).isEqualTo(scan.scan(twice(bytes), 0, 2 * bytes.length));
    }

    @Test
    void aRecordOfManyFieldsTakesNoStack() {
        byte[] bytes = "\"a\",b,".repeat(200_000).getBytes(StandardCharsets.UTF_8);
        ChunkEffect effect = new ChunkScan(CsvDialect.RFC_4180).scan(bytes, 0, bytes.length);

        assertThat(effect.from(CsvState.RECORD_START).tail().delimiters()).isEqualTo(400_000);
    }

    private static byte[] twice(byte[] bytes) {
        byte[] both = Arrays.copyOf(bytes, 2 * bytes.length);
        System.arraycopy(bytes, 0, both, bytes.length, bytes.length);
        return both;
    }

    private static ChunkEffect effect(ChunkScan scan, Random random) {
        byte[] bytes = soup(random, random.nextInt(20));
        return scan.scan(bytes, 0, bytes.length);
    }

    private static byte[] soup(Random random, int length) {
        byte[] bytes = new byte[length];
        boolean plain = random.nextBoolean();
        for (int i = 0; i < length; i++) {
            bytes[i] =
                    (byte) (plain && random.nextInt(3) > 0 ? 'a' : ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return bytes;
    }

    private static String show(byte[] bytes, int number) {
        return number + ": " + CsvRecords.latin(bytes);
    }
}
