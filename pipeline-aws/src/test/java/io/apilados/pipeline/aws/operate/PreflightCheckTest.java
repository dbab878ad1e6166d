// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.apilados.pipeline.aws.cloudwatch.CloudWatchProvisioner;
import io.apilados.pipeline.aws.cloudwatch.PipelineMonitoring;
import io.apilados.pipeline.aws.operate.CostAnalyzer.RecordsMetric;
import io.apilados.pipeline.aws.operate.PreflightReport.Status;
import io.apilados.pipeline.aws.testing.AwsStub;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.report.PerformanceGoals;
import io.apilados.pipeline.report.PerformanceReport;
import io.apilados.pipeline.report.PerformanceSample;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.testing.ReportSamples;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.lambda.LambdaClient;

@Timeout(60)
class PreflightCheckTest {

    private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
    private static final RecordsMetric WHERE = new RecordsMetric("Apilados/Pipeline/test", Map.of("Pipeline", "p"));

    private final VirtualScheduler time = new VirtualScheduler();
    private AwsStub stub;
    private LambdaClient lambda;
    private CloudWatchClient cloudWatch;

    @BeforeEach
    void start() throws IOException {
        stub = AwsStub.start();
        lambda = stub.lambdaClient();
        cloudWatch = stub.cloudWatchClient();
        time.advance(Duration.between(Instant.EPOCH, NOW));
    }

    @AfterEach
    void stop() {
        lambda.close();
        cloudWatch.close();
        stub.close();
    }

    private static PipelineMonitoring.Builder monitoring() {
        return PipelineMonitoring.ofFunction("test", "ingest").dimension("Pipeline", "p");
    }

    private static TuningResult tuning() {
        return new TuningResult(
                "ingest",
                NOW.minusSeconds(1000),
                TuningStrategy.BALANCED,
                0.5,
                "USD",
                List.of(
                        new MemoryTrial(1024, 10, 2000, 20, 2000, 300, 3e-5),
                        new MemoryTrial(2048, 10, 800, 20, 800, 300, 2.7e-5),
                        new MemoryTrial(3008, 10, 700, 100, 700, 300, 3e-5)));
    }

    private static PerformanceReport performance(Instant at, int seconds) {
        List<RunReport> runs = IntStream.range(0, 10)
                .mapToObj(i -> ReportSamples.completed(seconds + i % 3, i))
                .toList();
        List<PerformanceSample> samples =
                runs.stream().map(run -> PerformanceSample.of(run, 1.0, null)).toList();
        return PerformanceReport.of(at, 2, samples, runs, PerformanceGoals.ofDefaults());
    }

    private PreflightCheck.Builder everythingGood() {
        CloudWatchProvisioner.of(cloudWatch)
                .apply(monitoring().action("arn:aws:sns:us-east-1:1:t").build());
        var metrics = stub.cloudWatch();
        Instant at = NOW.minus(Duration.ofDays(3));
        metrics.put(WHERE.namespace(), "RecordsProcessed", WHERE.dimensions(), at, 5000);
        metrics.put(WHERE.namespace(), "MemoryUtilization", WHERE.dimensions(), at, 41);
        metrics.put(WHERE.namespace(), "RequestDurationP99", WHERE.dimensions(), at, 300);
        lookups("hit", 970);
        lookups("miss", 30);
        stub.lambda().function("ingest").memoryMb = 2048;
        stub.lambda().function("ingest").snapStart = "PublishedVersions";
        return PreflightCheck.builder()
                .scheduler(time)
                .function(lambda, "ingest", "live")
                .monitoring(
                        cloudWatch,
                        monitoring().action("arn:aws:sns:us-east-1:1:t").build(),
                        WHERE)
                .run(ReportSamples.completed(30, 1))
                .tuning(tuning())
                .performance(
                        performance(NOW.minus(Duration.ofDays(2)), 60), performance(NOW.minusSeconds(9_000_000), 60))
                .prices(Prices.ofTheDocs())
                .cost(CostEstimate.of(
                        new LambdaUsage(
                                10,
                                BigDecimal.valueOf(1e6),
                                2048,
                                512,
                                Processor.X86_64,
                                Duration.ofDays(30),
                                100_000L),
                        Prices.ofTheDocs()))
                .attest(PreflightItem.CONNECTIONS, "10 connections, see Ingest")
                .attest(PreflightItem.MONTHLY_REVIEW, "done on the 2nd");
    }

