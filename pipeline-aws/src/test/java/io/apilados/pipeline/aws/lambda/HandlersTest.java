// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import io.apilados.pipeline.aws.lambda.Continuation.Handover;
import io.apilados.pipeline.aws.lambda.Continuation.Rest;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.JsonBuffer;
import io.apilados.pipeline.report.JsonTree;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HandlersTest {

    private static final int MINUTES_15 = 900_000;

    private final TestBed bed = new TestBed();
    private final List<Rest> sent = new ArrayList<>();
    private final Continuation sending = rest -> {
        sent.add(rest);
        return Handover.SENT;
    };

    private static final class Direct extends S3EventHandler {
        Direct(LambdaPipeline pipeline, Continuation continuation) {
            super(pipeline, continuation);
        }
    }

    private static final class Queued extends SqsS3EventHandler {
        Queued(LambdaPipeline pipeline) {
            super(pipeline);
        }

        Queued(LambdaPipeline pipeline, Continuation continuation) {
            super(pipeline, continuation);
        }
    }

    private RequestStreamHandler direct() {
        return new Direct(bed.pipeline(), Continuation.answered());
    }

    private static String invoke(RequestStreamHandler handler, String event, int millis) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        handler.handleRequest(
                new ByteArrayInputStream(event.getBytes(StandardCharsets.UTF_8)),
                answer,
                TestContext.withMillis(millis));
        return answer.toString(StandardCharsets.UTF_8);
    }

    private static String event(S3EventObject... objects) {
        JsonBuffer json = new JsonBuffer();
        json.raw("{");
        Invocation.writeRest(List.of(objects), 0, json);
        json.raw("}");
        return new String(json.copy(0, json.length()), StandardCharsets.UTF_8);
    }

    @Test
    void theAnswerSaysWhatBecameOfEachObject() throws IOException {
        JsonTree answer =
                JsonTree.read(invoke(direct(), event(bed.put("a.csv", 30), bed.put("b \u00f1.csv", 7)), MINUTES_15));

        assertThat(answer.has("objects")).isFalse();
        List<JsonTree> results = answer.objects("results");
        assertThat(results).hasSize(2);
        assertThat(results.get(0).text("status")).isEqualTo("COMPLETED");
        assertThat(results.get(0).object("report").whole("delivered")).isEqualTo(30);
        assertThat(results.get(1).text("key")).isEqualTo("b \u00f1.csv");
        assertThat(results.get(1).whole("settled")).isEqualTo(7);
        assertThat(results.get(1).object("report").text("source")).isEqualTo("s3://enrolments/b \u00f1.csv");
    }

    @Test
    void anAnswerThatIsNotDoneIsTheNextEventUntilItIs() throws IOException {
        S3EventObject first = bed.put("a.csv", 1000);
        S3EventObject second = bed.put("b.csv", 500);
        String next = event(first, second);
        int invocations = 0;
        do {
            next = invoke(direct(), next, 3000);
            invocations++;
            assertThat(JsonTree.read(next).has("idleInvocations")).isEqualTo(!next.startsWith("{\"done\":true"));
        } while (!next.startsWith("{\"done\":true") && invocations < 20);

        assertThat(invocations).isBetween(4, 12);
        assertThat(bed.arrived()).hasSize(1500).doesNotHaveDuplicates();
    }

    @Test
    void anObjectThatFailsFailsTheInvocationAfterTheOthersWereSeenTo() throws IOException {
        S3EventObject good = bed.put("a.csv", 5);

        assertThatExceptionOfType(UnsettledObjectsException.class)
                .isThrownBy(() -> invoke(direct(), event(S3EventObject.of("enrolments", "none.csv"), good), MINUTES_15))
                .withMessageContaining("s3://enrolments/none.csv: FAILED")
                .satisfies(e -> assertThat(e.results()).hasSize(1));
        assertThat(bed.arrived()).hasSize(5);
        assertThat(invoke(direct(), event(good), MINUTES_15)).contains("COMPLETED_BEFORE");
    }

    @Test
    void whatIsLeftIsSentOnWithTheFunctionAsItWasCalled() throws IOException {
        S3EventObject object = bed.put("a.csv", 1000);
        RequestStreamHandler handler = new Direct(bed.pipeline(), sending);
        String next = event(object);
        int invocations = 0;
        String answer;
        do {
            sent.clear();
            answer = invoke(handler, next, 3000);
            assertThat(answer).startsWith("{\"done\":true");
            if (!sent.isEmpty()) {
                next = new String(sent.get(0).event(), StandardCharsets.UTF_8);
                assertThat(sent.get(0).functionArn()).isEqualTo(TestContext.ARN);
                assertThat(sent.get(0).idleInvocations()).isZero();
            }
            invocations++;
        } while (!sent.isEmpty() && invocations < 20);

        assertThat(answer).contains("\"COMPLETED\"");
        assertThat(invocations).isGreaterThan(2);
        assertThat(bed.arrived()).hasSize(1000).doesNotHaveDuplicates();
    }

    @Test
    void invocationsThatDoNothingAreCountedAndEndInAFailure() throws IOException {
        bed.answering(batch -> DeliveryOutcome.retry("http-503"));
        RequestStreamHandler handler = new Direct(
                bed.pipeline(), Continuation.invokingItself((arn, event) -> sent.add(new Rest(arn, event, 0))));
        String next = event(bed.put("a.csv", 10));
        for (int i = 1; i < Continuation.MOST_IDLE_INVOCATIONS; i++) {
            invoke(handler, next, 3000);
            assertThat(sent).hasSize(i);
            next = new String(sent.get(i - 1).event(), StandardCharsets.UTF_8);
            assertThat(JsonTree.read(next).whole("idleInvocations")).isEqualTo(i);
        }
        String last = next;

        assertThatIOException()
                .isThrownBy(() -> invoke(handler, last, 3000))
                .withMessageContaining("5 invocations in a row brought no record to its end");
        bed.answering(batch -> DeliveryOutcome.delivered());
        assertThat(invoke(handler, last, MINUTES_15)).startsWith("{\"done\":true");
        assertThat(sent).hasSize(4);
    }

    @Test
    void anEventThatHasToComeAgainFails() {
        RequestStreamHandler handler = new Direct(bed.pipeline(), Continuation.redelivered());

        assertThatExceptionOfType(UnsettledObjectsException.class)
                .isThrownBy(() -> invoke(handler, event(bed.put("a.csv", 1000)), 3000))
                .withMessageContaining("UNFINISHED");
    }

    @Test
    void ofABatchOfMessagesThoseThatFailedComeAgainAndNoOthers() throws IOException {
        String answer = invoke(
                new Queued(bed.pipeline()),
                Events.ofQueue(
                        event(bed.put("a.csv", 5)),
                        event(S3EventObject.of("enrolments", "none.csv")),
                        event(bed.put("b.csv", 6)),
                        "no JSON",
                        "{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\",\"Bucket\":\"enrolments\"}"),
                MINUTES_15);

        assertThat(answer)
                .isEqualTo("{\"batchItemFailures\":[{\"itemIdentifier\":\"m1\"},{\"itemIdentifier\":\"m3\"}]}");
        assertThat(bed.arrived()).hasSize(11);
    }

    @Test
    void messagesForWhichThereWasNoTimeComeAgainUntilAllIsDone() throws IOException {
        Map<String, String> queue = new HashMap<>();
        queue.put("m0", event(bed.put("a.csv", 1000)));
        queue.put("m1", event(bed.put("b.csv", 500)));
        List<String> events = List.copyOf(queue.values());
        String answer = "";
        int receives = 0;
        while (!answer.equals("{\"batchItemFailures\":[]}") && receives < 20) {
            answer = invoke(new Queued(bed.pipeline()), Events.ofQueue(events.toArray(new String[0])), 3000);
            receives++;
        }

        assertThat(receives).isBetween(4, 12);
        assertThat(bed.arrived()).hasSize(1500).doesNotHaveDuplicates();
    }

    @Test
    void oneObjectInTwoMessagesIsReadOnce() throws IOException {
        S3EventObject object = bed.put("a.csv", 20);

        assertThat(invoke(new Queued(bed.pipeline()), Events.ofQueue(event(object), event(object)), MINUTES_15))
                .isEqualTo("{\"batchItemFailures\":[]}");
        assertThat(bed.arrived()).hasSize(20);
        assertThat(bed.made()).isEqualTo(1);
    }

    @Test
    void aMessageWhoseRestWasSentOnIsDoneWithAndWhatWasSentIsHandledToo() throws IOException {
        S3EventObject object = bed.put("a.csv", 1000);
        RequestStreamHandler handler = new Queued(bed.pipeline(), sending);

        assertThat(invoke(handler, Events.ofQueue(event(object)), 3000)).isEqualTo("{\"batchItemFailures\":[]}");
        assertThat(sent).hasSize(1);
        assertThat(invoke(handler, new String(sent.get(0).event(), StandardCharsets.UTF_8), MINUTES_15))
                .isEqualTo("{\"batchItemFailures\":[]}");
        assertThat(bed.arrived()).hasSize(1000).doesNotHaveDuplicates();
    }

    @Test
    void anAnswerIsNoWayToGoOnForMessages() throws IOException {
        RequestStreamHandler handler = new Queued(bed.pipeline(), Continuation.answered());

        assertThat(invoke(handler, Events.ofQueue(event(bed.put("a.csv", 1000))), 3000))
                .contains("m0");
    }

    @Test
    void linesOfTheLogCanShowTheRequestAndTheTrace() {
        assertThat(Invocation.marks(TestContext.withMillis(1)))
                .containsOnly(Map.entry("requestId", TestContext.REQUEST), Map.entry("traceId", TestContext.TRACE));
    }
}
