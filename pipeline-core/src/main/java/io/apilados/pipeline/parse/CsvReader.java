// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import io.apilados.pipeline.source.ByteArray;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Goes over the records of a CSV source, and finds the way back after a broken one.
 *
 * <p>Finding back: the trouble with a quote that is not closed as it should be is that nobody can tell how far it was
 * meant to reach. We reject as little as can be right. Of the lines after the one on which the record starts, up to the
 * one on which the broken field starts, the first that is a record with as many fields as the header is where reading
 * goes on; where none is, it goes on with the line after the start of the broken field. So an open quote costs the line
 * it stands on, and a record whose first fields rightly hold line ends is rejected in one piece. A record that closes
 * all its quotes but has the wrong number of fields is looked at in the same way when it takes several lines: the
 * likeliest reason is a stray quote that swallowed its neighbours.
 */
final class CsvReader implements RecordReader<CsvRow> {

    /** How many lines are tried for a record before the way back is taken as not found. */
    private static final int MAX_TRIES = 16;

    /** How much of a record that is too large to hold is kept for the reject file. */
    private static final int KEPT_OF_TOO_LARGE = 1 << 10;

    private final String location;
    private final int maxRecordBytes;
    private final TextEncoding encoding;
    private final NullWords nullWords;
    private final CsvDialect dialect;
    private final boolean rfc4180;
    private final CsvScanner scanner;
    private final @Nullable EscapedFields escaped;
    private final ByteWindow window;

    private CsvRow row;
    private byte[] rawHeader = new byte[0];
    private long record;
    private long line;
    private long bareQuotes;
    private int recordStart;
    private long recordOffset;
    private long recordNumber = 1;
    private long recordLine = 1;

    /** The record at hand is too large and is being skipped: it is not come to its end before that succeeds. */
    private boolean skipping;

    private @Nullable RejectedRecord malformed;

    private CsvReader(CsvParser parser, String location, ByteWindow window) {
        this.location = location;
        this.maxRecordBytes = parser.maxRecordBytes;
        this.encoding = parser.encoding;
        this.nullWords = parser.nullWords;
        this.dialect = parser.dialect;
        this.rfc4180 = dialect.readsAsRfc4180();
        this.scanner = new CsvScanner(dialect, encoding);
        this.escaped = dialect.escape() == null ? null : new EscapedFields(dialect, encoding);
        this.window = window;
        this.record = 1;
        this.line = 1;
        this.row = row(new CsvHeader(List.of()));
    }

    static CsvReader open(CsvParser parser, ByteSource source, SourceVersion version, SourcePosition from)
            throws IOException {
        return open(parser, source, version, from, Long.MAX_VALUE);
    }

    /**
     * The same where it is known what is needed.
     *
     * @param end where the bytes end that are certainly needed
     */
    static CsvReader open(CsvParser parser, ByteSource source, SourceVersion version, SourcePosition from, long end)
            throws IOException {
        ByteWindow start = window(source, version, 0, end, new ByteWindow.Memory());
        CsvReader reader = new CsvReader(parser, source.location(), start);
        try {
            reader.skipByteOrderMark();
            List<String> columns = parser.columns;
            if (columns == null) {
                reader.readHeader();
            } else {
                reader.row = reader.row(new CsvHeader(columns));
            }
            if (from.byteOffset() <= start.offset) {
                return reader;
            }
        } catch (IOException | RuntimeException e) {
            start.close();
            throw e;
        }
        start.close();
        return resume(parser, source, version, from, reader.row.header, reader.rawHeader);
    }

    /** Opens the source where a record starts, with a header that has been read before. */
    static CsvReader resume(
            CsvParser parser,
            ByteSource source,
            SourceVersion version,
            SourcePosition from,
            CsvHeader header,
            byte[] rawHeader)
            throws IOException {
        return resume(parser, source, version, from, Long.MAX_VALUE, new ByteWindow.Memory(), header, rawHeader);
    }

    /**
     * The same in memory that was used before and is not in use.
     *
     * @param end where the bytes end that are certainly needed
     */
    static CsvReader resume(
            CsvParser parser,
            ByteSource source,
            SourceVersion version,
            SourcePosition from,
            long end,
            ByteWindow.Memory memory,
            CsvHeader header,
            byte[] rawHeader)
            throws IOException {
        ByteWindow there = window(source, version, from.byteOffset(), end, memory);
        return resume(parser, source.location(), there, from, header, rawHeader);
    }

    /** The same in a window that begins there. */
    static CsvReader resume(
            CsvParser parser,
            String location,
            ByteWindow there,
            SourcePosition from,
            CsvHeader header,
            byte[] rawHeader) {
        CsvReader resumed = new CsvReader(parser, location, there);
        resumed.row = resumed.row(header);
        resumed.rawHeader = rawHeader;
        resumed.record = from.recordNumber();
        resumed.line = from.line();
        return resumed;
    }

