// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.apilados.pipeline.aws.cloudwatch.EmfMeterRegistry;
import io.apilados.pipeline.aws.lambda.ObjectResult.Status;
import io.apilados.pipeline.checkpoint.CheckpointLease;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.testing.TextSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LambdaPipelineTest {

    private static final int ROWS = 1000;

    private final TestBed bed = new TestBed();
    private final S3EventObject object = bed.put("a.csv", ROWS);

    private ObjectResult process(Duration left) {
        return bed.pipeline().process(object, () -> left);
    }

    @Test
    void anObjectThatTakesSeveralInvocationsIsReadOnceInAll() {
        int invocations = 0;
        ObjectResult result;
        do {
            result = process(Duration.ofSeconds(3));
            invocations++;
            if (result.status() == Status.UNFINISHED) {
                assertThat(result.settled()).isPositive();
            }
        } while (result.status() == Status.UNFINISHED && invocations < 20);

        assertThat(result.status()).isEqualTo(Status.COMPLETED);
        assertThat(invocations).isBetween(3, 8);
        assertThat(bed.arrived()).hasSize(ROWS).doesNotHaveDuplicates();
        assertThat(Objects.requireNonNull(result.report()).delivered()).isEqualTo(ROWS);
    }

    @Test
    void everyInvocationEndsBeforeItsTimeIsOver() {
        Duration began = bed.time().elapsed();
        ObjectResult result = process(Duration.ofSeconds(3));

        assertThat(result.status()).isEqualTo(Status.UNFINISHED);
        assertThat(bed.time().elapsed().minus(began)).isBetween(Duration.ofMillis(2000), Duration.ofMillis(2700));
    }

    @Test
    void anObjectThatIsFinishedIsRecognized() {
        assertThat(process(Duration.ofMinutes(15)).status()).isEqualTo(Status.COMPLETED);

        ObjectResult again = process(Duration.ofMinutes(15));

        assertThat(again.status()).isEqualTo(Status.COMPLETED_BEFORE);
        assertThat(again.settled()).isZero();
        assertThat(bed.arrived()).hasSize(ROWS);
    }

    @Test
    void anotherContentOfTheSameKeyIsAnotherRun() {
        ObjectResult first = process(Duration.ofMinutes(15));
        S3EventObject overwritten = bed.put("a.csv", 10);

        ObjectResult second = bed.pipeline().process(overwritten, () -> Duration.ofMinutes(15));
        ObjectResult late = process(Duration.ofMinutes(15));

        assertThat(first.status()).isEqualTo(Status.COMPLETED);
        assertThat(second.status()).isEqualTo(Status.COMPLETED);
        assertThat(bed.arrived()).hasSize(ROWS + 10);
        assertThat(late.status()).isEqualTo(Status.SUPERSEDED);
        assertThat(late.status().isDone()).isTrue();
        assertThat(bed.arrived()).hasSize(ROWS + 10);
    }

    @Test
    void anEventOfBeforeAnOverwriteSendsNothing() {
        S3EventObject overwritten = bed.put("a.csv", 10);

        assertThat(process(Duration.ofMinutes(15)).status()).isEqualTo(Status.SUPERSEDED);
        assertThat(bed.arrived()).isEmpty();
        assertThat(bed.pipeline()
                        .process(overwritten, () -> Duration.ofMinutes(15))
                        .status())
                .isEqualTo(Status.COMPLETED);
    }

    @Test
    void anObjectThatAnotherInvocationHasIsBusy() throws IOException {
        ObjectResult result;
        try (CheckpointLease another = bed.checkpoints().acquire(object.identity())) {
            assertThat(another).isNotNull();
            result = process(Duration.ofMinutes(15));
        }

        assertThat(result.status()).isEqualTo(Status.BUSY);
        assertThat(result.hasFailed()).isTrue();
        assertThat(bed.arrived()).isEmpty();
        assertThat(process(Duration.ofMinutes(15)).status()).isEqualTo(Status.COMPLETED);
    }

    @Test
    void aStopThatDoesNotPassByItselfIsNoReasonToGoOn() {
        bed.answering(batch -> DeliveryOutcome.stop("http-401", "the token is refused"));

        ObjectResult result = process(Duration.ofMinutes(15));

        assertThat(result.status()).isEqualTo(Status.STOPPED);
        assertThat(result.hasFailed()).isTrue();
        assertThat(result.problem()).contains("the token is refused");
    }

    @Test
    void anApiThatIsDownForLongerThanTheInvocationLeavesTheObjectUnfinished() {
        bed.answering(batch -> DeliveryOutcome.retry("http-503"));

        ObjectResult result = process(Duration.ofSeconds(30));

        assertThat(result.status()).isEqualTo(Status.UNFINISHED);
        assertThat(result.settled()).isZero();
    }

    @Test
    void anObjectThatIsNotThereFailsByItself() {
        ObjectResult result =
                bed.pipeline().process(S3EventObject.of("enrolments", "none.csv"), () -> Duration.ofMinutes(15));

        assertThat(result.status()).isEqualTo(Status.FAILED);
        assertThat(result.problem()).contains("s3://enrolments/none.csv");
    }

    @Test
    void aPipelineThatCannotBeMadeFailsTheObject() {
        LambdaPipeline pipeline = LambdaPipeline.builder(
                        unused -> new TextSource("id\n"), bed.checkpoints(), (named, source) -> {
                            throw new IOException("the catalog cannot be read");
                        })
                .build();

        ObjectResult result = pipeline.process(object, () -> Duration.ofMinutes(15));

        assertThat(result.status()).isEqualTo(Status.FAILED);
        assertThat(result.problem()).isEqualTo("the catalog cannot be read");
    }

    @Test
    void codeThatIsAtFaultFailsTheObjectAndWhatItSaysIsNotTold() {
        LambdaPipeline pipeline = LambdaPipeline.builder(
                        unused -> new TextSource("id\n"), bed.checkpoints(), (named, source) -> {
                            throw new IllegalStateException("Ana, 01DPR0001V");
                        })
                .build();

        ObjectResult result = pipeline.process(object, () -> Duration.ofMinutes(15));

        assertThat(result.status()).isEqualTo(Status.FAILED);
        assertThat(result.problem()).isEqualTo("code at fault: java.lang.IllegalStateException");
    }

    @Test
    void aPipelineThatIsSetUpWronglySaysWhatIsWrong() {
        LambdaPipeline pipeline = LambdaPipeline.builder(
                        named -> new TextSource("id\n"),
                        bed.checkpoints(),
                        (named, source) -> bed.pipeline(named, source).deadline(Duration.ofMinutes(1)))
                .build();

        assertThat(pipeline.process(object, () -> Duration.ofMinutes(15)).problem())
                .contains("deadline was set twice");
    }

    @Test
    void nothingBeginsWithTooLittleTime() {
        ObjectResult result = process(Duration.ofMillis(300));

        assertThat(result.status()).isEqualTo(Status.UNFINISHED);
        assertThat(bed.made()).isZero();
    }

    @Test
    void theReserveIsATwentiethWithinItsBoundsOrWhatIsSet() {
        assertThat(deadlineOf(bed.builder().build(), Duration.ofMinutes(15))).isEqualTo(Duration.ofSeconds(890));
        assertThat(deadlineOf(bed.builder().build(), Duration.ofSeconds(60))).isEqualTo(Duration.ofSeconds(57));
        assertThat(deadlineOf(bed.builder().build(), Duration.ofSeconds(1))).isEqualTo(Duration.ofMillis(700));
        assertThat(deadlineOf(bed.builder().reserve(Duration.ofSeconds(20)).build(), Duration.ofSeconds(60)))
                .isEqualTo(Duration.ofSeconds(40));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> bed.builder().reserve(Duration.ofSeconds(-1)))
                .withMessage("reserve was PT-1S but it must not be negative");
    }

    private Duration deadlineOf(LambdaPipeline pipeline, Duration left) {
        bed.checkpoints().forget();
        RunReport report =
                Objects.requireNonNull(pipeline.process(object, () -> left).report());
        return Duration.parse(Objects.requireNonNull(report.settings().get("deadline")));
    }

    @Test
    void metricsAreWrittenEveryMinuteOfARunAndAtItsEnd() {
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        EmfMeterRegistry registry = EmfMeterRegistry.builder("test")
                .output(new PrintStream(log, true, StandardCharsets.UTF_8))
                .build();
        bed.taking(Duration.ofSeconds(7));
        LambdaPipeline pipeline = bed.builder().metrics(registry).build();

        ObjectResult result = pipeline.process(object, () -> Duration.ofMinutes(15));
        assertThat(Objects.requireNonNull(result.report()).status()).isEqualTo(RunStatus.COMPLETED);
        Duration took = result.report().elapsed();
        String duringTheRun = log.toString(StandardCharsets.UTF_8);
        pipeline.endInvocation();
        String all = log.toString(StandardCharsets.UTF_8);

        assertThat(took).isGreaterThan(Duration.ofMinutes(2));
        assertThat(duringTheRun.split("\"pipeline.runs.active\":1", -1)).hasSize(1 + (int) took.toMinutes());
        assertThat(duringTheRun).doesNotContain("ExecutionTime");
        assertThat(all).contains("\"RecordsProcessed\":1000", "Apilados/Pipeline/test");
    }
}
