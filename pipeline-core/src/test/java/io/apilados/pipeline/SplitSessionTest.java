// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.batch.KeySum;
import io.apilados.pipeline.checkpoint.CheckpointPace;
import io.apilados.pipeline.checkpoint.RejectReason;
import io.apilados.pipeline.checkpoint.SplitCheckpoint;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.deliver.RecordOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RejectedRecordException;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.report.SplitJobReport;
import io.apilados.pipeline.report.SplitReport;
import io.apilados.pipeline.source.SourceChangedException;
import io.apilados.pipeline.source.Split;
import io.apilados.pipeline.source.SplitPlan;
import io.apilados.pipeline.testing.MemoryCheckpointStore;
import io.apilados.pipeline.testing.MemorySplitStore;
import io.apilados.pipeline.testing.ScriptedDelivery;
import io.apilados.pipeline.testing.ScriptedDelivery.Reply;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SplitSessionTest {

    private static final CsvParser PARSER = CsvParser.withHeader();

    private final VirtualScheduler time = new VirtualScheduler();

    /** Line ends in fields, broken rows, rows that nobody wants, unknown keys, rows that the destination refuses. */
    private static TextSource dirty(int rows, long seed) {
        Random random = new Random(seed);
        StringBuilder csv = new StringBuilder("id,text\n");
        for (int i = 0; i < rows; i++) {
            csv.append(i)
                    .append(
                            switch (random.nextInt(14)) {
                                case 0 -> "";
                                case 1, 2 -> ",\"two\nlines, of it\"";
                                case 3 -> ",five \" bare";
                                case 4 -> ",unknown";
                                case 5, 6 -> ",unwanted";
                                case 7 -> ",refused";
                                case 8 -> ",x,y";
                                default -> "," + "fine ".repeat(1 + random.nextInt(5));
                            })
                    .append(random.nextInt(9) == 0 ? "\r\n\n" : "\n");
        }
        return new TextSource(csv.toString());
    }

    /** An API that honours keys: what comes again with the same key is not applied again. */
    private static final class Api {
        private final Map<String, String> byKey = new HashMap<>();
        private final Map<String, Integer> applied = new TreeMap<>();
        private int requests;
        private long digest;

        DeliveryOutcome take(Batch<String> batch) {
            requests++;
            StringBuilder body = new StringBuilder();
            List<RecordOutcome> outcomes = new ArrayList<>();
            List<String> taken = new ArrayList<>();
            for (int i = 0; i < batch.size(); i++) {
                body.append(batch.recordKey(i))
                        .append('=')
                        .append(batch.record(i))
                        .append(';');
                boolean refused = batch.record(i).endsWith("refused");
                outcomes.add(refused ? RecordOutcome.rejected("http-422", "it is refused") : RecordOutcome.delivered());
                if (!refused) {
                    taken.add(batch.recordKey(i));
                }
            }
            String before = byKey.putIfAbsent(batch.key(), body.toString());
            if (before == null) {
                taken.forEach(key -> applied.merge(key, 1, Integer::sum));
                taken.forEach(key -> digest += KeySum.hash(key));
            } else {
                assertThat(body).as("another body with the key of before").hasToString(before);
            }
            return new DeliveryOutcome.PerRecord(outcomes);
        }

        void appliedEachOnce() {
            assertThat(applied.values()).allMatch(times -> times == 1);
        }
    }

    private PipelineBuilder<String> pipeline(TextSource source, ScriptedDelivery<String> api, BatchSizing sizing) {
        return Pipeline.from(source)
                .parse(PARSER)
                .filter((CsvRow row) -> !row.text("text").equals("unwanted"))
                .enrich((CsvRow row) -> {
                    if (row.text("text").equals("unknown")) {
                        throw new RejectedRecordException("unknown-key", "not in the catalog");
                    }
                    return row.text("id") + row.text("text");
                })
                .batch(sizing)
                .deliver(api)
                .concurrency(ConcurrencyController.fixed(3))
                .scheduler(time);
    }

    private Pipeline pipeline(TextSource source, Api api, Random random) {
        return pipeline(
                        source,
                        new ScriptedDelivery<>(
                                time,
                                batch -> Reply.of(api.take(batch)).after(Duration.ofMillis(1 + random.nextInt(900)))),
                        BatchSizing.fixed(7))
                .build();
    }

    private static SplitPlan plan(TextSource source, long target) throws IOException {
        return PARSER.plan(source, source.version(), target, 1);
    }

    private static String text(MemorySplitStore store, String name) {
        return store.read(name).map(bytes -> new String(bytes, UTF_8)).orElse("");
    }

    private static String rejects(MemorySplitStore store, SplitPlan plan) {
        StringBuilder all = new StringBuilder();
        for (Split split : plan.splits()) {
            all.append(text(store, plan.planId() + "/rejects-" + split.index() + ".csv")
                    .replaceFirst("^line,byte_offset,stage,code,message,id,text\n", ""));
        }
        return all.toString();
    }

    private static Set<String> reasons(List<RejectReason> reasons) {
        Set<String> all = new HashSet<>();
        reasons.forEach(reason -> all.add(reason.toString()));
        return all;
    }

    @Test
    void splitsOfAnySizeAddUpToTheWhole(@TempDir Path folder) throws IOException {
        for (long seed = 1; seed <= 3; seed++) {
            TextSource source = dirty(400, seed);
            Api serial = new Api();
            Path file = folder.resolve(seed + ".csv");
            RunReport whole = pipeline(
                            source,
                            new ScriptedDelivery<>(time, batch -> Reply.of(serial.take(batch))),
                            BatchSizing.fixed(7))
                    .rejects(RejectedRecords.csv(file))
                    .build()
                    .run();
            assertThat(whole.status()).isEqualTo(RunStatus.COMPLETED);
            assertThat(Math.min(whole.filtered(), whole.rejected())).isPositive();
            String wholeRejects =
                    Files.readString(file).replaceFirst("^line,byte_offset,stage,code,message,id,text\n", "");
            for (long target : new long[] {64, 100, 333, 1024, 5000, 1 << 20}) {
                SplitPlan plan = plan(source, target);
                Api api = new Api();
                Pipeline pipeline = pipeline(source, api, new Random(seed));
                MemorySplitStore store = new MemorySplitStore();
                for (Split split : plan.splits()) {
                    try (SplitSession session = pipeline.session(plan, split, store)) {
                        SplitReport report = session.run();
                        assertThat(session.attempt().requests()).isEqualTo(report.batches());
                        assertThat(session.attempt().delivered()).isEqualTo(report.delivered());
                    }
                }

                SplitJobReport job = SplitJobReport.read(plan, store);
                assertThat(job.missing()).isEmpty();
                assertThat(job.isBalanced()).isTrue();
                assertThat(List.of(
                                job.read(),
                                job.delivered(),
                                job.rejected(),
                                job.filtered(),
                                job.oddities(),
                                job.bytes()))
                        .as("target %s", target)
                        .isEqualTo(List.of(
                                whole.read(),
                                whole.delivered(),
                                whole.rejected(),
                                whole.filtered(),
                                whole.oddities(),
                                whole.bytesRead()));
                assertThat(reasons(job.rejectReasons())).isEqualTo(reasons(whole.rejectReasons()));
                assertThat(job.digest()).isEqualTo(serial.digest);
                assertThat(api.applied).isEqualTo(serial.applied);
                assertThat(rejects(store, plan)).isEqualTo(wholeRejects);
                assertThat(store.list("")).noneMatch(name -> name.endsWith(".part"));
            }
        }
    }

    private record Done(SplitReport report, String rejects, Map<String, String> sent) {}

    private Done undisturbed(TextSource source, SplitPlan plan, Split split) throws IOException {
        Api api = new Api();
        MemorySplitStore store = new MemorySplitStore();
        try (SplitSession session = pipeline(source, api, new Random(0)).session(plan, split, store)) {
            SplitReport report = session.run();
            return new Done(report, text(store, plan.planId() + "/rejects-" + split.index() + ".csv"), api.byKey);
        }
    }

    @Test
    void anAttemptThatIsKilledAfterAnyStepLosesAndRepeatsNothing() throws IOException {
        TextSource source = dirty(300, 11);
        SplitPlan plan = plan(source, 2000);
        Split split = plan.splits().get(1);
        Done expected = undisturbed(source, plan, split);
        Random random = new Random(3);
        int resumed = 0;
        for (int killedAfter = 0; killedAfter < 20; killedAfter++) {
            Api api = new Api();
            MemorySplitStore store = new MemorySplitStore();
            boolean more = true;
            int attempts = 0;
            while (more) {
                // Abandoned, and not closed: what is on its way still arrives, and nobody hears of it.
                Pipeline pipeline = pipeline(source, api, random);
                SplitSession session = pipeline.session(plan, split, store);
                for (int step = 0; more && (step < killedAfter || attempts > 20); step++) {
                    more = session.step();
                }
                attempts++;
                if (killedAfter == 0 && attempts > 3) {
                    more = false;
                }
            }
            SplitSession last = pipeline(source, api, random).session(plan, split, store);
            SplitReport report = last.run();
            resumed += last.attempt().resumedFrom() == null ? 0 : 1;

            assertThat(report).as("killed after %s steps", killedAfter).isEqualTo(expected.report);
            assertThat(text(store, plan.planId() + "/rejects-1.csv")).isEqualTo(expected.rejects);
            assertThat(api.byKey).isEqualTo(expected.sent);
            api.appliedEachOnce();
            assertThat(api.applied).hasSize((int) report.delivered());
        }
        assertThat(resumed).as("attempts that went on from a checkpoint").isPositive();
    }

    @Test
    void anAttemptThatDiesInTheStoreLosesAndRepeatsNothing() throws IOException {
        TextSource source = dirty(300, 12);
        SplitPlan plan = plan(source, 3000);
        Split split = plan.splits().get(1);
        Done expected = undisturbed(source, plan, split);
        for (int seed = 0; seed < 25; seed++) {
            Random random = new Random(seed);
            Api api = new Api();
            int[] left = {random.nextInt(12)};
            MemorySplitStore store = new MemorySplitStore((name, content) -> {
                if (--left[0] < 0) {
                    throw new UncheckedIOException(new IOException("killed"));
                }
            });
            SplitReport report = null;
            for (int attempt = 0; report == null && attempt < 1000; attempt++) {
                try (SplitSession session = pipeline(source, api, random).session(plan, split, store)) {
                    report = session.run();
                } catch (UncheckedIOException | PipelineException e) {
                    left[0] = random.nextInt(12);
                }
            }
            assertThat(report).isEqualTo(expected.report);
            assertThat(text(store, plan.planId() + "/rejects-1.csv")).isEqualTo(expected.rejects);
            assertThat(api.byKey).isEqualTo(expected.sent);
            api.appliedEachOnce();
        }
    }

    @Test
    void sendsAgainWhatCameAfterTheCheckpointAndNothingElse() throws IOException {
        TextSource source = dirty(500, 13);
        SplitPlan plan = plan(source, 1 << 20);
        Split split = plan.splits().get(0);
        MemorySplitStore store = new MemorySplitStore();
        Api api = new Api();
        Random random = new Random(8);
        SplitSession killed = pipeline(source, api, random).session(plan, split, store);
        for (int i = 0; i < 50; i++) {
            assertThat(killed.step()).isTrue();
        }
        int before = api.requests;
        SplitCheckpoint left = SplitCheckpoint.fromBytes(
                store.read(plan.planId() + "/checkpoint-0.json").orElseThrow(), "it");
        long settled = left.checkpoint().counters().batches()
                + left.checkpoint().settled().size();
        assertThat(settled).isPositive();

        SplitReport report =
                pipeline(source, api, random).session(plan, split, store).run();

        assertThat(api.requests - report.batches()).isEqualTo(before - settled);
    }

    @Test
    void attemptsAtOnceEndInOneReportAndNoneMovesTheCheckpointBack() throws IOException {
        TextSource source = dirty(700, 14);
        SplitPlan plan = plan(source, 6000);
        Split split = plan.splits().get(1);
        String checkpoint = plan.planId() + "/checkpoint-1.json";
        Done expected = undisturbed(source, plan, split);
        int moves = 0;
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            Api api = new Api();
            List<SplitCheckpoint> saved = new ArrayList<>();
            MemorySplitStore store = new MemorySplitStore((name, content) -> {
                if (name.equals(checkpoint)) {
                    try {
                        saved.add(SplitCheckpoint.fromBytes(content, name));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            });
            List<SplitSession> open = new ArrayList<>();
            open.add(pipeline(source, api, random).session(plan, split, store));
            int toCome = 2;
            int share = 1 + random.nextInt(9);
            List<SplitReport> reports = new ArrayList<>();
            while (!open.isEmpty() || toCome > 0) {
                if (toCome > 0 && (open.isEmpty() || random.nextInt(6) == 0)) {
                    toCome--;
                    open.add(pipeline(source, api, random).session(plan, split, store));
                }
                SplitSession one = open.get(random.nextInt(10) < share ? 0 : open.size() - 1);
                if (!one.step()) {
                    reports.add(one.commit());
                    open.remove(one);
                }
            }
            assertThat(reports).hasSize(3).allMatch(expected.report::equals);
            assertThat(text(store, plan.planId() + "/rejects-1.csv")).isEqualTo(expected.rejects);
            assertThat(api.byKey).isEqualTo(expected.sent);
            api.appliedEachOnce();
            for (int i = 1; i < saved.size(); i++) {
                assertThat(saved.get(i).isAheadOf(saved.get(i - 1))).isTrue();
                moves++;
            }
            SplitJobReport one = SplitJobReport.of(plan, reports);
            assertThat(one.reports()).hasSize(1);
            assertThat(saved.get(saved.size() - 1).checkpoint().complete()).isTrue();
        }
        assertThat(moves).isGreaterThan(80);
    }

    @Test
    void ofTwoThatCommitAtOnceTheFirstReportStandsEvenIfTheDestinationWordedItsRefusalsOtherwise() throws IOException {
        TextSource source = dirty(100, 16);
        SplitPlan plan = plan(source, 1 << 20);
        Split split = plan.splits().get(0);
        List<SplitSession> first = new ArrayList<>();
        List<SplitReport> firstReport = new ArrayList<>();
        MemorySplitStore store = new MemorySplitStore((name, content) -> {
            if (name.endsWith("rejects-0.csv") && !first.isEmpty()) {
                try {
                    firstReport.add(first.remove(0).commit());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
        List<SplitSession> both = new ArrayList<>();
        for (String wording : List.of("worded so", "and so")) {
            ScriptedDelivery<String> delivery = new ScriptedDelivery<>(time, batch -> {
                List<RecordOutcome> outcomes = new ArrayList<>();
                batch.records().forEach(record -> outcomes.add(RecordOutcome.rejected("http-422", wording)));
                return Reply.of(new DeliveryOutcome.PerRecord(outcomes));
            });
            SplitSession session =
                    pipeline(source, delivery, BatchSizing.fixed(7)).build().session(plan, split, store);
            while (session.step()) {
                // To its end.
            }
            both.add(session);
        }
        first.add(both.get(0));
        SplitReport second = both.get(1).commit();
        assertThat(firstReport).containsExactly(second);
        assertThat(second.rejectReasons().toString()).contains("worded so").doesNotContain("and so");
    }

    @Test
    void aPublishedSplitIsCommittedAgainWithoutASingleRequest() throws IOException {
        TextSource source = dirty(100, 15);
        SplitPlan plan = plan(source, 1000);
        MemorySplitStore store = new MemorySplitStore();
        Api api = new Api();
        Pipeline pipeline = pipeline(source, api, new Random(1));
        Split split = plan.splits().get(0);
        SplitReport first = pipeline.session(plan, split, store).run();
        int requests = api.requests;
        long read = source.bytesRead();

        try (SplitSession again = pipeline.session(plan, split, store)) {
            assertThat(again.step()).isFalse();
            assertThat(again.commit()).isEqualTo(first);
            assertThat(again.attempt().requests()).isZero();
        }

        assertThat(api.requests).isEqualTo(requests);
        assertThat(source.bytesRead()).isEqualTo(read);
    }

    @Test
    void sizesThatAdaptAreRefusedWithEverythingElseThatSplitsCannotHave() throws IOException {
        TextSource source = dirty(10, 1);
        SplitPlan plan = plan(source, 1000);
        MemorySplitStore store = new MemorySplitStore();
        ScriptedDelivery<String> api = new ScriptedDelivery<>(time, batch -> Reply.of(DeliveryOutcome.delivered()));
        Pipeline unfit = pipeline(source, api, BatchSizing.between(10, 50))
                .checkpoint(new MemoryCheckpointStore())
                .rejects(RejectedRecords.csv(Path.of("rejects.csv")))
                .readers(2)
                .build();
        assertThatThrownBy(() -> unfit.session(plan, plan.splits().get(0), store))
                .isInstanceOfSatisfying(
                        PipelineConfigurationException.class,
                        e -> assertThat(e.problems()).hasSize(4))
                .hasMessageContaining("batch size was 10 to 50 but it must be fixed")
                .hasMessageContaining("under new keys");
        Pipeline dry = pipeline(source, api, BatchSizing.fixed(5)).dryRun().build();
        assertThatThrownBy(() -> dry.session(plan, plan.splits().get(0), store))
                .isInstanceOf(PipelineConfigurationException.class)
                .hasMessageContaining("dryRun");
        assertThat(api.requests()).isEmpty();
        assertThat(store.list("")).isEmpty();
    }

    @Test
    void anotherSizeThanThatOfAnEarlierAttemptIsRefused() throws IOException {
        TextSource source = dirty(100, 2);
        SplitPlan plan = plan(source, 1 << 20);
        Split split = plan.splits().get(0);
        MemorySplitStore store = new MemorySplitStore();
        SplitSession killed = pipeline(source, new Api(), new Random(1)).session(plan, split, store);
        assertThat(killed.step()).isTrue();
        ScriptedDelivery<String> api = new ScriptedDelivery<>(time, batch -> Reply.of(DeliveryOutcome.delivered()));
        Pipeline other = pipeline(source, api, BatchSizing.fixed(8)).build();
        assertThatThrownBy(() -> other.session(plan, split, store))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("had batches of 7 records");
        assertThat(api.requests()).isEmpty();
    }

    /** The reason for the refusal: what happens if an attempt cuts as it likes and the next one cuts otherwise. */
    @Test
    void withAnotherSizeInTheNextAttemptRecordsWouldBeAppliedTwice() throws IOException {
        TextSource source = dirty(300, 3);
        SplitPlan plan = plan(source, 1 << 20);
        Split split = plan.splits().get(0);
        Api api = new Api();
        for (int size : new int[] {7, 9}) {
            // A store each: else the size of before would be seen, and refused.
            ScriptedDelivery<String> delivery = new ScriptedDelivery<>(time, batch -> Reply.of(api.take(batch)));
            SplitSession session = pipeline(source, delivery, BatchSizing.fixed(size))
                    .build()
                    .session(plan, split, new MemorySplitStore());
            SplitReport unused = session.run();
        }
        assertThat(api.applied.values()).anyMatch(times -> times == 2);
    }

    @Test
    void aRefusalForItsSizeDoesNotMoveTheBoundariesOfLaterBatches() throws IOException {
        TextSource source = dirty(300, 4);
        SplitPlan plan = plan(source, 1 << 20);
        Split split = plan.splits().get(0);
        Set<Long> starts = new HashSet<>();
        undisturbed(source, plan, split);
        int[] seen = {0};
        Api api = new Api();
        ScriptedDelivery<String> delivery = new ScriptedDelivery<>(time, batch -> {
            if (seen[0]++ == 2 && batch.size() > 1) {
                return Reply.of(DeliveryOutcome.tooLarge("http-413", "too large"));
            }
            starts.add(batch.position(0).byteOffset());
            return Reply.of(api.take(batch));
        });
        SplitReport report = pipeline(source, delivery, BatchSizing.fixed(7))
                .build()
                .session(plan, split, new MemorySplitStore())
                .run();
        Done expected = undisturbed(source, plan, split);
        assertThat(report).isEqualTo(expected.report);
        Set<String> other = new HashSet<>(expected.sent.keySet());
        other.removeAll(api.byKey.keySet());
        assertThat(other).as("batches that were cut otherwise").hasSize(1);
        assertThat(starts).hasSizeGreaterThan((int) report.batches());
    }

    @Test
    void batchesBoundedInBytesAreTheSameInEveryAttempt() throws IOException {
        TextSource source = dirty(300, 5);
        SplitPlan plan = plan(source, 4000);
        Split split = plan.splits().get(1);
        BatchSizing sizing = BatchSizing.fixed(9).withMaxBytes(60);
        Random random = new Random(6);
        Api api = new Api();
        Api alone = new Api();
        SplitReport expected = pipeline(
                        source, new ScriptedDelivery<>(time, batch -> Reply.of(alone.take(batch))), sizing)
                .build()
                .session(plan, split, new MemorySplitStore())
                .run();
        MemorySplitStore store = new MemorySplitStore();
        SplitReport report = null;
        while (report == null) {
            SplitSession session = pipeline(
                            source,
                            new ScriptedDelivery<>(
                                    time,
                                    batch -> Reply.of(api.take(batch)).after(Duration.ofMillis(random.nextInt(900)))),
                            sizing)
                    .build()
                    .session(plan, split, store);
            int steps = 3 + random.nextInt(12);
            boolean more = true;
            for (int i = 0; more && i < steps; i++) {
                more = session.step();
            }
            report = more ? null : session.commit();
        }
        assertThat(report).isEqualTo(expected);
        assertThat(api.byKey).isEqualTo(alone.byKey);
        assertThat(report.batches()).isGreaterThan(report.read() / 9 + 1);
    }

    @Test
    void aSourceThatChangedSinceThePlanIsNotSent() throws IOException {
        TextSource source = dirty(100, 6);
        SplitPlan plan = plan(source, 1000);
        source.change();
        Api api = new Api();
        MemorySplitStore store = new MemorySplitStore();
        for (Split split : plan.splits()) {
            assertThatThrownBy(() -> pipeline(source, api, new Random(1)).session(plan, split, store))
                    .isInstanceOf(SourceChangedException.class);
        }
        assertThat(api.requests).isZero();
        assertThat(store.list("")).isEmpty();
    }

    @Test
    void aSourceThatChangesDuringTheSplitIsNotPublished() throws IOException {
        TextSource source = dirty(100, 6);
        SplitPlan plan = plan(source, 1000);
        MemorySplitStore store = new MemorySplitStore();
        SplitSession session = pipeline(source, new Api(), new Random(1))
                .session(plan, plan.splits().get(1), store);
        assertThat(session.step()).isTrue();
        source.change();
        assertThatThrownBy(session::run).isInstanceOf(PipelineException.class).hasMessageContaining("changed");
        assertThat(SplitJobReport.read(plan, store).reports()).isEmpty();
    }

    @Test
    void whatTheDestinationRejectsIsPutAsideOnceHoweverOftenTheSplitIsSuspended() throws IOException {
        TextSource source = dirty(400, 7);
        SplitPlan plan = plan(source, 1 << 20);
        Split split = plan.splits().get(0);
        Done expected = undisturbed(source, plan, split);
        assertThat(expected.rejects.lines().filter(line -> line.contains("http-422")))
                .hasSizeGreaterThan(10);
        MemorySplitStore store = new MemorySplitStore();
        Api api = new Api();
        Random random = new Random(2);
        SplitReport report = null;
        int parts = 0;
        while (report == null) {
            SplitSession session = pipeline(source, api, random).session(plan, split, store);
            boolean more = true;
            for (int i = 0; more && i < 5; i++) {
                more = session.step();
            }
            if (more) {
                RunReport attempt = session.suspend();
                assertThat(attempt.status()).isEqualTo(RunStatus.STOPPED);
                assertThat(attempt.unsettled()).isZero();
                assertThat(attempt.requests()).isLessThanOrEqualTo(5);
                assertThatThrownBy(session::commit).isInstanceOf(PipelineException.class);
                parts = store.list(plan.planId() + "/rejects-0.").size();
            } else {
                report = session.commit();
            }
        }
        assertThat(parts).isGreaterThan(3);
        assertThat(report).isEqualTo(expected.report);
        assertThat(text(store, plan.planId() + "/rejects-0.csv")).isEqualTo(expected.rejects);
        assertThat(api.requests).as("nothing is sent twice").isEqualTo((int) report.batches());
    }

    @Test
    void anAttemptThatEndsEarlyLeavesTheRestToTheNext() throws IOException {
        TextSource source = dirty(300, 8);
        SplitPlan plan = plan(source, 1 << 20);
        Split split = plan.splits().get(0);
        Done expected = undisturbed(source, plan, split);
        MemorySplitStore store = new MemorySplitStore();
        Api api = new Api();
        Random random = new Random(4);
        int stops = 0;
        SplitReport report = null;
        while (report == null) {
            int[] left = {5};
            ScriptedDelivery<String> delivery = new ScriptedDelivery<>(
                    time,
                    batch -> Reply.of(--left[0] < 0 ? DeliveryOutcome.stop("http-401", "no token") : api.take(batch))
                            .after(Duration.ofMillis(random.nextInt(100))));
            try (SplitSession session =
                    pipeline(source, delivery, BatchSizing.fixed(7)).build().session(plan, split, store)) {
                report = session.run();
            } catch (PipelineException e) {
                assertThat(e.report().status()).isEqualTo(RunStatus.STOPPED);
                assertThat(e).hasMessageContaining("no token");
                stops++;
            }
        }
        assertThat(stops).isGreaterThan(3);
        assertThat(report).isEqualTo(expected.report);
        assertThat(text(store, plan.planId() + "/rejects-0.csv")).isEqualTo(expected.rejects);
        api.appliedEachOnce();
    }

    @Test
    void checkpointsAreSavedAtThePaceThatWasAskedFor() throws IOException {
        TextSource source = dirty(300, 1);
        SplitPlan plan = plan(source, Long.MAX_VALUE);
        for (int every : new int[] {1, 4, 0}) {
            MemorySplitStore store = new MemorySplitStore();
            CheckpointPace pace = every == 0 ? CheckpointPace.NONE : CheckpointPace.everyBatches(every);
            ScriptedDelivery<String> api = new ScriptedDelivery<>(time, batch -> Reply.of(new Api().take(batch)));
            SplitSession killed = pipeline(source, api, BatchSizing.fixed(7))
                    .build()
                    .session(plan, plan.splits().get(0), store, pace);
            for (int step = 0; step < 20; step++) {
                assertThat(killed.step()).isTrue();
                time.advance(Duration.ofSeconds(5));
            }
            RunReport unused = killed.abort();
            SplitCheckpoint left = SplitCheckpoint.fromBytes(
                    store.read(plan.planId() + "/checkpoint-0.json").orElseThrow(), "it");
            // One is saved as the attempt begins. The last step's batch is seen to by the next step.
            assertThat(left.checkpoint().counters().batches())
                    .isBetween(every == 0 ? 0L : 20L - every - 1, every == 0 ? 0L : 20L);
        }
        assertThatThrownBy(() -> CheckpointPace.everyBatches(0)).hasMessageContaining("batches was 0");
        assertThatThrownBy(() -> new CheckpointPace(Duration.ZERO, 1, 1)).hasMessageContaining("time was PT0S");
    }

    @Test
    void abortingSavesNothingFurtherAndCommittingBeforeTheEndIsAMistake() throws IOException {
        TextSource source = dirty(300, 9);
        SplitPlan plan = plan(source, 1 << 20);
        Split split = plan.splits().get(0);
        List<String> written = new ArrayList<>();
        MemorySplitStore store = new MemorySplitStore((name, content) -> written.add(name));
        Api api = new Api();
        SplitSession session = pipeline(source, api, new Random(1)).session(plan, split, store);
        assertThat(session.step()).isTrue();
        assertThatThrownBy(session::commit).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(session::attempt).isInstanceOf(IllegalStateException.class);
        int before = written.size();
        session.close();
        session.close();
        assertThat(session.step()).isFalse();
        assertThat(session.attempt().status()).isEqualTo(RunStatus.STOPPED);
        assertThat(written).hasSize(before);
    }

    @Test
    void leftoversAreDeletedWhenAllSplitsAreThereAndNotBefore() throws IOException {
        TextSource source = dirty(100, 10);
        SplitPlan plan = plan(source, 1000);
        MemorySplitStore store = new MemorySplitStore();
        Pipeline pipeline = pipeline(source, new Api(), new Random(1));
        for (Split split : plan.splits()) {
            if (split.index() == 1) {
                SplitJobReport some = SplitJobReport.read(plan, store);
                assertThatThrownBy(() -> some.deleteLeftovers(store)).isInstanceOf(IllegalStateException.class);
            }
            SplitReport unused = pipeline.session(plan, split, store).run();
        }
        store.write(plan.planId() + "/rejects-0.0-9.part", new byte[9]);
        List<String> before = store.list("");
        SplitJobReport.read(plan, store).deleteLeftovers(store);
        List<String> after = store.list("");
        assertThat(after).hasSize(before.size() - 1).noneMatch(name -> name.endsWith(".part"));
    }

    @Test
    void progressAndTimelineAreThoseOfTheSplit() throws IOException {
        TextSource source = dirty(2000, 3);
        SplitPlan plan = plan(source, source.version().sizeBytes() / 4);
        for (Split split : plan.splits()) {
            List<RunStart> started = new ArrayList<>();
            Pipeline watched = pipeline(
                            source,
                            new ScriptedDelivery<>(time, batch -> Reply.of(new Api().take(batch))),
                            BatchSizing.fixed(7))
                    .listener(new PipelineListener() {
                        @Override
                        public void runStarted(RunStart start) {
                            started.add(start);
                        }
                    })
                    .build();
            try (SplitSession session = watched.session(plan, split, new MemorySplitStore())) {
                SplitReport unused = session.run();
                long size = split.endByte() - split.start().byteOffset();
                assertThat(started.get(0).sizeBytes()).isEqualTo(size);
                Progress last = started.get(0).progress().get();
                assertThat(last.sizeBytes()).isEqualTo(size);
                assertThat(last.fraction()).isEqualTo(1);
                RunReport attempt = session.attempt();
                assertThat(attempt.timeline().points())
                        .last()
                        .satisfies(point -> assertThat(point.bytesRead()).isEqualTo(size));
            }
        }
    }
}