    private void lookups(String result, double count) {
        stub.cloudWatch()
                .put(
                        WHERE.namespace(),
                        "pipeline.cct.lookups",
                        Map.of("Pipeline", "p", "tier", "all", "result", result),
                        NOW.minus(Duration.ofDays(1)),
                        count);
    }

    private static Status status(PreflightReport report, PreflightItem item) {
        return report.of(item).status();
    }

    @Test
    void withNothingHandedInNothingIsKnownAndNothingPasses() {
        PreflightReport report = PreflightCheck.builder().build().run();

        assertThat(report.findings())
                .hasSize(21)
                .extracting(PreflightReport.Finding::item)
                .doesNotHaveDuplicates();
        assertThat(report.count(Status.UNKNOWN)).isEqualTo(21);
        assertThat(report.findings())
                .allSatisfy(finding -> assertThat(finding.evidence()).isNotBlank());
        assertThat(stub.calls()).isEmpty();
    }

    @Test
    void withEverythingInOrderEveryItemPassesAndSaysByWhat() {
        PreflightReport report = everythingGood().build().run();

        assertThat(report.findings())
                .filteredOn(finding -> finding.status() != Status.PASS)
                .isEmpty();
        assertThat(report.isPassed()).isTrue();
        assertThat(report.toText())
                .contains("before deployment", "after deployment", "monthly", "21 pass, 0 fail, 0 unknown")
                .contains("the function has 2048 MB; tuning of 2026-11-20T11:43:20Z chose 2048 MB by BALANCED")
                .contains("97.0 % of 1,000 lookups found their key")
                .contains("said by hand: done on the 2nd");
        assertThat(report.toJson()).contains("\"item\" : \"ALARMS\"", "\"status\" : \"PASS\"");
    }

    @Test
    void eachItemFailsByWhatItLooksAt() {
        PreflightCheck.Builder check = everythingGood();
        stub.lambda().function("ingest").memoryMb = 1024;
        stub.lambda().function("ingest").snapStart = "None";
        stub.cloudWatch().dashboards().clear();
        stub.cloudWatch().alarms().remove("Apilados-test-p-Breaker-Open");
        lookups("miss", 5000);
        PreflightReport report = check.run(ReportSamples.stopped(90, "x"))
                .performance(
                        performance(NOW.minus(Duration.ofDays(40)), 90), performance(NOW.minusSeconds(9_000_000), 10))
                .cost(CostEstimate.of(
                        new LambdaUsage(
                                10, BigDecimal.valueOf(1e9), 2048, 512, Processor.X86_64, Duration.ofDays(30), 10L),
                        Prices.ofTheDocs()))
                .build()
                .run();

        assertThat(status(report, PreflightItem.MEMORY_SIZE)).isEqualTo(Status.FAIL);
        assertThat(status(report, PreflightItem.COLD_START)).isEqualTo(Status.FAIL);
        assertThat(status(report, PreflightItem.LEAK_DETECTION)).isEqualTo(Status.FAIL);
        assertThat(status(report, PreflightItem.CATALOG_MODE)).isEqualTo(Status.FAIL);
        assertThat(report.of(PreflightItem.DASHBOARD).evidence()).endsWith("Performance is missing");
        assertThat(report.of(PreflightItem.ALARMS).evidence())
                .isEqualTo("alarm Apilados-test-p-Breaker-Open is missing");
        assertThat(status(report, PreflightItem.PERFORMANCE_TESTS)).isEqualTo(Status.FAIL);
        assertThat(status(report, PreflightItem.COST)).isEqualTo(Status.FAIL);
        assertThat(status(report, PreflightItem.CACHE_HITS)).isEqualTo(Status.FAIL);
        assertThat(report.isPassed()).isFalse();
    }

