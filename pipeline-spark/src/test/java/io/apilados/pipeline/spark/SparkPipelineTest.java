// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.checkpoint.CheckpointPace;
import io.apilados.pipeline.report.SplitJobReport;
import io.apilados.pipeline.source.Split;
import io.apilados.pipeline.source.SplitPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Jobs on one driver with two executors, each a process of its own, against an API that keeps a ledger. */
@Timeout(240)
class SparkPipelineTest {

    private static final int ROWS = 20_000;
    private static final int BATCH = 100;
    private static final long SPLIT_BYTES = 256 << 10;

    @TempDir
    static Path folder;

    private static SampleRows rows;
    private static LedgerApi api;
    private static SparkDriver driver;

    @BeforeAll
    static void start() throws IOException {
        rows = SampleRows.write(folder, ROWS);
        api = new LedgerApi();
        driver = SparkDriver.start(SparkRuntime.NEWEST, 2, folder);
    }

    @AfterAll
    static void end() {
        driver.close();
        api.close();
    }

    @BeforeEach
    void newBooks() {
        api.reset();
    }

    private static TestJob job(long splitBytes) throws IOException {
        return rows.job(Files.createTempDirectory(folder, "store"), api.uri(), splitBytes)
                .batches(BATCH, 1);
    }

    private static void assertEachAppliedOnce() {
        Map<String, Integer> applied = api.applied();
        assertThat(applied).hasSize(rows.deliverable());
        assertThat(applied.values()).allMatch(times -> times == 1);
    }

    @Test
    void whatItComesToDoesNotDependOnThreadsExecutorsOrSplits() throws IOException, InterruptedException {
        SplitJobReport whole = LocalSplits.run(job(Long.MAX_VALUE), 1);
        assertThat(whole.splits()).isEqualTo(1);
        assertThat(whole.read()).isEqualTo(ROWS);
        assertThat(whole.delivered()).isEqualTo(rows.deliverable());
        assertEachAppliedOnce();
        for (int threads : new int[] {1, 2, 8}) {
            assertThat(LocalSplits.essence(LocalSplits.run(job(SPLIT_BYTES), threads)))
                    .isEqualTo(LocalSplits.essence(whole));
        }
        for (long target : new long[] {64 << 10, SPLIT_BYTES, Long.MAX_VALUE}) {
            api.reset();
            SplitJobReport report = driver.run(job(target));
            assertThat(LocalSplits.essence(report)).as("target %d", target).isEqualTo(LocalSplits.essence(whole));
            assertThat(report.isBalanced()).isTrue();
            assertEachAppliedOnce();
            assertThat(api.resent()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"THROW, 0, 10", "HALT, 4, 1", "THROW, 8, 0"})
    void aBatchWhoseAnswerIsLostWithItsTaskIsSentAgainWithWhatCameAfterTheCheckpoint(
            TestJob.Kind kind, int batch, int pace) throws IOException {
        KillCell.run(driver, api, rows, job(SPLIT_BYTES), kind, batch, pace);
        assertEachAppliedOnce();
    }

    @Test
    @Tag("once")
    void aDriverThatIsKilledGoesOnWhenItIsRunAgain() throws IOException, InterruptedException {
        TestJob job = job(SPLIT_BYTES).paced(CheckpointPace.everyBatches(1));
        try (SparkDriver dies = SparkDriver.start(SparkRuntime.NEWEST, 2, folder)) {
            api.whenComesNear(ROWS / 2, dies::kill);
            dies.runUntilKilled(job);
        }
        SplitJobReport report = driver.run(job);
        assertThat(report.delivered()).isEqualTo(rows.deliverable());
        assertEachAppliedOnce();
        // Of each executor the batch that was on its way, and the one before, of which the checkpoint may not have
        // been.
        assertThat(api.resent()).isBetween(0L, 4L);
    }

    @Test
    void twoAttemptsAtTheSameSplitsAtOnceEndInOneResult() throws IOException, InterruptedException {
        TestJob job = job(SPLIT_BYTES);
        api.holdsUntilOneComesTwice();
        List<SplitJobReport> reports = new ArrayList<>();
        Thread beside = new Thread(() -> {
            try {
                reports.add(LocalSplits.run(job, 2));
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        beside.start();
        SplitJobReport here = driver.run(job);
        beside.join();
        assertThat(reports).containsExactly(here);
        assertEachAppliedOnce();
        assertThat(api.resent()).as("both were at it").isPositive();
    }

    @Test
    void nothingIsSentOfAFileThatChangedSinceThePlan() throws IOException {
        Path copy = folder.resolve("changed.csv");
        Files.copy(rows.csv(), copy);
        TestJob job = new TestJob(
                copy.toString(),
                rows.catalog().toString(),
                Files.createTempDirectory(folder, "store").toString(),
                api.uri(),
                SPLIT_BYTES);
        SplitPlan before = LocalSplits.plan(job);
        Files.writeString(copy, "P,x,y,z\n", StandardOpenOption.APPEND);
        String why = driver.failureOf(job.planned(before));
        assertThat(why)
                .contains("another version than the plan is for")
                .contains("of " + before.splits().size());
        assertThat(api.requests()).isZero();
    }

    @Test
    void leasesKeepToTheRateFromTheFirstToTheLastSplit() throws IOException {
        api.accepts(40, 4);
        // Three large splits for two executors: in the end one of them has nothing to do.
        TestJob job = job(Files.size(rows.csv()) / 3 + 1).batches(100, 4).sharing(RequestShares.leased(38));
        SplitJobReport report = driver.run(job);
        assertThat(report.delivered()).isEqualTo(rows.deliverable());
        assertEachAppliedOnce();
        assertThat(api.shareOfTooMany()).isLessThanOrEqualTo(0.03);
        assertThat(api.mostInASecond(0)).isLessThanOrEqualTo(40 + 4);
        // Half of the rate is 19 a second: the executor that is left over has more.
        assertThat(api.mostInASecond(0.7)).isGreaterThan(25);
    }

    @Test
    void splitsOfThePlanAreTheOnesThatAreSent() throws IOException {
        TestJob job = job(SPLIT_BYTES);
        SplitPlan plan = LocalSplits.plan(job);
        SplitJobReport report = driver.run(job.planned(plan));
        assertThat(report.planId()).isEqualTo(plan.planId());
        assertThat(plan.splits().stream()
                        .map(Split::records)
                        .mapToLong(Long::longValue)
                        .sum())
                .isEqualTo(ROWS);
    }
}
