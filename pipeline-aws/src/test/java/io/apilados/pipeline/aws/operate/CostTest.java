// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.aws.operate.CostAnalyzer.RecordsMetric;
import io.apilados.pipeline.aws.testing.AwsStub;
import io.apilados.pipeline.report.GoalVerdict;
import io.apilados.pipeline.report.GoalVerdict.Goal;
import io.apilados.pipeline.report.GoalVerdict.Verdict;
import io.apilados.pipeline.report.PerformanceGoals;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.testing.ReportSamples;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.lambda.LambdaClient;

@Timeout(60)
class CostTest {

    private static final PriceBook PRICES = Prices.ofTheDocs();

    private static BigDecimal cents(BigDecimal amount) {
        return amount.setScale(2, RoundingMode.HALF_UP);
    }

    /**
     * 3,000 invocations a month of 4 min each, 2,048 MB, 1,024 MB of storage, 10,000 records each. By hand, in
     * docs/operations.md: 3,000 x 240 s x 2 GB = 1,440,000 GB-s x 0.0000166667 = 24.000048; 3,000 x 0.0000002 = 0.0006;
     * 3,000 x 240 s x 0.5 GB = 360,000 GB-s x 0.0000000309 = 0.011124. Free: 400,000 GB-s = 6.66668, and all requests.
     */
    @Test
    void theWorkedExampleOfTheDocsIsRightToTheCent() throws IOException {
        LambdaUsage usage = new LambdaUsage(
                3000, new BigDecimal("720000000"), 2048, 1024, Processor.X86_64, Duration.ofDays(30), 30_000_000L);

        CostEstimate cost = CostEstimate.of(usage, PRICES);

        assertThat(cost.gbSeconds()).isEqualByComparingTo("1440000");
        assertThat(cost.storageGbSeconds()).isEqualByComparingTo("360000");
        assertThat(cost.requestCost()).isEqualByComparingTo("0.0006");
        assertThat(cost.computeCost()).isEqualByComparingTo("24.000048");
        assertThat(cost.storageCost()).isEqualByComparingTo("0.011124");
        assertThat(cost.total()).isEqualByComparingTo("24.011772");
        assertThat(cents(cost.total())).isEqualByComparingTo("24.01");
        assertThat(cost.freeTier()).isEqualByComparingTo("6.66728");
        assertThat(cents(cost.totalAfterFreeTier())).isEqualByComparingTo("17.34");
        assertThat(cost.perThousandRecords()).isEqualByComparingTo("0.0008003924");
        assertThat(cost.judgedBy(PerformanceGoals.ofDefaults()).verdict()).isEqualTo(Verdict.MET);
        assertThat(Files.readString(Path.of("..", "docs", "operations.md")))
                .contains("24.000048", "0.011124", "24.01 USD", "17.34 USD", "0.0008003924");
    }

