// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.parse.CsvDialect.BareQuotes;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SplitPlan;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Any bytes at all: what splits give is what the reader of the whole gives, and the plan is the one it calls for. */
@Tag("once")
class SplitFuzzTest {

    private static final List<String> SPECIALS =
            List.of("\"", "\"", "\"", ",", ",", ",", "\n", "\n", "\r", "\r\n", "a", "bc", " ", "\t", "\\", "'", "|");

    private static final List<String> LINES = List.of(
            "c,d\n",
            "\"e\",\"f\"\n",
            "\"g\nh\",i\r\n",
            "j,\"k\r\nl\"\r",
            "\n",
            "m,5\" pipe\n",
            "\u00c3\u00a9,\u00ff\n");

    private static final List<CsvDialect> DIALECTS = List.of(
            CsvDialect.RFC_4180,
            CsvDialect.RFC_4180,
            CsvDialect.RFC_4180,
            CsvDialect.RFC_4180.withEscape('\\'),
            CsvDialect.RFC_4180.withQuote(null),
            CsvDialect.RFC_4180.withQuote(null).withEscape('\\'),
            CsvDialect.RFC_4180.withBareQuotes(BareQuotes.REJECT),
            CsvDialect.RFC_4180.withDelimiter('\t'),
            CsvDialect.RFC_4180.withDelimiter('|').withQuote('\''),
            CsvDialect.RFC_4180.withQuote(' '),
            CsvDialect.RFC_4180.withEscape(' '));

