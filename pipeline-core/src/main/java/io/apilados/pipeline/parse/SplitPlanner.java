// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import io.apilados.pipeline.parse.RecordReader.Step;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceChangedException;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import io.apilados.pipeline.source.Split;
import io.apilados.pipeline.source.SplitPlan;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Finds the record starts nearest to multiples of the target, in one pass over the source and without a guess.
 *
 * <p>Several threads scan chunks ({@link ChunkScans}); one puts their effects together in order. Where that is not certain
 * to be what the reader does ({@link ChunkScan#isCertain}), the reader itself is started at the last record start that
 * is, and read to the end of the chunk. What it does next depends on its position alone, so the chunks after that are
 * good again: a broken record costs the plan the speed of one chunk, and never a boundary.
 *
 * <p>Confined to one thread, and for one plan.
 */
final class SplitPlanner {

    /** Changes whenever the same source, parser and target give another plan. */
    private static final int PLANNER_VERSION = 1;

    private static final int MAX_SPLITS = 1 << 20;

    private final CsvParser parser;
    private final ByteSource source;
    private final SourceVersion version;
    private final long targetBytes;
    private final ChunkScan scan;
    private final List<Split> splits = new ArrayList<>();

    private CsvHeader header = new CsvHeader(List.of());
    private byte[] rawHeader = new byte[0];

    /** Where the reader stands for certain, and what all chunks since then have done. */
    private SourcePosition base = SourcePosition.START;

    private ChunkEffect sinceBase = ChunkEffect.NONE;

    private SourcePosition splitStart = SourcePosition.START;

    /** The first record start from here on begins the next split. */
    private long wanted;

    private long readStretches;
    private long firstReadStretch;

    SplitPlanner(CsvParser parser, ByteSource source, SourceVersion version, long targetBytes) {
        if (targetBytes < 1) {
            throw new IllegalArgumentException("targetBytes was " + targetBytes + " but it must be 1 or more");
        }
        if (version.sizeBytes() / targetBytes >= MAX_SPLITS) {
            throw new IllegalArgumentException("targetBytes was " + targetBytes + " but it must be "
                    + (version.sizeBytes() / MAX_SPLITS + 1) + " or more for a source of " + version.sizeBytes()
                    + " bytes: a plan has " + MAX_SPLITS + " splits at most");
        }
        this.parser = parser;
        this.source = source;
        this.version = version;
        this.targetBytes = targetBytes;
        this.scan = new ChunkScan(parser.dialect);
    }

    /** Scans chunks of {@code chunkBytes}; the plan does not depend on that, nor on the number of threads. */
    SplitPlan plan(int threads, int chunkBytes) throws IOException {
        if (!version.seekable() || version.sizeBytes() == SourceVersion.UNKNOWN_SIZE) {
            addSplit(version.sizeBytes(), Split.UNKNOWN_RECORDS);
            return plan("one split: the source can only be read from its start");
        }
        try (CsvReader reader = CsvReader.open(parser, source, version, SourcePosition.START)) {
            header = new CsvHeader(reader.columns());
            rawHeader = reader.rawHeader();
            base = reader.nextPosition();
        }
        wanted = nextTarget(base.byteOffset());
        try (ChunkScans chunks =
                new ChunkScans(scan, source, version, base.byteOffset(), targetBytes, chunkBytes, threads)) {
            for (ChunkScans.Chunk chunk = chunks.next(); chunk != null; chunk = chunks.next()) {
                take(chunk);
            }
        }
        long records = recordNumber(sinceBase.from(CsvState.RECORD_START).records()) - splitStart.recordNumber();
        addSplit(version.sizeBytes(), records);
        if (!source.version().equals(version)) {
            throw new SourceChangedException(source.location(), "it became another version while it was planned");
        }
        return plan(
                readStretches == 0
                        ? ""
                        : "stretches read record by record, because of what may be broken there: " + readStretches
                                + ", the first from byte " + firstReadStretch);
    }

    private SplitPlan plan(String note) {
        String id = planId(parser, version, targetBytes);
        String headerText = new String(rawHeader, StandardCharsets.ISO_8859_1);
        return new SplitPlan(id, version, targetBytes, header.names(), headerText, note, splits);
    }

    static String planId(CsvParser parser, SourceVersion version, long targetBytes) {
        CsvDialect dialect = parser.dialect;
        List<String> identity = new ArrayList<>();
        identity.add("planner " + PLANNER_VERSION);
        identity.add(version.fingerprint());
        identity.add("" + targetBytes);
        identity.add("" + dialect.delimiter());
        identity.add(dialect.quote() == null ? "" : "" + dialect.quote());
        identity.add(dialect.escape() == null ? "" : "" + dialect.escape());
        identity.add(dialect.bareQuotes().name());
        identity.add(parser.encoding.charset.name());
        identity.add("" + parser.maxRecordBytes);
        List<String> columns = parser.columns;
        if (columns != null) {
            identity.addAll(columns);
        }
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            for (String part : identity) {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                sha256.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
                sha256.update(bytes);
            }
            return HexFormat.of().formatHex(sha256.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    private long nextTarget(long after) {
        return (after / targetBytes + 1) * targetBytes;
    }

    private void take(ChunkScans.Chunk chunk) throws IOException {
        if (chunk.to() <= base.byteOffset()) {
            return;
        }
        ChunkEffect effect = chunk.effect();
        long from = Math.max(chunk.from(), base.byteOffset());
        if (from > chunk.from()) {
            effect = ChunkScans.scan(scan, source, version, from, chunk.to());
        }
        ChunkEffect both = sinceBase.then(effect);
        ChunkLane lane = both.from(CsvState.RECORD_START);
        boolean atEnd = chunk.to() == version.sizeBytes();
        if (!scan.isCertain(lane, both.length(), atEnd, header.size(), parser.maxRecordBytes)) {
            readUntil(chunk.to());
            return;
        }
        if (from >= wanted) {
            ChunkLane before = sinceBase.from(CsvState.RECORD_START);
            ChunkLane here = effect.from(before.exit());
            if (here.first() >= 0) {
                startSplit(new SourcePosition(
                        from + here.first(),
                        recordNumber(before.records()),
                        base.line() + sinceBase.linesBefore(effect) + here.firstLine()));
            }
        }
        sinceBase = both;
    }

    private long recordNumber(long recordsSinceBase) {
        return base.recordNumber() + recordsSinceBase;
    }

    /** Reads from the last record start that is certain until the reader stands at {@code to} or after it. */
    private void readUntil(long to) throws IOException {
        ChunkLane certain = sinceBase.from(CsvState.RECORD_START);
        SourcePosition from = certain.last() < 0
                ? base
                : new SourcePosition(
                        base.byteOffset() + certain.last(),
                        recordNumber(certain.records() - 1),
                        base.line() + certain.lastLine());
        if (readStretches++ == 0) {
            firstReadStretch = from.byteOffset();
        }
        try (CsvReader reader = CsvReader.resume(parser, source, version, from, header, rawHeader)) {
            while (reader.nextPosition().byteOffset() < to && reader.advance() != Step.END) {
                if (reader.position().byteOffset() >= wanted) {
                    startSplit(reader.position());
                }
                if (Thread.currentThread().isInterrupted()) {
                    throw new InterruptedIOException(source.location() + ": the plan was interrupted; plan again");
                }
            }
            base = reader.nextPosition();
        }
        sinceBase = ChunkEffect.NONE;
    }

    private void startSplit(SourcePosition start) {
        // Before the first record there is only the header, and that belongs to it.
        if (start.recordNumber() > 1) {
            addSplit(start.byteOffset(), start.recordNumber() - splitStart.recordNumber());
            splitStart = start;
        }
        wanted = nextTarget(start.byteOffset());
    }

    private void addSplit(long endByte, long records) {
        splits.add(new Split(version, splits.size(), splitStart, endByte, records));
    }
}
