// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import io.apilados.pipeline.parse.RecordReader.Step;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/**
 * All that a parser makes of a source.
 *
 * @param starts where the rows and the rejections start, in the order in which they came
 * @param nexts the reader's next position after each of them
 * @param steps all that can be told of each of them
 * @param end the reader's next position after the end
 */
record CsvRecords(
        List<String> columns,
        List<Row> rows,
        List<RejectedRecord> rejected,
        List<SourcePosition> starts,
        List<SourcePosition> nexts,
        List<String> steps,
        SourcePosition end,
        long oddities) {

    /** One row that was accepted. */
    record Row(SourcePosition position, List<String> values) {}

    static CsvRecords read(CsvParser parser, String text) throws IOException {
        return read(parser, text.getBytes(StandardCharsets.UTF_8));
    }

    static CsvRecords read(CsvParser parser, byte[] bytes) throws IOException {
        return read(parser, source(bytes), SourcePosition.START);
    }

    static CsvRecords read(CsvParser parser, Path file) throws IOException {
        return read(parser, ByteSource.file(file), SourcePosition.START);
    }

    static CsvRecords read(CsvParser parser, ByteSource source, SourcePosition from) throws IOException {
        List<Row> rows = new ArrayList<>();
        List<RejectedRecord> rejected = new ArrayList<>();
        List<SourcePosition> starts = new ArrayList<>();
        List<SourcePosition> nexts = new ArrayList<>();
        List<String> steps = new ArrayList<>();
        try (RecordReader<CsvRow> reader = parser.open(source, source.version(), from)) {
            Step step = reader.advance();
            while (step != Step.END) {
                nexts.add(reader.nextPosition());
                if (step == Step.RECORD) {
                    Row row = new Row(reader.position(), values(reader.record()));
                    rows.add(row);
                    starts.add(row.position);
                    steps.add(row + " " + latin(reader.rawCsv()));
                } else {
                    RejectedRecord reject = reader.malformed();
                    rejected.add(reject);
                    starts.add(reject.position());
                    steps.add(reject + " " + reject.position().recordNumber() + " " + latin(reject.rawCsv()));
                }
                step = reader.advance();
            }
            return new CsvRecords(
                    reader.columns(), rows, rejected, starts, nexts, steps, reader.nextPosition(), reader.oddities());
        }
    }

    List<List<String>> values() {
        return rows.stream().map(Row::values).toList();
    }

    List<String> codes() {
        return rejected.stream().map(RejectedRecord::code).toList();
    }

    static List<String> values(CsvRow row) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < row.header().size(); i++) {
            values.add(row.text(i));
        }
        return values;
    }

    /** The line on which a byte stands, counted without any of the parser's code. */
    static long lineAt(byte[] bytes, long offset) {
        long line = 1;
        for (int i = 0; i < offset; i++) {
            boolean returnBeforeFeed = bytes[i] == '\r' && i + 1 < bytes.length && bytes[i + 1] == '\n';
            if (bytes[i] == '\n' || (bytes[i] == '\r' && !returnBeforeFeed)) {
                line++;
            }
        }
        return line;
    }

    static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** A source in memory that gives whatever is asked for. */
    static ByteSource source(byte[] bytes) {
        return new Memory(bytes, 0, Integer.MAX_VALUE);
    }

    /** A source in memory that gives from 1 to {@code maxRead} bytes at a time. */
    static ByteSource source(byte[] bytes, long seed, int maxRead) {
        return new Memory(bytes, seed, maxRead);
    }

    private record Memory(byte[] bytes, long seed, int maxRead) implements ByteSource {

        @Override
        public String location() {
            return "memory";
        }

        @Override
        public SourceVersion version() {
            return new SourceVersion(location(), bytes.length, "1", true);
        }

        @Override
        public InputStream open(SourceVersion version, long byteOffset) {
            int from = Math.toIntExact(byteOffset);
            Random sizes = new Random(seed + byteOffset);
            return new ByteArrayInputStream(bytes, from, bytes.length - from) {
                @Override
                public int read(byte[] b, int off, int len) {
                    Objects.checkFromIndexSize(off, len, b.length);
                    int most = maxRead == Integer.MAX_VALUE ? len : 1 + sizes.nextInt(maxRead);
                    return super.read(b, off, Math.min(len, most));
                }
            };
        }
    }
}
