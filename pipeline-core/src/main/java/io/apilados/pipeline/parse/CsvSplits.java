// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import io.apilados.pipeline.source.Split;
import io.apilados.pipeline.source.SplitPlan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Opens splits of one plan. What follows from the plan is worked out once; the rows of all its readers share one header.
 * Immutable and safe for use by many threads; the readers it opens are confined to one.
 */
public final class CsvSplits {

    private final CsvParser parser;
    private final ByteSource source;
    private final SplitPlan plan;
    private final CsvHeader header;
    private final byte[] rawHeader;

    /**
     * The splits of a plan.
     *
     * @throws IllegalArgumentException if the plan was made by a parser with other settings
     */
    public CsvSplits(CsvParser parser, ByteSource source, SplitPlan plan) {
        String expected = SplitPlanner.planId(parser, plan.version(), plan.targetBytes());
        if (!plan.planId().equals(expected)) {
            throw new IllegalArgumentException("planId was " + plan.planId() + " but it must be " + expected
                    + ": the plan was made with another dialect, charset, cap or columns; plan with this parser");
        }
        this.parser = parser;
        this.source = source;
        this.plan = plan;
        this.header = new CsvHeader(plan.columns());
        this.rawHeader = plan.header().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The plan. */
    public SplitPlan plan() {
        return plan;
    }

    /**
     * Opens a split, as {@link CsvParser#open(ByteSource, SplitPlan, Split)} does.
     *
     * @throws IllegalArgumentException if the split is not in the plan
     */
    public RecordReader<CsvRow> open(Split split) throws IOException {
        return open(split, split.start());
    }

    /**
     * Opens what is left of a split.
     *
     * @param from where a record starts, as a reader of the same source told; what is before the split is taken for its
     *     start
     * @throws IllegalArgumentException if the split is not in the plan
     */
    public RecordReader<CsvRow> open(Split split, SourcePosition from) throws IOException {
        if (split.index() >= plan.splits().size()
                || !plan.splits().get(split.index()).equals(split)) {
            throw new IllegalArgumentException(split + " is not in plan " + plan.planId());
        }
        boolean partly = from.byteOffset() > split.start().byteOffset();
        long end = split.endByte() == SourceVersion.UNKNOWN_SIZE ? Long.MAX_VALUE : split.endByte();
        SourceVersion version = plan.version();
        CsvReader reader;
        if (split.index() == 0 && !partly) {
            reader = CsvReader.open(parser, source, version, SourcePosition.START, end);
        } else {
            SourcePosition first = partly ? from : split.start();
            ByteWindow.Memory memory = new ByteWindow.Memory();
            reader = CsvReader.resume(parser, source, version, first, end, memory, header, rawHeader);
        }
        int next = split.index() + 1;
        SourcePosition nextStart =
                next < plan.splits().size() ? plan.splits().get(next).start() : null;
        return new CsvSplitReader(source, new PlannedSplit(split, nextStart), reader, true);
    }
}
