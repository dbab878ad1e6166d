// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import static java.util.Objects.requireNonNull;

import io.apilados.pipeline.parse.RecordReader.Step;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import io.apilados.pipeline.source.Split;
import io.apilados.pipeline.source.SplitPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a reader gives, step by step.
 *
 * @param steps everything that can be told of each step
 * @param starts where each of them starts
 * @param nexts where the reader stands after each of them
 * @param end where the reader stands at the end
 */
record SplitSteps(
        List<String> steps,
        List<SourcePosition> starts,
        List<SourcePosition> nexts,
        SourcePosition end,
        long oddities) {

    /** Reads the source as a whole. */
    static SplitSteps serial(CsvParser parser, ByteSource source) throws IOException {
        try (RecordReader<CsvRow> reader = parser.open(source, source.version(), SourcePosition.START)) {
            return all(reader);
        }
    }

    /** Reads all splits in order. */
    static SplitSteps inSplits(CsvParser parser, ByteSource source, SplitPlan plan) throws IOException {
        List<String> steps = new ArrayList<>();
        List<SourcePosition> starts = new ArrayList<>();
        List<SourcePosition> nexts = new ArrayList<>();
        SourcePosition end = SourcePosition.START;
        long oddities = 0;
        for (Split split : plan.splits()) {
            SplitSteps some = of(parser, source, plan, split);
            steps.addAll(some.steps);
            starts.addAll(some.starts);
            nexts.addAll(some.nexts);
            oddities += some.oddities;
            end = some.end;
        }
        return new SplitSteps(steps, starts, nexts, end, oddities);
    }

    static SplitSteps of(CsvParser parser, ByteSource source, SplitPlan plan, Split split) throws IOException {
        try (RecordReader<CsvRow> reader = parser.open(source, plan, split)) {
            return all(reader);
        }
    }

    /** Reads all pieces from one of the steps on, in order, all in the same memory. */
    static SplitSteps inPieces(
            CsvParser parser, ByteSource source, SourcePosition from, long pieceBytes, int threads, int chunkBytes)
            throws IOException {
        List<String> steps = new ArrayList<>();
        List<SourcePosition> starts = new ArrayList<>();
        List<SourcePosition> nexts = new ArrayList<>();
        long oddities = 0;
        CsvPieces.Memory memory = new CsvPieces.Memory();
        SourceVersion version = source.version();
        try (CsvPieces pieces = CsvPieces.of(parser, source, source, version, from, pieceBytes, threads, chunkBytes)) {
            SourcePosition end = requireNonNull(pieces).start();
            for (CsvPieces.Piece piece = next(pieces); piece != null; piece = next(pieces)) {
                try (RecordReader<CsvRow> reader = piece.open(memory)) {
                    SplitSteps some = all(reader);
                    steps.addAll(some.steps);
                    starts.addAll(some.starts);
                    nexts.addAll(some.nexts);
                    oddities += some.oddities;
                    end = some.end;
                }
            }
            return new SplitSteps(steps, starts, nexts, end, oddities);
        }
    }

    private static CsvPieces.@Nullable Piece next(CsvPieces pieces) throws IOException {
        CsvPieces.Piece known = pieces.poll();
        return known == null ? pieces.next() : known;
    }

    /** The steps from that one on, as far as a reader that begins there can know. */
    SplitSteps from(int step) {
        int all = steps.size();
        return new SplitSteps(
                steps.subList(step, all), starts.subList(step, all), nexts.subList(step, all), end, oddities);
    }

    private static SplitSteps all(RecordReader<CsvRow> reader) throws IOException {
        List<String> steps = new ArrayList<>();
        List<SourcePosition> starts = new ArrayList<>();
        List<SourcePosition> nexts = new ArrayList<>();
        String columns = reader.columns() + CsvRecords.latin(reader.rawHeader());
        for (Step step = reader.advance(); step != Step.END; step = reader.advance()) {
            starts.add(reader.position());
            nexts.add(reader.nextPosition());
            String where = step + columns + reader.position().recordNumber() + " " + reader.position() + " to "
                    + reader.nextPosition() + ": ";
            if (step == Step.RECORD) {
                steps.add(where
                        + CsvRecords.values(reader.record())
                        + reader.record().position()
                        + CsvRecords.latin(reader.rawCsv()));
            } else {
                RejectedRecord reject = reader.malformed();
                steps.add(where + reject + reject.position().recordNumber() + CsvRecords.latin(reject.rawCsv()));
            }
        }
        return new SplitSteps(steps, starts, nexts, reader.nextPosition(), reader.oddities());
    }

    /** The plan that the steps of the whole source call for: no code of the planner is used. */
    static List<Split> expected(SplitSteps serial, SourceVersion version, long targetBytes) {
        List<Split> splits = new ArrayList<>();
        SourcePosition start = SourcePosition.START;
        for (int i = 1; i < serial.starts.size(); i++) {
            SourcePosition at = serial.starts.get(i);
            long before = serial.starts.get(i - 1).byteOffset();
            boolean firstAtATarget = at.byteOffset() / targetBytes > before / targetBytes;
            if (firstAtATarget) {
                long records = at.recordNumber() - start.recordNumber();
                splits.add(new Split(version, splits.size(), start, at.byteOffset(), records));
                start = at;
            }
        }
        long rest = serial.starts.size() + 1 - start.recordNumber();
        splits.add(new Split(version, splits.size(), start, version.sizeBytes(), rest));
        return splits;
    }
}
