// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import io.apilados.pipeline.source.Split;
import io.apilados.pipeline.source.SplitPlan;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads CSV as it is found in the wild: one bad record costs itself and never the rest of the file.
 *
 * <ul>
 *   <li>A record with fewer or more fields than the header is rejected: {@code too-few-fields},
 *       {@code too-many-fields}.
 *   <li>A quote that is not closed as it should be rejects the line it stands on ({@code broken-quote}), and reading
 *       goes on with the next line that is a record.
 *   <li>A record that is longer than {@link #maxRecordBytes(int)} is rejected: {@code record-too-large}.
 *   <li>Bytes that are not text in the charset reject their record ({@code invalid-encoding}); they never become
 *       replacement characters.
 *   <li>A byte order mark is dropped, and lines without a single byte are passed over. LF, CRLF and CR end a record. No
 *       line is a comment.
 * </ul>
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class CsvParser implements RecordParser<CsvRow> {

    /** The longest record by default, in bytes: {@value}. */
    public static final int DEFAULT_MAX_RECORD_BYTES = 1 << 20;

    private static final int MAX_RECORD_BYTES_LIMIT = 1 << 28;

    final CsvDialect dialect;
    final TextEncoding encoding;
    final int maxRecordBytes;
    final @Nullable List<String> columns;
    final NullWords nullWords;

    private CsvParser(
            CsvDialect dialect,
            TextEncoding encoding,
            int maxRecordBytes,
            @Nullable List<String> columns,
            NullWords nullWords) {
        this.dialect = dialect;
        this.encoding = encoding;
        this.maxRecordBytes = maxRecordBytes;
        this.columns = columns;
        this.nullWords = nullWords;
    }

    /** RFC 4180 in UTF-8; the first record holds the names of the columns. */
    public static CsvParser withHeader() {
        return new CsvParser(
                CsvDialect.RFC_4180,
                TextEncoding.of(StandardCharsets.UTF_8),
                DEFAULT_MAX_RECORD_BYTES,
                null,
                NullWords.NONE);
    }

    /** RFC 4180 in UTF-8; the file has no header and its columns are these. */
    public static CsvParser withColumns(List<String> columns) {
        if (columns.isEmpty()) {
            throw new IllegalArgumentException("columns was empty but at least one name is needed");
        }
        return new CsvParser(
                CsvDialect.RFC_4180,
                TextEncoding.of(StandardCharsets.UTF_8),
                DEFAULT_MAX_RECORD_BYTES,
                List.copyOf(columns),
                NullWords.NONE);
    }

    /** The same for another dialect; {@link CsvDialect#RFC_4180} by default. */
    public CsvParser dialect(CsvDialect other) {
        return new CsvParser(Objects.requireNonNull(other, "dialect"), encoding, maxRecordBytes, columns, nullWords);
    }

    /**
     * The same for another charset; UTF-8 by default.
     *
     * @throws IllegalArgumentException unless it is UTF-8 or a one-byte extension of ASCII
     */
    public CsvParser charset(Charset other) {
        return new CsvParser(dialect, TextEncoding.of(other), maxRecordBytes, columns, nullWords);
    }

    /**
     * The same with another cap on a record's length in bytes, its line end left out; {@value
     * #DEFAULT_MAX_RECORD_BYTES} by default. The reader's buffer grows to about this size when it has to.
     *
     * @throws IllegalArgumentException unless it is between 1 and 268435456
     */
    public CsvParser maxRecordBytes(int bytes) {
        if (bytes < 1 || bytes > MAX_RECORD_BYTES_LIMIT) {
            throw new IllegalArgumentException(
                    "maxRecordBytes was " + bytes + " but it must be between 1 and " + MAX_RECORD_BYTES_LIMIT);
        }
        return new CsvParser(dialect, encoding, bytes, columns, nullWords);
    }

    /**
     * The same with words that stand for null beside the empty field, whatever the case of their letters; none by
     * default. They count in {@link CsvRow#isNull}, in what a row gives {@code OrNull}, and in a
     * {@link io.apilados.pipeline.enrich.JsonMapping} without words of its own; any other text of a row stays as it is.
     *
     * @throws IllegalArgumentException if one is empty or holds anything but printable ASCII without blanks
     */
    public CsvParser nulls(String... words) {
        return new CsvParser(dialect, encoding, maxRecordBytes, columns, NullWords.of(words));
    }

    /**
     * {@inheritDoc}
     *
     * @throws IOException also if the file has no header where one is expected, or one that cannot be read
     */
    @Override
    public RecordReader<CsvRow> open(ByteSource source, SourceVersion version, SourcePosition from) throws IOException {
        return CsvReader.open(this, source, version, from);
    }

    /**
     * Cuts the source into pieces that can be read apart and give exactly what {@link #open(ByteSource, SourceVersion,
     * SourcePosition)} gives, by one pass over all its bytes. A record that is broken, or may be, is read for the plan as
     * the reader reads it, so nothing is guessed; that costs the time of parsing about a mebibyte each. A source that can
     * only be read from its start is one split, and is not read for the plan.
     *
     * <p>To stop it, interrupt the calling thread: {@link java.io.InterruptedIOException}.
     *
     * @param version what {@link ByteSource#version()} said
     * @param targetBytes how long a split is to be, 1 or more: splits begin with the first record at each multiple of it
     * @param threads how many threads scan, 1 or more; with 1, the calling one does. The plan does not depend on it
     * @throws IOException also if the header cannot be read, or the source is another version now
     * @throws IllegalArgumentException if more than 1,048,576 splits would come of it, too
     */
    public SplitPlan plan(ByteSource source, SourceVersion version, long targetBytes, int threads) throws IOException {
        return SplitPlanner.plan(this, source, version, targetBytes, threads, ChunkScans.CHUNK_BYTES);
    }

    /**
     * Opens one split of a plan. The reader gives the records and positions that a reader of the whole source gives
     * there.
     *
     * <p>Its {@link RecordReader#advance()} also throws an {@link IOException} that names the byte if the split does not
     * end where a record ends, and a {@link io.apilados.pipeline.source.SourceChangedException} at the end if the source
     * is another version by then. Neither gets better by trying again: make a new plan.
     *
     * @throws IllegalArgumentException if the plan was made by a parser with other settings, or the split is not in it
     * @throws IOException also if the source is another version now
     */
    public RecordReader<CsvRow> open(ByteSource source, SplitPlan plan, Split split) throws IOException {
        return new CsvSplits(this, source, plan).open(split);
    }
}
