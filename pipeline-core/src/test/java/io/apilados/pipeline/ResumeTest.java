// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.RetryPolicy;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RejectedRecordException;
import io.apilados.pipeline.report.RejectTolerance;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.testing.GeneratedSource;
import io.apilados.pipeline.testing.MemoryCheckpointStore;
import io.apilados.pipeline.testing.ScriptedDelivery;
import io.apilados.pipeline.testing.ScriptedDelivery.Reply;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ResumeTest {

    private final VirtualScheduler time = new VirtualScheduler();
    private final MemoryCheckpointStore store = new MemoryCheckpointStore();

    private static String rows(int count) {
        StringBuilder csv = new StringBuilder("id,age\n");
        IntStream.rangeClosed(1, count).forEach(i -> csv.append(i).append(",7\n"));
        return csv.toString();
    }

    private PipelineBuilder<String> ids(ByteSource source, ScriptedDelivery<String> api) {
        return Pipeline.from(source)
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.adaptive(5, 10, 50))
                .deliver(api)
                .concurrency(ConcurrencyController.fixed(4))
                .checkpoint(store)
                .scheduler(time);
    }

    private ScriptedDelivery<String> taking(int requests, DeliveryOutcome afterwards) {
        int[] seen = {0};
        return new ScriptedDelivery<>(
                time, batch -> Reply.of(seen[0]++ < requests ? DeliveryOutcome.delivered() : afterwards));
    }

    private static final DeliveryOutcome NO_TOKEN = DeliveryOutcome.stop("http-401", "no token");

    @Test
    void metersAndProgressComeOutEvenThoughBatchesWereSettledBefore() {
        TextSource source = new TextSource(rows(1000));
        ScriptedDelivery<String> firstBatchFails = new ScriptedDelivery<>(
                time,
                batch -> Reply.of(
                        batch.position(0).recordNumber() == 1
                                ? DeliveryOutcome.retry("http-500")
                                : DeliveryOutcome.delivered()));
        RunReport stopped = ids(source, firstBatchFails)
                .retry(RetryPolicy.ofDefaults().withPatience(Duration.ofSeconds(30)))
                .build()
                .run();
        assertThat(stopped.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(stopped.delivered()).isGreaterThan(100);

        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        List<RunStart> started = new ArrayList<>();
        RunReport completed = ids(source, taking(Integer.MAX_VALUE, NO_TOKEN))
                .metrics(registry)
                .listener(new PipelineListener() {
                    @Override
                    public void runStarted(RunStart start) {
                        started.add(start);
                    }
                })
                .build()
                .run();

        assertThat(completed.delivered()).isEqualTo(1000);
        assertThat(registry.get("pipeline.records")
                        .tag("outcome", "delivered")
                        .counter()
                        .count())
                .isEqualTo(registry.get("pipeline.records.read").counter().count());
        assertThat(started.get(0).progress().get().delivered()).isEqualTo(1000);
        assertThat(completed.timeline().points())
                .last()
                .satisfies(point -> assertThat(point.delivered()).isEqualTo(1000));
    }

    @Test
    void goesOnWhereTheRunBeforeStoppedAndSumsItsNumbers() {
        TextSource source = new TextSource(rows(1000));
        ScriptedDelivery<String> first = taking(20, NO_TOKEN);
        RunReport stopped = ids(source, first).build().run();
        assertThat(stopped.status()).isEqualTo(RunStatus.STOPPED);

        ScriptedDelivery<String> second = taking(Integer.MAX_VALUE, NO_TOKEN);
        RunReport completed = ids(source, second).build().run();

        assertThat(completed.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(completed.read()).isEqualTo(1000);
        assertThat(completed.delivered()).isEqualTo(1000);
        assertThat(completed.resumedFrom()).isPositive();
        assertThat(completed.requests())
                .isEqualTo(first.requests().size() + second.requests().size());
        Set<String> arrived = new HashSet<>();
        first.requests().subList(0, 20).forEach(batch -> arrived.addAll(batch.records()));
        second.requests()
                .forEach(batch -> batch.records()
                        .forEach(record -> assertThat(arrived.add(record))
                                .as("sent again: %s", record)
                                .isTrue()));
        assertThat(arrived).hasSize(1000);
    }

    @Test
    void batchesWhoseOutcomeIsNotKnownAreSentAgainWithTheSameKeys() {
        TextSource source = new TextSource(rows(3000));
        int[] seen = {0};
        ScriptedDelivery<String> first = new ScriptedDelivery<>(time, batch -> {
            if (++seen[0] == 90) {
                store.kill();
            }
            return Reply.of(seen[0] < 90 ? DeliveryOutcome.delivered() : NO_TOKEN)
                    .after(Duration.ofMillis(5 + batch.size()));
        });
        var unused = ids(source, first).build().run();

        ScriptedDelivery<String> second = taking(Integer.MAX_VALUE, NO_TOKEN);
        RunReport completed = ids(source, second).build().run();

        assertThat(completed.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(completed.delivered()).isEqualTo(3000);
        Set<String> keysBefore = new HashSet<>();
        List<Batch<String>> beforeTheKill = first.requests().subList(0, 90);
        beforeTheKill.forEach(batch -> keysBefore.add(batch.key()));
        Set<String> recordsBefore = new HashSet<>();
        beforeTheKill.forEach(batch -> recordsBefore.addAll(batch.records()));
        List<Batch<String>> again = second.requests().stream()
                .filter(batch -> batch.records().stream().anyMatch(recordsBefore::contains))
                .toList();
        assertThat(again).isNotEmpty().hasSizeLessThanOrEqualTo(4);
        assertThat(again).allMatch(batch -> keysBefore.contains(batch.key()));
    }

    @Test
    void aRunThatIsKilledAtItsStartForgetsNothingOfWhatWasSettledBefore() {
        TextSource source = new TextSource(rows(2000));
        int[] seen = {0};
        ScriptedDelivery<String> stuck = new ScriptedDelivery<>(time, batch -> {
            if (++seen[0] == 50) {
                store.kill();
            }
            return batch.record(0).equals("1")
                    ? Reply.of(DeliveryOutcome.delivered()).after(Duration.ofHours(1))
                    : Reply.of(DeliveryOutcome.delivered());
        });
        var unused = ids(source, stuck).build().run();
        for (int i = 0; i < 3; i++) {
            ScriptedDelivery<String> killedAtOnce = new ScriptedDelivery<>(time, batch -> {
                store.kill();
                return Reply.of(DeliveryOutcome.stop("killed", "killed"));
            });
            var unusedToo = ids(source, killedAtOnce).build().run();
        }

        ScriptedDelivery<String> last = taking(Integer.MAX_VALUE, NO_TOKEN);
        RunReport report = ids(source, last).build().run();

        assertThat(report.delivered()).isEqualTo(2000);
        Set<String> before = new HashSet<>();
        stuck.requests().subList(0, 46).forEach(batch -> before.addAll(batch.records()));
        before.removeAll(stuck.requests().get(0).records());
        assertThat(last.requests().stream()
                        .flatMap(batch -> batch.records().stream())
                        .filter(before::contains))
                .isEmpty();
    }

    /** The batch that an earlier run settled begins with the same record and is as large, but has another member now. */
    @Test
    void aRecordThatIsAcceptedOnlyNowIsDeliveredThoughItsBatchSeemsToBeSettled() {
        TextSource source = new TextSource(rows(400));
        Set<String> unknown = new HashSet<>(Set.of("25"));
        int[] seen = {0};
        Set<String> arrived = new HashSet<>();
        ScriptedDelivery<String> first = new ScriptedDelivery<>(time, batch -> {
            boolean stuck = batch.record(0).equals("1");
            if (++seen[0] == 20) {
                store.kill();
            }
            if (!stuck) {
                arrived.addAll(batch.records());
            }
            return Reply.of(DeliveryOutcome.delivered()).after(stuck ? Duration.ofHours(1) : Duration.ofMillis(1));
        });
        var unused = rejectingUnknown(source, first, unknown).build().run();
        arrived.clear();
        first.requests().subList(1, 17).forEach(batch -> arrived.addAll(batch.records()));

        unknown.clear();
        ScriptedDelivery<String> second = taking(Integer.MAX_VALUE, NO_TOKEN);
        RunReport report = rejectingUnknown(source, second, unknown).build().run();

        second.requests().forEach(batch -> arrived.addAll(batch.records()));
        assertThat(report.delivered()).isEqualTo(400);
        assertThat(arrived).hasSize(400).contains("25");
    }

    private PipelineBuilder<String> rejectingUnknown(
            ByteSource source, ScriptedDelivery<String> api, Set<String> unknown) {
        return Pipeline.from(source)
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> {
                    if (unknown.contains(row.text("id"))) {
                        throw new RejectedRecordException("unknown-key", "not in the catalog");
                    }
                    return row.text("id");
                })
                .batch(BatchSizing.fixed(10))
                .deliver(api)
                .concurrency(ConcurrencyController.fixed(4))
                .rejects(RejectedRecords.counting())
                .checkpoint(store)
                .scheduler(time);
    }

    @Test
    void aCompletedSourceIsNotSentAgainUntilItChanges() {
        TextSource source = new TextSource(rows(100));
        var unused = ids(source, taking(Integer.MAX_VALUE, NO_TOKEN)).build().run();

        ScriptedDelivery<String> again = taking(Integer.MAX_VALUE, NO_TOKEN);
        RunReport report = ids(source, again).build().run();
        assertThat(again.requests()).isEmpty();
        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.delivered()).isEqualTo(100);

        source.change();
        assertThat(ids(source, again).build().run().delivered()).isEqualTo(100);
        assertThat(again.requests()).isNotEmpty();
    }

    @Test
    void aSourceThatChangedUnderItsCheckpointIsRefusedWithoutASend() {
        TextSource source = new TextSource(rows(1000));
        var unused = ids(source, taking(5, NO_TOKEN)).build().run();
        source.change();

        ScriptedDelivery<String> api = taking(Integer.MAX_VALUE, NO_TOKEN);
        assertThatThrownBy(() -> ids(source, api).build().run())
                .isInstanceOf(PipelineException.class)
                .hasMessageContaining("has changed since the checkpoint")
                .hasMessageContaining("nothing was sent");
        assertThat(api.requests()).isEmpty();
    }

    @Test
    void readsOnlyWhatIsLeft() {
        TextSource source = new TextSource(rows(1_000_000));
        int[] delivered = {0};
        ScriptedDelivery<String> first = new ScriptedDelivery<>(time, batch -> {
            delivered[0] += batch.size();
            return Reply.of(delivered[0] < 900_000 ? DeliveryOutcome.delivered() : NO_TOKEN);
        });
        var unused = ids(source, first).build().run();
        long before = source.bytesRead();

        RunReport report =
                ids(source, taking(Integer.MAX_VALUE, NO_TOKEN)).build().run();

        assertThat(report.delivered()).isEqualTo(1_000_000);
        long size = report.bytesRead();
        assertThat(source.bytesRead() - before).isLessThan(size / 10 + (1 << 17));
    }

    @Test
    void theReaderDoesNotRunAwayFromABatchThatIsStuckAndTheRunStopsAllTheSame() {
        ScriptedDelivery<String> api = new ScriptedDelivery<>(
                time,
                batch -> Reply.of(
                                batch.record(0).equals("1")
                                        ? DeliveryOutcome.retry("http-500")
                                        : DeliveryOutcome.delivered())
                        .after(Duration.ofMillis(1)));

        RunReport report = Pipeline.from(new TextSource(rows(30_000)))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(1))
                .deliver(api)
                .concurrency(ConcurrencyController.fixed(4))
                .retry(RetryPolicy.ofDefaults().withPatience(Duration.ofMinutes(2)))
                .checkpoint(store)
                .scheduler(time)
                .build()
                .run();

        assertThat(report.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(report.read()).isBetween(10_000L, 10_010L);
        assertThat(report.unsettled()).isBetween(1L, 5L);
    }

    @Test
    @Tag("slow")
    void afterACrashAtNineTenthsOfAGibibyteATenthIsReadAndOneWindow() {
        long rows = (1L << 30) / GeneratedSource.ROW_BYTES - 1;
        GeneratedSource source = new GeneratedSource(rows);
        long[] sent = {0};
        boolean[] killed = {false};
        ScriptedDelivery<Long> first = new ScriptedDelivery<>(time, batch -> {
            sent[0] += batch.size();
            if (!killed[0] && sent[0] > rows * 9 / 10) {
                killed[0] = true;
                store.kill();
            }
            return Reply.of(killed[0] ? DeliveryOutcome.stop("killed", "killed") : DeliveryOutcome.delivered());
        });
        var unused = numbers(source, first).build().run();
        long before = source.bytesRead();

        RunReport report = numbers(source, new ScriptedDelivery<>(time, batch -> Reply.of(DeliveryOutcome.delivered())))
                .build()
                .run();

        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.delivered()).isEqualTo(rows);
        long again = source.bytesRead() - before;
        System.out.printf(
                "crash at 90 %% of %d bytes: the second run read %d (%.2f %%)%n",
                source.sizeBytes(), again, 100.0 * again / source.sizeBytes());
        assertThat(again).isLessThanOrEqualTo(source.sizeBytes() / 10 + (16 << 20) + (1 << 20));
    }

    private PipelineBuilder<Long> numbers(ByteSource source, ScriptedDelivery<Long> api) {
        return Pipeline.from(source)
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> Long.valueOf(row.text(0)))
                .batch(BatchSizing.fixed(500))
                .deliver(api)
                .concurrency(ConcurrencyController.fixed(8))
                .checkpoint(store)
                .scheduler(time);
    }

    @Test
    void anApiThatIsDownForTenMinutesCostsTimeAndNothingElse() {
        ScriptedDelivery<String> api = new ScriptedDelivery<>(
                time,
                batch -> time.elapsed().compareTo(Duration.ofMinutes(10)) < 0
                        ? Reply.failing(new IOException("refused"))
                        : Reply.of(DeliveryOutcome.delivered()));

        RunReport report = ids(new TextSource(rows(500)), api)
                .rejects(RejectedRecords.counting())
                .build()
                .run();

        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.delivered()).isEqualTo(500);
        assertThat(report.rejected()).isZero();
        assertThat(time.elapsed()).isBetween(Duration.ofMinutes(10), Duration.ofMinutes(11));
        // Four batches at a time, each asked about every ten seconds on the mean: little more than its usual load.
        assertThat(report.retries()).isLessThan(4 * 120);
    }

    /** 120 s of work, with the destination gone for 30 s of it. */
    @Test
    void anOutageCostsOneProbeInEachOpenPeriodAndNoRecord() {
        Duration gone = Duration.ofSeconds(40);
        Duration back = Duration.ofSeconds(70);
        List<Duration> asked = new java.util.ArrayList<>();
        List<Duration> taken = new java.util.ArrayList<>();
        ScriptedDelivery<String> api = new ScriptedDelivery<>(time, batch -> {
            Duration now = time.elapsed();
            boolean down = now.compareTo(gone) >= 0 && now.compareTo(back) < 0;
            (down ? asked : taken).add(now);
            return down
                    ? Reply.failing(new IOException("refused"))
                    : Reply.of(DeliveryOutcome.delivered()).after(Duration.ofMillis(100));
        });

        RunReport report = Pipeline.from(new TextSource(rows(48_000)))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(10))
                .deliver(api)
                .concurrency(ConcurrencyController.fixed(4))
                .rejects(RejectedRecords.counting())
                .scheduler(time)
                .build()
                .run();

        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.delivered()).isEqualTo(48_000);
        assertThat(report.rejected()).isZero();
        // What was in flight, the five failures that open it, and one probe.
        assertThat(asked).hasSizeLessThanOrEqualTo(4 + 5 + 1);
        // The probe that finds it back, at most one open wait later, and full rate with it.
        List<Duration> after =
                taken.stream().filter(at -> at.compareTo(back) > 0).toList();
        assertThat(after.get(0)).isLessThan(back.plusSeconds(31));
        assertThat(after.get(8)).isLessThan(back.plusSeconds(60));
        assertThat(time.elapsed()).isLessThan(Duration.ofSeconds(120 + 30 + 31));
    }

    @Test
    void anApiThatStaysDownStopsTheRunAndALaterOneGoesOn() {
        TextSource source = new TextSource(rows(500));
        ScriptedDelivery<String> down =
                new ScriptedDelivery<>(time, batch -> Reply.failing(new IOException("refused")));
        RunReport stopped = ids(source, down)
                .retry(RetryPolicy.ofDefaults().withPatience(Duration.ofMinutes(15)))
                .build()
                .run();
        assertThat(stopped.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(stopped.rejected()).isZero();

        RunReport report =
                ids(source, taking(Integer.MAX_VALUE, NO_TOKEN)).build().run();
        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.delivered()).isEqualTo(500);
    }

    @Test
    @Tag("once")
    void manyInvocationsWithADeadlineEachKeepItAndFinishTheFile() {
        assertThat(invocationsThatFinish(320_000)).isGreaterThanOrEqualTo(200);
    }

    @Test
    @Tag("slow")
    void aThousandInvocationsWithADeadlineEachKeepItAndFinishTheFile() {
        assertThat(invocationsThatFinish(1_600_000)).isGreaterThanOrEqualTo(1000);
    }

    private int invocationsThatFinish(int rows) {
        SplittableRandom random = new SplittableRandom(5);
        TextSource source = new TextSource(rows(rows));
        Set<String> arrived = new HashSet<>();
        int invocations = 0;
        double used = 0;
        int full = 0;
        RunReport report;
        do {
            Duration budget = Duration.ofMillis(3_000 + random.nextInt(57_000));
            Duration began = time.elapsed();
            ScriptedDelivery<String> api = new ScriptedDelivery<>(time, batch -> {
                arrived.addAll(batch.records());
                long slow = random.nextInt(50) == 0 ? 400 : 0;
                return Reply.of(DeliveryOutcome.delivered()).after(Duration.ofMillis(80 + random.nextInt(120) + slow));
            });
            report = Pipeline.from(source)
                    .parse(CsvParser.withHeader())
                    .enrich((CsvRow row) -> row.text("id"))
                    .batch(BatchSizing.fixed(2))
                    .deliver(api)
                    .concurrency(ConcurrencyController.fixed(3))
                    .checkpoint(store)
                    .deadline(budget)
                    .scheduler(time)
                    .build()
                    .run();
            Duration took = time.elapsed().minus(began);
            assertThat(took).isLessThanOrEqualTo(budget);
            invocations++;
            if (report.status() == RunStatus.STOPPED) {
                used += (double) took.toMillis() / budget.toMillis();
                full++;
                assertThat((double) took.toMillis() / budget.toMillis()).isGreaterThan(0.85);
                assertThat(report.stoppedForDeadline()).isTrue();
            }
            time.advance(Duration.ofSeconds(1));
        } while (report.status() != RunStatus.COMPLETED);

        assertThat(arrived).hasSize(rows);
        assertThat(report.delivered()).isEqualTo(rows);
        assertThat(used / full).isGreaterThan(0.85);
        return invocations;
    }

    @Test
    void stopsWhenMoreRecordsAreRejectedThanAreTolerated() {
        StringBuilder csv = new StringBuilder(rows(50));
        IntStream.range(0, 20).forEach(i -> csv.append("broken\n").append(i).append(",7\n"));
        ScriptedDelivery<String> api = taking(Integer.MAX_VALUE, NO_TOKEN);

        RunReport report = ids(new TextSource(csv.toString()), api)
                .rejects(RejectedRecords.counting())
                .tolerance(RejectTolerance.count(10))
                .build()
                .run();

        assertThat(report.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(report.rejected()).isGreaterThan(10);
        assertThat(report.endReason()).contains("10 are tolerated");
        assertThat(report.stoppedForDeadline()).isFalse();
        assertThat(report.isBalanced()).isTrue();
        assertThat(RejectTolerance.share(0.1).isExceeded(100, 999)).isFalse();
        assertThat(RejectTolerance.share(0.1).isExceeded(101, 1000)).isTrue();
        assertThat(RejectTolerance.unlimited().isExceeded(1000, 1000)).isFalse();
    }

    @Test
    void aRunThatStoppedForItsToleranceDoesNotGoOnUntilThatIsRaised() {
        String csv = rows(50) + "broken\n" + rows(50).substring("id,age\n".length());
        for (int run = 0; run < 3; run++) {
            RunReport stopped = ids(new TextSource(csv), taking(Integer.MAX_VALUE, NO_TOKEN))
                    .rejects(RejectedRecords.counting())
                    .tolerance(RejectTolerance.count(0))
                    .build()
                    .run();
            assertThat(stopped.status()).as("run %d", run).isEqualTo(RunStatus.STOPPED);
            assertThat(stopped.endReason()).contains("0 are tolerated");
            assertThat(stopped.isBalanced()).isTrue();
        }
        RunReport completed = ids(new TextSource(csv), taking(Integer.MAX_VALUE, NO_TOKEN))
                .rejects(RejectedRecords.counting())
                .tolerance(RejectTolerance.count(1))
                .build()
                .run();
        assertThat(completed.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(completed.rejected()).isEqualTo(1);
        assertThat(completed.read()).isEqualTo(101);
    }

    @Test
    void theApiThatNamesTheBadRecordsIsAskedTwice() {
        int[] seen = {0};
        ScriptedDelivery<String> api = new ScriptedDelivery<>(time, batch -> {
            if (seen[0]++ > 0) {
                return Reply.of(DeliveryOutcome.delivered());
            }
            List<io.apilados.pipeline.deliver.RecordOutcome> each = batch.records().stream()
                    .map(id -> id.equals("3")
                            ? io.apilados.pipeline.deliver.RecordOutcome.rejected("bad", "it is bad")
                            : io.apilados.pipeline.deliver.RecordOutcome.retry("not-applied"))
                    .toList();
            return Reply.of(new DeliveryOutcome.PerRecord(each));
        });

        RunReport report = Pipeline.from(new TextSource(rows(500)))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(500))
                .deliver(api)
                .rejects(RejectedRecords.counting())
                .scheduler(time)
                .build()
                .run();

        assertThat(report.delivered()).isEqualTo(499);
        assertThat(report.rejected()).isEqualTo(1);
        assertThat(report.requests()).isEqualTo(2);
    }

    @Test
    void goodBatchesKeepFlowingWhileABadOneIsIsolated() {
        Duration clean = timeFor(-1);
        Duration withPoison = timeFor(5_000);
        assertThat(clean.toMillis() / (double) withPoison.toMillis()).isGreaterThan(0.8);
    }

    /** How long 10,000 records take with the record of that number refused. */
    private static Duration timeFor(int poison) {
        VirtualScheduler clock = new VirtualScheduler();
        ScriptedDelivery<String> api = new ScriptedDelivery<>(
                clock,
                batch -> Reply.of(
                                batch.records().contains(Integer.toString(poison))
                                        ? DeliveryOutcome.refused("http-422", "bad")
                                        : DeliveryOutcome.delivered())
                        .after(Duration.ofMillis(100)));
        var unused = Pipeline.from(new TextSource(rows(10_000)))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(20))
                .deliver(api)
                .concurrency(ConcurrencyController.fixed(8))
                .rejects(RejectedRecords.counting())
                .scheduler(clock)
                .build()
                .run();
        return clock.elapsed();
    }
}
