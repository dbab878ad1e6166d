// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.parse.CsvDialect.BareQuotes;
import io.apilados.pipeline.source.SourcePosition;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What holds for any bytes at all, however broken: what is read depends on the bytes and on nothing else, reading goes
 * on at each position as if it had never stopped, and every byte belongs to one step or ends a line.
 */
@Tag("once")
class CsvReaderInvariantsTest {

    private static final byte[] HEADER = "h,h\n".getBytes(StandardCharsets.UTF_8);

    private static final List<CsvDialect> DIALECTS = List.of(
            CsvDialect.RFC_4180,
            CsvDialect.RFC_4180.withBareQuotes(BareQuotes.REJECT),
            CsvDialect.RFC_4180.withQuote(null),
            CsvDialect.RFC_4180.withEscape('\\'));

    @ParameterizedTest
    @ValueSource(ints = {3, 9, 40, CsvParser.DEFAULT_MAX_RECORD_BYTES})
    void readsTheSameWhateverTheSizeOfTheReads(int maxRecordBytes) throws IOException {
        Random random = new Random(maxRecordBytes);
        for (int i = 0; i < 2_000; i++) {
            CsvParser parser = parser(i, maxRecordBytes);
            byte[] bytes = soup(random);
            CsvRecords whole = CsvRecords.read(parser, bytes);
            int maxRead = 1 + random.nextInt(12);

            CsvRecords bitByBit = CsvRecords.read(parser, CsvRecords.source(bytes, i, maxRead), SourcePosition.START);

            assertThat(bitByBit.steps()).as(show(bytes)).isEqualTo(whole.steps());
            assertThat(bitByBit.nexts()).as(show(bytes)).isEqualTo(whole.nexts());
            assertThat(bitByBit.end()).as(show(bytes)).isEqualTo(whole.end());
            assertThat(bitByBit.oddities()).as(show(bytes)).isEqualTo(whole.oddities());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 9, 40, CsvParser.DEFAULT_MAX_RECORD_BYTES})
    void goesOnAtEachPositionAsIfItHadNeverStopped(int maxRecordBytes) throws IOException {
        Random random = new Random(100 + maxRecordBytes);
        for (int i = 0; i < 200; i++) {
            CsvParser parser = parser(i, maxRecordBytes);
            byte[] bytes = soup(random);
            CsvRecords all = CsvRecords.read(parser, bytes);
            for (int s = 0; s < all.steps().size(); s++) {
                List<String> rest = all.steps().subList(s, all.steps().size());
                List<String> afterIt = rest.subList(1, rest.size());

                assertThat(from(parser, bytes, all.starts().get(s)))
                        .as(show(bytes))
                        .isEqualTo(rest);
                assertThat(from(parser, bytes, all.nexts().get(s)))
                        .as(show(bytes))
                        .isEqualTo(afterIt);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 9, 40, CsvParser.DEFAULT_MAX_RECORD_BYTES})
    void everyByteBelongsToOneStepOrEndsALine(int maxRecordBytes) throws IOException {
        Random random = new Random(200 + maxRecordBytes);
        for (int i = 0; i < 2_000; i++) {
            byte[] bytes = soup(random);
            CsvRecords all = CsvRecords.read(parser(i, maxRecordBytes), bytes);
            SourcePosition next = new SourcePosition(HEADER.length, 1, 2);
            for (int s = 0; s < all.starts().size(); s++) {
                SourcePosition start = all.starts().get(s);
                assertThat(lineEndsAlone(bytes, next, start)).as(show(bytes)).isTrue();
                assertThat(start.recordNumber()).as(show(bytes)).isEqualTo(s + 1);
                assertThat(start.line()).as(show(bytes)).isEqualTo(CsvRecords.lineAt(bytes, start.byteOffset()));
                next = all.nexts().get(s);
                assertThat(next.byteOffset()).as(show(bytes)).isGreaterThan(start.byteOffset());
                assertThat(next.recordNumber()).as(show(bytes)).isEqualTo(s + 2);
            }
            assertThat(all.end().byteOffset()).as(show(bytes)).isEqualTo(bytes.length);
            assertThat(lineEndsAlone(bytes, next, all.end())).as(show(bytes)).isTrue();
            assertThat(all.values().toString()).as(show(bytes)).doesNotContain("\ufffd");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 9, 40})
    void keepsNothingOfItsNeighboursInARejectedRecord(int maxRecordBytes) throws IOException {
        Random random = new Random(300 + maxRecordBytes);
        CsvParser parser = CsvParser.withHeader().maxRecordBytes(maxRecordBytes);
        for (int i = 0; i < 2_000; i++) {
            byte[] bytes = soup(random);
            CsvRecords all = CsvRecords.read(parser, bytes);
            for (RejectedRecord reject : all.rejected()) {
                int step = (int) reject.position().recordNumber() - 1;
                String consumed = CsvRecords.latin(bytes)
                        .substring((int) reject.position().byteOffset(), (int)
                                all.nexts().get(step).byteOffset());
                String kept = CsvRecords.latin(reject.rawCsv());
                String unquoted = kept.length() < 2
                        ? kept
                        : kept.substring(1, kept.length() - 1).replace("\"\"", "\"");
                assertThat(consumed.startsWith(kept) || consumed.startsWith(unquoted))
                        .as(show(bytes) + reject)
                        .isTrue();
            }
        }
    }

    private static CsvParser parser(int i, int maxRecordBytes) {
        return CsvParser.withHeader()
                .dialect(DIALECTS.get(i % DIALECTS.size()))
                .charset(i % 3 == 0 ? Charset.forName("windows-1252") : StandardCharsets.UTF_8)
                .maxRecordBytes(maxRecordBytes);
    }

    private static List<String> from(CsvParser parser, byte[] bytes, SourcePosition position) throws IOException {
        return CsvRecords.read(parser, CsvRecords.source(bytes), position).steps();
    }

    private static boolean lineEndsAlone(byte[] bytes, SourcePosition from, SourcePosition to) {
        for (long i = from.byteOffset(); i < to.byteOffset(); i++) {
            if (bytes[(int) i] != '\n' && bytes[(int) i] != '\r') {
                return false;
            }
        }
        return from.byteOffset() <= to.byteOffset();
    }

    private static String show(byte[] bytes) {
        return CsvRecords.latin(bytes);
    }

    /** Two columns' worth of broken and unbroken lines; bytes that are no UTF-8 and 0x81, which is no windows-1252. */
    private static byte[] soup(Random random) {
        List<String> alphabet = List.of(
                "\"",
                "\"",
                ",",
                ",",
                "\n",
                "\n",
                "\r",
                "\r\n",
                "a",
                "b",
                " ",
                "\\",
                "\u00c3\u00a9",
                "\u00ff",
                "\u0081",
                "c,d\n",
                "\"e\",\"f\"\n",
                "\"g\nh\",i\n",
                "longer than the smallest caps");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(HEADER);
        int length = random.nextInt(30);
        for (int i = 0; i < length; i++) {
            out.writeBytes(alphabet.get(random.nextInt(alphabet.size())).getBytes(StandardCharsets.ISO_8859_1));
        }
        return out.toByteArray();
    }
}
