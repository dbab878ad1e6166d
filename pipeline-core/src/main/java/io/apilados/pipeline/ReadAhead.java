// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.batch.BatchAssembler;
import io.apilados.pipeline.batch.InHand;
import io.apilados.pipeline.enrich.CatalogUnavailableException;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvPieces;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RecordReader;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.source.ByteArray;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceChangedException;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads and enriches pieces of a source on several threads, and hands out what came of it in the order of the source:
 * to whoever takes it, it is a reader like others whose records are enriched already. So nothing after it differs from a
 * run that reads with one thread: batches, keys, checkpoints and rejected records are the same.
 *
 * <p>Where the next pieces are is found meanwhile. So many pieces as there are threads, and three more, are held at most.
 *
 * <p>Confined to the reading thread; those that read ahead meet it in the outcomes of their tasks.
 *
 * @param <T> what a record is in a batch
 */
final class ReadAhead<T> implements RecordReader<Object>, Enrichment<T> {

    /** Long enough that opening a piece and handing it on do not count, short enough to be held. */
    private static final long PIECE_BYTES = CsvPieces.HELD_BYTES;

    /** No more room than that is made before it is needed. */
    private static final long MOST_RESERVED = 4 * PIECE_BYTES;

    /** Pieces differ by a little in what comes of them. */
    private static final double MARGIN = 1.0625;

    private static final int MOST_PIECES = 1 << 19;

    private final CsvPieces pieces;
    private final Enrichment<T> enrichment;
    private final boolean encoded;
    private final ExecutorService threads;
    private final int mostAhead;
    private final ArrayDeque<Future<Stretch<T>>> ahead = new ArrayDeque<>();
    private final ArrayDeque<Stretch<T>> idle = new ArrayDeque<>();

    /** The run ends: no further record is enriched. */
    private volatile boolean woken;

    /** What the reading thread waits for. */
    private volatile @Nullable Future<Stretch<T>> awaited;

    private Stretch<T> current;

    /** How many bytes of records came of one byte of the last piece, as they were read and as JSON. */
    private double rawPerByte;

    private double jsonPerByte;

    /** Why no further piece is found; told when those before are used up. */
    private @Nullable Throwable lookingFailed;

    private ReadAhead(CsvPieces pieces, Enrichment<T> enrichment, boolean encoded, int readers) {
        this.pieces = pieces;
        this.enrichment = enrichment;
        this.encoded = encoded;
        this.mostAhead = readers + 2;
        this.threads = Executors.newFixedThreadPool(readers, task -> {
            Thread thread = new Thread(task, "pipeline-reader");
            thread.setDaemon(true);
            return thread;
        });
        this.current = new Stretch<>(encoded);
        this.current.endsAt(pieces.start());
    }

    /**
     * Opens a source for reading ahead.
     *
     * @param readers how many threads read, 2 or more
     * @param ending whether the run has to end: no further piece is looked for then
     * @return null if the source cannot be read in pieces
     * @throws EndingSource.EndedException if the run ends before the header is read
     */
    static <T> @Nullable ReadAhead<T> open(
            CsvParser parser,
            ByteSource source,
            SourceVersion version,
            SourcePosition from,
            int readers,
            Enrichment<T> enrichment,
            boolean encoded,
            BooleanSupplier ending)
            throws IOException {
        if (!version.seekable() || version.sizeBytes() <= PIECE_BYTES) {
            return null;
        }
        long length = Math.max(PIECE_BYTES, version.sizeBytes() / MOST_PIECES + 1);
        ByteSource scanned = new EndingSource(source, ending);
        CsvPieces pieces = CsvPieces.of(parser, scanned, source, version, from, length, readers);
        return pieces == null ? null : new ReadAhead<>(pieces, enrichment, encoded, readers);
    }

    /**
     * Goes to the next record.
     *
     * @throws ClosedByInterruptException if the thread is interrupted while it waits for one
     * @throws EndingSource.EndedException if the run ends before there is one
     */
    @Override
    public Step advance() throws IOException {
        while (!current.next()) {
            rethrow(current.failure());
            fill();
            Future<Stretch<T>> next = ahead.poll();
            if (next == null) {
                pieces.check();
                return Step.END;
            }
            Stretch<T> stretch = await(next);
            learnFrom(stretch, stretch.endByte() - current.endByte());
            stretch.begin(current.oddities());
            idle.push(current);
            current = stretch;
        }
        return current.step();
    }

    /** Waits for a piece to be found, and tells why there is none, only if no other is under way. */
    private void fill() throws IOException {
        while (ahead.size() < mostAhead) {
            CsvPieces.Piece piece = ahead.isEmpty() ? nextPiece() : pieceIfKnown();
            if (piece == null) {
                return;
            }
            Stretch<T> empty = idle.isEmpty() ? new Stretch<>(encoded) : idle.pop();
            int raw = ofPiece(rawPerByte);
            int json = ofPiece(jsonPerByte);
            ahead.add(threads.submit(() -> {
                empty.clear(raw, json);
                return read(piece, empty);
            }));
        }
    }

    private static int ofPiece(double perByte) {
        return (int) Math.min(MARGIN * perByte * PIECE_BYTES, MOST_RESERVED);
    }

