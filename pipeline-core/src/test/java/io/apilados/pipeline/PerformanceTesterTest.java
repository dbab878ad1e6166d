// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.report.Comparison;
import io.apilados.pipeline.report.Comparison.Verdict;
import io.apilados.pipeline.report.PerformanceReport;
import io.apilados.pipeline.testing.GeneratedSource;
import io.apilados.pipeline.testing.ScriptedDelivery;
import io.apilados.pipeline.testing.ScriptedDelivery.Reply;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PerformanceTesterTest {

    private final VirtualScheduler time = new VirtualScheduler();
    private final PerformanceTester tester =
            PerformanceTester.builder().warmUp(1).runs(5).scheduler(time).build();

    private PipelineBuilder<String> pipeline(Duration latency) {
        return Pipeline.from(new GeneratedSource(1000))
                .parse(CsvParser.withHeader())
                .enrich(row -> "a record")
                .batch(BatchSizing.fixed(10))
                .deliver(new ScriptedDelivery<String>(
                        time, batch -> Reply.of(DeliveryOutcome.delivered()).after(latency)))
                .concurrency(ConcurrencyController.fixed(3))
                .scheduler(time);
    }

    @Test
    void measuresEachRunAfterThoseThatWarmUpWithAPipelineOfItsOwn() {
        List<Pipeline> made = new ArrayList<>();

        PerformanceReport report = tester.run(() -> {
            // The first is slow and must not be seen.
            made.add(pipeline(Duration.ofMillis(made.isEmpty() ? 900 : 30)).build());
            return made.get(made.size() - 1);
        });

        assertThat(made).hasSize(6).doesNotHaveDuplicates();
        assertThat(report.samples()).hasSize(5).allSatisfy(sample -> {
            assertThat(sample.read()).isEqualTo(1000);
            // 100 batches, three at a time
            assertThat(sample.seconds()).isEqualTo(34 * 0.030);
            assertThat(sample.p50Millis()).isBetween(30.0, 30.1);
            assertThat(sample.successRate()).isEqualTo(1);
            assertThat(sample.cpuSeconds()).isNotNull().isNotNegative();
        });
        assertThat(report.latencies().count()).isEqualTo(500);
        assertThat(report.medianRun().verdicts()).isNotEmpty();
    }

    @Test
    void findsTenPercentInVirtualTimeAndNothingBetweenEqualOnes() {
        PerformanceReport base =
                tester.run(() -> pipeline(Duration.ofMillis(100)).build());
        PerformanceReport same =
                tester.run(() -> pipeline(Duration.ofMillis(100)).build());
        PerformanceReport slow =
                tester.run(() -> pipeline(Duration.ofMillis(110)).build());

        assertThat(same.compare(base).verdict()).isEqualTo(Verdict.NO_DIFFERENCE);
        assertThat(slow.compare(base).verdict()).isEqualTo(Verdict.SLOWER);
        assertThat(base.compare(slow).verdict()).isEqualTo(Verdict.FASTER);
    }

    @Test
    void pairedRunsTakeTurnsAndSoDoesWhoIsFirst() {
        StringBuilder order = new StringBuilder();

        Comparison comparison = tester.runPaired(
                        () -> {
                            order.append('a');
                            return pipeline(Duration.ofMillis(100)).build();
                        },
                        () -> {
                            order.append('b');
                            return pipeline(Duration.ofMillis(110)).build();
                        })
                .compare();

        assertThat(order).hasToString("abbaabbaabba");
        assertThat(comparison.verdict()).isEqualTo(Verdict.SLOWER);
    }

    @Test
    void aRunThatStopsOrBreaksEndsTheTestAndIsNamed() {
        List<Integer> made = new ArrayList<>();
        assertThatThrownBy(() -> tester.run(() -> {
                    made.add(1);
                    return pipeline(Duration.ofMillis(30))
                            .deadline(Duration.ofMillis(made.size() == 3 ? 300 : 60_000))
                            .build();
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("run 2 of 5 ended as STOPPED but it must be COMPLETED");
        assertThatThrownBy(() ->
                        tester.runPaired(() -> pipeline(Duration.ofMillis(30)).build(), () -> {
                            throw new IllegalArgumentException("no such file");
                        }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("run 1 of 1 to warm up of the candidate broke: no such file");
    }

    @Test
    void refusesNumbersOfRunsOutOfRange() {
        assertThatThrownBy(() -> PerformanceTester.builder().runs(2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("runs was 2 but it must be between 3 and 1000");
        assertThatThrownBy(() -> PerformanceTester.builder().warmUp(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("warmUp was -1 but it must be between 0 and 1000");
    }
}
