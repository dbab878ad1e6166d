// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import io.apilados.pipeline.enrich.JsonBuffer;
import io.apilados.pipeline.report.RunReport;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What an invocation did with an object. Immutable.
 *
 * @param object which one
 * @param status how it is
 * @param settled records that this invocation delivered or rejected
 * @param report what the run and those before it did; null if there was none
 * @param problem what is wrong, where something is
 */
public record ObjectResult(
        S3EventObject object,
        Status status,
        long settled,
        @Nullable RunReport report,
        @Nullable String problem) {

    /** How an object is after an invocation. */
    public enum Status {
        /** It was read to its end. */
        COMPLETED(true),
        /** An earlier run had read it to its end; nothing was sent. */
        COMPLETED_BEFORE(true),
        /** The bucket keeps no versions and holds another content by now, of which another event tells. Nothing was sent. */
        SUPERSEDED(true),
        /** The time was over: the next invocation goes on. */
        UNFINISHED(false),
        /** Another invocation has it. */
        BUSY(false),
        /** Its run stopped for a reason that does not pass by itself, or not soon. */
        STOPPED(false),
        /** Its run broke. */
        FAILED(false);

        private final boolean done;

        Status(boolean done) {
            this.done = done;
        }

        /** Whether nothing is left to do. */
        public boolean isDone() {
            return done;
        }
    }

    /** Whether its event has to come again, because something has to be mended or waited for. */
    boolean hasFailed() {
        return !status.isDone() && status != Status.UNFINISHED;
    }

    void writeTo(JsonBuffer json) {
        json.raw("{");
        object.writeMembers(json);
        json.raw(",\"status\":\"").raw(status.name()).raw("\",\"settled\":").number(settled);
        if (problem != null) {
            json.raw(",\"problem\":").string(problem);
        }
        if (report != null) {
            json.raw(",\"report\":");
            json.write(report.toSummaryJson().getBytes(StandardCharsets.UTF_8));
        }
        json.raw("}");
    }

    /** For people; nothing of a record is in it. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(object.toString()).append(": ").append(status);
        if (report != null) {
            text.append(", read ").append(report.read()).append(" = delivered ").append(report.delivered());
            text.append(" + rejected ")
                    .append(report.rejected())
                    .append(" + filtered ")
                    .append(report.filtered());
            text.append(" + unsettled ").append(report.unsettled());
        }
        return problem == null
                ? text.toString()
                : text.append("; ").append(problem).toString();
    }
}