    private static ByteWindow window(
            ByteSource source, SourceVersion version, long from, long end, ByteWindow.Memory memory)
            throws IOException {
        InputStream in = end == Long.MAX_VALUE ? source.open(version, from) : source.open(version, from, end);
        return new ByteWindow(in, from, end, memory);
    }

    private CsvRow row(CsvHeader header) {
        Character quote = dialect.quote();
        return new CsvRow(header, encoding, quote == null ? '"' : quote, nullWords);
    }

    private void skipByteOrderMark() throws IOException {
        while (window.length() < 3 && !window.last) {
            window.fill();
        }
        byte[] b = window.bytes;
        if (encoding.isUtf8()
                && window.length() >= 3
                && b[0] == (byte) 0xef
                && b[1] == (byte) 0xbb
                && b[2] == (byte) 0xbf) {
            window.advanceTo(3);
        }
    }

    private void readHeader() throws IOException {
        int next = scanHeader();
        if (!scanner.isText()) {
            throw new IOException(location + " line " + line + ": the header is not text in " + encoding.charset
                    + "; name the file's charset");
        }
        row = row(new CsvHeader(Collections.nCopies(scanner.fields, "")));
        if (!bind()) {
            throw new IOException(location + " line " + line + ": the header cannot be read in this dialect");
        }
        List<String> names = new ArrayList<>();
        for (int i = 0; i < (escaped == null ? scanner.fields : escaped.fields()); i++) {
            names.add(row.text(i));
        }
        rawHeader = rawCsv();
        row = row(new CsvHeader(names));
        pass(next);
    }

    /** Passes over blank lines and scans the first that is not; returns where the line after it starts. */
    private int scanHeader() throws IOException {
        while (true) {
            if (window.length() == 0) {
                if (window.last) {
                    throw new IOException(location + ": is empty, but a header line was expected; check the file");
                }
                window.fill();
                continue;
            }
            int next = scan();
            if (next < 0 || scanner.end - window.start > maxRecordBytes) {
                throw new IOException(location + " line " + line
                        + ": the header cannot be read, a quote in it is not closed or it is longer than "
                        + maxRecordBytes + " bytes; correct the file or its dialect");
            }
            if (!isBlankLine()) {
                recordStart = window.start;
                return next;
            }
            pass(next);
        }
    }

    /**
     * Goes to the next record. What most records are has a way of its own, which asks once whether a record is like that:
     * the JVM throws compiled code away when a branch is taken that never was before.
     */
    @Override
    public Step advance() throws IOException {
        if (escaped != null || isViewFull()) {
            return advanceWithCare();
        }
        int next = scanner.scan(window.bytes, window.start, window.limit, window.last);
        if (next < 0 || !isPlain()) {
            return advanceWithCare();
        }
        begin();
        bindPlain();
        bareQuotes += scanner.bareQuotes();
        pass(next);
        record++;
        return Step.RECORD;
    }

    /** Whether what was scanned is a record of which nothing further has to be asked. */
    private boolean isPlain() {
        return scanner.fields == row.header.size()
                && !isBlankLine()
                && scanner.end - window.start <= maxRecordBytes
                && !scanner.hasForbiddenQuote()
                && scanner.isText();
    }

    /** As {@link #advance}, for whatever may come; what is at hand may have been scanned before. */
    private Step advanceWithCare() throws IOException {
        while (true) {
            if (window.length() == 0) {
                if (window.last) {
                    return Step.END;
                }
                window.fill();
                continue;
            }
            int next = scan();
            if (next >= 0 && isBlankLine()) {
                pass(next);
                continue;
            }
            begin();
            if (next == CsvScanner.BROKEN || scanner.insideQuotes) {
                return rejectBroken(next);
            }
            if (next == CsvScanner.NEED_MORE || scanner.end - window.start > maxRecordBytes) {
                return rejectTooLarge(maxRecordBytes + 1);
            }
            int expected = row.header.size();
            if (escaped == null && scanner.fields != expected) {
                return rejectFieldCount(next, scanner.fields);
            }
            if (!scanner.isText()) {
                return rejectUnread(
                        next, "invalid-encoding", "it holds bytes that are not text in " + encoding.charset);
            }
            if (scanner.hasForbiddenQuote()) {
                return rejectUnread(
                        next, "bare-quote", "a quote stands inside of a field that does not begin with one");
            }
            if (!bind()) {
                return rejectUnread(next, "malformed", "it cannot be read in this dialect");
            }
            if (escaped != null && escaped.fields() != expected) {
                return rejectFieldCount(next, escaped.fields());
            }
            bareQuotes += scanner.bareQuotes();
            pass(next);
            record++;
            return Step.RECORD;
        }
    }

