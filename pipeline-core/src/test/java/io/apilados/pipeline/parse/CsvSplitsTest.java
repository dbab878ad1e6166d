// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.parse.RecordReader.Step;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceChangedException;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import io.apilados.pipeline.source.Split;
import io.apilados.pipeline.source.SplitPlan;
import io.apilados.pipeline.testing.HinderedSource;
import io.apilados.pipeline.testing.TextSource;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Plans and the reading of their splits, case by case; {@link SplitFuzzTest} has the cases that nobody thought of. */
@Timeout(60)
class CsvSplitsTest {

    private static final CsvParser PARSER = CsvParser.withHeader();
    private static final Path DATA = Path.of("..", "..", "shared", "data");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "h,i\n",
                "h,i",
                "\ufeffh,i\r\n",
                "\n\r\n\"h\n\",\"i\r\n\"\n",
                "h,i\n\n\n\n",
                "h,i\n1,a",
                "h,i\n1,a\n2,b",
                "h,i\n1,a\r2,b\r3,c\r",
                "h,i\r1,a\r\n\r\n2,b\r\r\n3,c\n\r",
                "h,i\n1,\"a\"\"b\"\n\"\"\"\",\"\"\n\"\"\"\"\"\",\"\"\n",
                "h,i\n1,\"a\r\nb\"\r\n\"\r\",\"\n\"\r\n3,c\r\n",
                "h,i\n1,\"a\" \t,\n2,\"b\" \n",
                "h,i\n1,5\" pipe\n2,a\"b\"\n3,c\n",
                "h,i\n1,\"never closed\n2,b\n3,c\n",
                "h,i\n1,\"closed late\n2,b\n3,c\"\n4,d\n",
                "h,i\n1,\"a\"b\n2,b\n",
                "h,i\n1\n2,b,c\n\"3\n\"\n4,d\n",
                "h\n\"\"\n\"\"\n\n\"\n\"\n",
                "\ufeffh,i\n\ufeff1,a\n2,b\n",
            })
    void everyTargetGivesWhatTheWholeGives(String text) throws IOException {
        assertSplitsAreTheWhole(PARSER, text);
        assertSplitsAreTheWhole(PARSER.maxRecordBytes(9), text);
        assertSplitsAreTheWhole(PARSER.dialect(CsvDialect.RFC_4180.withEscape('\\')), text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"h,i\n1,a\\\nb\n2,c\\\r\nd,e\n", "h,i\n1\\,\"a,b\n2\\\\,\"c\\\"\"\n\"3\\\n\",d\n", "h,i\\"})
    void anEscapeAtAnyTargetIsSeen(String text) throws IOException {
        assertSplitsAreTheWhole(PARSER.dialect(CsvDialect.RFC_4180.withEscape('\\')), text);
    }

    @Test
    void anEmptySourceHasOneEmptySplitIfItNeedsNoHeader() throws IOException {
        ByteSource empty = CsvRecords.source(new byte[0]);
        CsvParser columns = CsvParser.withColumns(List.of("a"));

        SplitPlan plan = columns.plan(empty, empty.version(), 10, 1);

        assertThat(plan.splits()).containsExactly(new Split(empty.version(), 0, SourcePosition.START, 0, 0));
        assertThat(SplitSteps.inSplits(columns, empty, plan).steps()).isEmpty();
        assertThatThrownBy(() -> PARSER.plan(empty, empty.version(), 10, 1)).hasMessageContaining("is empty");
    }

    /** Rows of one file, with one of them dirty. */
    static Stream<String> dirtyFiles() {
        List<String> files = new ArrayList<>();
        for (String lineEnd : List.of("\n", "\r\n", "\r")) {
            for (String dirty : List.of(
                    "\"4,a,b",
                    "4,\"pupil 4,b",
                    "4,a,\"",
                    "\"4\",\"a\"\"\",\"b\"\"",
                    "4,\"a\"b\",c",
                    "\"4\",\"a \"b\" c\",\"d\"",
                    "4,pupil",
                    "4,\"over\ntwo lines\"",
                    "4,\"over\r\ntwo lines\",x,y",
                    "\"4\n\",\"pupil\n\n4\",\"x",
                    "4,\"pupil\n4\",x",
                    "4,pupil \"4\",x",
                    "4,pupil 4 that is longer than the cap of the smaller parser,x")) {
                for (boolean quoted : new boolean[] {false, true}) {
                    StringBuilder file = new StringBuilder("id,name,cct").append(lineEnd);
                    for (int row = 1; row <= 6; row++) {
                        String plain = row + ",n" + row + ",0" + row + "A";
                        String clean = quoted ? '"' + plain.replace(",", "\",\"") + '"' : plain;
                        file.append(row == 4 ? dirty : clean).append(lineEnd);
                    }
                    files.add(file.toString());
                }
            }
        }
        return files.stream();
    }

    @ParameterizedTest
    @MethodSource("dirtyFiles")
    void aDirtyRowCostsNoSplitWhereverItIsCut(String text) throws IOException {
        boolean smallCap = text.contains("\r\n");
        assertSplitsAreTheWhole(smallCap ? PARSER.maxRecordBytes(32) : PARSER, text);
    }

    private static void assertSplitsAreTheWhole(CsvParser parser, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteSource source = CsvRecords.source(bytes);
        SplitSteps serial;
        try {
            serial = SplitSteps.serial(parser, source);
        } catch (IOException e) {
            assertThatThrownBy(() -> parser.plan(source, source.version(), 5, 1))
                    .hasMessage(e.getMessage());
            return;
        }
        for (int target = 1; target <= bytes.length + 1; target++) {
            SplitPlan plan = parser.plan(source, source.version(), target, 1);

            assertThat(plan.splits())
                    .as("target %d", target)
                    .isEqualTo(SplitSteps.expected(serial, source.version(), target));
            if (target % 16 == 1) {
                assertThat(SplitSteps.inSplits(parser, source, plan))
                        .as("target %d", target)
                        .isEqualTo(serial);
            }
        }
    }

    @Test
    void aSplitIsReadWithoutTheHeaderAndSkipsNothing() throws IOException {
        TextSource source = new TextSource("h,i\n" + "1,a\n".repeat(100_000));
        SplitPlan plan = PARSER.plan(source, source.version(), 300_000, 1);
        long before = source.bytesRead();

        SplitSteps last = SplitSteps.of(PARSER, source, plan, plan.splits().get(1));

        assertThat(plan.splits()).hasSize(2);
        assertThat(plan.columns()).containsExactly("h", "i");
        assertThat(plan.header()).isEqualTo("h,i");
        assertThat(plan.records()).isEqualTo(100_000);
        assertThat(last.starts().get(0)).isEqualTo(new SourcePosition(300_000, 75_000, 75_001));
        assertThat(source.bytesRead() - before).isEqualTo(400_004 - 300_000);
    }

    @Test
    void thePlanIsTheSameForAnyNumberOfThreadsAndSizeOfChunks() throws IOException {
        StringBuilder text = new StringBuilder("h,i,j\n");
        for (int row = 0; text.length() < 3_000_000; row++) {
            text.append(row % 7 == 0 ? "\"q\n" + row + "\",\"\"\"\",x" : row + ",pupil " + row + ",y");
            text.append(row % 20_011 == 20_010 ? ",too,\"many\nfields\"" : "").append(row % 3 == 0 ? "\r\n" : "\n");
        }
        ByteSource source = new TextSource(text.toString());
        SourceVersion version = source.version();

        SplitPlan plan = PARSER.plan(source, version, 100_000, 1);

        assertThat(plan.splits()).hasSize(30);
        assertThat(plan.note()).contains("stretches read record by record");
        assertThat(PARSER.plan(source, version, 100_000, 4).splits()).isEqualTo(plan.splits());
        assertThat(SplitPlanner.plan(PARSER, source, version, 100_000, 3, 999).splits())
                .isEqualTo(plan.splits());
        assertThat(PARSER.plan(source, version, 100_000, 4)).isEqualTo(plan);
        assertThat(SplitSteps.inSplits(PARSER, source, plan)).isEqualTo(SplitSteps.serial(PARSER, source));
    }

    @Test
    void aRecordOverManyChunksIsInOneSplit() throws IOException {
        String text = "h,i\n1,a\n2,\"" + "line\n".repeat(20_000) + "\"\n3,c\n";
        ByteSource source = new TextSource(text);

        SplitPlan plan = SplitPlanner.plan(PARSER, source, source.version(), 1 << 14, 2, 1 << 10);

        assertThat(plan.note()).isEmpty();
        assertThat(plan.splits()).extracting(Split::records).containsExactly(2L, 1L);
        assertThat(plan.splits().get(1).start()).isEqualTo(new SourcePosition(text.length() - 4, 3, 20_004));
        assertThat(SplitSteps.inSplits(PARSER, source, plan)).isEqualTo(SplitSteps.serial(PARSER, source));
    }

    /** Each read has the record scanned from its start again: so each is as long as all before it. */
    @Test
    void aQuoteWhoseEndIsLookedForFarBehindItsPieceIsReadInFewSteps() throws IOException {
        TextSource text = new TextSource("h,i\n1,a\n2,\"x\n" + "3,a\n".repeat(500_000));
        AtomicInteger reads = new AtomicInteger();
        ByteSource source = new ByteSource() {
            @Override
            public String location() {
                return text.location();
            }

            @Override
            public SourceVersion version() {
                return text.version();
            }

            @Override
            public InputStream open(SourceVersion version, long byteOffset) {
                return new FilterInputStream(text.open(version, byteOffset)) {
                    @Override
                    public int read(byte[] bytes, int from, int length) throws IOException {
                        reads.incrementAndGet();
                        return in.readNBytes(bytes, from, length);
                    }
                };
            }
        };
        try (CsvPieces pieces =
                CsvPieces.of(PARSER, text, source, text.version(), SourcePosition.START, 128, 1, 1 << 16)) {
            CsvPieces.Piece first = requireNonNull(requireNonNull(pieces).next());
            try (RecordReader<CsvRow> reader = first.open(new CsvPieces.Memory())) {
                assertThat(reader.advance()).isEqualTo(Step.RECORD);
                assertThat(reader.advance()).isEqualTo(Step.MALFORMED);
                assertThat(reader.advance()).isEqualTo(Step.END);
            }
        }
        assertThat(reads).hasValueBetween(2, 20);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void piecesAreReadWhereTheyWereScanned(int threads) throws IOException {
        TextSource source = new TextSource("h,i\n" + "1,\"a\nb\"\n2,ccc\n".repeat(40_000));
        SplitSteps serial = SplitSteps.serial(PARSER, source);
        long before = source.bytesRead();

        SplitSteps pieces = SplitSteps.inPieces(PARSER, source, SourcePosition.START, 1 << 14, threads, 1 << 14);

        assertThat(pieces).isEqualTo(serial);
        long header = 2 << 12;
        assertThat(source.bytesRead() - before)
                .isBetween(source.version().sizeBytes(), source.version().sizeBytes() + header);
    }

    /** Their chunks have no record start, or they end in the room behind the chunk in which they begin, or just behind that. */
    @ParameterizedTest
    @ValueSource(ints = {50, 65_400, 65_446, 65_447, 65_448, 65_460, 65_530, 200_000})
    void recordsThatGoOnBehindTheirChunkAreReadInPieces(int overhang) throws IOException {
        int chunk = 70_000;
        String before = "h,i\n" + "1,a\n".repeat((chunk - 100) / 4) + "2,\"";
        String longOne = "x\n".repeat((chunk - before.length() + overhang) / 2 - 1) + (overhang % 2 == 0 ? "" : "x");
        TextSource source = new TextSource(before + longOne + "\"\n" + "3,ccc\n".repeat(60_000));

        SplitSteps pieces = SplitSteps.inPieces(PARSER, source, SourcePosition.START, chunk, 2, chunk);

        assertThat(pieces).isEqualTo(SplitSteps.serial(PARSER, source));
    }

    @Test
    void aPieceIsOpenedOnce() throws IOException {
        TextSource source = new TextSource("h,i\n" + "1,a\n".repeat(10_000));
        try (CsvPieces pieces = requireNonNull(
                CsvPieces.of(PARSER, source, source, source.version(), SourcePosition.START, 1 << 12, 1, 1 << 12))) {
            CsvPieces.Piece piece = requireNonNull(pieces.next());
            piece.open(new CsvPieces.Memory()).close();

            assertThatThrownBy(() -> piece.open(new CsvPieces.Memory()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("was opened before");
        }
    }

    @Test
    void aSourceThatHasChangedIsToldOfBeforeWhatWasFoundEarlier() throws IOException {
        TextSource text = new TextSource("h,i\n" + "1,a\n".repeat(100_000));
        HinderedSource source = new HinderedSource(text) {
            @Override
            protected void beforeRead(long end) throws IOException {
                if (end > 50_000) {
                    throw new SourceChangedException(location(), "planted");
                }
            }
        };
        ChunkScan scan = new ChunkScan(PARSER.dialect);
        SplitTargets targets = SplitTargets.even(1 << 13).startingAt(4);
        try (ChunkScans chunks = new ChunkScans(scan, source, text.version(), targets, 1 << 13, 2, null)) {
            assertThat(chunks.next()).isNotNull();
            boolean told = false;
            while (!told && !Thread.currentThread().isInterrupted()) {
                try {
                    chunks.check();
                } catch (SourceChangedException e) {
                    told = true;
                }
            }

            assertThat(chunks.isReady()).isTrue();
            assertThatThrownBy(chunks::next)
                    .as("three more chunks were found before")
                    .isInstanceOf(SourceChangedException.class);
        }
    }

    @Test
    void aSourceThatGoesOnBehindItsEndHasChanged() {
        TextSource text = new TextSource("h,i\n" + "1,a\n".repeat(10_000));
        SourceVersion shorter = new SourceVersion(
                text.location(), text.version().sizeBytes() - 4, text.version().tag(), true);

        assertThatThrownBy(() -> SplitPlanner.plan(PARSER, text, shorter, 1 << 12, 2, 1 << 12))
                .isInstanceOf(SourceChangedException.class)
                .hasMessageContaining("it goes on behind byte 40000");
    }

    /** Whatever memory there is; and none is used for something else before it was given back. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 5, 1000})
    void whatIsHeldOfASplitAreItsBytes(int most) throws IOException {
        Random random = new Random(most);
        StringBuilder text = new StringBuilder("h,i\n");
        for (int i = 0; i < 3_000; i++) {
            text.append(i)
                    .append(",\"")
                    .append("y\n".repeat(random.nextInt(12)))
                    .append("\"\n");
            if (random.nextInt(100) == 0) {
                text.append("broken,\"x\n").append("\n".repeat(random.nextInt(40)));
            }
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        TextSource source = new TextSource(bytes);
        HeldBytes memory = new HeldBytes(1 << 9, most);
        Deque<PlannedSplit> before = new ArrayDeque<>();
        long expected = 0;
        int held = 0;
        try (SplitPlanner planner = new SplitPlanner(
                PARSER, source, source.version(), SourcePosition.START, SplitTargets.even(1 << 9), 3, 1 << 9, memory)) {
            for (PlannedSplit split = planner.next(); split != null; split = planner.next()) {
                assertThat(split.split().start().byteOffset()).isEqualTo(expected);
                expected = split.split().endByte();
                held += split.held() == null ? 0 : 1;
                before.add(split);
                if (before.size() > 4) {
                    giveBack(before.remove(), bytes, planner.start());
                }
            }
            for (PlannedSplit split : before) {
                giveBack(split, bytes, planner.start());
            }
            Set<byte[]> all = Collections.newSetFromMap(new IdentityHashMap<>());
            for (byte[] one = memory.take(); one != null && all.size() < 2000; one = memory.take()) {
                assertThat(all.add(one)).as("it was given back once").isTrue();
            }
            assertThat(all).as("none was left behind, and there is no more").hasSize(most);
        }
        assertThat(expected).isEqualTo(bytes.length);
        assertThat(held > 0).as("with the chunk in which it ends").isEqualTo(most > 1);
    }

    private static void giveBack(PlannedSplit split, byte[] bytes, SourcePosition start) {
        PlannedSplit.Held held = split.held();
        if (held != null) {
            int from = (int) Math.max(split.split().start().byteOffset(), start.byteOffset());
            assertThat(Arrays.copyOfRange(held.bytes(), held.from(), held.to()))
                    .isEqualTo(
                            Arrays.copyOfRange(bytes, from, (int) split.split().endByte()));
            Arrays.fill(held.bytes(), (byte) '"');
            held.memory().give(held.bytes());
        }
    }

    @Test
    void aGiantRecordAndARunawayQuoteAreReadAsTheReaderReadsThem() throws IOException {
        String rows = "1,a\n".repeat(10_000);
        CsvParser parser = PARSER.maxRecordBytes(1 << 14);
        for (String dirty :
                List.of("2," + "x".repeat(50_000) + "\n", "2,\"x\n", "2,\"" + "x\n".repeat(20_000) + "\"\n")) {
            ByteSource source = new TextSource("h,i\n" + rows + dirty + rows);

            SplitPlan plan = SplitPlanner.plan(parser, source, source.version(), 1 << 13, 2, 1 << 10);

            SplitSteps serial = SplitSteps.serial(parser, source);
            assertThat(plan.note()).matches("stretches read record by record, .*: [12], the first from byte 40004");
            assertThat(plan.splits()).isEqualTo(SplitSteps.expected(serial, source.version(), 1 << 13));
            assertThat(SplitSteps.inSplits(parser, source, plan)).isEqualTo(serial);
        }
    }

    @Test
    void aPlanHasAnIdOfEverythingThatItDependsOn() throws IOException {
        ByteSource source = CsvRecords.source("a,b\n1,2\n".getBytes(StandardCharsets.UTF_8));
        SourceVersion version = source.version();
        SourceVersion other = new SourceVersion("memory", 8, "2", true);
        List<CsvParser> parsers = List.of(
                PARSER,
                CsvParser.withColumns(List.of("a", "b")),
                CsvParser.withColumns(List.of("a,b")),
                CsvParser.withColumns(List.of("ab")),
                PARSER.charset(StandardCharsets.ISO_8859_1),
                PARSER.maxRecordBytes(9),
                PARSER.dialect(CsvDialect.RFC_4180.withDelimiter(';')),
                PARSER.dialect(CsvDialect.RFC_4180.withQuote(null)),
                PARSER.dialect(CsvDialect.RFC_4180.withQuote('\'')),
                PARSER.dialect(CsvDialect.RFC_4180.withEscape('\\')),
                PARSER.dialect(CsvDialect.RFC_4180.withBareQuotes(CsvDialect.BareQuotes.REJECT)));
        List<String> ids = new ArrayList<>();
        for (CsvParser parser : parsers) {
            ids.add(parser.plan(source, version, 4, 1).planId());
        }
        ids.add(PARSER.plan(source, version, 5, 1).planId());
        ids.add(SplitPlanner.planId(PARSER, other, 4));

        assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id.matches("[0-9a-f]{32}"));
        assertThat(PARSER.plan(source, version, 4, 1).planId()).isEqualTo(ids.get(0));
        SplitPlan plan = PARSER.plan(source, version, 4, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PARSER.maxRecordBytes(9)
                        .open(source, plan, plan.splits().get(0)))
                .withMessageContaining("another dialect, charset, cap or columns");
        Split foreign = new Split(version, 0, SourcePosition.START, 7, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PARSER.open(source, plan, foreign))
                .withMessageContaining("is not in plan");
    }

    @Test
    void aSplitThatDoesNotEndWithARecordFailsBeforeItGivesThatRecord() throws IOException {
        ByteSource source = CsvRecords.source("h,i\n1,a\n2,\"b\n3,c\"\n4,d\n".getBytes(StandardCharsets.UTF_8));
        SplitPlan plan = planned(source, new Split(source.version(), 0, SourcePosition.START, 13, 2), 3, 5, 1);

        try (RecordReader<CsvRow> reader =
                PARSER.open(source, plan, plan.splits().get(0))) {
            assertThat(reader.advance()).isEqualTo(Step.RECORD);
            assertThatThrownBy(reader::advance)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("memory split 0")
                    .hasMessageContaining("byte 8")
                    .hasMessageContaining("ends at byte 18 and not at byte 13");
        }
    }

    @Test
    void aSplitWithAnotherNumberOfRecordsOrLinesFails() throws IOException {
        ByteSource source = CsvRecords.source("h,i\n1,a\n2,b\n3,c\n4,d\n".getBytes(StandardCharsets.UTF_8));
        Split first = new Split(source.version(), 0, SourcePosition.START, 12, 1);
        SplitPlan records = planned(source, first, 2, 4, 2);
        SplitPlan lines = planned(source, new Split(source.version(), 0, SourcePosition.START, 12, 2), 3, 5, 2);
        SplitPlan inABlank = planned(
                CsvRecords.source("h,i\n1,a\n\n\n3,c\n4,d\n".getBytes(StandardCharsets.UTF_8)),
                new Split(new SourceVersion("memory", 18, "1", true), 0, SourcePosition.START, 9, 1),
                2,
                4,
                2);

        assertThatThrownBy(() -> SplitSteps.inSplits(PARSER, source, records))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("2 records and not 1");
        assertThatThrownBy(() -> SplitSteps.inSplits(PARSER, source, lines))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("line 4 begins and not line 5");
        assertThatThrownBy(() -> SplitSteps.inSplits(
                        PARSER,
                        CsvRecords.source("h,i\n1,a\n\n\n3,c\n4,d\n".getBytes(StandardCharsets.UTF_8)),
                        inABlank))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("ends at byte 10 and not at byte 9");
    }

    /** The plan that somebody wrote by hand: this split and the rest. */
    private static SplitPlan planned(ByteSource source, Split first, long record, long line, long records)
            throws IOException {
        SourceVersion version = source.version();
        SourcePosition start = new SourcePosition(first.endByte(), record, line);
        Split second = new Split(version, 1, start, version.sizeBytes(), records);
        String id = SplitPlanner.planId(PARSER, version, 10);
        return new SplitPlan(id, version, 10, List.of("h", "i"), "h,i", "", List.of(first, second));
    }

    @Test
    void aFileThatChangedAfterThePlanIsRefused(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("pupils.csv");
        Files.writeString(file, "h,i\n1,a\n2,b\n");
        ByteSource source = ByteSource.file(file);
        SplitPlan plan = PARSER.plan(source, source.version(), 8, 2);
        assertThat(plan.splits()).hasSize(2);
        Files.writeString(file, "h,i\n1,a\n2,\"b\n");

        for (Split split : plan.splits()) {
            assertThatThrownBy(() -> PARSER.open(source, plan, split)).isInstanceOf(SourceChangedException.class);
        }
        assertThatThrownBy(() -> PARSER.plan(source, plan.version(), 8, 2)).isInstanceOf(SourceChangedException.class);
    }

    @Test
    void aSourceThatChangesWhileASplitIsReadIsRefusedAtItsEnd() throws IOException {
        TextSource source = new TextSource("h,i\n1,a\n2,b\n");
        SplitPlan plan = PARSER.plan(source, source.version(), 8, 1);
        try (RecordReader<CsvRow> reader =
                PARSER.open(source, plan, plan.splits().get(0))) {
            assertThat(reader.advance()).isEqualTo(Step.RECORD);
            source.change();
            assertThatThrownBy(reader::advance).isInstanceOf(SourceChangedException.class);
        }
        assertThatThrownBy(() -> PARSER.plan(source, plan.version(), 8, 1)).isInstanceOf(SourceChangedException.class);
    }

    @Test
    void aSourceThatCannotSeekIsOneSplitAndIsNotReadForIt() throws IOException {
        byte[] bytes = "h,i\n1,a\n2,b\n".getBytes(StandardCharsets.UTF_8);
        Pipe pipe = new Pipe(new ByteArrayInputStream(bytes));

        SplitPlan plan = PARSER.plan(pipe, pipe.version(), 8, 4);

        assertThat(plan.splits()).hasSize(1);
        assertThat(plan.note()).contains("only be read from its start");
        assertThat(pipe.in.available()).isEqualTo(bytes.length);
        assertThat(SplitSteps.inSplits(PARSER, pipe, plan))
                .isEqualTo(SplitSteps.serial(PARSER, new Pipe(new ByteArrayInputStream(bytes))));
    }

    private record Pipe(InputStream in) implements ByteSource {

        @Override
        public String location() {
            return "pipe";
        }

        @Override
        public SourceVersion version() {
            return new SourceVersion("pipe", SourceVersion.UNKNOWN_SIZE, "stream", false);
        }

        @Override
        public InputStream open(SourceVersion version, long byteOffset) {
            return in;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void anInterruptEndsThePlanAndStaysSet(int threads) throws IOException {
        for (String text : List.of("h\n" + "1\n".repeat(10), "h\n" + "1,\"\n\"\n".repeat(10))) {
            TextSource source = new TextSource(text);
            Thread.currentThread().interrupt();
            try {
                assertThatThrownBy(() -> PARSER.plan(source, source.version(), 10, threads))
                        .isInstanceOf(InterruptedIOException.class);
                assertThat(Thread.currentThread().isInterrupted()).isTrue();
            } finally {
                boolean unused = Thread.interrupted();
            }
        }
    }

    @Test
    void aSourceThatFailsInAThreadFailsThePlan() {
        ByteSource failing = new ByteSource() {
            @Override
            public String location() {
                return "failing";
            }

            @Override
            public SourceVersion version() {
                return new SourceVersion("failing", 1L << 30, "1", true);
            }

            @Override
            public InputStream open(SourceVersion version, long byteOffset) throws IOException {
                if (byteOffset > 50 << 20) {
                    throw new IOException("no more of it");
                }
                return new InputStream() {
                    @Override
                    public int read() {
                        return 'x';
                    }

                    @Override
                    public int read(byte[] b, int off, int len) {
                        for (int i = 0; i < len; i++) {
                            b[off + i] = (byte) (i % 64 == 63 ? '\n' : 'x');
                        }
                        return len;
                    }
                };
            }
        };

        assertThatThrownBy(() -> PARSER.plan(failing, failing.version(), 1 << 20, 2))
                .isInstanceOf(IOException.class)
                .hasMessage("no more of it");
    }

    @Test
    void argumentsOutOfRangeAreRefused() throws IOException {
        ByteSource source = CsvRecords.source("h\n1\n".getBytes(StandardCharsets.UTF_8));
        SourceVersion huge = new SourceVersion("memory", 1L << 40, "1", true);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> PARSER.plan(source, source.version(), 0, 1))
                .withMessage("targetBytes was 0 but it must be 1 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PARSER.plan(source, huge, 1 << 20, 1))
                .withMessageContaining("1048577 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PARSER.plan(source, source.version(), 1, 0))
                .withMessage("threads was 0 but it must be 1 or more");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cct22_queretaro_activos.csv",
                "enlace_escuelas_10_entidades.csv",
                "comipems_enlace-mx10.csv",
                "comipems_enlace-df10.csv",
                "comipems_enlace2012-df-mx.csv",
                "comipems_school-list.csv",
            })
    void realFilesInSplitsAreTheWholeFiles(String name) throws IOException {
        Assumptions.assumeTrue(Files.isDirectory(DATA), () -> "the folder " + DATA + " is missing");
        ByteSource source = ByteSource.file(DATA.resolve(name));
        SourceVersion version = source.version();
        SplitSteps serial = SplitSteps.serial(PARSER, source);
        for (long target : List.of(1_009L, 10_007L, 65_536L, version.sizeBytes() / 3)) {
            SplitPlan plan = PARSER.plan(source, version, target, 2);

            assertThat(plan.note()).isEmpty();
            assertThat(plan.splits()).isEqualTo(SplitSteps.expected(serial, version, target));
            if (target > 10_000) {
                assertThat(SplitSteps.inSplits(PARSER, source, plan)).isEqualTo(serial);
            }
        }
    }
}