    /** What came of a piece says how much room others need: a buffer that grows is copied, and twice as large. */
    private void learnFrom(Stretch<T> stretch, long bytes) {
        if (bytes > 0) {
            rawPerByte = (double) stretch.rawBytes() / bytes;
            jsonPerByte = (double) stretch.jsonBytes() / bytes;
        }
    }

    private CsvPieces.@Nullable Piece nextPiece() throws IOException {
        rethrow(lookingFailed);
        try {
            return pieces.next();
        } catch (CancellationException e) {
            if (woken) {
                throw new EndingSource.EndedException();
            }
            throw e;
        }
    }

    private CsvPieces.@Nullable Piece pieceIfKnown() throws IOException {
        if (lookingFailed != null || woken) {
            return null;
        }
        try {
            return pieces.poll();
        } catch (SourceChangedException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            if (Thread.currentThread().isInterrupted()) {
                throw e;
            }
            lookingFailed = woken ? new EndingSource.EndedException() : e;
            return null;
        }
    }

    private Stretch<T> await(Future<Stretch<T>> next) throws IOException {
        awaited = next;
        try {
            Stretch<T> stretch = woken ? null : next.get();
            // What was enriched when the run had ended may have been interrupted, and is not looked at.
            if (stretch == null || woken) {
                throw new EndingSource.EndedException();
            }
            return stretch;
        } catch (CancellationException e) {
            throw new EndingSource.EndedException();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClosedByInterruptException();
        } catch (ExecutionException e) {
            rethrow(e.getCause());
            throw new AssertionError("a task that fails has a cause", e);
        }
    }

    private static void rethrow(@Nullable Throwable failure) throws IOException {
        if (failure instanceof IOException e) {
            throw e;
        }
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }

    private Stretch<T> read(CsvPieces.Piece piece, Stretch<T> into) {
        RecordReader<CsvRow> reader;
        try {
            reader = piece.open(into.memory);
        } catch (IOException | RuntimeException | Error e) {
            into.failed(e, piece.start());
            return into;
        }
        try {
            read(reader, into);
        } catch (IOException | RuntimeException | Error e) {
            into.failed(e, reader.nextPosition());
        }
        try {
            reader.close();
        } catch (IOException | RuntimeException | Error e) {
            into.failedAtItsEnd(e);
        }
        return into;
    }

    private void read(RecordReader<CsvRow> reader, Stretch<T> into) throws IOException {
        long odditiesBefore = reader.oddities();
        for (Step step = reader.advance(); step != Step.END && !woken; step = reader.advance()) {
            boolean odd = reader.oddities() != odditiesBefore;
            odditiesBefore = reader.oddities();
            if (step == Step.MALFORMED) {
                into.add(reader.malformed(), odd);
                continue;
            }
            boolean wanted;
            try {
                wanted = enrichment.enrich(reader, into);
            } catch (CatalogUnavailableException e) {
                into.halted(reader, e, odd);
                return;
            } catch (RuntimeException e) {
                into.add(Enrichment.rejected(reader, e), odd);
                continue;
            } catch (Error e) {
                into.halted(reader, e, odd);
                return;
            }
            into.add(reader, wanted, odd);
        }
        into.endsAt(reader.nextPosition());
    }

    @Override
    public boolean enrich(RecordReader<?> reader, InHand<T> hand) {
        return current.passOn(hand);
    }

    /**
     * Goes on to the last of the records that follow and need no look at each, and adds them to a batch that has one, as far as there is
     * room in it.
     *
     * @return how many there were
     */
    int passOnAlike(BatchAssembler<T> batch) {
        return current.passOnAlike(batch);
    }

    @Override
    public Object record() {
        throw new UnsupportedOperationException("records were enriched ahead; they are passed on, not read again");
    }

    @Override
    public SourcePosition position() {
        return new SourcePosition(byteOffset(), recordNumber(), line());
    }

    @Override
    public long byteOffset() {
        return current.byteOffset();
    }

    @Override
    public long recordNumber() {
        return current.recordNumber();
    }

    @Override
    public long line() {
        return current.line();
    }

    @Override
    public RejectedRecord malformed() {
        return current.rejected();
    }

    @Override
    public SourcePosition nextPosition() {
        return current.nextPosition();
    }

    @Override
    public byte[] rawCsv() {
        return current.rawCsvCopy();
    }

    @Override
    public void rawCsvTo(ByteArray out) {
        current.rawCsvTo(out);
    }

    @Override
    public List<String> columns() {
        return pieces.columns();
    }

    @Override
    public byte[] rawHeader() {
        return pieces.rawHeader();
    }

    @Override
    public long oddities() {
        return current.oddities();
    }

    /** The run is ending. Whoever waits for a record waits no longer, nor ever again. From any thread. */
    void wakeUp() {
        woken = true;
        pieces.wakeUp();
        Future<Stretch<T>> waitedFor = awaited;
        if (waitedFor != null) {
            waitedFor.cancel(true);
        }
    }

    /** Those that read ahead are interrupted, and not waited for: nothing they do is seen any more. */
    @Override
    public void close() {
        woken = true;
        pieces.close();
        threads.shutdownNow();
    }
}
