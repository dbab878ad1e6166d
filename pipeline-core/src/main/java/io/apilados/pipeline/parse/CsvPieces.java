// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceChangedException;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rest of a source in pieces that can be read apart, found as {@link CsvParser#plan} finds splits, but one after the other
 * while those before are read: who reads does not wait for a pass over the whole source, and what is known at once is
 * bounded.
 *
 * <p>Confined to one thread, but for {@link #wakeUp}; the pieces may be opened by others.
 */
public final class CsvPieces implements Closeable {

    private final CsvParser parser;
    private final ByteSource source;
    private final SourceVersion version;
    private final SplitPlanner planner;
    private final CsvHeader header;
    private final byte[] rawHeader;
    private final SourcePosition start;

    /** The length up to which pieces are held until they are read. */
    public static final int HELD_BYTES = HeldBytes.CHUNK_BYTES;

    private CsvPieces(CsvParser parser, ByteSource source, SourceVersion version, SplitPlanner planner) {
        this.parser = parser;
        this.source = source;
        this.version = version;
        this.planner = planner;
        this.header = new CsvHeader(planner.columns());
        this.rawHeader = planner.rawHeader();
        this.start = planner.start();
    }

    /**
     * The pieces from a place on.
     *
     * @param scanned what is scanned to find them; the source, but somebody may want to put an end to it
     * @param source what the pieces are read from
     * @param version what {@link ByteSource#version()} said
     * @param from where a record starts, as a reader of the source told, or {@link SourcePosition#START}
     * @param pieceBytes about how long a piece is, but for the first ones, which are shorter; up to {@link #HELD_BYTES} it is held
     *     until it is read, as far as a sixteenth of the heap has room for it, and otherwise fetched again
     * @param threads how many threads scan, 2 or more; each is at most 8 MiB ahead of who takes pieces, or 4 where they are held
     * @return null if the source can only be read from its start
     * @throws IOException if the header cannot be read, or the source is another version now
     */
    public static @Nullable CsvPieces of(
            CsvParser parser,
            ByteSource scanned,
            ByteSource source,
            SourceVersion version,
            SourcePosition from,
            long pieceBytes,
            int threads)
            throws IOException {
        return of(parser, scanned, source, version, from, pieceBytes, threads, HeldBytes.CHUNK_BYTES);
    }

    /** Scans chunks of {@code chunkBytes}; the pieces do not depend on that. */
    static @Nullable CsvPieces of(
            CsvParser parser,
            ByteSource scanned,
            ByteSource source,
            SourceVersion version,
            SourcePosition from,
            long pieceBytes,
            int threads,
            int chunkBytes)
            throws IOException {
        if (!SplitPlanner.isInPieces(version)) {
            return null;
        }
        HeldBytes memory = pieceBytes > chunkBytes ? null : new HeldBytes((int) pieceBytes);
        return new CsvPieces(
                parser,
                source,
                version,
                new SplitPlanner(
                        parser, scanned, version, from, SplitTargets.growing(pieceBytes), threads, chunkBytes, memory));
    }

    /** The names of the columns. */
    public List<String> columns() {
        return header.names();
    }

    /** See {@link RecordReader#rawHeader()}. */
    public byte[] rawHeader() {
        return rawHeader.clone();
    }

    /** Where the first piece begins to have records: behind the header, or where it was asked for. */
    public SourcePosition start() {
        return start;
    }

    /**
     * The next piece; waits until it is known.
     *
     * @return null after the last one
     * @throws java.util.concurrent.CancellationException once it was {@linkplain #wakeUp woken up}
     * @throws java.io.InterruptedIOException if the thread is interrupted
     * @throws SourceChangedException as soon as the source turns out to be another version, whatever was found before
     */
    public @Nullable Piece next() throws IOException {
        return piece(planner.next());
    }

    /** As {@link #next}, but null also if it is not known yet. */
    public @Nullable Piece poll() throws IOException {
        return piece(planner.poll());
    }

    private @Nullable Piece piece(@Nullable PlannedSplit planned) {
        return planned == null ? null : new Piece(planned);
    }

    /** Whoever waits for a piece waits no longer, nor ever again. From any thread. */
    public void wakeUp() {
        planner.wakeUp();
    }

    /**
     * Looks whether the source is still the same: to be asked when all pieces are read, because those that were under way when
     * the last one ended may have seen another one.
     */
    public void check() throws IOException {
        if (!source.version().equals(version)) {
            throw new SourceChangedException(source.location(), "it became another version while it was read");
        }
    }

    /** Those that scan are told to end. Pieces that were taken can still be read. */
    @Override
    public void close() {
        planner.close();
    }

    /** Memory to read one piece after the other in, by one thread at a time. */
    public static final class Memory {
        private final ByteWindow.Memory window = new ByteWindow.Memory();

        /** For a piece of usual length. */
        public Memory() {}
    }

    /** A piece, for one reader. */
    public final class Piece {
        private final PlannedSplit planned;
        private boolean opened;

        private Piece(PlannedSplit planned) {
            this.planned = planned;
        }

        /** Where its records begin. */
        public SourcePosition start() {
            SourcePosition of = planned.split().start();
            return of.byteOffset() == 0 ? start : of;
        }

        /**
         * Opens it; the reader gives the records and positions that a reader of the whole source gives there.
         *
         * @param memory what no other open reader uses
         * @throws IOException also if the source has to be opened for it, and is another version now
         * @throws IllegalStateException if it was opened before: its memory may hold another piece by now
         */
        public RecordReader<CsvRow> open(Memory memory) throws IOException {
            if (opened) {
                throw new IllegalStateException("the piece at " + start() + " was opened before; take the next one");
            }
            opened = true;
            PlannedSplit.Held held = planned.held();
            CsvReader reader = held == null
                    ? CsvReader.resume(
                            parser,
                            source,
                            version,
                            start(),
                            planned.split().endByte(),
                            memory.window,
                            header,
                            rawHeader)
                    : CsvReader.resume(
                            parser,
                            source.location(),
                            HeldSplit.window(source, version, held, start()),
                            start(),
                            header,
                            rawHeader);
            // That the source is still this version is looked at when it is opened for a piece or to scan, and when all
            // are read.
            return new CsvSplitReader(source, planned, reader, false);
        }
    }
}
