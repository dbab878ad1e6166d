// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.apilados.pipeline.checkpoint.CheckpointPace;
import io.apilados.pipeline.report.SplitJobReport;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link SparkPipelineTest} shows in little, at length: every version, every kill, and what it costs. */
@Tag("slow")
@Timeout(1800)
class SparkMatrixTest {

    private static final int MANY = 1_000_000;
    private static final int SOME = 20_000;
    private static final long SPLIT_BYTES = 256 << 10;
    private static final int NEWEST_JAVA_OF_OLDER = 21;

    @TempDir
    static Path folder;

    private static SampleRows some;

    /** Written once: keys of records have the time of the file in them. */
    private static SampleRows many;

    @BeforeAll
    static void write() throws IOException {
        some = SampleRows.write(folder, SOME);
        many = SampleRows.write(folder, MANY);
    }

    private static Path store() throws IOException {
        return Files.createTempDirectory(folder, "store");
    }

    @ParameterizedTest
    @ValueSource(strings = {"3.5", "4.0", "4.2"})
    void aMillionRowsComeToTheSameOnEveryVersion(String version) throws IOException, InterruptedException {
        SparkRuntime spark = new SparkRuntime(version);
        assumeTrue(spark.isThere(), "the jars of Spark " + version + " were not resolved");
        assumeTrue(
                spark.equals(SparkRuntime.NEWEST) || Runtime.version().feature() <= NEWEST_JAVA_OF_OLDER,
                "Spark " + version + " does not run on Java "
                        + Runtime.version().feature());
        SplitJobReport whole = LocalSplits.run(many.job(store(), "", Long.MAX_VALUE), 1);
        assertThat(whole.read()).isEqualTo(MANY);
        assertThat(whole.delivered()).isEqualTo(many.deliverable());
        for (int threads : new int[] {1, 2, 8}) {
            assertThat(LocalSplits.essence(LocalSplits.run(many.job(store(), "", 8 << 20), threads)))
                    .isEqualTo(LocalSplits.essence(whole));
        }
        try (SparkDriver driver = SparkDriver.start(spark, 2, folder)) {
            for (long target : new long[] {64 << 10, 1 << 20, 8 << 20, 32 << 20, Long.MAX_VALUE}) {
                long began = System.nanoTime();
                SplitJobReport report = driver.run(many.job(store(), "", target));
                assertThat(LocalSplits.essence(report)).as("target %d", target).isEqualTo(LocalSplits.essence(whole));
                tell(
                        "Spark %s, Java %d: %d splits of %d bytes, %.1f s, digest %016x",
                        version,
                        Runtime.version().feature(),
                        report.splits(),
                        target,
                        (System.nanoTime() - began) / 1e9,
                        report.digest());
            }
        }
    }

    private static void tell(String what, Object... values) {
        System.out.println(String.format(Locale.ROOT, what, values));
    }

    @Test
    void everyKill() throws IOException, InterruptedException {
        try (LedgerApi api = new LedgerApi();
                SparkDriver driver = SparkDriver.start(SparkRuntime.NEWEST, 2, folder)) {
            for (TestJob.Kind kind : TestJob.Kind.values()) {
                for (int batch : new int[] {0, 8, Integer.MAX_VALUE}) {
                    for (int pace : new int[] {0, 1, 10}) {
                        api.reset();
                        TestJob job = some.job(store(), api.uri(), SPLIT_BYTES).batches(100, 1);
                        KillCell.run(driver, api, some, job, kind, batch, pace);
                        assertEachAppliedOnce(api);
                        tell("%s, batch %d, checkpoint %d: %d sent again", kind, batch, pace, api.resent());
                    }
                }
            }
        }
    }

    @Test
    void everyKillOfTheDriver() throws IOException, InterruptedException {
        try (LedgerApi api = new LedgerApi();
                SparkDriver again = SparkDriver.start(SparkRuntime.NEWEST, 2, folder)) {
            // The first batch of the file, one in the middle, and the last.
            for (int record : new int[] {0, SOME / 2, SOME - 1}) {
                for (int pace : new int[] {0, 1, 10}) {
                    api.reset();
                    TestJob job = some.job(store(), api.uri(), SPLIT_BYTES)
                            .batches(100, 1)
                            .paced(pace == 0 ? CheckpointPace.NONE : CheckpointPace.everyBatches(pace));
                    try (SparkDriver dies = SparkDriver.start(SparkRuntime.NEWEST, 2, folder)) {
                        api.whenComesNear(record, dies::kill);
                        dies.runUntilKilled(job);
                    }
                    SplitJobReport report = again.run(job);
                    assertThat(report.delivered()).isEqualTo(some.deliverable());
                    assertEachAppliedOnce(api);
                    long batchesOfASplit = SOME / 100 / report.splits() + 2L;
                    // Two executors have a split each under way.
                    assertThat(api.resent()).isBetween(0L, 2 * (pace == 0 ? batchesOfASplit : pace + 1));
                    tell("driver, record %d, checkpoint %d: %d sent again", record, pace, api.resent());
                }
            }
        }
    }

    private static void assertEachAppliedOnce(LedgerApi api) {
        assertThat(api.applied())
                .hasSize(some.deliverable())
                .allSatisfy((id, times) -> assertThat(times).isEqualTo(1));
    }

