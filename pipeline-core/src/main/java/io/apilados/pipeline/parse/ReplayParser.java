// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import java.io.IOException;
import java.nio.charset.Charset;
import java.util.Objects;

/**
 * Reads a reject file, corrected, as if its rows stood in the source that they came from: under the source's header, with
 * the line and byte offset that they have there, and so with the keys that they had. A record that was applied already,
 * in spite of its rejection, is recognized by a destination that honours keys.
 *
 * <p>A row that is still not right is rejected again; write those to another file. Immutable; safe for use by many
 * threads.
 */
public final class ReplayParser implements RecordParser<CsvRow> {

    private final CsvParser parser;
    private final String fingerprint;

    private ReplayParser(CsvParser parser, String fingerprint) {
        this.parser = parser;
        this.fingerprint = fingerprint;
    }

    /**
     * For rows that came from this version of a source.
     *
     * @param original what {@link ByteSource#version()} says of the source, unchanged since
     */
    public static ReplayParser of(SourceVersion original) {
        return new ReplayParser(CsvParser.withHeader(), original.fingerprint());
    }

    /** The same for a source in another charset; UTF-8 by default. */
    public ReplayParser charset(Charset charset) {
        return new ReplayParser(parser.charset(Objects.requireNonNull(charset, "charset")), fingerprint);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IOException also if it is no reject file
     */
    @Override
    public RecordReader<CsvRow> open(ByteSource source, SourceVersion version, SourcePosition from) throws IOException {
        CsvReader reader = CsvReader.open(parser, source, version, from);
        int own = RejectedRecord.COLUMNS.size();
        boolean isRejectFile = reader.columns().size() > own
                && reader.columns().subList(0, own).equals(RejectedRecord.COLUMNS);
        if (!isRejectFile) {
            reader.close();
            throw new IOException(source.location() + " line 1: it is no reject file, its header does not begin with "
                    + String.join(",", RejectedRecord.COLUMNS) + "; name the file that a run wrote");
        }
        return new ReplayReader(reader, fingerprint);
    }
}
