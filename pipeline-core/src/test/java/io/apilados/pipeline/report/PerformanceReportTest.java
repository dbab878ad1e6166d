// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.apilados.pipeline.report.PerformanceReport.Spread;
import io.apilados.pipeline.testing.ReportSamples;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PerformanceReportTest {

    private static PerformanceReport of(RunReport... runs) {
        List<PerformanceSample> samples = new ArrayList<>();
        for (RunReport run : runs) {
            samples.add(PerformanceSample.of(run, 0.4 * run.seconds(), 1000L));
        }
        return PerformanceReport.of(Instant.EPOCH, 2, samples, List.of(runs), PerformanceGoals.ofDefaults());
    }

    /** So many equal requests in ten seconds. */
    private static RunReport run(int requests, Duration each, Map<String, String> settings) {
        LatencyRecorder recorder = new LatencyRecorder();
        for (int i = 0; i < requests; i++) {
            recorder.record(each.toNanos());
        }
        RunReport sample = ReportSamples.completed(10, 1);
        return new RunReport(
                RunStatus.COMPLETED,
                "x.csv",
                10_000,
                10_000,
                0,
                0,
                0,
                0,
                requests,
                requests,
                0,
                1,
                Instant.EPOCH,
                Duration.ofSeconds(10),
                1,
                0.9,
                null,
                List.of(),
                List.of(),
                recorder.total(),
                sample.timeline(),
                settings,
                List.of(),
                null);
    }

    private static List<String> titles(PerformanceReport report) {
        return report.recommendations().stream().map(Recommendation::title).toList();
    }

    @Test
    void comesBackFromJsonAsItWas() throws IOException {
        PerformanceReport report =
                of(ReportSamples.completed(20, 1), ReportSamples.completed(30, 2), ReportSamples.stopped(90, "x"));

        assertThat(PerformanceReport.fromJson(report.toJson())).isEqualTo(report);
    }

    @Test
    void whatIsNotKnownStaysUnknownInJson() throws IOException {
        PerformanceReport report = PerformanceReport.of(
                Instant.EPOCH,
                0,
                List.of(PerformanceSample.of(ReportSamples.stopped(90, "x"), null, null)),
                List.of(ReportSamples.stopped(90, "x")),
                PerformanceGoals.ofDefaults());

        PerformanceReport back = PerformanceReport.fromJson(report.toJson());

        assertThat(back).isEqualTo(report);
        assertThat(back.spread(PerformanceSample::cpuSeconds)).isNull();
        assertThat(back.toText()).doesNotContain("CPU", "allocated", "null");
    }

    @Test
    void refusesWhatIsNoReportWithoutAWordOfIt() {
        for (String text : List.of("", "secret", "{\"format\":2}", "{\"format\":1,\"measuredAt\":\"secret\"}")) {
            assertThatThrownBy(() -> PerformanceReport.fromJson(text))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("no performance report can be read from the text");
        }
    }

    @Test
    void theMedianRunIsTheOneInTheMiddleAndLatenciesAreOfAll() {
        RunReport a = ReportSamples.completed(20, 1);
        RunReport b = ReportSamples.completed(60, 2);
        RunReport c = ReportSamples.completed(200, 3);

        PerformanceReport report = of(b, c, a);

        assertThat(List.of(a.recordsPerSecond(), b.recordsPerSecond(), c.recordsPerSecond()))
                .isSorted();
        assertThat(report.medianRun().elapsed()).isEqualTo(b.elapsed());
        assertThat(report.latencies().count())
                .isEqualTo(a.latencies().count()
                        + b.latencies().count()
                        + c.latencies().count());
    }

    @Test
    void quartilesLieBetweenTheRunsInProportion() {
        assertThat(Spread.of(4, 1, 3, 2)).isEqualTo(new Spread(1, 1.75, 2.5, 3.25, 4));
        assertThat(Spread.of(4, 1, 3, 2).relative()).isCloseTo(0.6, within(1e-9));
        assertThat(Spread.of(7)).isEqualTo(new Spread(7, 7, 7, 7, 7));
    }

    @Test
    void waitsForTheDestinationIfLittlesLawFillsTheLimit() {
        // 1,000 requests of 95 ms in 10 s are 9.5 at a time
        RunReport run = run(1000, Duration.ofMillis(95), Map.of("most concurrency", "10", "readers", "1"));

        assertThat(of(run, run, run).recommendations())
                .filteredOn(found -> found.title().equals("the pipeline waits for the destination"))
                .singleElement()
                .extracting(Recommendation::evidence)
                .asString()
                .startsWith("100.0 requests/s of 95.0 ms each are 9.5 open at a time (Little's law), of at most 10")
                .contains("the limit was at its greatest");
        assertThat(titles(of(run(1000, Duration.ofMillis(60), Map.of("most concurrency", "10")))))
                .doesNotContain("the pipeline waits for the destination");
    }

    @Test
    void waitsForProcessorsIfTheyAreBusyAndFewRequestsAreOpen() {
        Map<String, String> settings = Map.of("most concurrency", "10", "processors", "4", "readers", "1");
        RunReport run = run(1000, Duration.ofMillis(1), settings);
        PerformanceReport one = of(run);

        assertThat(titles(withCpu(one, 35))).contains("the pipeline waits for processors");
        assertThat(titles(withCpu(one, 10))).contains("one thread reads as fast as it can");
        assertThat(titles(withCpu(one, 3)))
                .noneMatch(title -> title.contains("processors") || title.contains("thread"));
    }

    private static PerformanceReport withCpu(PerformanceReport report, double cpuSeconds) {
        return PerformanceReport.of(
                Instant.EPOCH,
                2,
                List.of(PerformanceSample.of(report.medianRun(), cpuSeconds, null)),
                List.of(report.medianRun()),
                PerformanceGoals.ofDefaults());
    }

    @Test
    void recommendsByRetriesBreakerBatchesAndMemoryAsMeasured() {
        RunReport run = run(1000, Duration.ofMillis(60), Map.of("batch", "10:100:110"));
        List<String> found = titles(of(run, run, run));

        assertThat(found)
                .containsExactly(
                        "the circuit breaker opened", "batches are as large as they may be", "memory is short");
        assertThat(titles(of(run(1000, Duration.ofMillis(60), Map.of("batch", "110:110:110")))))
                .containsExactly("the circuit breaker opened", "memory is short");
        assertThat(of(ReportSamples.stopped(90, "x")).recommendations())
                .extracting(Recommendation::evidence)
                .containsExactly(
                        "7.0 % of the records, most of them (7) for unknown-key in the stage enrich",
                        "2 retries in 12 requests, 16.7 %");
    }

    @Test
    void saysThatRunsAreStillGettingFasterOrVaryMuch() {
        RunReport slow = ReportSamples.completed(20, 1);
        RunReport fast = ReportSamples.completed(200, 1);

        assertThat(titles(of(slow, slow, fast, fast))).contains("runs were still getting faster");
        assertThat(titles(of(fast, slow, slow, fast))).contains("runs vary much");
        assertThat(titles(of(fast, fast, fast, fast)))
                .doesNotContain("runs were still getting faster", "runs vary much");
    }

    @Test
    void theTextHasFiguresGoalsAndAdvice() {
        RunReport run = run(1000, Duration.ofMillis(60), Map.of());

        assertThat(of(run, run, run).toText())
                .startsWith("x.csv: 3 runs after 2 to warm up, 10,000 records each\n")
                .contains("records/s", "1,000.000", "goal memory: CRITICAL, 0.9", "    -> give it more memory");
    }
}
