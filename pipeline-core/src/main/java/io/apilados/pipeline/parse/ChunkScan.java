// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import io.apilados.pipeline.parse.ChunkLane.Part;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Scans a chunk of bytes without knowing what stands before it: for each state in which a serial scan may come to the
 * chunk, what it would find. The automaton is that of {@link CsvScanner}. Where a quote is broken, or a record is one
 * that {@link CsvReader} leaves in its middle, the effect says so and the reader has to be asked: see
 * {@link #isCertain}.
 *
 * <p>How one pass does for ten states: wherever a state leads to, at the end of the record that was open it is between
 * two records. From there on all states share one {@link RecordRun}; and mostly they come there by the same line end,
 * or, if the bytes are not inside of quotes but were taken for it, come upon a broken quote soon.
 *
 * <p>Immutable and safe for use by many threads.
 */
final class ChunkScan {

    private final ByteFinder finder;
    private final int delimiter;
    private final int quote;
    private final int escape;

    ChunkScan(CsvDialect dialect) {
        this.finder = new ByteFinder(dialect);
        this.delimiter = dialect.delimiter();
        Character q = dialect.quote();
        Character e = dialect.escape();
        this.quote = q == null ? Integer.MAX_VALUE : q;
        this.escape = e == null ? Integer.MAX_VALUE : e;
    }

    /** The effect of the bytes from {@code from} to {@code to}; no other byte is looked at. */
    ChunkEffect scan(byte[] b, int from, int to) {
        if (from == to) {
            return ChunkEffect.NONE;
        }
        Pass pass = new Pass(b, from, to);
        List<ChunkLane> lanes = new ArrayList<>();
        for (int i = 0; i < CsvState.count(); i++) {
            lanes.add(pass.lane(CsvState.of(i)));
        }
        return new ChunkEffect(to - from, pass.lines(), b[from] == '\n', b[to - 1] == '\r', lanes);
    }

    /**
     * Whether the reader stands at each record start of a lane and at no other place, if it stands at its beginning,
     * which is a record start or the end of the header. If not, all record starts up to the last one before the
     * uncertain bytes are right, and the reader has to go on from there.
     *
     * <p>Not certain are: a broken quote; a record that may be over the cap; a record over several lines with the wrong
     * number of fields, because the reader looks for the way back inside of it. The fields of a dialect with an escape
     * are counted by Commons CSV, so there every record over several lines is uncertain.
     *
     * @param length of the lane in bytes
     * @param atEnd whether the source ends with it
     */
    boolean isCertain(ChunkLane lane, long length, boolean atEnd, int columns, int maxRecordBytes) {
        long sinceLast = lane.last() < 0 ? 0 : length - lane.last();
        if (lane.exit() == CsvState.BROKEN || Math.max(lane.longest(), sinceLast) > maxRecordBytes) {
            return false;
        }
        if (lane.mostFields() > 0 && (hasEscape() || lane.leastFields() < columns || lane.mostFields() > columns)) {
            return false;
        }
        if (!atEnd || !lane.exit().isInRecord()) {
            return true;
        }
        Part open = lane.tail();
        boolean wrong = open.hasLineEnd() && (hasEscape() || open.delimiters() + 1 != columns);
        return !wrong && !lane.exit().isInQuotes();
    }

    private boolean hasEscape() {
        return escape != Integer.MAX_VALUE;
    }

    /** The state after a byte. */
    CsvState step(CsvState state, byte b) {
        switch (state) {
            case QUOTED:
                if (b == quote) {
                    return CsvState.AFTER_QUOTE;
                }
                return b == escape ? CsvState.QUOTED_ESCAPED : CsvState.QUOTED;
            case QUOTED_ESCAPED:
                return CsvState.QUOTED;
            case ESCAPED:
                return CsvState.UNQUOTED;
            case AFTER_QUOTE:
                return b == quote ? CsvState.QUOTED : afterQuote(b);
            case AFTER_BLANK:
                return afterQuote(b);
            case UNQUOTED:
                return unquoted(b);
            case BROKEN:
                return CsvState.BROKEN;
            case AFTER_CR:
            case RECORD_START:
            case FIELD_START:
                return b == quote ? CsvState.QUOTED : unquoted(b);
        }
        throw new AssertionError(state);
    }

    private CsvState afterQuote(byte b) {
        if (b == delimiter || b == '\n' || b == '\r') {
            return unquoted(b);
        }
        return b == ' ' || b == '\t' ? CsvState.AFTER_BLANK : CsvState.BROKEN;
    }

    private CsvState unquoted(byte b) {
        if (b == delimiter) {
            return CsvState.FIELD_START;
        }
        if (b == '\n') {
            return CsvState.RECORD_START;
        }
        if (b == '\r') {
            return CsvState.AFTER_CR;
        }
        return b == escape ? CsvState.ESCAPED : CsvState.UNQUOTED;
    }

    private static boolean isLineEnd(byte b) {
        return b == '\n' || b == '\r';
    }

    /** How many line ends there are; a line feed at {@code from} is one. */
    private static long countLines(byte[] b, int from, int to) {
        long lines = 0;
        for (int p = from; p < to; p++) {
            if (b[p] == '\r' || (b[p] == '\n' && (p == from || b[p - 1] != '\r'))) {
                lines++;
            }
        }
        return lines;
    }

    /** The way of an open record to its end, or to the end of the bytes. */
    private record Walk(CsvState exit, int end, Part part) {}

    private Walk walk(CsvState entry, byte[] b, int from, int to) {
        CsvState state = entry;
        long delimiters = 0;
        boolean lineEnd = false;
        int p = from;
        while (p < to && state.isInRecord()) {
            if (state == CsvState.QUOTED) {
                int stop = finder.nextInQuotes(b, p, to);
                lineEnd = lineEnd || finder.next(b, p, stop) < stop;
                p = stop;
            } else if (state == CsvState.UNQUOTED) {
                p = finder.nextInField(b, p, to);
            }
            if (p == to) {
                break;
            }
            CsvState next = step(state, b[p]);
            delimiters += next == CsvState.FIELD_START ? 1 : 0;
            lineEnd |= next.isInRecord() && isLineEnd(b[p]);
            state = next;
            p++;
        }
        if (state == CsvState.AFTER_CR && p < to && b[p] == '\n') {
            p++;
            state = CsvState.RECORD_START;
        } else if (state == CsvState.AFTER_CR && p < to) {
            state = CsvState.RECORD_START;
        }
        return new Walk(state, p, new Part(delimiters, lineEnd));
    }

    private static final int WAYS_TO_GO_ON = 3;

    /** One scan of one chunk. */
    private final class Pass {
        private final byte[] b;
        private final int from;
        private final int to;
        private final @Nullable Walk[] walks = new @Nullable Walk[CsvState.count()];

        /** By the state after the first byte, with a record that begins, goes on, or neither. */
        private final @Nullable ChunkLane[] lanes = new @Nullable ChunkLane[CsvState.count() * WAYS_TO_GO_ON];

        private final List<Suffix> suffixes = new ArrayList<>();

        /** What follows on a place between two records. */
        private record Suffix(int start, long linesBefore, RecordRun run) {}

        Pass(byte[] b, int from, int to) {
            this.b = b;
            this.from = from;
            this.to = to;
        }

        ChunkLane lane(CsvState entry) {
            if (entry == CsvState.BROKEN) {
                return ChunkLane.empty(entry);
            }
            CsvState next = step(entry, b[from]);
            if (next == CsvState.BROKEN) {
                return ChunkLane.part(next, 0, Part.NONE, false);
            }
            boolean begins = !entry.isInRecord() && next.isInRecord();
            boolean blank = !entry.isInRecord() && !next.isInRecord();
            int way = next.ordinal() * WAYS_TO_GO_ON + (begins ? 0 : blank ? 1 : 2);
            ChunkLane known = lanes[way];
            if (known == null) {
                known = lane(next, begins, blank);
                lanes[way] = known;
            }
            return known;
        }

        private ChunkLane lane(CsvState next, boolean begins, boolean blank) {
            Part first = new Part(next == CsvState.FIELD_START ? 1 : 0, next.isInRecord() && isLineEnd(b[from]));
            Walk walk = walkAfterFirst(next);
            Part part = first.plus(walk.part);
            long broken = walk.exit == CsvState.BROKEN ? walk.end - 1 - from : -1;
            ChunkLane head;
            if (begins) {
                head = ChunkLane.record(walk.exit, broken, part);
            } else {
                boolean ended = !walk.exit.isInRecord() && walk.exit != CsvState.BROKEN;
                head = ChunkLane.part(walk.exit, broken, blank ? Part.NONE : part, ended);
            }
            if (walk.exit != CsvState.RECORD_START || walk.end == to) {
                return head;
            }
            Suffix rest = suffix(walk.end);
            return head.then(lane(rest.run), walk.end - from, rest.linesBefore);
        }

        /** Goes on after the first byte; most states are the same from there on. */
        private Walk walkAfterFirst(CsvState state) {
            Walk known = walks[state.ordinal()];
            if (known == null) {
                known = walkOn(state);
                walks[state.ordinal()] = known;
            }
            return known;
        }

        private Walk walkOn(CsvState state) {
            if (state != CsvState.AFTER_CR || from + 1 == to) {
                return walk(state, b, from + 1, to);
            }
            int end = b[from + 1] == '\n' ? from + 2 : from + 1;
            return new Walk(CsvState.RECORD_START, end, Part.NONE);
        }

        private Suffix suffix(int start) {
            for (Suffix known : suffixes) {
                if (known.start == start) {
                    return known;
                }
            }
            RecordRun run = new RecordRun(finder, delimiter, quote, escape);
            run.scan(b, start, to);
            Suffix added = new Suffix(start, countLines(b, from, start), run);
            suffixes.add(added);
            return added;
        }

        private ChunkLane lane(RecordRun run) {
            CsvState exit = run.returnLast ? CsvState.AFTER_CR : CsvState.RECORD_START;
            Part tail = Part.NONE;
            long broken = -1;
            if (run.open) {
                Walk walk = walk(CsvState.FIELD_START, b, run.last, to);
                exit = walk.exit;
                tail = walk.part;
                broken = exit == CsvState.BROKEN ? walk.end - 1 - run.start : -1;
            }
            return new ChunkLane(
                    exit,
                    broken,
                    run.records,
                    run.first < 0 ? -1 : run.first - run.start,
                    run.firstLine,
                    run.last < 0 ? -1 : run.last - run.start,
                    run.lastLine,
                    run.longest,
                    Part.NONE,
                    true,
                    tail,
                    run.leastFields,
                    run.mostFields);
        }

        /** The line ends in all bytes, taken from a run where one has counted them. */
        long lines() {
            for (Suffix suffix : suffixes) {
                if (!suffix.run.broken) {
                    return suffix.linesBefore + suffix.run.lines;
                }
            }
            return countLines(b, from, to);
        }
    }
}
