// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import io.apilados.pipeline.aws.lambda.Continuation.Handover;
import io.apilados.pipeline.enrich.JsonBuffer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.slf4j.LoggerFactory;

/**
 * Handles messages of a queue whose bodies are events that name objects in S3. The answer names the messages that have to
 * come again, and no others: {@code {"batchItemFailures":[{"itemIdentifier":"..."}]}}. So the function's mapping has to
 * report failures of items ({@code ReportBatchItemFailures}); without that a failed message would be lost.
 *
 * <p>A message comes again if an object of it failed, stopped, or is with another invocation; if its body cannot be read;
 * or if there was no time for it. An object whose time was over is gone on with as the continuation says.
 *
 * <p>A class is made of it as of a {@link S3EventHandler}. What {@link Continuation#invokingItself} sends is handled, too.
 * Safe for use by many threads, if the user's function is.
 */
public class SqsS3EventHandler implements RequestStreamHandler {

    private final LambdaPipeline pipeline;
    private final Continuation continuation;

    /** Held here because the context of checkpoints holds it weakly. */
    @SuppressWarnings("unused")
    private final Object snapshots;

    /**
     * A handler whose messages come again where the time was over.
     *
     * @param pipeline what to do with an object
     */
    protected SqsS3EventHandler(LambdaPipeline pipeline) {
        this(pipeline, Continuation.redelivered());
    }

    /**
     * A handler.
     *
     * @param pipeline what to do with an object
     * @param continuation who goes on where the time was over; nobody waits for the answer, so an answer alone counts as a
     *     failed message
     */
    protected SqsS3EventHandler(LambdaPipeline pipeline, Continuation continuation) {
        this.pipeline = Objects.requireNonNull(pipeline, "pipeline");
        this.continuation = Objects.requireNonNull(continuation, "continuation");
        this.snapshots = Snapshots.register(pipeline.function());
    }

    @Override
    public final void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
        try (Invocation invocation = Invocation.open(pipeline, context)) {
            String event = Invocation.read(input);
            List<EventReader.Message> messages = EventReader.messages(event);
            if (messages.isEmpty()) {
                handleDirectly(EventReader.request(event), invocation);
            }
            List<String> failed = new ArrayList<>();
            for (EventReader.Message message : messages) {
                if (!isDone(message, invocation)) {
                    failed.add(message.id());
                }
            }
            JsonBuffer answer = new JsonBuffer();
            writeFailures(failed, answer);
            answer.writeTo(output, 0, answer.length());
        }
    }

    /** An event that came by itself fails as a whole. */
    private void handleDirectly(EventReader.Request request, Invocation invocation) throws IOException {
        if (!settle(request, invocation)) {
            throw UnsettledObjectsException.notDone(invocation.results());
        }
    }

    private boolean isDone(EventReader.Message message, Invocation invocation) {
        try {
            return settle(EventReader.request(message.body()), invocation);
        } catch (IOException | RuntimeException e) {
            LoggerFactory.getLogger(SqsS3EventHandler.class)
                    .warn("message {} comes again: {}", message.id(), e.getMessage());
            return false;
        }
    }

    private boolean settle(EventReader.Request request, Invocation invocation) throws IOException {
        List<ObjectResult> results =
                request.objects().stream().map(invocation::process).toList();
        if (results.stream().anyMatch(ObjectResult::hasFailed)) {
            return false;
        }
        List<S3EventObject> left = results.stream()
                .filter(result -> !result.status().isDone())
                .map(ObjectResult::object)
                .toList();
        return left.isEmpty()
                || invocation.handOver(continuation, left, invocation.idle(request.idleInvocations())) == Handover.SENT;
    }

    private static void writeFailures(List<String> failed, JsonBuffer answer) {
        answer.raw("{\"batchItemFailures\":[");
        String separator = "";
        for (String id : failed) {
            answer.raw(separator).raw("{\"itemIdentifier\":").string(id).raw("}");
            separator = ",";
        }
        answer.raw("]}");
    }
}
