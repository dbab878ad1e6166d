// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.parse.RecordReader.Step;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import io.apilados.pipeline.testing.HinderedSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records longer than the cap, up to quotes that are never closed in a source that never fits into memory. */
class LargeRecordsTest {

    private static final int CAP = 64;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void aRowOverTheCapIsRejectedAndItsNeighboursAreDelivered(int place) throws IOException {
        String large = "x".repeat(5 * CAP);
        for (String row : List.of(large + ",b", "a," + large, "\"" + large + "\",b", "a,\"" + large + "\"", large)) {
            for (String lineEnd : List.of("\n", "\r\n", "\r")) {
                List<String> lines = new ArrayList<>(List.of("h,h", "1,a", "2,b"));
                lines.add(place, row);

                CsvRecords read = read(String.join(lineEnd, lines) + lineEnd);

                assertThat(read.codes()).containsExactly("record-too-large");
                assertThat(read.rejected().get(0).position().line()).isEqualTo(place + 1);
                assertThat(read.rejected().get(0).position().recordNumber()).isEqualTo(place);
                assertThat(read.rejected().get(0).message()).contains("longer than 64 bytes");
                assertThat(read.values()).containsExactly(List.of("1", "a"), List.of("2", "b"));
                assertThat(read.rows())
                        .extracting(r -> lines.get((int) r.position().line() - 1))
                        .containsExactly("1,a", "2,b");
            }
        }
    }

    @Test
    void aRowOverTheCapWithLineEndsInItsFirstFieldIsRejectedInOnePiece() throws IOException {
        CsvRecords read = read("h,h\n1,a\n\"x\ny\nz\"," + "x".repeat(CAP) + "\n2,b\n");

        assertThat(read.codes()).containsExactly("record-too-large");
        assertThat(read.values()).containsExactly(List.of("1", "a"), List.of("2", "b"));
        assertThat(read.rows().get(1).position().line()).isEqualTo(6);
    }

    /** So that whoever goes on from there finds the same record. */
    @Test
    void aReaderWhoseSourceFailsWhileItSkipsStandsAtTheRecordsStart() throws IOException {
        byte[] text = ("h,h\n1,a\n2," + "x".repeat(1 << 20) + "\n3,c\n").getBytes(StandardCharsets.UTF_8);
        ByteSource whole = CsvRecords.source(text);
        ByteSource failing = new HinderedSource(whole) {
            @Override
            protected void beforeRead(long end) throws IOException {
                if (end > 1 << 19) {
                    throw new IOException("planted");
                }
            }
        };
        CsvParser parser = CsvParser.withHeader().maxRecordBytes(CAP);
        SourcePosition stood;
        try (RecordReader<CsvRow> reader = parser.open(failing, failing.version(), SourcePosition.START)) {
            assertThat(reader.advance()).isEqualTo(Step.RECORD);
            assertThatThrownBy(reader::advance).hasMessage("planted");
            stood = reader.nextPosition();
        }
        assertThat(stood).isEqualTo(new SourcePosition(8, 2, 3));
        try (RecordReader<CsvRow> reader = parser.open(whole, whole.version(), stood)) {
            assertThat(reader.advance()).isEqualTo(Step.MALFORMED);
            assertThat(reader.malformed().code()).isEqualTo("record-too-large");
            assertThat(reader.nextPosition()).isEqualTo(new SourcePosition(text.length - 4, 3, 4));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1})
    void aRowOverTheCapIsNotCutWhereAQuotedFieldEndsNearTheCap(int quoteAt) throws IOException {
        String field = "\"x\n" + "y".repeat(CAP + quoteAt - 4) + "\"";

        CsvRecords read = read("h,h\n" + field + ",bbb" + "\n2,b\n");

        assertThat(field).hasSize(CAP + quoteAt);
        assertThat(read.codes()).containsExactly("record-too-large");
        assertThat(read.values()).containsExactly(List.of("2", "b"));
        assertThat(read.rows().get(0).position().line()).isEqualTo(4);
    }

    @Test
    void aQuotedFieldOverTheCapIsGivenUpLineByLine() throws IOException {
        String lines = "no record by itself\n".repeat(10);

        CsvRecords read = read("h,h\n1,a\n2,\"" + lines + "\"\n3,c\n");

        assertThat(read.codes())
                .startsWith("record-too-large", "too-few-fields")
                .hasSize(11);
        assertThat(read.rejected())
                .extracting(r -> r.position().line())
                .isEqualTo(LongStream.rangeClosed(3, 13).boxed().toList());
        assertThat(read.values()).containsExactly(List.of("1", "a"), List.of("3", "c"));
        assertThat(read.rows().get(1).position().line()).isEqualTo(14);
    }

    @Test
    void aRunawayQuoteCostsItsLine() throws IOException {
        CsvRecords read = read("h,h\n1,a\n2,\"b\n" + "3,c\n".repeat(50));

        assertThat(read.codes()).containsExactly("broken-quote");
        assertThat(read.rejected().get(0).position()).isEqualTo(new SourcePosition(8, 2, 3));
        assertThat(CsvRecords.latin(read.rejected().get(0).rawCsv())).isEqualTo("\"2,\"\"b\"");
        assertThat(read.rows()).hasSize(51);
        assertThat(read.rows().get(1).position()).isEqualTo(new SourcePosition(13, 3, 4));
    }

