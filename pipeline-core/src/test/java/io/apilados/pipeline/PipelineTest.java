// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.RateLimit;
import io.apilados.pipeline.control.RetryPolicy;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.deliver.RecordOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.parse.RejectedRecordException;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceVersion;
import io.apilados.pipeline.testing.ScriptedDelivery;
import io.apilados.pipeline.testing.ScriptedDelivery.Reply;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PipelineTest {

    private final VirtualScheduler time = new VirtualScheduler();

    private static String rows(int count) {
        StringBuilder csv = new StringBuilder("id,age\n");
        IntStream.rangeClosed(1, count).forEach(i -> csv.append(i).append(",7\n"));
        return csv.toString();
    }

    private PipelineBuilder<String> ids(ByteSource source, BatchDelivery<String> delivery) {
        return Pipeline.from(source)
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(10))
                .deliver(delivery)
                .concurrency(ConcurrencyController.fixed(3))
                .scheduler(time);
    }

    private ScriptedDelivery<String> answering(DeliveryOutcome outcome) {
        return new ScriptedDelivery<>(time, batch -> Reply.of(outcome));
    }

    private static List<String> records(List<Batch<String>> requests) {
        return requests.stream().flatMap(batch -> batch.records().stream()).toList();
    }

    @Test
    void theReportSaysHowTheRunWasSetAndHowMuchMemoryItTook() {
        RunReport report = ids(new TextSource(rows(95)), answering(DeliveryOutcome.delivered()))
                .rate(RateLimit.perSecond(50))
                .build()
                .run();

        assertThat(report.settings())
                .containsEntry("concurrency", "always 3")
                .containsEntry("rate", "50 a second")
                .containsEntry("circuit breaker", "opens at 5 failures in a row, for PT30S")
                .doesNotContainKey("largest request");
        assertThat(report.memoryShare()).isBetween(0.0, 1.0);
        assertThat(RateLimit.perSecond(0.5, 3)).hasToString("0.5 a second, bursts of 3");
        assertThat(ConcurrencyController.ofDefaults()).hasToString("adaptive, 1 to 10");
    }

    @Test
    void deliversEveryRecordOnceInBatches() {
        ScriptedDelivery<String> api = answering(DeliveryOutcome.delivered());

        RunReport report = ids(new TextSource(rows(95)), api).build().run();

        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.read()).isEqualTo(95);
        assertThat(report.delivered()).isEqualTo(95);
        assertThat(report.batches()).isEqualTo(10);
        assertThat(report.requests()).isEqualTo(10);
        assertThat(report.isBalanced()).isTrue();
        assertThat(records(api.requests()))
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, 95).mapToObj(Integer::toString).toList());
        assertThat(api.mostInFlight()).isEqualTo(3);
    }

    @Test
    void aFileWithAHeaderAloneCompletes() {
        RunReport report = ids(new TextSource("id,age\n"), answering(DeliveryOutcome.delivered()))
                .build()
                .run();

        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.read()).isZero();
        assertThat(report.requests()).isZero();
    }

    @Test
    void countsFilteredAndRejectedRecordsByReasonAndWritesTheRejectedOnesInOrder(@TempDir Path folder)
            throws IOException {
        String csv = "id,age\n1,7\n2,x\n3\n4,2\n5,7\n6,7\n";
        Path file = folder.resolve("rejects.csv");
        List<String> told = new ArrayList<>();
        RunReport report = Pipeline.from(new TextSource(csv))
                .parse(CsvParser.withHeader())
                .filter(row -> !row.text("id").equals("5"))
                .enrich(row -> {
                    if (row.integer("age") < 3) {
                        throw new RejectedRecordException("too-young", "column age: expected 3 or more");
                    }
                    return row.text("id");
                })
                .batch(BatchSizing.fixed(10))
                .deliver(new ScriptedDelivery<>(
                        time,
                        batch -> Reply.of(new DeliveryOutcome.PerRecord(
                                List.of(RecordOutcome.rejected("taken", "it is there"), RecordOutcome.delivered())))))
                .rejects(RejectedRecords.csv(file))
                .scheduler(time)
                .listener(new PipelineListener() {
                    @Override
                    public void recordRejected(RejectedRecord record) {
                        told.add(record.code());
                    }
                })
                .build()
                .run();

        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.read()).isEqualTo(6);
        assertThat(report.delivered()).isEqualTo(1);
        assertThat(report.filtered()).isEqualTo(1);
        assertThat(report.rejected()).isEqualTo(4);
        assertThat(Files.readString(file)).isEqualTo("""
                        line,byte_offset,stage,code,message,id,age
                        2,7,deliver,taken,it is there,1,7
                        3,11,enrich,bad-integer,column age: expected a whole number,2,x
                        4,15,parse,too-few-fields,"expected 2 fields, got 1",3
                        5,17,enrich,too-young,column age: expected 3 or more,4,2
                        """);
        assertThat(told).containsExactly("taken", "bad-integer", "too-few-fields", "too-young");
        assertThat(report.rejectReasons()).hasSize(4);
    }

    @Test
    void anExceptionOfTheEnricherRejectsItsRecordAndTellsOnlyItsClass() {
        RunReport report = Pipeline.from(new TextSource("id\nsecret\n2\n"))
                .parse(CsvParser.withHeader())
                .enrich(row -> Integer.parseInt(row.text("id")))
                .batch(BatchSizing.fixed(1))
                .deliver(new ScriptedDelivery<Integer>(time, batch -> Reply.of(DeliveryOutcome.delivered())))
                .rejects(RejectedRecords.counting())
                .scheduler(time)
                .build()
                .run();

        assertThat(report.delivered()).isEqualTo(1);
        assertThat(report.rejectReasons()).hasSize(1);
        assertThat(report.rejectReasons().get(0).code()).isEqualTo("enrich-failed");
        assertThat(report.rejectReasons().get(0).message())
                .contains("NumberFormatException")
                .doesNotContain("secret");
    }

    @Test
    void withoutAPlaceForThemTheFirstRejectedRecordStopsTheRun() {
        RunReport report = ids(new TextSource("id,age\n1,7\n2\n3,7\n"), answering(DeliveryOutcome.delivered()))
                .build()
                .run();

        assertThat(report.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(report.rejected()).isZero();
        assertThat(report.unsettled()).isEqualTo(2);
        assertThat(report.isBalanced()).isTrue();
        assertThat(report.endReason()).contains("line 3").contains("no place for rejected records");
    }

    @Test
    void sendsAgainWithTheSameKeyUntilTheApiTakesIt() {
        int[] requests = {0};
        ScriptedDelivery<String> api = new ScriptedDelivery<>(time, batch -> switch (requests[0]++) {
            case 0 -> Reply.of(DeliveryOutcome.retry("http-500"));
            case 1 -> Reply.of(DeliveryOutcome.overloaded("http-429", Duration.ofSeconds(7)));
            case 2 -> Reply.failing(new IOException("reset"));
            default -> Reply.of(DeliveryOutcome.delivered());
        });

        RunReport report = ids(new TextSource(rows(5)), api).build().run();

        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.delivered()).isEqualTo(5);
        assertThat(report.requests()).isEqualTo(4);
        assertThat(report.retries()).isEqualTo(3);
        assertThat(api.requests().stream().map(Batch::key).distinct()).hasSize(1);
        assertThat(time.elapsed()).isGreaterThan(Duration.ofSeconds(7));
    }

    @Test
    void anApiThatStaysDownPastThePatienceStopsTheRunAndRejectsNothing() {
        ScriptedDelivery<String> api = new ScriptedDelivery<>(time, batch -> Reply.failing(new IOException("refused")));

        RunReport report = ids(new TextSource(rows(1000)), api)
                .retry(RetryPolicy.ofDefaults().withPatience(Duration.ofMinutes(3)))
                .rejects(RejectedRecords.counting())
                .build()
                .run();

        assertThat(report.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(report.delivered()).isZero();
        assertThat(report.rejected()).isZero();
        assertThat(report.unsettled()).isEqualTo(report.read()).isPositive();
        assertThat(time.elapsed()).isBetween(Duration.ofMinutes(3), Duration.ofMinutes(4));
        assertThat(report.endReason()).contains("patience is 180000 ms");
    }

    @Test
    void aStopFromTheApiEndsTheRunWithTheRestUnsettled() {
        RunReport report = ids(new TextSource(rows(1000)), answering(DeliveryOutcome.stop("http-401", "no token")))
                .build()
                .run();

        assertThat(report.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(report.endReason()).isEqualTo("no token");
        assertThat(report.requests()).isLessThanOrEqualTo(4);
        assertThat(report.isBalanced()).isTrue();
    }

    @Test
    void isolatesABadRecordAndDeliversTheOthers() {
        ScriptedDelivery<String> api = new ScriptedDelivery<>(
                time,
                batch -> Reply.of(
                        batch.records().contains("42")
                                ? DeliveryOutcome.refused("http-422", "the API answered 422")
                                : DeliveryOutcome.delivered()));

        RunReport report = ids(new TextSource(rows(100)), api)
                .rejects(RejectedRecords.counting())
                .build()
                .run();

        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.delivered()).isEqualTo(99);
        assertThat(report.rejected()).isEqualTo(1);
        assertThat(report.rejectReasons().get(0).firstLines()).containsExactly(43L);
    }

    @Test
    void codeAtFaultInTheDeliveryFailsTheRunWithItsBooksInOrder() {
        ScriptedDelivery<String> api =
                new ScriptedDelivery<>(time, batch -> Reply.failing(new IllegalStateException("bug")));

        assertThatThrownBy(() -> ids(new TextSource(rows(100)), api).build().run())
                .isInstanceOfSatisfying(PipelineException.class, e -> {
                    assertThat(e.report().status()).isEqualTo(RunStatus.FAILED);
                    assertThat(e.report().isBalanced()).isTrue();
                    assertThat(e.report().unsettled()).isEqualTo(e.report().read());
                })
                .hasRootCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void aSourceThatBreaksFailsTheRunAfterWhatIsOnItsWayHasArrived() {
        ByteSource breaking = new ByteSource() {
            @Override
            public String location() {
                return "a broken disk";
            }

            @Override
            public SourceVersion version() {
                return new SourceVersion(location(), 1 << 20, "1", true);
            }

            @Override
            public InputStream open(SourceVersion version, long byteOffset) {
                byte[] start = rows(25).getBytes(StandardCharsets.UTF_8);
                return new SequenceInputStream(new ByteArrayInputStream(start), new InputStream() {
                    @Override
                    public int read() throws IOException {
                        throw new IOException("a broken disk: cannot be read further");
                    }
                });
            }
        };

        assertThatThrownBy(() -> ids(breaking, answering(DeliveryOutcome.delivered()))
                        .build()
                        .run())
                .hasMessage("a broken disk: cannot be read further")
                .isInstanceOfSatisfying(PipelineException.class, e -> {
                    assertThat(e.report().delivered()).isEqualTo(20);
                    assertThat(e.report().unsettled()).isEqualTo(5);
                    assertThat(e.report().isBalanced()).isTrue();
                });
    }

    @Test
    void aRejectFileThatCannotBeWrittenFailsTheRunAndCountsNothingAsRejected() {
        RejectedRecords full = new RejectedRecords() {
            @Override
            public void open(byte[] rawHeader, long mark) {}

            @Override
            public void write(RejectedRecord record) throws IOException {
                throw new IOException("rejects.csv: no space left");
            }

            @Override
            public long sync() {
                return 0;
            }

            @Override
            public void close() {}
        };

        assertThatThrownBy(() -> ids(new TextSource("id,age\n1,7\n2\n3,7\n"), answering(DeliveryOutcome.delivered()))
                        .rejects(full)
                        .build()
                        .run())
                .hasMessage("rejects.csv: no space left")
                .isInstanceOfSatisfying(PipelineException.class, e -> {
                    assertThat(e.report().rejected()).isZero();
                    assertThat(e.report().unsettled()).isPositive();
                    assertThat(e.report().isBalanced()).isTrue();
                });
    }

    @Test
    void aMissingColumnIsToldBeforeAnythingIsSent() {
        ScriptedDelivery<String> api = answering(DeliveryOutcome.delivered());
        var enricher = new io.apilados.pipeline.enrich.Enricher<CsvRow, String>() {
            @Override
            public String enrich(CsvRow row) {
                return row.text("cct");
            }

            @Override
            public List<String> requiredColumns() {
                return List.of("cct");
            }
        };

        assertThatThrownBy(() -> Pipeline.from(new TextSource(rows(5)))
                        .parse(CsvParser.withHeader())
                        .enrich(enricher)
                        .batch(BatchSizing.fixed(10))
                        .deliver(api)
                        .build()
                        .run())
                .hasMessageContaining("no column is named 'cct' among the 2 of the header");
        assertThat(api.requests()).isEmpty();
    }

    @Test
    void aSettingThatIsSetTwiceIsAProblemAndAllProblemsAreTold() {
        assertThatThrownBy(() -> ids(new TextSource(rows(1)), answering(DeliveryOutcome.delivered()))
                        .concurrency(ConcurrencyController.fixed(1))
                        .rejects(RejectedRecords.none())
                        .rejects(RejectedRecords.none())
                        .build())
                .isInstanceOfSatisfying(
                        PipelineConfigurationException.class,
                        e -> assertThat(e.problems())
                                .containsExactly(
                                        "concurrency was set twice but may be set once",
                                        "rejects was set twice but may be set once"));
    }

    @Test
    void aDestinationThatTakesOneRecordAtATimeIsSentEachUnderASlotOfItsOwnAndRetriedAlone() {
        List<String> failedOnce = new ArrayList<>();
        ScriptedDelivery<String> api = new ScriptedDelivery<String>(time, batch -> {
                    String id = batch.record(0);
                    if (id.equals("17")) {
                        return Reply.of(DeliveryOutcome.refused("http-422", "the API answered 422"));
                    }
                    boolean fails = id.endsWith("5") && !failedOnce.contains(id) && failedOnce.add(id);
                    return Reply.of(fails ? DeliveryOutcome.overloaded("http-429", null) : DeliveryOutcome.delivered());
                })
                .takingAtMost(1);

        RunReport report = ids(new TextSource(rows(95)), api)
                .rejects(RejectedRecords.counting())
                .build()
                .run();

        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.delivered()).isEqualTo(94);
        assertThat(report.rejected()).isEqualTo(1);
        assertThat(report.batches()).isEqualTo(10);
        assertThat(report.requests()).isEqualTo(95 + 10);
        assertThat(api.requests()).allMatch(batch -> batch.size() == 1);
        assertThat(api.mostInFlight()).isEqualTo(3);
        assertThat(records(api.requests()).stream().filter("17"::equals)).hasSize(1);
    }

    @Test
    void aBatchEndsBeforeTheRecordThatWouldMakeItTooLargeAndALargeRecordIsAlone() {
        String csv = "id,note\n1,a\n2,b\n3," + "x".repeat(100) + "\n4,c\n5,d\n6,e\n";
        ScriptedDelivery<String> api = answering(DeliveryOutcome.delivered());

        RunReport report = Pipeline.from(new TextSource(csv))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(10).withMaxBytes(8))
                .deliver(api)
                .concurrency(ConcurrencyController.fixed(1))
                .scheduler(time)
                .build()
                .run();

        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.isBalanced()).isTrue();
        assertThat(api.requests().stream().map(Batch::records))
                .containsExactly(List.of("1", "2"), List.of("3"), List.of("4", "5"), List.of("6"));
    }

    @Test
    @SuppressWarnings("NullAway") // As code that nobody checks may do.
    void aDeliveryThatReturnsNothingEndsTheRunAsFailed() {
        assertThatThrownBy(() ->
                        ids(new TextSource(rows(25)), batch -> null).build().run())
                .isInstanceOf(PipelineException.class)
                .hasMessageContaining("NullPointerException");
    }

    @Test
    void aListenerThatThrowsAnErrorEndsTheRunAsFailed() {
        assertThatThrownBy(() -> ids(new TextSource(rows(25)), answering(DeliveryOutcome.delivered()))
                        .listener(new PipelineListener() {
                            @Override
                            public void batchSent(int records) {
                                throw new LinkageError("no such class");
                            }
                        })
                        .build()
                        .run())
                .isInstanceOf(PipelineException.class)
                .hasMessageContaining("LinkageError");
    }

    @Test
    void aBatchOfWhichEveryRecordIsBadIsSearchedWithoutEndOfStackByADestinationThatAnswersAtOnce() {
        RunReport report = ids(
                        new TextSource(rows(3_000)),
                        batch -> CompletableFuture.completedFuture(DeliveryOutcome.refused("http-422", "it is bad")))
                .rejects(RejectedRecords.counting())
                .build()
                .run();

        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.rejected()).isEqualTo(3_000);

        RunReport large = Pipeline.from(new TextSource(rows(3_000)))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(3_000))
                .deliver(batch -> CompletableFuture.completedFuture(DeliveryOutcome.refused("http-422", "it is bad")))
                .rejects(RejectedRecords.counting())
                .scheduler(time)
                .build()
                .run();
        assertThat(large.rejected()).isEqualTo(3_000);
    }

    @Test
    void aRecordThatIsToWaitForEverStopsTheRun() {
        RunReport report = ids(
                        new TextSource(rows(10)),
                        answering(new DeliveryOutcome.PerRecord(IntStream.range(0, 10)
                                .<RecordOutcome>mapToObj(
                                        i -> new RecordOutcome.Retry("busy", ChronoUnit.FOREVER.getDuration()))
                                .toList())))
                .build()
                .run();

        assertThat(report.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(report.unsettled()).isEqualTo(10);
    }

    @Test
    void aLingerTimeIsAProblemBecauseABatchCutByTheClockCannotBeCutAgain() {
        assertThatThrownBy(() -> Pipeline.from(new TextSource(rows(1)))
                        .parse(CsvParser.withHeader())
                        .enrich((CsvRow row) -> row.text("id"))
                        .batch(BatchSizing.fixed(10).withLinger(Duration.ofSeconds(1)))
                        .deliver(answering(DeliveryOutcome.delivered()))
                        .build())
                .isInstanceOf(PipelineConfigurationException.class)
                .hasMessageContaining("batch linger was PT1S but it must be zero");
    }

    @Test
    void aListenerThatThrowsChangesNothing() {
        RunReport report = ids(new TextSource(rows(25)), answering(DeliveryOutcome.delivered()))
                .listener(new PipelineListener() {
                    @Override
                    public void batchDelivered(int records) {
                        throw new IllegalStateException("listener");
                    }
                })
                .build()
                .run();

        assertThat(report.delivered()).isEqualTo(25);
    }

    @Test
    void rowsThatAreDeliveredAsTheyAreAreCopied() {
        List<String> seen = new ArrayList<>();
        RunReport report = Pipeline.from(new TextSource(rows(30)))
                .parse(CsvParser.withHeader())
                .batch(BatchSizing.fixed(10))
                .deliver(new ScriptedDelivery<>(time, batch -> {
                    batch.records().forEach(row -> seen.add(row.text("id")));
                    return Reply.of(DeliveryOutcome.delivered());
                }))
                .scheduler(time)
                .build()
                .run();

        assertThat(report.delivered()).isEqualTo(30);
        assertThat(seen).doesNotHaveDuplicates().hasSize(30);
    }

    @Test
    void manyRejectedRecordsDoNotPileUpBeforeOneThatWaits() {
        StringBuilder csv = new StringBuilder("id,age\n1,7\n");
        IntStream.range(0, 5000).forEach(i -> csv.append("broken\n"));
        csv.append("2,7\n");
        List<Integer> sizes = new ArrayList<>();
        RunReport report = ids(new TextSource(csv.toString()), new ScriptedDelivery<>(time, batch -> {
                    sizes.add(batch.size());
                    return Reply.of(DeliveryOutcome.delivered());
                }))
                .rejects(RejectedRecords.counting())
                .build()
                .run();

        assertThat(report.rejected()).isEqualTo(5000);
        assertThat(sizes).containsExactly(1, 1);
    }

    @Test
    void aRunInTheBackgroundCanBeStoppedAndShowsItsProgress() throws InterruptedException {
        java.util.concurrent.CountDownLatch first = new java.util.concurrent.CountDownLatch(1);
        java.util.concurrent.CompletableFuture<DeliveryOutcome> answer = new java.util.concurrent.CompletableFuture<>();
        PipelineRun run = Pipeline.from(new TextSource(rows(100_000)))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(10))
                .deliver(batch -> {
                    first.countDown();
                    return answer;
                })
                .concurrency(ConcurrencyController.fixed(2))
                .build()
                .start();

        first.await();
        assertThat(run.progress().sizeBytes()).isPositive();
        run.stop();
        answer.complete(DeliveryOutcome.delivered());
        RunReport report = run.await();

        assertThat(report.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(report.read()).isLessThan(100_000);
        assertThat(report.isBalanced()).isTrue();
        assertThat(report.delivered()).isPositive();
    }
}
