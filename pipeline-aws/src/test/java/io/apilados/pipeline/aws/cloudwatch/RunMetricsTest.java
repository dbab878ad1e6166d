// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.PipelineBuilder;
import io.apilados.pipeline.PipelineException;
import io.apilados.pipeline.aws.cloudwatch.EmfLog.Told;
import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.checkpoint.CheckpointLease;
import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.MemoryUsage;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.metrics.PipelineMeter;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.testing.MemoryCheckpointStore;
import io.apilados.pipeline.testing.ScriptedDelivery;
import io.apilados.pipeline.testing.ScriptedDelivery.Reply;
import io.apilados.pipeline.testing.ScriptedMemoryMonitor;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RunMetricsTest {

    private static final int ROWS = 1000;

    private final VirtualScheduler time = new VirtualScheduler();
    private final EmfLog log = new EmfLog();
    private final EmfMeterRegistry registry =
            EmfMeterRegistry.builder("test").output(log.output()).build();
    private final MemoryCheckpointStore checkpoints = new MemoryCheckpointStore();

    /** Of ten rows one has a field too many, and one is not wanted. */
    private static TextSource source() {
        StringBuilder csv = new StringBuilder("id\n");
        for (int i = 0; i < ROWS; i++) {
            csv.append(i).append(i % 10 == 7 ? ",x" : "").append('\n');
        }
        return new TextSource(csv.toString());
    }

    private PipelineBuilder<String> pipeline(Function<Batch<String>, Reply> script) {
        return Pipeline.from(source())
                .parse(CsvParser.withHeader())
                .filter((CsvRow row) -> !row.text("id").endsWith("5"))
                .enrich(row -> row.text("id"))
                .batch(BatchSizing.fixed(20))
                .deliver(new ScriptedDelivery<>(time, script))
                .concurrency(ConcurrencyController.fixed(2))
                .rejects(RejectedRecords.counting())
                .checkpoint(checkpoints)
                .scheduler(time)
                .metrics(registry)
                .listener(RunMetrics.in(registry, Map.of("Pipeline", "participants")));
    }

    private static Reply delivered(Batch<String> batch) {
        return Reply.of(DeliveryOutcome.delivered()).after(Duration.ofMillis(100));
    }

    private double sum(RunMetric metric) {
        return log.sum(metric.metricName(), "participants");
    }

    @Test
    void theFiguresAreThoseOfTheReport() {
        RunReport report = pipeline(RunMetricsTest::delivered).build().run();
        registry.flushWithoutGauges();

        assertThat(report.rejected()).isEqualTo(ROWS / 10);
        assertThat(sum(RunMetric.RECORDS_PROCESSED)).isEqualTo(report.read()).isEqualTo(ROWS);
        assertThat(sum(RunMetric.RECORDS_DELIVERED)).isEqualTo(report.delivered());
        assertThat(sum(RunMetric.RECORDS_REJECTED)).isEqualTo(report.rejected());
        assertThat(sum(RunMetric.RECORDS_UNSETTLED)).isZero();
        assertThat(sum(RunMetric.SUCCESS_RATE)).isEqualTo(100.0 * 800 / 900);
        assertThat(sum(RunMetric.EXECUTION_TIME)).isEqualTo(report.elapsed().toMillis());
        assertThat(sum(RunMetric.RECORDS_PER_SECOND)).isEqualTo(ROWS / report.seconds());
        assertThat(sum(RunMetric.REQUEST_P99)).isBetween(99.0, 101.0);
        assertThat(sum(RunMetric.RUNS_FAILED)).isZero();
        assertThat(log.told("ExecutionTime").get(0).unit()).isEqualTo("Milliseconds");
        assertThat(log.told("SuccessRate").get(0).unit()).isEqualTo("Percent");
        assertThat(log.told("RecordsProcessed").get(0).unit()).isEqualTo("Count");
        assertThat(log.told("RecordsPerSecond").get(0).unit()).isEqualTo("Count/Second");
    }

    @Test
    void runsThatGoOnFromEachOtherAddUpToTheSource() {
        int runs = 0;
        RunReport report;
        do {
            report = pipeline(RunMetricsTest::delivered)
                    .deadline(Duration.ofMillis(900))
                    .build()
                    .run();
            runs++;
        } while (report.status() == RunStatus.STOPPED && runs < 10);
        registry.flush();

        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(runs).isGreaterThan(1);
        assertThat(sum(RunMetric.RECORDS_DELIVERED)).isEqualTo(800);
        assertThat(sum(RunMetric.RECORDS_PROCESSED)).isBetween((double) ROWS, ROWS + runs * 2.0 * 20);
        assertThat(log.told("ExecutionTime").get(0).count()).isEqualTo(runs);
    }

    @Test
    void aRunThatFindsItsSourceFinishedTellsNothing() {
        pipeline(RunMetricsTest::delivered).build().run();
        registry.flush();
        log.clear();

        RunReport again = pipeline(RunMetricsTest::delivered).build().run();
        registry.flush();

        assertThat(again.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(log.told("ExecutionTime")).isEmpty();
        assertThat(log.told("RecordsProcessed")).isEmpty();
    }

    @Test
    void anApiThatIsDownMakesARateOfZeroAndABreakerThatOpened() {
        RunReport report = pipeline(batch -> Reply.of(DeliveryOutcome.retry("http-503")))
                .deadline(Duration.ofMinutes(2))
                .circuitBreaker(CircuitBreaker.builder().scheduler(time).build())
                .build()
                .run();
        registry.flush();

        assertThat(report.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(sum(RunMetric.RECORDS_DELIVERED)).isZero();
        assertThat(sum(RunMetric.RECORDS_UNSETTLED)).isPositive();
        assertThat(sum(RunMetric.BREAKER_OPENINGS)).isPositive();
        assertThat(sum(RunMetric.RETRIES)).isPositive();
        assertThat(log.told("SuccessRate")).extracting(Told::max).contains(0.0);
    }

    @Test
    void aRunThatBreaksIsCounted() throws IOException {
        Pipeline pipeline = pipeline(RunMetricsTest::delivered).build();
        try (CheckpointLease another = checkpoints.acquire(source().location())) {
            assertThat(another).isNotNull();
            assertThatThrownBy(pipeline::run).isInstanceOf(PipelineException.class);
        }
        registry.flush();

        assertThat(sum(RunMetric.RUNS_FAILED)).isEqualTo(1);
        assertThat(log.told("SuccessRate")).isEmpty();
    }

    @Test
    void whatIsEmittedIsWhatTheTablesSay() {
        ScriptedMemoryMonitor memory = new ScriptedMemoryMonitor();
        memory.use(new MemoryUsage(
                1, 2, 4, 0, 0, 0, OptionalLong.of(5), OptionalLong.of(10), OptionalLong.empty(), Duration.ZERO, 0, 0));
        pipeline(RunMetricsTest::delivered).memory(memory).build().run();
        registry.flush();

        assertThat(sum(RunMetric.MEMORY_UTILIZATION)).isEqualTo(50);

        assertThat(log.told())
                .extracting(Told::name)
                .filteredOn(name -> !name.startsWith("pipeline."))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(RunMetric.values())
                        .map(RunMetric::metricName)
                        .toList());
        assertThat(log.told())
                .extracting(Told::name)
                .filteredOn(name -> name.startsWith("pipeline."))
                .isSubsetOf(Arrays.stream(PipelineMeter.values())
                        .map(PipelineMeter::meterName)
                        .collect(Collectors.toSet()))
                .contains(
                        "pipeline.records", "pipeline.request.duration", "pipeline.run.duration", "pipeline.inflight");
    }

    @Test
    void thePageHasEveryFigure() throws IOException {
        Path page = Path.of("..", "docs", "metrics.md");
        assertThat(Files.readAllLines(page))
                .containsAll(Arrays.stream(RunMetric.values())
                        .map(metric -> "| `" + metric.metricName() + "` | " + metric.unit() + " | "
                                + metric.description() + " |")
                        .toList());
    }
}