    private static final int[] CAPS = {3, 9, 40, CsvParser.DEFAULT_MAX_RECORD_BYTES};

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void splitsAreWhatTheReaderOfTheWholeCallsFor(int seed) throws IOException {
        plansOf(seed, 350);
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(ints = {11, 12})
    void splitsAreWhatTheReaderOfTheWholeCallsForAtLength(int seed) throws IOException {
        plansOf(seed, 23_000);
    }

    @Test
    void certainChunksHaveTheRecordStartsOfTheReader() throws IOException {
        startsOf(21, 5_000);
    }

    @Tag("slow")
    @Test
    void certainChunksHaveTheRecordStartsOfTheReaderAtLength() throws IOException {
        startsOf(22, 500_000);
    }

    private static void plansOf(int seed, int files) throws IOException {
        Random random = new Random(seed);
        int plans = 0;
        int splits = 0;
        int inOnePiece = 0;
        for (int i = 0; i < files; i++) {
            CsvParser parser = parser(random);
            byte[] bytes = soup(random);
            ByteSource source = CsvRecords.source(bytes, i, 1 + random.nextInt(9));
            SplitSteps serial;
            try {
                serial = SplitSteps.serial(parser, source);
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("header");
                continue;
            }
            for (int target = 1; target <= bytes.length + 1; target++) {
                int chunk = 1 + random.nextInt(target);

                SplitPlan plan = SplitPlanner.plan(parser, source, source.version(), target, 1, chunk);

                assertThat(plan.splits())
                        .as("%s, target %d, chunk %d, %s", CsvRecords.latin(bytes), target, chunk, parser.dialect)
                        .isEqualTo(SplitSteps.expected(serial, source.version(), target));
                plans++;
                splits += plan.splits().size();
                inOnePiece += plan.note().isEmpty() ? 0 : 1;
                if (target % 7 == i % 7) {
                    assertThat(SplitSteps.inSplits(parser, source, plan))
                            .as("%s, target %d, %s", CsvRecords.latin(bytes), target, parser.dialect)
                            .isEqualTo(serial);
                    // A checkpoint may stand before blank lines, and at the end.
                    int step = random.nextInt(serial.starts().size() + 1);
                    SourcePosition from =
                            step == 0 ? SourcePosition.START : serial.nexts().get(step - 1);
                    int threads = 1 + i % 5 / 4;
                    // With chunks as long as pieces these are held.
                    int chunkOfPieces = random.nextBoolean() ? target : chunk;
                    SplitSteps rest = SplitSteps.inPieces(parser, source, from, target, threads, chunkOfPieces);
                    assertThat(rest)
                            .as("%s, from %s, target %d, %s", CsvRecords.latin(bytes), from, target, parser.dialect)
                            .usingRecursiveComparison()
                            .ignoringFields(step == 0 ? "" : "oddities")
                            .isEqualTo(serial.from(step));
                }
            }
        }
        // So two seeds of 23,000 files are a million plans.
        assertThat(plans).isGreaterThan(files * 22);
        // Most files are broken somewhere; many are not, and those the automaton has to get right by itself.
        assertThat(splits).isGreaterThan(files * 20);
        assertThat(inOnePiece).isBetween(files * 2, files * 30);
    }

    /** Faster than plans, so with more files: one effect, put together of chunks of any size. */
    private static void startsOf(int seed, int files) throws IOException {
        Random random = new Random(seed);
        int certain = 0;
        for (int i = 0; i < files; i++) {
            CsvParser parser = parser(random).maxRecordBytes(CAPS[1 + random.nextInt(CAPS.length - 1)]);
            CsvParser columns = CsvParser.withColumns(List.of("x", "y"))
                    .dialect(parser.dialect)
                    .charset(StandardCharsets.ISO_8859_1)
                    .maxRecordBytes(parser.maxRecordBytes);
            byte[] bytes = soup(random);
            SplitSteps serial = SplitSteps.serial(columns, CsvRecords.source(bytes));
            ChunkScan scan = new ChunkScan(parser.dialect);
            ChunkEffect whole = scan.scan(bytes, 0, bytes.length);
            ChunkLane lane = whole.from(CsvState.RECORD_START);
            if (!scan.isCertain(lane, bytes.length, true, 2, parser.maxRecordBytes)) {
                continue;
            }
            certain++;
            String shown = CsvRecords.latin(bytes) + parser.dialect;
            assertThat(lane.records()).as(shown).isEqualTo(serial.starts().size());
            int k = serial.starts().size() - 1;
            if (k >= 0) {
                assertThat(lane.first())
                        .as(shown)
                        .isEqualTo(serial.starts().get(0).byteOffset());
                assertThat(lane.firstLine())
                        .as(shown)
                        .isEqualTo(serial.starts().get(0).line() - 1);
                assertThat(lane.last())
                        .as(shown)
                        .isEqualTo(serial.starts().get(k).byteOffset());
                assertThat(lane.lastLine())
                        .as(shown)
                        .isEqualTo(serial.starts().get(k).line() - 1);
            }
        }
        assertThat(certain).isGreaterThan(files / 10);
    }

    private static CsvParser parser(Random random) {
        CsvParser parser = random.nextInt(4) == 0 ? CsvParser.withColumns(List.of("x", "y")) : CsvParser.withHeader();
        return parser.dialect(DIALECTS.get(random.nextInt(DIALECTS.size())))
                .charset(random.nextInt(3) == 0 ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8)
                .maxRecordBytes(CAPS[random.nextInt(CAPS.length)]);
    }

    /** At most 40 bytes, after a header that is sometimes broken, too. */
    private static byte[] soup(Random random) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (random.nextInt(5) == 0) {
            out.writeBytes("\ufeff".getBytes(StandardCharsets.UTF_8));
        }
        if (random.nextInt(10) > 0) {
            String[] headers = {"h,h\n", "\r\n\nh,h\n", "\"h\n\",h\r", "h,\"\r\n\"\r\n", "h\n"};
            out.writeBytes(headers[random.nextInt(headers.length)].getBytes(StandardCharsets.UTF_8));
        }
        List<String> alphabet = random.nextInt(3) == 0 ? LINES : SPECIALS;
        int length = random.nextInt(41);
        int size = out.size() + length;
        while (out.size() < size) {
            List<String> from = random.nextInt(6) == 0 ? SPECIALS : alphabet;
            out.writeBytes(from.get(random.nextInt(from.size())).getBytes(StandardCharsets.ISO_8859_1));
        }
        return out.toByteArray();
    }
}
