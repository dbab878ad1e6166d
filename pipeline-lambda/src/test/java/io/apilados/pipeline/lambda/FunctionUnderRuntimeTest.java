// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.lambda.RuntimeApi.Answer;
import io.apilados.pipeline.report.JsonTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The ready-made function in a JVM of its own, run by Lambda's runtime interface client. */
@Timeout(180)
class FunctionUnderRuntimeTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final String COMPAT = "-Dorg.crac.Core.Compat=com.amazonaws.services.lambda.crac";

    static List<Path> jvms() throws IOException {
        return Jvms.all();
    }

    @ParameterizedTest
    @MethodSource("jvms")
    void aFileThatNeedsFiveInvocationsIsDeliveredOnce(Path java) throws Exception {
        deliverInFive(java, Duration.ofMillis(1200), 500);
    }

    @ParameterizedTest
    @MethodSource("jvms")
    @Tag("slow")
    void aFileThatNeedsFiveInvocationsOfThreeSecondsIsDeliveredOnce(Path java) throws Exception {
        deliverInFive(java, Duration.ofSeconds(3), 1300);
    }

    /** At a hundred records a second. */
    private static void deliverInFive(Path java, Duration budget, int rows) throws Exception {
        try (Town town = new Town(Duration.ofMillis(200))) {
            town.set(IngestSetting.PIPELINE_BATCH, "10:10:10").set(IngestSetting.PIPELINE_CONCURRENCY, "2");
            String next = town.putFile("participants.csv", rows);
            town.start(java, IngestS3Handler.class);
            int invocations = 0;
            boolean done = false;
            while (!done && invocations < 30) {
                long began = System.nanoTime();
                Answer answer = town.lambda.invoke(next, budget);
                assertThat(answer.failed()).as(answer.body()).isFalse();
                if (invocations > 0) {
                    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThanOrEqualTo(budget);
                }
                invocations++;
                next = answer.body();
                done = next.startsWith("{\"done\":true");
            }

            assertThat(done).isTrue();
            assertThat(invocations).isGreaterThanOrEqualTo(5);
            JsonTree report = JsonTree.read(next).objects("results").get(0).object("report");
            assertThat(report.whole("read")).isEqualTo(rows);
            assertThat(report.whole("delivered")).isEqualTo(Town.known(rows));
            assertThat(report.whole("rejected")).isEqualTo(rows - Town.known(rows));
            assertThat(town.api.applied())
                    .hasSize(Town.known(rows))
                    .allSatisfy((id, times) -> assertThat(times).isEqualTo(1));
            assertThat(town.s3.keys(Town.BUCKET, "run/rejects/")).hasSize(1);
            String rejects = town.s3.text(
                    Town.BUCKET, town.s3.keys(Town.BUCKET, "run/rejects/").get(0));
            assertThat(rejects).hasLineCount(1 + rows - Town.known(rows));
            int batches = town.api.batches();
            assertThat(town.lambda
                            .invoke(next.replace("\"results\"", "\"objects\""), budget)
                            .body())
                    .contains("COMPLETED_BEFORE");
            assertThat(town.api.batches()).isEqualTo(batches);
        }
    }

    @ParameterizedTest
    @MethodSource("jvms")
    void afterASnapshotTheCatalogIsTheOneOfTheDay(Path java) throws Exception {
        try (Town town = new Town(Duration.ZERO)) {
            town.setVariable("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start");
            town.putCatalog(50);
            town.start(java, IngestS3Handler.class, COMPAT);
            town.lambda.awaitSnapshot();
            List<String> before = town.s3.requests();
            assertThat(before).contains("GET enrolments/catalog.csv 200");
            town.putCatalog(100);
            town.lambda.restore();
            Answer answer = town.lambda.invoke(town.putFile("participants.csv", 300), MINUTE);

            assertThat(answer.body()).startsWith("{\"done\":true");
            assertThat(town.api.applied()).hasSize(Town.known(300));
            assertThat(town.s3.requests().subList(before.size(), before.size() + 2))
                    .allSatisfy(request -> assertThat(request).contains("catalog.csv"));
        }
    }

    @Test
    void anUnchangedCatalogIsNotFetchedAgainAfterASnapshot() throws Exception {
        try (Town town = new Town(Duration.ZERO)) {
            town.setVariable("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start");
            town.start(Jvms.current(), IngestS3Handler.class, COMPAT);
            town.lambda.awaitSnapshot();
            int before = town.s3.requests().size();
            town.lambda.restore();
            town.lambda.invoke(town.putFile("participants.csv", 30), MINUTE);

            assertThat(town.s3.requests().subList(before, town.s3.requests().size()))
                    .contains("HEAD enrolments/catalog.csv 304")
                    .noneMatch(request -> request.startsWith("GET enrolments/catalog.csv"));
        }
    }

    @Test
    void ofABatchOfMessagesTheOneWithTheBadObjectComesAgain() throws Exception {
        try (Town town = new Town(Duration.ZERO)) {
            town.start(Jvms.current(), IngestSqsHandler.class);
            Answer answer = town.lambda.invoke(
                    Town.messages(town.putFile("a.csv", 40), Town.event("none.csv", "abc"), town.putFile("b.csv", 60)),
                    MINUTE);

            assertThat(answer.body()).isEqualTo("{\"batchItemFailures\":[{\"itemIdentifier\":\"m1\"}]}");
            assertThat(answer.failed()).isFalse();
            assertThat(town.api.applied()).hasSize(Town.known(40) + Town.known(60));
        }
    }

    @Test
    void aFunctionThatInvokesItselfFinishesTheFile() throws Exception {
        BlockingQueue<String> invoked = new LinkedBlockingQueue<>();
        try (Town town = new Town(Duration.ofMillis(100))) {
            Loopback service = town.with(Loopback.serving(exchange -> {
                String event = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(exchange.getRequestHeaders().getFirst("X-Amz-Invocation-Type"))
                        .isEqualTo("Event");
                assertThat(exchange.getRequestURI().getPath()).contains(RuntimeApi.ARN);
                exchange.sendResponseHeaders(202, -1);
                exchange.close();
                invoked.add(event);
            }));
            town.set(IngestSetting.PIPELINE_CONTINUATION, "self")
                    .set(IngestSetting.PIPELINE_BATCH, "10:10:10")
                    .set(IngestSetting.PIPELINE_CONCURRENCY, "1")
                    .setVariable("AWS_ENDPOINT_URL_LAMBDA", service.uri().toString());
            town.start(Jvms.current(), IngestSqsHandler.class);
            String event = Town.messages(town.putFile("participants.csv", 200));
            int invocations = 0;
            while (event != null && invocations < 20) {
                Answer answer = town.lambda.invoke(event, Duration.ofMillis(1500));
                assertThat(answer.body()).isEqualTo("{\"batchItemFailures\":[]}");
                invocations++;
                boolean done = town.api.applied().size() == Town.known(200);
                event = done ? invoked.poll() : invoked.poll(10, TimeUnit.SECONDS);
            }

            assertThat(invocations).isGreaterThan(1);
            assertThat(town.api.applied())
                    .hasSize(Town.known(200))
                    .allSatisfy((id, times) -> assertThat(times).isEqualTo(1));
        }
    }

    @Test
    void aFunctionThatIsNotSetUpSaysAllThatIsWrongBeforeAnyEvent() throws Exception {
        try (Town town = new Town(Duration.ZERO)) {
            town.environment().clear();
            town.set(IngestSetting.PIPELINE_BATCH, "0:1").set(IngestSetting.PIPELINE_RATE, "-1");
            town.setVariable("PIPELINE_TRAGET", "x");
            town.start(Jvms.current(), IngestS3Handler.class);

            assertThat(town.lambda.awaitInitError())
                    .contains(
                            "PIPELINE_CATALOG is not set",
                            "PIPELINE_TARGET is not set",
                            "PIPELINE_CHECKPOINTS is not set",
                            "PIPELINE_BATCH was '0:1'",
                            "PIPELINE_RATE was '-1'",
                            "PIPELINE_TRAGET is no setting");
        }
    }
}
