// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import io.apilados.pipeline.enrich.JsonBuffer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Objects;

/**
 * Handles events that name objects in S3: those of S3 itself, also by way of SNS or EventBridge, those of a state machine or
 * a person ({@code {"bucket":"b","key":"k"}}), and the answers of earlier invocations. Make a class of it with a
 * constructor without arguments, and name that as the function's handler:
 *
 * <pre>{@code
 * public final class Participants extends S3EventHandler {
 *     public Participants() {
 *         super(LambdaPipeline.builder(sources, checkpoints, new ParticipantsFunction()).build(), Continuation.answered());
 *     }
 * }
 * }</pre>
 *
 * <p>The answer is {@code {"done":true,"results":[...]}}; or {@code {"done":false,"objects":[...],...}}, where the
 * time was over, which is the event of the next invocation. Where an object failed, stopped or is with another invocation
 * the invocation fails with an {@link UnsettledObjectsException}, after all other objects were seen to: send the event
 * again. Objects that are finished are recognized then.
 *
 * <p>With {@code "dryRun": true} in the event nothing is delivered, no checkpoint, rejected record or metric is kept, nobody
 * goes on where the time was over, and the answer has {@code "dryRun": true}, too.
 *
 * <p>Safe for use by many threads, if the user's function is.
 */
public class S3EventHandler implements RequestStreamHandler {

    private final LambdaPipeline pipeline;
    private final Continuation continuation;

    /** Held here because the context of checkpoints holds it weakly. */
    @SuppressWarnings("unused")
    private final Object snapshots;

    /**
     * A handler.
     *
     * @param pipeline what to do with an object
     * @param continuation who goes on where the time was over
     */
    protected S3EventHandler(LambdaPipeline pipeline, Continuation continuation) {
        this.pipeline = Objects.requireNonNull(pipeline, "pipeline");
        this.continuation = Objects.requireNonNull(continuation, "continuation");
        this.snapshots = Snapshots.register(pipeline.function());
    }

    @Override
    public final void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
        try (Invocation invocation = Invocation.open(pipeline, context)) {
            EventReader.Request request = EventReader.request(Invocation.read(input));
            request.objects().forEach(object -> invocation.process(object, request.dryRun()));
            List<S3EventObject> left = request.dryRun() ? List.of() : invocation.unfinished();
            int idle = invocation.idle(request.idleInvocations());
            boolean answered = !left.isEmpty() && isAnswered(invocation, left, idle);
            UnsettledObjectsException.throwIfAny(invocation.results());
            JsonBuffer answer = new JsonBuffer();
            answer.raw("{\"done\":").raw(Boolean.toString(!answered)).raw(",");
            if (request.dryRun()) {
                answer.raw("\"dryRun\":true,");
            }
            if (answered) {
                Invocation.writeRest(left, idle, answer);
                answer.raw(",");
            }
            writeResults(invocation.results(), answer);
            answer.raw("}").writeTo(output, 0, answer.length());
        }
    }

    private boolean isAnswered(Invocation invocation, List<S3EventObject> left, int idle) throws IOException {
        return switch (invocation.handOver(continuation, left, idle)) {
            case ANSWERED -> true;
            case SENT -> false;
            case REDELIVERED -> throw UnsettledObjectsException.notDone(invocation.results());
        };
    }

    private static void writeResults(List<ObjectResult> results, JsonBuffer answer) {
        answer.raw("\"results\":[");
        String separator = "";
        for (ObjectResult result : results) {
            answer.raw(separator);
            result.writeTo(answer);
            separator = ",";
        }
        answer.raw("]");
    }
}