    @Test
    void leasesHoldWhileExecutorsComeAndGo() throws IOException, InterruptedException {
        for (int executors : new int[] {1, 2, 4}) {
            try (LedgerApi api = new LedgerApi();
                    SparkDriver driver = SparkDriver.start(SparkRuntime.NEWEST, executors, folder)) {
                api.accepts(40, 4);
                long at = LocalSplits.plan(some.job(store(), "", SPLIT_BYTES))
                        .splits()
                        .get(1)
                        .start()
                        .recordNumber();
                SplitJobReport report = driver.run(some.job(store(), api.uri(), SPLIT_BYTES)
                        .batches(50, 4)
                        .sharing(RequestShares.leased(38))
                        .with(new TestJob.Fault(TestJob.Kind.HALT, at, store() + "-marker")));
                assertThat(report.delivered()).isEqualTo(some.deliverable());
                assertEachAppliedOnce(api);
                assertThat(api.shareOfTooMany()).isLessThanOrEqualTo(0.03);
                assertThat(api.mostInASecond(0)).isLessThanOrEqualTo(40 + 4);
                tell(
                        "%d executors, one killed: %d requests in %.1f s, %.2f %% 429, at most %d in a second",
                        executors,
                        api.requests(),
                        api.window().toMillis() / 1e3,
                        100 * api.shareOfTooMany(),
                        api.mostInASecond(0));
            }
        }
    }

    @Test
    void twoExecutorsAreFasterThanOneByWhatTheSimulationSays() throws IOException, InterruptedException {
        double[] seconds = new double[2];
        long requests = 0;
        int splits = 0;
        for (int executors = 1; executors <= 2; executors++) {
            try (LedgerApi api = new LedgerApi();
                    SparkDriver driver = SparkDriver.start(SparkRuntime.NEWEST, executors, folder)) {
                api.takes(Duration.ofMillis(40));
                SplitJobReport report =
                        driver.run(some.job(store(), api.uri(), SPLIT_BYTES).batches(25, 1));
                assertThat(report.delivered()).isEqualTo(some.deliverable());
                requests = api.requests();
                splits = report.splits();
                seconds[executors - 1] = api.window().toMillis() / 1e3;
            }
        }
        // What one executor takes for a request is measured; what two take is foretold.
        double foretold = simulated(requests, 1e6, 2, splits, seconds[0] / requests);
        tell(
                "%d requests of %.1f ms in %d splits: one executor %.1f s, two %.1f s, foretold %.1f s",
                requests, 1e3 * seconds[0] / requests, splits, seconds[0], seconds[1], foretold);
        assertThat(seconds[0] / seconds[1]).isGreaterThanOrEqualTo(1.5);
        assertThat(seconds[1]).isCloseTo(foretold, withinPercentage(15));
    }

    @Test
    void aDividedRateTakesWhatTheSimulationSays() throws IOException, InterruptedException {
        try (LedgerApi api = new LedgerApi();
                SparkDriver driver = SparkDriver.start(SparkRuntime.NEWEST, 2, folder)) {
            SplitJobReport report = driver.run(some.job(store(), api.uri(), Files.size(some.csv()) / 3 + 1)
                    .batches(40, 4)
                    .sharing(RequestShares.divided(38, 2)));
            assertThat(report.splits()).isEqualTo(3);
            double foretold = simulated(api.requests(), 38, 2, 3, 0.001);
            double measured = api.window().toMillis() / 1e3;
            tell(
                    "%d requests at 38 a second in 3 splits on two executors: %.1f s, foretold %.1f s",
                    api.requests(), measured, foretold);
            assertThat(measured).isCloseTo(foretold, withinPercentage(15));
        }
    }

    private static double simulated(double requests, double rate, int executors, int splits, double requestSeconds) {
        return new ScalingSimulation(
                        requests, rate, executors, splits, requestSeconds, 0, 0, Double.POSITIVE_INFINITY, false, 0.005)
                .run(1)
                .seconds();
    }

    @Test
    void theEngineCostsNothingForARecord() throws IOException, InterruptedException {
        LocalSplits.run(many.job(store(), "", 8 << 20), 2);
        double local = Double.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            double before = ProcessHandle.current()
                            .info()
                            .totalCpuDuration()
                            .orElseThrow()
                            .toMillis()
                    / 1e3;
            LocalSplits.run(many.job(store(), "", 8 << 20), 2);
            local = Math.min(
                    local,
                    ProcessHandle.current()
                                            .info()
                                            .totalCpuDuration()
                                            .orElseThrow()
                                            .toMillis()
                                    / 1e3
                            - before);
        }
        double fixed = Double.MAX_VALUE;
        double whole = Double.MAX_VALUE;
        try (SparkDriver driver = SparkDriver.start(SparkRuntime.NEWEST, 2, folder)) {
            double started = driver.cpuSeconds();
            for (int i = 0; i < 5; i++) {
                driver.run(many.job(store(), "", 8 << 20));
            }
            for (int i = 0; i < 5; i++) {
                double before = driver.cpuSeconds();
                driver.run(some.job(store(), "", SPLIT_BYTES));
                double between = driver.cpuSeconds();
                driver.run(many.job(store(), "", 8 << 20));
                fixed = Math.min(fixed, between - before);
                whole = Math.min(whole, driver.cpuSeconds() - between);
            }
            tell(
                    "CPU seconds for a million rows: %.2f alone, %.2f on Spark; a small job on a warm context %.2f,"
                            + " starting driver and executors %.1f (%s)",
                    local,
                    whole,
                    fixed,
                    started,
                    ManagementFactory.getRuntimeMXBean().getVmVersion());
        }
        assertThat(whole - fixed).isLessThanOrEqualTo(1.1 * local);
    }
}
