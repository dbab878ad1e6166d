// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import io.apilados.pipeline.parse.RecordReader.Step;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceChangedException;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import io.apilados.pipeline.source.Split;
import io.apilados.pipeline.source.SplitPlan;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first record start behind each of some places, in one pass over the source and without a guess: all of them for
 * a plan, or one split after the other while those before are read.
 *
 * <p>Several threads scan chunks ({@link ChunkScans}); one puts their effects together in order. Where that is not certain
 * to be what the reader does ({@link ChunkScan#isCertain}), the reader itself is started at the last record start that
 * is, and read to the end of the chunk. What it does next depends on its position alone, so the chunks after that are
 * good again: a broken record costs the plan the speed of one chunk, and never a boundary.
 *
 * <p>Confined to one thread, and for one pass; those that scan end when it is closed.
 */
final class SplitPlanner implements Closeable {

    /** Changes whenever the same source, parser and target give another plan. */
    private static final int PLANNER_VERSION = 1;

    private static final int MAX_SPLITS = 1 << 20;

    private final CsvParser parser;
    private final ByteSource source;
    private final SourceVersion version;
    private final SplitTargets targets;
    private final ChunkScan scan;
    private final @Nullable ChunkScans chunks;

    /** Where chunks are held until they are read; null if they are not. */
    private final @Nullable HeldBytes memory;

    /** The chunk in which the split begins that is being looked at, if its bytes are held and nothing lies between. */
    private ChunkScans.@Nullable Chunk begun;

    /** Where the first record is looked for. */
    private final SourcePosition start;

    /** What is known and was not taken yet. */
    private final Deque<PlannedSplit> known = new ArrayDeque<>();

    private int splits;
    private boolean ended;

    /** Why nothing more can be known. */
    private @Nullable IOException failure;

    private CsvHeader header = new CsvHeader(List.of());
    private byte[] rawHeader = new byte[0];

    /** Where the reader stands for certain, and what all chunks since then have done. */
    private SourcePosition base;

    private ChunkEffect sinceBase = ChunkEffect.NONE;

    private SourcePosition splitStart;

    /** The first record start from here on begins the next split. */
    private long wanted;

    private long readStretches;
    private long firstReadStretch;

    /**
     * A planner.
     *
     * @param from where a record starts, as a reader told, and the first split begins; what is in the header is the start
     * @param wantedAt behind which places splits begin
     * @param threads how many scan, 1 or more
     * @param chunkBytes how long a chunk is: the splits do not depend on that, nor on the number of threads
     * @param memory where splits are held until they are read; null if nobody reads them here
     * @throws IOException also if the header cannot be read
     */
    SplitPlanner(
            CsvParser parser,
            ByteSource source,
            SourceVersion version,
            SourcePosition from,
            SplitTargets wantedAt,
            int threads,
            int chunkBytes,
            @Nullable HeldBytes memory)
            throws IOException {
        long targetBytes = wantedAt.bytes();
        if (version.sizeBytes() / targetBytes >= MAX_SPLITS) {
            throw new IllegalArgumentException("targetBytes was " + targetBytes + " but it must be "
                    + (version.sizeBytes() / MAX_SPLITS + 1) + " or more for a source of " + version.sizeBytes()
                    + " bytes: a plan has " + MAX_SPLITS + " splits at most");
        }
        this.parser = parser;
        this.source = source;
        this.version = version;
        this.scan = new ChunkScan(parser.dialect);
        this.memory = memory;
        this.base = SourcePosition.START;
        this.splitStart = SourcePosition.START;
        if (!isInPieces(version)) {
            this.chunks = null;
            this.start = base;
            this.targets = wantedAt;
            return;
        }
        try (CsvReader reader = CsvReader.open(parser, source, version, SourcePosition.START)) {
            header = new CsvHeader(reader.columns());
            rawHeader = reader.rawHeader();
            base = reader.nextPosition();
        }
        if (from.byteOffset() > base.byteOffset()) {
            base = from;
            splitStart = from;
        }
        start = base;
        targets = wantedAt.startingAt(base.byteOffset());
        wanted = targets.after(base.byteOffset());
        chunks = new ChunkScans(scan, source, version, targets, chunkBytes, threads, memory);
    }

    /** Whether there are splits: otherwise the source can only be read from its start. */
    static boolean isInPieces(SourceVersion version) {
        return version.seekable() && version.sizeBytes() != SourceVersion.UNKNOWN_SIZE;
    }

    /** A plan of the whole source. */
    static SplitPlan plan(
            CsvParser parser, ByteSource source, SourceVersion version, long targetBytes, int threads, int chunkBytes)
            throws IOException {
        try (SplitPlanner planner = new SplitPlanner(
                parser,
                source,
                version,
                SourcePosition.START,
                SplitTargets.even(targetBytes),
                threads,
                chunkBytes,
                null)) {
            return planner.plan();
        }
    }

    private SplitPlan plan() throws IOException {
        List<Split> all = new ArrayList<>();
        for (PlannedSplit planned = next(); planned != null; planned = next()) {
            all.add(planned.split());
        }
        String id = planId(parser, version, targets.bytes());
        String headerText = new String(rawHeader, StandardCharsets.ISO_8859_1);
        return new SplitPlan(id, version, targets.bytes(), header.names(), headerText, note(), all);
    }

    private String note() {
        if (chunks == null) {
            return "one split: the source can only be read from its start";
        }
        return readStretches == 0
                ? ""
                : "stretches read record by record, because of what may be broken there: " + readStretches
                        + ", the first from byte " + firstReadStretch;
    }

    List<String> columns() {
        return header.names();
    }

    byte[] rawHeader() {
        return rawHeader;
    }

    SourcePosition start() {
        return start;
    }

    /**
     * The next split; null after the last one. Waits until so much is scanned.
     *
     * @throws java.util.concurrent.CancellationException once it was {@linkplain #wakeUp woken up}
     */
    @Nullable PlannedSplit next() throws IOException {
        check();
        while (known.isEmpty() && !ended) {
            goOn();
        }
        return known.poll();
    }

    /** The next split; null after the last one, and if those that scan are not so far. */
    @Nullable PlannedSplit poll() throws IOException {
        check();
        while (known.isEmpty() && !ended && (chunks == null || chunks.isReady())) {
            goOn();
        }
        return known.poll();
    }

    private void check() throws SourceChangedException {
        if (chunks != null) {
            chunks.check();
        }
    }

    /** What is known when it fails is given first, unless it is of a source that has changed. */
    private void goOn() throws IOException {
        IOException failed = failure;
        if (failed != null) {
            throw failed;
        }
        try {
            ChunkScans.Chunk chunk = chunks == null ? null : chunks.next();
            if (chunk == null) {
                end();
            } else {
                take(chunk);
            }
        } catch (IOException e) {
            failure = e;
            if (e instanceof SourceChangedException) {
                throw e;
            }
            // What is certain before the bytes that cannot be read is a split of its own.
            startSplit(lastCertain(), begun);
            if (known.isEmpty()) {
                throw e;
            }
        }
    }

    private void end() throws IOException {
        if (chunks == null) {
            addSplit(version.sizeBytes(), Split.UNKNOWN_RECORDS, null, null);
        } else if (source.version().equals(version)) {
            long last = recordNumber(sinceBase.from(CsvState.RECORD_START).records());
            long records = last - splitStart.recordNumber();
            addSplit(version.sizeBytes(), records, null, held(version.sizeBytes(), begun));
            begin(null);
        } else {
            throw new SourceChangedException(source.location(), "it became another version while it was planned");
        }
        ended = true;
    }

    /** Whoever waits for a split waits no longer, nor ever again. From any thread. */
    void wakeUp() {
        if (chunks != null) {
            chunks.wakeUp();
        }
    }

    @Override
    public void close() {
        if (chunks != null) {
            chunks.close();
        }
        if (memory != null) {
            memory.close();
        }
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

    private void take(ChunkScans.Chunk chunk) throws IOException {
        if (chunk.to() <= base.byteOffset()) {
            letGo(chunk);
            return;
        }
        ChunkEffect effect = chunk.effect();
        long from = Math.max(chunk.from(), base.byteOffset());
        if (from > chunk.from()) {
            effect = rest(chunk, from);
        }
        ChunkEffect both = sinceBase.then(effect);
        ChunkLane lane = both.from(CsvState.RECORD_START);
        boolean atEnd = chunk.to() == version.sizeBytes();
        if (!scan.isCertain(lane, both.length(), atEnd, header.size(), parser.maxRecordBytes)) {
            begin(null);
            letGo(chunk);
            readUntil(chunk.to());
            return;
        }
        boolean begins = false;
        if (from >= wanted) {
            ChunkLane before = sinceBase.from(CsvState.RECORD_START);
            ChunkLane here = effect.from(before.exit());
            if (here.first() >= 0) {
                SourcePosition next = new SourcePosition(
                        from + here.first(),
                        recordNumber(before.records()),
                        base.line() + sinceBase.linesBefore(effect) + here.firstLine());
                startSplit(next, chunk);
                begins = true;
            }
        }
        if (begins || chunk.from() == start.byteOffset()) {
            begin(chunk);
        } else {
            begin(null);
            letGo(chunk);
        }
        sinceBase = both;
    }

    /** The split that is being looked at begins in that chunk; or, with null, its bytes will not be in one place. */
    private void begin(ChunkScans.@Nullable Chunk chunk) {
        letGo(begun);
        begun = chunk;
    }

    private ChunkEffect rest(ChunkScans.Chunk chunk, long from) throws IOException {
        byte[] bytes = chunk.bytes();
        return bytes == null
                ? ChunkScans.scan(scan, source, version, from, chunk.to())
                : scan.scan(bytes, (int) (from - chunk.from()), (int) (chunk.to() - chunk.from()));
    }

    private void letGo(ChunkScans.@Nullable Chunk chunk) {
        byte[] bytes = chunk == null ? null : chunk.bytes();
        if (bytes != null && memory != null) {
            memory.give(bytes);
        }
    }

    /**
     * The bytes of the split that is being looked at, which leaves the chunk in which it begins to them.
     *
     * @param end where it ends
     * @param endsIn the chunk in which that is, or at whose end
     * @return null if they are not held in one place
     */
    private PlannedSplit.@Nullable Held held(long end, ChunkScans.@Nullable Chunk endsIn) {
        ChunkScans.Chunk chunk = begun;
        byte[] bytes = chunk == null ? null : chunk.bytes();
        if (chunk == null || bytes == null || memory == null || endsIn == null) {
            return null;
        }
        long from = Math.max(splitStart.byteOffset(), start.byteOffset()) - chunk.from();
        long to = end - chunk.from();
        int own = (int) (chunk.to() - chunk.from());
        byte[] behind = endsIn.bytes();
        if (from < 0 || !HeldBytes.fits(bytes, to) || behind == null) {
            return null;
        }
        if (to > own) {
            System.arraycopy(behind, 0, bytes, own, (int) to - own);
        }
        begun = null;
        return new PlannedSplit.Held(memory, bytes, (int) from, (int) to);
    }

    private long recordNumber(long recordsSinceBase) {
        return base.recordNumber() + recordsSinceBase;
    }

    /** The last record start that is certain. */
    private SourcePosition lastCertain() {
        ChunkLane certain = sinceBase.from(CsvState.RECORD_START);
        return certain.last() < 0
                ? base
                : new SourcePosition(
                        base.byteOffset() + certain.last(),
                        recordNumber(certain.records() - 1),
                        base.line() + certain.lastLine());
    }

    /** Reads from the last record start that is certain until the reader stands at {@code to} or after it. */
    private void readUntil(long to) throws IOException {
        SourcePosition from = lastCertain();
        if (readStretches++ == 0) {
            firstReadStretch = from.byteOffset();
        }
        ByteWindow.Memory memory = new ByteWindow.Memory();
        try (CsvReader reader = CsvReader.resume(parser, source, version, from, to, memory, header, rawHeader)) {
            while (reader.nextPosition().byteOffset() < to && reader.advance() != Step.END) {
                if (reader.position().byteOffset() >= wanted) {
                    startSplit(reader.position(), null);
                }
                if (Thread.currentThread().isInterrupted()) {
                    throw new InterruptedIOException(source.location() + ": the plan was interrupted; plan again");
                }
            }
            base = reader.nextPosition();
        }
        sinceBase = ChunkEffect.NONE;
    }

    private void startSplit(SourcePosition start, ChunkScans.@Nullable Chunk chunk) {
        // Before the first record there is only the header, and that belongs to it.
        if (start.recordNumber() > splitStart.recordNumber()) {
            long records = start.recordNumber() - splitStart.recordNumber();
            addSplit(start.byteOffset(), records, start, held(start.byteOffset(), chunk));
            splitStart = start;
        }
        wanted = targets.after(start.byteOffset());
    }

    private void addSplit(long endByte, long records, @Nullable SourcePosition next, PlannedSplit.@Nullable Held held) {
        known.add(new PlannedSplit(new Split(version, splits++, splitStart, endByte, records), next, held));
    }
}
