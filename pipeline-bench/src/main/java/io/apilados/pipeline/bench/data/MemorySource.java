// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.data;

import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RecordReader;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;

/** Bytes in memory: no disk takes part in what is measured. */
public final class MemorySource implements ByteSource {

    private final byte[] bytes;

    /** These bytes; they are not copied. */
    public MemorySource(byte[] bytes) {
        this.bytes = bytes;
    }

    /** So many rows of participants, each as a row that stays. */
    public static List<CsvRow> keptRows(int rows, Participants.Quality quality, Charset charset) throws IOException {
        StringWriter csv = new StringWriter();
        Participants.Written unused = new Participants(1_000).writeRows(csv, rows, quality);
        List<CsvRow> kept = new ArrayList<>();
        try (RecordReader<CsvRow> reader = new MemorySource(csv.toString().getBytes(charset))
                .read(CsvParser.withHeader().charset(charset))) {
            while (reader.advance() == RecordReader.Step.RECORD) {
                kept.add(reader.keep());
            }
        }
        if (kept.size() != rows) {
            throw new IllegalStateException("read " + kept.size() + " rows of " + rows);
        }
        return kept;
    }

    /** Reads it from its start. */
    public RecordReader<CsvRow> read(CsvParser parser) throws IOException {
        return parser.open(this, version(), SourcePosition.START);
    }

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
        return new ByteArrayInputStream(bytes, from, bytes.length - from);
    }
}
