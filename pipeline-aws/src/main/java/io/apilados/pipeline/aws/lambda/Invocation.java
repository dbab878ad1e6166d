// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import io.apilados.pipeline.enrich.JsonBuffer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * One invocation of a function: what came in, what became of each object, and what is left. While it is open, lines of the
 * log can show its request and its trace. Confined to one thread.
 */
final class Invocation implements AutoCloseable {

    private static final String REQUEST_ID = "requestId";
    private static final String TRACE_ID = "traceId";

    /** Where Lambda's runtime puts the trace that an invocation belongs to. */
    private static final String TRACE_PROPERTY = "com.amazonaws.xray.traceHeader";

    private final LambdaPipeline pipeline;
    private final Context context;
    private final Map<String, ObjectResult> results = new LinkedHashMap<>();

    private Invocation(LambdaPipeline pipeline, Context context) {
        this.pipeline = pipeline;
        this.context = context;
    }

    static Invocation open(LambdaPipeline pipeline, Context context) {
        marks(context).forEach(MDC::put);
        return new Invocation(pipeline, context);
    }

    /** What lines of the log can show of an invocation. */
    static Map<String, String> marks(Context context) {
        String trace = traceId(context);
        String request = context.getAwsRequestId();
        return trace == null ? Map.of(REQUEST_ID, request) : Map.of(REQUEST_ID, request, TRACE_ID, trace);
    }

    private static @Nullable String traceId(Context context) {
        String header;
        try {
            header = context.getXrayTraceId();
        } catch (NoSuchMethodError e) {
            header = null; // a runtime of before 2025
        }
        if (header == null) {
            header = System.getProperty(TRACE_PROPERTY);
        }
        return header == null ? null : header.replaceFirst(".*Root=([^;]*).*", "$1");
    }

    static String read(InputStream event) throws IOException {
        return new String(event.readAllBytes(), StandardCharsets.UTF_8);
    }

    /** What becomes of an object; an object that comes again is as it was. */
    ObjectResult process(S3EventObject object) {
        ObjectResult known = results.get(object.identity());
        if (known != null) {
            return known;
        }
        ObjectResult result = pipeline.process(object, () -> Duration.ofMillis(context.getRemainingTimeInMillis()));
        results.put(object.identity(), result);
        Logger log = LoggerFactory.getLogger(LambdaPipeline.class);
        if (result.hasFailed()) {
            log.warn("{}", result);
        } else {
            log.info("{}", result);
        }
        return result;
    }

    /** In the order in which they came. */
    List<ObjectResult> results() {
        return new ArrayList<>(results.values());
    }

    /** Those that the next invocation goes on with. */
    List<S3EventObject> unfinished() {
        return results.values().stream()
                .filter(result -> result.status() == ObjectResult.Status.UNFINISHED)
                .map(ObjectResult::object)
                .toList();
    }

    /** Invocations in a row, this one included, that brought no record to its end. */
    int idle(int before) {
        return results.values().stream().anyMatch(result -> result.settled() > 0) ? 0 : before + 1;
    }

    /** Tells who goes on with these objects. */
    Continuation.Handover handOver(Continuation continuation, List<S3EventObject> left, int idle) throws IOException {
        JsonBuffer event = new JsonBuffer();
        event.raw("{");
        writeRest(left, idle, event);
        event.raw("}");
        return continuation.handOver(
                new Continuation.Rest(context.getInvokedFunctionArn(), event.copy(0, event.length()), idle));
    }

    static void writeRest(List<S3EventObject> left, int idle, JsonBuffer json) {
        json.raw("\"objects\":[");
        String separator = "";
        for (S3EventObject object : left) {
            json.raw(separator);
            object.writeTo(json);
            separator = ",";
        }
        json.raw("],\"idleInvocations\":").number(idle);
    }

    @Override
    public void close() {
        try {
            pipeline.endInvocation();
        } finally {
            MDC.remove(REQUEST_ID);
            MDC.remove(TRACE_ID);
        }
    }
}
