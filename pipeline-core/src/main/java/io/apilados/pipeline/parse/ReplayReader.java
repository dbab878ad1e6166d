// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import io.apilados.pipeline.source.SourcePosition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Takes the columns of a reject file from its rows, and the positions from the columns. */
final class ReplayReader implements RecordReader<CsvRow> {

    private static final int OWN = RejectedRecord.COLUMNS.size();

    private final CsvReader reader;
    private final String fingerprint;
    private final CsvHeader header;
    private CsvRow row;
    private SourcePosition position = SourcePosition.START;
    private RejectedRecord malformed =
            new RejectedRecord(SourcePosition.START, "parse", "none", "nothing has been read", new byte[0]);

    ReplayReader(CsvReader reader, String fingerprint) {
        this.reader = reader;
        this.fingerprint = fingerprint;
        this.header =
                new CsvHeader(reader.columns().subList(OWN, reader.columns().size()));
        this.row = reader.record();
    }

    @Override
    public Step advance() throws IOException {
        Step step = reader.advance();
        if (step == Step.MALFORMED) {
            malformed = reader.malformed();
        } else if (step == Step.RECORD) {
            CsvRow whole = reader.record();
            try {
                long line = Long.parseLong(whole.text(0));
                long byteOffset = Long.parseLong(whole.text(1));
                position = new SourcePosition(byteOffset, reader.position().recordNumber(), line);
            } catch (IllegalArgumentException e) {
                String message = "its first two columns are not the line and byte offset that a run wrote there";
                malformed = new RejectedRecord(reader.position(), "parse", "bad-position", message, reader.rawCsv());
                return Step.MALFORMED;
            }
            row = without(whole);
        }
        return step;
    }

    private CsvRow without(CsvRow whole) {
        CsvRow rest = new CsvRow(header, whole.encoding, whole.quote, whole.nullWords);
        int end = OWN + header.size();
        rest.bytes = whole.bytes;
        rest.from = Arrays.copyOfRange(whole.from, OWN, end);
        rest.to = Arrays.copyOfRange(whole.to, OWN, end);
        rest.flags = Arrays.copyOfRange(whole.flags, OWN, end);
        rest.at(position.byteOffset(), position.recordNumber(), position.line());
        return rest;
    }

    @Override
    public CsvRow record() {
        return row;
    }

    @Override
    public CsvRow keep() {
        return record().copy();
    }

    @Override
    public SourcePosition position() {
        return position;
    }

    @Override
    public RejectedRecord malformed() {
        return malformed;
    }

    @Override
    public SourcePosition nextPosition() {
        return reader.nextPosition();
    }

    @Override
    public byte[] rawCsv() {
        CsvText text = new CsvText();
        for (int i = 0; i < header.size(); i++) {
            text.field(row.text(i).getBytes(row.encoding.charset));
        }
        return text.toBytes();
    }

    @Override
    public List<String> columns() {
        return header.names();
    }

    @Override
    public byte[] rawHeader() {
        CsvText text = new CsvText();
        header.names().forEach(name -> text.field(name.getBytes(StandardCharsets.UTF_8)));
        return text.toBytes();
    }

    @Override
    public Optional<String> fingerprint() {
        return Optional.of(fingerprint);
    }

    @Override
    public long oddities() {
        return reader.oddities();
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
