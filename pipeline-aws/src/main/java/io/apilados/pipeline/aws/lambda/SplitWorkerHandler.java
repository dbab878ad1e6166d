// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import io.apilados.pipeline.enrich.JsonBuffer;
import io.apilados.pipeline.report.JsonTree;
import io.apilados.pipeline.report.SplitJobReport;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;

/**
 * Runs one split for each invocation: the function of a {@link SplitStateMachine}. Make a class of it with a constructor
 * without arguments, and name that as the function's handler:
 *
 * <pre>{@code
 * public final class ParticipantsSplits extends SplitWorkerHandler {
 *     public ParticipantsSplits() {
 *         super(SplitWorker.of(S3SplitStore.of(client, URI.create("s3://bucket/jobs")), new ParticipantsPipeline()));
 *     }
 * }
 * }</pre>
 *
 * <table>
 * <caption>Events and answers</caption>
 * <tr><td>{@code {"manifest":"m","split":7}}</td><td>{@code {"done":true,"report":{...}}}, or, if the time was over,
 * {@code {"done":false,"manifest":"m","split":7,"idleInvocations":0}}, which is the event that goes on</td></tr>
 * <tr><td>{@code {"manifest":"m"}}</td><td>what became of all splits: {@code {"complete":true,"missing":0,"read":...}}</td></tr>
 * </table>
 *
 * <p>{@code idleInvocations} says how many in a row brought no record to its end. An attempt that breaks fails the
 * invocation with the exception that {@link SplitWorker#run(String, int, java.util.function.Supplier)} has.
 *
 * <p>Safe for use by many threads, if the pipeline is.
 */
public class SplitWorkerHandler implements RequestStreamHandler {

    private final SplitWorker worker;

    /** A handler. */
    protected SplitWorkerHandler(SplitWorker worker) {
        this.worker = Objects.requireNonNull(worker, "worker");
    }

    @Override
    public final void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
        JsonTree event = JsonTree.read(new String(input.readAllBytes(), StandardCharsets.UTF_8));
        String manifest = event.text("manifest");
        JsonBuffer answer = new JsonBuffer();
        if (event.has("split")) {
            long before = event.has("idleInvocations") ? event.whole("idleInvocations") : 0;
            SplitResult result = worker.run(
                    manifest,
                    Math.toIntExact(event.whole("split")),
                    () -> Duration.ofMillis(context.getRemainingTimeInMillis()));
            write(result, before, answer);
        } else {
            write(worker.report(manifest), answer);
        }
        answer.writeTo(output, 0, answer.length());
    }

    private static void write(SplitResult result, long idleBefore, JsonBuffer answer) {
        if (result.report() != null) {
            answer.raw("{\"done\":true,\"report\":")
                    .raw(result.report().toJson())
                    .raw("}");
            return;
        }
        answer.raw("{\"done\":false,");
        SplitManifest.writeItem(result.manifest(), result.split(), answer);
        answer.raw(",\"idleInvocations\":")
                .number(result.settled() > 0 ? 0 : idleBefore + 1)
                .raw("}");
    }

    private static void write(SplitJobReport report, JsonBuffer answer) {
        answer.raw("{\"complete\":")
                .raw(Boolean.toString(report.isComplete()))
                .raw(",\"missing\":")
                .number(report.missing().size())
                .raw(",\"read\":")
                .number(report.read())
                .raw(",\"delivered\":")
                .number(report.delivered())
                .raw(",\"rejected\":")
                .number(report.rejected())
                .raw(",\"filtered\":")
                .number(report.filtered())
                .raw(",\"balanced\":")
                .raw(Boolean.toString(report.isBalanced()))
                .raw("}");
    }
}
