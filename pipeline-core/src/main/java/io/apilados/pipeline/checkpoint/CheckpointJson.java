// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import io.apilados.pipeline.checkpoint.SettledBatch.Refusal;
import io.apilados.pipeline.enrich.JsonBuffer;
import io.apilados.pipeline.source.SourcePosition;
import java.util.List;
import java.util.function.BiConsumer;

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
        list(checkpoint.rejectReasons(), CheckpointJson::write, out);
        out.raw(",");
        list(checkpoint.sizes(), CheckpointJson::write, out);
        out.raw(",");
        list(checkpoint.settled(), CheckpointJson::write, out);
        out.raw("]");
    }

    private static <T> void list(List<T> elements, BiConsumer<T, JsonBuffer> write, JsonBuffer out) {
        out.raw("[");
        boolean first = true;
        for (T element : elements) {
            if (!first) {
                out.raw(",");
            }
            write.accept(element, out);
            first = false;
        }
        out.raw("]");
    }

    private static void numbers(JsonBuffer out, long... values) {
        begin(out, values);
        out.raw("]");
    }

    /** An array that begins with these numbers: one at least. */
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
        list(reason.firstLines(), (line, to) -> to.number(line), out);
        out.raw("]");
    }

    static void write(PlannedSize size, JsonBuffer out) {
        numbers(
                out,
                size.fromRecord(),
                size.untilRecord(),
                size.limit().records(),
                size.limit().bytes());
    }

    static void write(SettledBatch batch, JsonBuffer out) {
        begin(out, batch.firstRecord(), batch.members(), batch.delivered());
        for (Refusal refusal : batch.refusals()) {
            write(refusal, out.raw(","));
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