    /** What was scanned is the record at hand. */
    private void begin() {
        recordStart = window.start;
        recordOffset = window.offset;
        recordNumber = record;
        recordLine = line;
    }

    /** Scans the record at hand, reading as much as it takes; what {@link CsvScanner#scan} returns. */
    private int scan() throws IOException {
        return scanAt(0);
    }

    /** Scans what starts at a place that is counted from the record's start. */
    private int scanAt(int at) throws IOException {
        while (true) {
            int next = isViewFull()
                    ? scanView(window.start + at)
                    : scanner.scan(window.bytes, window.start + at, window.limit, window.last);
            if (next != CsvScanner.NEED_MORE || isViewFull()) {
                return next;
            }
            window.fill();
        }
    }

    /** Scans as if the bytes that were read ended with the view. */
    private int scanView(int start) {
        int limit = viewLimit();
        byte beyond = window.bytes[limit];
        window.bytes[limit] = '\n';
        int next = scanner.scan(window.bytes, start, limit, false);
        window.bytes[limit] = beyond;
        return next;
    }

    /**
     * Where the view of the record at hand ends: the longest record and its line end have room in it. Nothing further
     * away is looked at, so that what is read never depends on how much of the source happens to be in the window.
     */
    private int viewLimit() {
        return Math.min(window.limit, window.start + maxRecordBytes + 2);
    }

    private boolean isViewFull() {
        return window.length() >= maxRecordBytes + 2;
    }

    private boolean isBlankLine() {
        return scanner.fields == 1 && scanner.end == window.start;
    }

    /** Makes the row a view of the fields that were scanned; false if the dialect's decoder refuses them. */
    private boolean bind() {
        if (escaped != null) {
            row.at(recordOffset, recordNumber, recordLine);
            return escaped.decode(window.bytes, window.start, scanner.end, row);
        }
        bindPlain();
        return true;
    }

    private void bindPlain() {
        row.at(recordOffset, recordNumber, recordLine);
        row.bytes = window.bytes;
        row.from = scanner.from;
        row.to = scanner.to;
        row.flags = scanner.flags;
    }

    private void pass(int next) {
        window.advanceTo(next);
        line += scanner.lines;
    }

    private Step rejectFieldCount(int next, int fields) throws IOException {
        int expected = row.header.size();
        String message = "expected " + expected + " fields, got " + fields;
        int end = next;
        if (scanner.lines > 1) {
            int lines = scanner.lines;
            int resume = findBack(next - window.start);
            if (resume > 0) {
                return rejectUpTo(
                        resume,
                        "broken-quote",
                        message + " over " + lines + " lines, and one of these lines is a record by itself:"
                                + " a quote is not closed as it should be");
            }
            end = scan();
            recordStart = window.start;
        }
        return reject(end, fields < expected ? "too-few-fields" : "too-many-fields", message, rawCsv());
    }

    private Step rejectBroken(int next) throws IOException {
        String message = next == CsvScanner.BROKEN
                ? "a quote is not closed as it should be"
                : "a quote is not closed within " + maxRecordBytes + " bytes";
        int field = scanner.brokenField - window.start;
        int lineEnd = endOfLineAt(field);
        int resume = findBack(lineEnd < 0 ? Integer.MAX_VALUE : lineEnd + 1);
        if (resume < 0 && next == CsvScanner.BROKEN) {
            resume = lineEnd;
        }
        return resume < 0 ? rejectTooLarge(field) : rejectUpTo(resume, "broken-quote", message);
    }

    /** Rejects all up to the line end after {@code from}, which is counted from the record's start. */
    private Step rejectTooLarge(int from) throws IOException {
        int lineEnd = endOfLineAt(from);
        int kept = Math.min(KEPT_OF_TOO_LARGE, maxRecordBytes);
        kept = lineEnd < 0 ? kept : Math.min(kept, lineEnd);
        malformed = rejected(
                "record-too-large",
                "it is longer than " + maxRecordBytes + " bytes; " + KEPT_OF_TOO_LARGE + " of them are kept at most",
                quoted(window.start, window.start + kept));
        skipping = true;
        skipLine(from);
        skipping = false;
        record++;
        return Step.MALFORMED;
    }

    /** Skips to the line after {@code from}, which is counted from the record's start, and keeps nothing of it. */
    private void skipLine(int from) throws IOException {
        int searchFrom = from;
        while (true) {
            int end = CsvScanner.lineEnd(window.bytes, window.start + searchFrom, window.limit);
            if (window.last || (end >= 0 && (end < window.limit || window.bytes[end - 1] == '\n'))) {
                advanceCountingLines(end >= 0 ? end : window.limit);
                return;
            }
            // A carriage return that was read last stays, because the line feed after it may come next.
            advanceCountingLines(end >= 0 ? end - 1 : window.limit);
            searchFrom = 0;
            window.fill();
        }
    }