    @Test
    void metricsWithoutDataFail() {
        PreflightReport report = PreflightCheck.builder()
                .scheduler(time)
                .monitoring(cloudWatch, monitoring().build(), WHERE)
                .build()
                .run();

        assertThat(status(report, PreflightItem.MEMORY_TREND)).isEqualTo(Status.FAIL);
        assertThat(status(report, PreflightItem.RESPONSE_TIME)).isEqualTo(Status.FAIL);
        assertThat(status(report, PreflightItem.COST_MONITORING)).isEqualTo(Status.FAIL);
        assertThat(status(report, PreflightItem.CACHE_HITS)).isEqualTo(Status.UNKNOWN);
        assertThat(report.of(PreflightItem.ALARMS).evidence()).contains("alarms tell nobody");
    }

    @Test
    void environmentsKeptReadyCountAsWellAsSnapshots() throws InterruptedException {
        PreflightCheck.Builder check = everythingGood();
        stub.lambda().function("ingest").snapStart = "None";
        LambdaConfigurator.of(lambda, "ingest", time).provision("live", 2);

        assertThat(check.build().run().of(PreflightItem.COLD_START).evidence())
                .isEqualTo("SnapStart is off, and 2 environments are kept ready for live");
    }

    @Test
    void aSizeWithinTheNoiseOfTheChosenOneIsRight() {
        PreflightCheck.Builder check = everythingGood();
        stub.lambda().function("ingest").memoryMb = 3008;

        assertThat(tuning().rivals()).extracting(MemoryTrial::memoryMb).containsExactly(3008);
        assertThat(status(check.build().run(), PreflightItem.MEMORY_SIZE)).isEqualTo(Status.PASS);
    }

    @Test
    void aServiceThatRefusesMakesItsItemsUnknown() {
        PreflightCheck.Builder check = everythingGood();
        stub.refuseAll("GetFunctionConfiguration", 403, "AccessDeniedException");

        PreflightReport report = check.build().run();

        assertThat(status(report, PreflightItem.MEMORY_SIZE)).isEqualTo(Status.UNKNOWN);
        assertThat(report.of(PreflightItem.COLD_START).evidence()).contains("AWS could not be asked");
        assertThat(status(report, PreflightItem.DASHBOARD)).isEqualTo(Status.PASS);
    }

    @Test
    void aFixedBatchSizeAndOneAtItsLargestFail() {
        RunReport run = ReportSamples.completed(30, 1);
        assertThat(batchSize(run, "100:100:100")).isEqualTo("the batch size is fixed at 100");
        assertThat(batchSize(ReportSamples.completed(600, 1), "10:100:500")).contains("at its largest in 9");
    }

    private String batchSize(RunReport of, String batch) {
        RunReport run = new RunReport(
                of.status(),
                of.source(),
                of.read(),
                of.delivered(),
                of.rejected(),
                of.filtered(),
                of.unsettled(),
                of.oddities(),
                of.batches(),
                of.requests(),
                of.retries(),
                of.bytesRead(),
                of.startedAt(),
                of.elapsed(),
                of.peakHeapBytes(),
                of.memoryShare(),
                of.resumedFrom(),
                of.rejectReasons(),
                of.notes(),
                of.latencies(),
                of.timeline(),
                Map.of("batch", batch),
                of.verdicts(),
                of.endReason());
        PreflightReport report = PreflightCheck.builder()
                .scheduler(Scheduler.system())
                .run(run)
                .build()
                .run();
        assertThat(status(report, PreflightItem.BATCH_SIZE)).isEqualTo(Status.FAIL);
        return report.of(PreflightItem.BATCH_SIZE).evidence();
    }

    @Test
    void blankEvidenceIsNone() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PreflightCheck.builder().attest(PreflightItem.MONTHLY_REVIEW, " "));
    }
}
