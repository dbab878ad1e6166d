// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import io.apilados.pipeline.source.ByteArray;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceChangedException;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import io.apilados.pipeline.source.Split;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads one split and nothing of its neighbours. It looks at their bytes where a reader of the whole source would, and
 * checks that the split ends where the plan says, with the record and the line that the plan says: if every split of a
 * plan passes, then by induction from the first one all of them began where a record begins.
 */
final class CsvSplitReader implements RecordReader<CsvRow> {

    private final ByteSource source;
    private final boolean asksForVersion;
    private final Split split;
    private final @Nullable SourcePosition nextStart;
    private final long end;
    private final CsvReader reader;
    private long oddities;
    private @Nullable SourcePosition endPosition;

    /**
     * Reads the split by a reader that stands in it.
     *
     * @param asksForVersion whether it is looked at the end that the source is still the same
     */
    CsvSplitReader(ByteSource source, PlannedSplit planned, CsvReader reader, boolean asksForVersion) {
        this.source = source;
        this.asksForVersion = asksForVersion;
        this.split = planned.split();
        this.nextStart = planned.next();
        this.end = split.endByte() == SourceVersion.UNKNOWN_SIZE ? Long.MAX_VALUE : split.endByte();
        this.reader = reader;
    }

    @Override
    public Step advance() throws IOException {
        if (endPosition != null) {
            return Step.END;
        }
        // The last split is read until the stream ends, because a source may notice only then that it has changed.
        if (nextStart != null && reader.nextPosition().byteOffset() >= end) {
            return finish(reader.nextPosition());
        }
        long odditiesBefore = reader.oddities();
        Step step = reader.advance();
        if (step == Step.END) {
            return finish(reader.nextPosition());
        }
        if (reader.byteOffset() >= end) {
            oddities = odditiesBefore;
            return finish(reader.position());
        }
        oddities = reader.oddities();
        if (reader.nextPosition().byteOffset() > end) {
            throw misplaced("its record at " + reader.position() + " ends at byte "
                    + reader.nextPosition().byteOffset() + " and not at byte " + end);
        }
        return step;
    }

    private Step finish(SourcePosition at) throws IOException {
        if (end != Long.MAX_VALUE && at.byteOffset() != end) {
            throw misplaced("its last record ends at byte " + at.byteOffset() + " and not at byte " + end);
        }
        long records = at.recordNumber() - split.start().recordNumber();
        if (split.records() != Split.UNKNOWN_RECORDS && split.records() != records) {
            throw misplaced("up to byte " + end + " it has " + records + " records and not " + split.records());
        }
        if (nextStart != null && nextStart.line() != at.line()) {
            throw misplaced("at byte " + end + " line " + at.line() + " begins and not line " + nextStart.line());
        }
        SourceVersion version = split.version();
        if (asksForVersion && version.seekable() && !source.version().equals(version)) {
            throw new SourceChangedException(source.location(), "it is another version than the plan is for");
        }
        endPosition = at;
        return Step.END;
    }

    private IOException misplaced(String how) {
        return new IOException(source.location() + " " + split + ": " + how
                + "; the plan is not of these bytes, make a new one and run again from the start");
    }

    @Override
    public CsvRow record() {
        return reader.record();
    }

    @Override
    public CsvRow keep() {
        return reader.keep();
    }

    @Override
    public SourcePosition position() {
        return reader.position();
    }

    @Override
    public long byteOffset() {
        return reader.byteOffset();
    }

    @Override
    public long recordNumber() {
        return reader.recordNumber();
    }

    @Override
    public long line() {
        return reader.line();
    }

    @Override
    public RejectedRecord malformed() {
        return reader.malformed();
    }

    @Override
    public SourcePosition nextPosition() {
        return endPosition != null ? endPosition : reader.nextPosition();
    }

    @Override
    public byte[] rawCsv() {
        return reader.rawCsv();
    }

    @Override
    public void rawCsvTo(ByteArray out) {
        reader.rawCsvTo(out);
    }

    @Override
    public List<String> columns() {
        return reader.columns();
    }

    @Override
    public byte[] rawHeader() {
        return reader.rawHeader();
    }

    @Override
    public long oddities() {
        return oddities;
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