    /**
     * Looks for a line on which reading can go on: see the class comment. Places are counted from the record's start.
     *
     * @param before only lines that start before this place are tried
     * @return where the line starts; -1 if none of them is a record
     */
    private int findBack(int before) throws IOException {
        int at = 0;
        for (int tries = 0; tries < MAX_TRIES; tries++) {
            at = endOfLineAt(at);
            if (at < 0 || at >= before) {
                return -1;
            }
            if (isRecord(at)) {
                return at;
            }
        }
        return -1;
    }

    private boolean isRecord(int at) throws IOException {
        int next = scanAt(at);
        boolean blank = scanner.end == window.start + at;
        return next >= 0 && !blank && scanner.fields == row.header.size();
    }

    /** Where the line after {@code from} starts, both counted from the record's start; -1 if that is out of view. */
    private int endOfLineAt(int from) throws IOException {
        while (true) {
            int limit = viewLimit();
            int end = CsvScanner.lineEnd(window.bytes, window.start + from, limit);
            // After a carriage return that was read last, a line feed may come next.
            if (end >= 0 && (end < limit || window.bytes[end - 1] == '\n')) {
                return end - window.start;
            }
            if (isViewFull()) {
                return -1;
            }
            if (window.last) {
                return window.length();
            }
            window.fill();
        }
    }

    private Step rejectUpTo(int resume, String code, String message) {
        int end = window.start + resume;
        malformed = rejected(code, message, quoted(window.start, end));
        record++;
        advanceCountingLines(end);
        return Step.MALFORMED;
    }

    /** Rejects a record whose fields have not been decoded; where they must be, its text is one field. */
    private Step rejectUnread(int next, String code, String message) {
        return reject(next, code, message, escaped == null ? rawCsv() : quoted(window.start, scanner.end));
    }

    private Step reject(int next, String code, String message, byte[] rawCsv) {
        malformed = rejected(code, message, rawCsv);
        record++;
        pass(next);
        return Step.MALFORMED;
    }

    private RejectedRecord rejected(String code, String message, byte[] rawCsv) {
        return new RejectedRecord(position(), "parse", code, message, rawCsv);
    }

    private void advanceCountingLines(int end) {
        int p = CsvScanner.lineEnd(window.bytes, window.start, end);
        while (p >= 0) {
            line++;
            p = CsvScanner.lineEnd(window.bytes, p, end);
        }
        window.advanceTo(end);
    }

    /** The bytes as one quoted field, the line ends after them left out. */
    private byte[] quoted(int from, int to) {
        int end = to;
        while (end > from && (window.bytes[end - 1] == '\n' || window.bytes[end - 1] == '\r')) {
            end--;
        }
        CsvText text = new CsvText();
        text.quoted(window.bytes, from, end);
        return text.toBytes();
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
        return new SourcePosition(recordOffset, recordNumber, recordLine);
    }

    @Override
    public long byteOffset() {
        return recordOffset;
    }

    @Override
    public long recordNumber() {
        return recordNumber;
    }

    @Override
    public long line() {
        return recordLine;
    }

    @Override
    public RejectedRecord malformed() {
        RejectedRecord current = malformed;
        if (current == null) {
            throw new IllegalStateException("no malformed record is at hand; advance() did not return MALFORMED");
        }
        return current;
    }

    @Override
    public SourcePosition nextPosition() {
        if (skipping) {
            return position();
        }
        return new SourcePosition(window.offset, record, line);
    }

    @Override
    public byte[] rawCsv() {
        if (rfc4180) {
            return Arrays.copyOfRange(window.bytes, recordStart, scanner.end);
        }
        CsvText text = new CsvText();
        if (escaped != null) {
            escaped.appendTo(text);
        } else {
            for (int i = 0; i < scanner.fields; i++) {
                text.field(scanner.value(window.bytes, i));
            }
        }
        return text.toBytes();
    }

    @Override
    public void rawCsvTo(ByteArray out) {
        if (rfc4180) {
            out.write(window.bytes, recordStart, scanner.end - recordStart);
        } else {
            out.write(rawCsv());
        }
    }

    @Override
    public List<String> columns() {
        return row.header.names();
    }

    @Override
    public byte[] rawHeader() {
        return rawHeader.clone();
    }

    @Override
    public long oddities() {
        return bareQuotes;
    }

    @Override
    public void close() throws IOException {
        window.close();
    }
}