    @Test
    void theOtherProcessorHasItsOwnPrice() {
        LambdaUsage usage = new LambdaUsage(
                3000, new BigDecimal("720000000"), 2048, 512, Processor.ARM64, Duration.ofDays(30), null);

        CostEstimate cost = CostEstimate.of(usage, PRICES);

        assertThat(cost.computeCost()).isEqualByComparingTo("19.200096");
        assertThat(cost.storageCost()).isZero();
        assertThat(cost.perThousandRecords()).isNull();
        assertThat(cost.judgedBy(PerformanceGoals.ofDefaults()).verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(cost.toText()).contains("1,000 records: not known");
    }

    @Test
    void theFreeTierTakesOffNoMoreThanWasUsedAndGoesByTheMonth() {
        LambdaUsage little =
                new LambdaUsage(10, BigDecimal.valueOf(1000), 1024, 512, Processor.X86_64, Duration.ofDays(30), null);
        assertThat(CostEstimate.of(little, PRICES).totalAfterFreeTier()).isZero();

        LambdaUsage halfAMonth = new LambdaUsage(
                0, new BigDecimal("1000000000"), 1024, 512, Processor.X86_64, Duration.ofDays(15), null);
        assertThat(CostEstimate.of(halfAMonth, PRICES).freeTier()).isEqualByComparingTo("3.33334");
    }

    @Test
    void aRunIsReckonedByItsReportAlone() {
        RunReport run = ReportSamples.completed(240, 1);
        CostEstimate cost = CostAnalyzer.ofRun(run, 1536, 512, Processor.X86_64, PRICES);

        assertThat(cost.gbSeconds()).isEqualByComparingTo("360");
        assertThat(cost.computeCost()).isEqualByComparingTo("0.006000012");
        assertThat(cost.requestCost()).isEqualByComparingTo("0.0000002");
        assertThat(cost.usage().records()).isEqualTo(run.delivered() + run.rejected());
    }

    @Test
    void theGoalsOfARunTakeTheCost() {
        RunReport run = ReportSamples.completed(240, 1)
                .judgedBy(PerformanceGoals.ofDefaults()
                        .costPerThousand(
                                1e-9, 1e-8, CostAnalyzer.costPerThousand(1536, 512, Processor.X86_64, PRICES)));

        assertThat(run.verdicts())
                .filteredOn(verdict -> verdict.goal() == Goal.COST_PER_THOUSAND)
                .singleElement()
                .extracting(GoalVerdict::verdict)
                .isEqualTo(Verdict.CRITICAL);
        assertThat(CostAnalyzer.costPerThousand(1536, 512, Processor.X86_64, PRICES)
                        .apply(ReportSamples.stopped(0, "x")))
                .isPositive();
    }

    @Test
    void overAPeriodItCountsWhatCloudWatchHasAllPagesOfIt() throws IOException {
        Instant from = Instant.parse("2026-10-01T00:00:00Z");
        try (AwsStub stub = AwsStub.start();
                LambdaClient lambda = stub.lambdaClient();
                CloudWatchClient cloudWatch = stub.cloudWatchClient()) {
            stub.lambda().function("ingest").memoryMb = 2048;
            stub.lambda().function("ingest").storageMb = 1024;
            for (int hour = 0; hour < 720; hour++) {
                Instant at = from.plus(Duration.ofHours(hour)).plusSeconds(100);
                for (int run = 0; run < (hour % 6 == 0 ? 5 : 4); run++) {
                    stub.cloudWatch().put("AWS/Lambda", "Duration", Map.of("FunctionName", "ingest"), at, 240_000);
                    stub.cloudWatch().put("AWS/Lambda", "Invocations", Map.of("FunctionName", "ingest"), at, 1);
                    stub.cloudWatch()
                            .put("Apilados/Pipeline/test", "RecordsProcessed", Map.of("Pipeline", "p"), at, 10_000);
                }
            }
            stub.cloudWatch().put("AWS/Lambda", "Duration", Map.of("FunctionName", "other"), from, 1e9);
            stub.cloudWatch()
                    .put("AWS/Lambda", "Duration", Map.of("FunctionName", "ingest"), from.minusSeconds(1), 1e9);
            stub.refuseNext("GetMetricData", 400, "Throttling");

            CostEstimate cost = CostAnalyzer.of(lambda, cloudWatch, PRICES)
                    .over(
                            "ingest",
                            from,
                            from.plus(Duration.ofDays(30)),
                            new RecordsMetric("Apilados/Pipeline/test", Map.of("Pipeline", "p")));

            assertThat(cost.usage().invocations()).isEqualTo(3000);
            assertThat(cost.usage().records()).isEqualTo(30_000_000L);
            assertThat(cents(cost.total())).isEqualByComparingTo("24.01");
            assertThat(cents(cost.totalAfterFreeTier())).isEqualByComparingTo("17.34");
            assertThat(stub.calls("GetMetricData").size()).isGreaterThan(10);
            assertThat(stub.calls("GetMetricData").get(1).attempt()).isEqualTo(2);
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> CostAnalyzer.of(lambda, cloudWatch, PRICES).over("ingest", from, from, null))
                    .withMessageContaining("must not be empty");
        }
    }

    @Test
    void aPriceBookIsReadBackAsItWasWritten() throws IOException {
        assertThat(PriceBook.fromJson(PRICES.toJson())).isEqualTo(PRICES);
    }

    @Test
    void aPriceBookThatIsNoneSaysAllThatIsWrong(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("prices.json");
        Files.writeString(
                file,
                "{\"currency\":\"USD\",\"region\":\"\",\"asOf\":\"x\",\"source\":\"x\",\"perMillionRequests\":-1,"
                        + "\"perGbSecond\":{\"x86_64\":\"1\"},\"includedStorageMb\":1.5,\"free\":1}");

        assertThatThrownBy(() -> PriceBook.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("region must be a text")
                .hasMessageContaining("perMillionRequests must be a number, 0 or more")
                .hasMessageContaining("perStorageGbSecond is missing")
                .hasMessageContaining("includedStorageMb must be a whole number")
                .hasMessageContaining("perGbSecond.x86_64 must be a number")
                .hasMessageContaining("perGbSecond.arm64 is missing")
                .hasMessageContaining("free must be an object");
    }

    @Test
    void anAmountIsShownExactlyInJson() {
        LambdaUsage usage =
                new LambdaUsage(1, new BigDecimal("1500.25"), 512, 512, Processor.X86_64, Duration.ofHours(1), 0L);
        assertThat(CostEstimate.of(usage, PRICES).toJson())
                .contains("\"billedMillis\" : 1500.25", "\"perThousandRecords\" : null");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new LambdaUsage(1, BigDecimal.ONE, 64, 512, Processor.X86_64, Duration.ofHours(1), null))
                .withMessage("memoryMb was 64 but it must be between 128 and 10240");
    }
}