    @Test
    void aRunawayQuoteCostsItsLineEvenIfADoubledQuoteStandsAtTheCap() throws IOException {
        String beforeTheCap = "2,\"bbb\n" + "3,c\n".repeat(14) + "4,";
        assertThat(beforeTheCap).hasSize(CAP + 1);

        CsvRecords read = read("h,h\n" + beforeTheCap + "\"\"\n" + "5,d\n".repeat(20));

        assertThat(read.codes()).containsExactly("broken-quote");
        assertThat(read.rows()).hasSize(14 + 1 + 20);
    }

    @Test
    void aRowOfExactlyTheCapIsARowAndOneByteMoreIsNot() throws IOException {
        for (String lineEnd : List.of("\n", "\r\n", "\r", "")) {
            for (String row : List.of("a," + "x".repeat(CAP - 2), "a,\"" + "x".repeat(CAP - 4) + "\"")) {
                assertThat(row).hasSize(CAP);
                assertThat(read("h,h\n" + row + lineEnd).rows()).hasSize(1);
                assertThat(read("h,h\na" + row + lineEnd).codes()).containsExactly("record-too-large");
                assertThat(read("h,h\naa" + row + lineEnd).codes()).containsExactly("record-too-large");
            }
        }
    }

    @Test
    void keepsTheBeginningOfARowOverTheCapForTheRejectFile() throws IOException {
        String large = "a,\"" + "x".repeat(5_000) + "\"";
        CsvParser parser = CsvParser.withHeader().maxRecordBytes(4_000);

        CsvRecords read = CsvRecords.read(parser, "h,h\n" + large + "\nneighbour,b\n");

        assertThat(CsvRecords.latin(read.rejected().get(0).rawCsv()))
                .isEqualTo("\"a,\"\"" + "x".repeat(1_024 - 3) + "\"");
        assertThat(read("h,h\n" + large + "\nneighbour,b\n").rejected().get(0).rawCsv())
                .hasSize(CAP + 3);
    }

    @Test
    void theDefaultCapIsOneMebibyte() throws IOException {
        String row = "a," + "x".repeat((1 << 20) - 2);
        String threeMebibytes = "x".repeat(3 << 20);
        String file = "h,h\n" + row + "\n\"" + threeMebibytes + "\",c\n2,b\n" + threeMebibytes + "\r\n3,c\n";

        CsvRecords read = CsvRecords.read(CsvParser.withHeader(), file);

        assertThat(read.codes()).containsExactly("record-too-large", "record-too-large");
        assertThat(read.rows()).extracting(r -> r.position().line()).containsExactly(2L, 4L, 6L);
        assertThat(read.rows().get(0).values().get(1)).hasSize((1 << 20) - 2);
    }

    @Test
    void aHeaderOverTheCapIsAnErrorThatNamesTheLine() {
        assertThatThrownBy(() -> read("\n" + "h".repeat(CAP + 1) + "\n1\n"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("memory line 2")
                .hasMessageContaining("64 bytes");
    }

    @Test
    void aRunawayQuoteIn64MebibytesCostsItsLine() throws IOException {
        assertOnlyLine5IsLost(64L << 20);
    }

    @Tag("slow")
    @Test
    void aRunawayQuoteInTwoGibibytesCostsItsLine() throws IOException {
        assertOnlyLine5IsLost((2L << 30) + 64);
    }

    private static void assertOnlyLine5IsLost(long size) throws IOException {
        ByteSource source = new Generated(size);
        long rows = 0;
        List<SourcePosition> malformed = new ArrayList<>();
        try (RecordReader<CsvRow> reader =
                CsvParser.withHeader().open(source, source.version(), SourcePosition.START)) {
            for (Step step = reader.advance(); step != Step.END; step = reader.advance()) {
                if (step == Step.MALFORMED) {
                    malformed.add(reader.position());
                    assertThat(reader.malformed().code()).isEqualTo("broken-quote");
                } else {
                    rows++;
                }
            }
            long lines = size / Generated.LINE;
            assertThat(rows).isEqualTo(lines - 2);
            assertThat(malformed).containsExactly(new SourcePosition(4 * Generated.LINE, 4, 5));
            assertThat(reader.nextPosition()).isEqualTo(new SourcePosition(size, lines, lines + 1));
        }
    }

    private static CsvRecords read(String text) throws IOException {
        CsvParser parser = CsvParser.withHeader().maxRecordBytes(CAP);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        CsvRecords whole = CsvRecords.read(parser, bytes);
        assertThat(CsvRecords.read(parser, CsvRecords.source(bytes, 1, 9), SourcePosition.START)
                        .steps())
                .isEqualTo(whole.steps());
        return whole;
    }

    /** Lines of 32 bytes that nothing stores; a quote is opened on the fifth and never closed. */
    private record Generated(long size) implements ByteSource {

        static final int LINE = 32;
        private static final byte[] ROW = "0123456789,0123456789,012345678\n".getBytes(StandardCharsets.US_ASCII);

        @Override
        public String location() {
            return "generated";
        }

        @Override
        public SourceVersion version() {
            return new SourceVersion(location(), size, "1", true);
        }

        @Override
        public InputStream open(SourceVersion version, long byteOffset) {
            return new InputStream() {
                private long at = byteOffset;

                @Override
                public int read() {
                    throw new UnsupportedOperationException("one byte at a time is too slow");
                }

                @Override
                public int read(byte[] b, int off, int len) {
                    int n = (int) Math.min(len, size - at);
                    for (int i = 0; i < n; i++, at++) {
                        b[off + i] = at == 4 * LINE + 11 ? (byte) '"' : ROW[(int) (at % LINE)];
                    }
                    return n == 0 ? -1 : n;
                }
            };
        }
    }
}
