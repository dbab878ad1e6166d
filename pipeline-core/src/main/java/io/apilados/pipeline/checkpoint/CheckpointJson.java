// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import io.apilados.pipeline.checkpoint.SettledBatch.Refusal;
import io.apilados.pipeline.enrich.JsonBuffer;
import io.apilados.pipeline.source.SourcePosition;
import java.util.List;

/**
 * Writes checkpoints as text, and {@link CheckpointReader} reads them. Records are arrays of their components in order; the
 * file's version says which order that is.
 */
final class CheckpointJson {

    private CheckpointJson() {}

    static void write(Checkpoint checkpoint, JsonBuffer out) {
        out.raw("[").string(checkpoint.fingerprint()).raw(",");
        SourcePosition position = checkpoint.position();
        numbers(out, position.byteOffset(), position.recordNumber(), position.line());
        out.raw(checkpoint.complete() ? ",true," : ",false,");
        write(checkpoint.counters(), out);
        out.raw(",").number(checkpoint.rejectsMark()).raw(",");
        List<RejectReason> reasons = checkpoint.rejectReasons();
        for (int i = 0; i < reasons.size(); i++) {
            write(reasons.get(i), element(i, out));
        }
        endOf(reasons, out).raw(",");
        List<PlannedSize> sizes = checkpoint.sizes();
        for (int i = 0; i < sizes.size(); i++) {
            write(sizes.get(i), element(i, out));
        }
        endOf(sizes, out).raw(",");
        List<SettledBatch> settled = checkpoint.settled();
        for (int i = 0; i < settled.size(); i++) {
            write(settled.get(i), element(i, out));
        }
        endOf(settled, out).raw("]");
    }

    /** What stands before an element of a list. */
    private static JsonBuffer element(int index, JsonBuffer out) {
        return out.raw(index == 0 ? "[" : ",");
    }

    /** What stands behind the last one. */
    private static JsonBuffer endOf(List<?> list, JsonBuffer out) {
        return out.raw(list.isEmpty() ? "[]" : "]");
    }

    /** An array of these numbers: one at least. */
    private static void numbers(JsonBuffer out, long... values) {
        begin(out, values);
        out.write(']');
    }

    /** An array that begins with these numbers: in a loop, because what would stand here three times is compiled three times. */
    private static void begin(JsonBuffer out, long... values) {
        char before = '[';
        for (long value : values) {
            out.write(before);
            out.number(value);
            before = ',';
        }
    }

    private static void write(Counters counters, JsonBuffer out) {
        numbers(
                out,
                counters.read(),
                counters.delivered(),
                counters.rejected(),
                counters.filtered(),
                counters.oddities(),
                counters.batches(),
                counters.requests(),
                counters.retries());
    }

    private static void write(RejectReason reason, JsonBuffer out) {
        out.raw("[").string(reason.stage()).raw(",").string(reason.code()).raw(",");
        out.string(reason.message()).raw(",").number(reason.count()).raw(",");
        List<Long> lines = reason.firstLines();
        for (int i = 0; i < lines.size(); i++) {
            element(i, out).number(lines.get(i));
        }
        endOf(lines, out).raw("]");
    }

    private static void write(PlannedSize size, JsonBuffer out) {
        numbers(
                out,
                size.fromRecord(),
                size.untilRecord(),
                size.limit().records(),
                size.limit().bytes());
    }

    private static void write(SettledBatch batch, JsonBuffer out) {
        begin(out, batch.firstRecord(), batch.members(), batch.delivered());
        List<Refusal> refusals = batch.refusals();
        for (int i = 0; i < refusals.size(); i++) {
            write(refusals.get(i), out.raw(","));
        }
        out.write(']');
    }

    private static void write(Refusal refusal, JsonBuffer out) {
        out.raw("[")
                .number(refusal.byteOffset())
                .raw(",")
                .string(refusal.code())
                .raw(",");
        out.string(refusal.message()).raw("]");
    }

    static void write(SplitCheckpoint split, JsonBuffer out) {
        out.raw("[").number(SplitCheckpoint.FORMAT).raw(",").number(split.batchRecords());
        out.raw(",")
                .number(split.maxBatchBytes())
                .raw(",")
                .number(split.keySum())
                .raw(",");
        write(split.checkpoint(), out);
        out.raw("]");
    }
}
