// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.batch.RecordBytes;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.JsonMapping;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.parse.CsvDialect;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RejectedRecordException;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceVersion;
import io.apilados.pipeline.testing.HinderedSource;
import io.apilados.pipeline.testing.MemoryCheckpointStore;
import io.apilados.pipeline.testing.ScriptedDelivery;
import io.apilados.pipeline.testing.ScriptedDelivery.Reply;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several threads that read are not seen from outside. */
@Timeout(60)
class ReadersTest {

    private static final int ROWS = 150_000;

    private final VirtualScheduler time = new VirtualScheduler();
    private final MemoryCheckpointStore store = new MemoryCheckpointStore();

    /**
     * A few MiB: short and unknown rows, line ends in fields, bare quotes, blank lines; in the first of them broken quotes, around which
     * pieces are not held.
     */
    private static TextSource dirty() {
        StringBuilder csv = new StringBuilder("id,text\n");
        for (int i = 0; i < ROWS; i++) {
            csv.append(i)
                    .append(
                            switch (i % 997) {
                                case 1 -> "";
                                case 2 -> ",\"two\nlines of it\"";
                                case 3 -> ",five \" bare";
                                case 4 -> ",unknown";
                                case 5 -> ",unwanted";
                                case 6 -> i < ROWS / 5 ? ",\"open" : ",\"closed\",too many\r";
                                case 7 -> ",blank lines follow\n\n\r\n";
                                default -> ",nothing is wrong with this row";
                            });
            csv.append('\n');
        }
        return new TextSource(csv.append("\n\n").toString());
    }

    private PipelineBuilder<String> pipeline(
            TextSource source, int readers, Function<CsvRow, String> enricher, List<String> sent) {
        ScriptedDelivery<String> api = new ScriptedDelivery<>(time, batch -> {
            StringBuilder all = new StringBuilder(batch.key());
            for (int i = 0; i < batch.size(); i++) {
                all.append('|').append(batch.recordKey(i)).append('=').append(batch.record(i));
            }
            sent.add(all.toString());
            return Reply.of(DeliveryOutcome.delivered());
        });
        return Pipeline.from(source)
                .parse(CsvParser.withHeader())
                .filter((CsvRow row) -> !row.text("text").equals("unwanted"))
                .enrich((CsvRow row) -> enricher.apply(row))
                .batch(BatchSizing.fixed(100))
                .deliver(api)
                .concurrency(ConcurrencyController.fixed(1))
                .checkpoint(store)
                .readers(readers)
                .scheduler(time);
    }

    private static String known(CsvRow row) {
        if (row.text("text").equals("unknown")) {
            throw new RejectedRecordException("unknown-key", "not in the catalog");
        }
        return row.text("id") + row.text("text");
    }

    /** All that is seen of a run from outside. */
    private record Seen(
            List<String> sent,
            String rejects,
            List<Long> counts,
            String reasons,
            List<String> notes,
            String checkpoint) {}

    private static Seen seen(int readers, Path rejects) throws IOException {
        ReadersTest fresh = new ReadersTest();
        List<String> sent = new ArrayList<>();
        RunReport report = fresh.pipeline(dirty(), readers, ReadersTest::known, sent)
                .rejects(RejectedRecords.csv(rejects))
                .build()
                .run();
        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        return new Seen(
                sent,
                Files.readString(rejects),
                List.of(
                        report.read(),
                        report.delivered(),
                        report.rejected(),
                        report.filtered(),
                        report.unsettled(),
                        report.oddities(),
                        report.batches(),
                        report.bytesRead()),
                report.rejectReasons().toString(),
                report.notes(),
                fresh.store
                        .current()
                        .map(end -> end.position() + " " + end.complete() + end.counters() + end.rejectReasons())
                        .orElseThrow());
    }

    @Test
    void whateverTheNumberOfReadersTheSameIsSeen(@TempDir Path folder) throws IOException {
        Seen one = seen(1, folder.resolve("rejects.csv"));
        assertThat(one.rejects().lines().count()).isGreaterThan(3 * ROWS / 997);
        for (int readers : new int[] {2, 4}) {
            assertThat(seen(readers, folder.resolve("rejects-" + readers + ".csv")))
                    .isEqualTo(one);
        }
    }

    /** Sends nothing anywhere, and lets go of each batch when it has taken down what is in it. */
    private static BatchDelivery<JsonRecord> takingDown(List<String> sent) {
        return new BatchDelivery<>() {
            @Override
            public CompletionStage<DeliveryOutcome> deliver(Batch<JsonRecord> batch) {
                ByteArrayOutputStream body = new ByteArrayOutputStream();
                try {
                    batch.writeJson(body, ',');
                } catch (IOException e) {
                    return CompletableFuture.failedFuture(e);
                }
                sent.add(batch.key() + body.toString(StandardCharsets.UTF_8));
                return CompletableFuture.completedFuture(DeliveryOutcome.delivered());
            }

            @Override
            public boolean letsGoOfBatches() {
                return true;
            }
        };
    }

    private static Seen encoded(int readers, Path rejects) throws IOException {
        List<String> sent = new ArrayList<>();
        RunReport report = Pipeline.from(dirty())
                .parse(CsvParser.withHeader())
                .enrich(JsonMapping.builder()
                        .nulls("unknown")
                        .integer("id")
                        .text("text")
                        .required()
                        .build())
                .batch(BatchSizing.adaptive(100, 100, 100).withMaxBytes(3_000))
                .deliver(takingDown(sent))
                .concurrency(ConcurrencyController.fixed(1))
                .rejects(RejectedRecords.csv(rejects))
                .readers(readers)
                .build()
                .run();
        assertThat(report.isBalanced()).isTrue();
        return new Seen(
                sent,
                Files.readString(rejects),
                List.of(report.read(), report.delivered(), report.rejected(), report.oddities(), report.batches()),
                report.rejectReasons().toString(),
                report.notes(),
                "");
    }

    @Test
    void recordsThatAreEncodedAheadAreTheSameBytes(@TempDir Path folder) throws IOException {
        Seen one = encoded(1, folder.resolve("rejects.csv"));
        assertThat(one.rejects()).contains("missing-value").contains("too-few-fields");
        for (int readers : new int[] {2, 3}) {
            assertThat(encoded(readers, folder.resolve("rejects-" + readers + ".csv")))
                    .isEqualTo(one);
        }
    }

    /** What ends a batch: its records, their bytes, or bytes as the user weighs them; now and then a record that weighs nothing. */
    private static Stream<Arguments> sizings() {
        RecordBytes<String> own = (record, rawCsv) -> 3L * record.length();
        return Stream.of(
                Arguments.of(BatchSizing.fixed(100), RecordBytes.ofDefaults()),
                Arguments.of(BatchSizing.fixed(100).withMaxBytes(100), RecordBytes.ofDefaults()),
                Arguments.of(BatchSizing.fixed(100).withMaxBytes(300), RecordBytes.ofDefaults()),
                Arguments.of(BatchSizing.fixed(5_000).withMaxBytes(1_200), RecordBytes.ofDefaults()),
                Arguments.of(BatchSizing.fixed(1_000).withMaxBytes(3_000), own),
                Arguments.of(BatchSizing.adaptive(10, 50, 200), RecordBytes.ofDefaults()));
    }

    @ParameterizedTest
    @MethodSource("sizings")
    void whateverTheNumberOfReadersBatchesEndAtTheSameRecords(BatchSizing sizing, RecordBytes<? super String> bytes) {
        StringBuilder csv = new StringBuilder("h\n");
        for (int i = 0; csv.length() < 5 << 18; i++) {
            csv.append(i % 1_000 < 13 ? "a" : i % 1_000 < 16 ? "\"\"" : "twelve bytes")
                    .append('\n');
        }
        List<String> one = batches(csv, sizing, bytes, 1);

        assertThat(one).hasSizeGreaterThan(300);
        for (int readers : new int[] {2, 3}) {
            assertThat(batches(csv, sizing, bytes, readers)).isEqualTo(one);
        }
    }

    private static List<String> batches(
            CharSequence csv, BatchSizing sizing, RecordBytes<? super String> bytes, int readers) {
        List<String> sent = new ArrayList<>();
        VirtualScheduler time = new VirtualScheduler();
        RunReport report = Pipeline.from(new TextSource(csv.toString()))
                .parse(CsvParser.withHeader().dialect(CsvDialect.RFC_4180.withDelimiter(';')))
                .enrich((CsvRow row) -> row.text(0))
                .batch(sizing)
                .deliver(new ScriptedDelivery<String>(time, batch -> {
                    sent.add(batch.key() + " of " + batch.size());
                    return Reply.of(DeliveryOutcome.delivered());
                }))
                .concurrency(ConcurrencyController.fixed(1))
                .recordBytes(bytes)
                .readers(readers)
                .scheduler(time)
                .build()
                .run();
        assertThat(report.isBalanced()).isTrue();
        return sent;
    }

    /** 200 GiB of one line behind a few rows; there is not so much memory, or time. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @Timeout(60)
    void aStopIsHeardWhileALineWithoutEndIsSkipped(int readers) throws InterruptedException {
        byte[] rows = "id\n1\n2\n3\n".getBytes(StandardCharsets.UTF_8);
        CountDownLatch deepInTheLine = new CountDownLatch(1);
        ByteSource source = new ByteSource() {
            @Override
            public String location() {
                return "a line without end";
            }

            @Override
            public SourceVersion version() {
                return new SourceVersion(location(), 200L << 30, "one", true);
            }

            @Override
            public InputStream open(SourceVersion version, long byteOffset) {
                return new InputStream() {
                    private long at = byteOffset;

                    @Override
                    public int read() {
                        throw new UnsupportedOperationException("many are read at once");
                    }

                    @Override
                    public int read(byte[] bytes, int from, int length) {
                        for (int i = from; i < from + length; i++) {
                            bytes[i] = at < rows.length ? rows[(int) at] : (byte) 'x';
                            at++;
                        }
                        if (at - byteOffset > 64 << 20) {
                            deepInTheLine.countDown();
                        }
                        return length;
                    }
                };
            }
        };
        PipelineRun run = ids(source, readers, batch -> {}).start();
        assertThat(deepInTheLine.await(30, TimeUnit.SECONDS)).isTrue();

        run.stop();
        RunReport report = run.await();

        assertThat(report.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(report.isBalanced()).isTrue();
    }

    @Test
    void aStopIsHeardWhileSplitsArePlanned() throws InterruptedException {
        TextSource source = dirty();
        CompletableFuture<PipelineRun> run = new CompletableFuture<>();
        AtomicInteger opened = new AtomicInteger();
        ByteSource stopping = new ByteSource() {
            @Override
            public String location() {
                return source.location();
            }

            @Override
            public SourceVersion version() throws IOException {
                return source.version();
            }

            @Override
            public InputStream open(SourceVersion version, long byteOffset) throws IOException {
                if (opened.incrementAndGet() == 2) {
                    run.join().stop();
                }
                return source.open(version, byteOffset);
            }
        };
        List<String> sent = new ArrayList<>();
        PipelineRun started = Pipeline.from(stopping)
                .parse(CsvParser.withHeader())
                .enrich(JsonMapping.builder().text("id").build())
                .batch(BatchSizing.fixed(100))
                .deliver(takingDown(sent))
                .readers(2)
                .build()
                .start();
        run.complete(started);

        RunReport report = started.await();

        assertThat(report.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(sent).isEmpty();
    }

    /** Some 25 MiB: more than is looked for pieces ahead of who reads. */
    private static TextSource longSource() {
        String text = "of a row, and on the next line more of it\n".repeat(8);
        StringBuilder csv = new StringBuilder("id,text\n");
        for (int i = 0; i < ROWS / 2; i++) {
            csv.append("12345,\"").append(text).append("\"\n6,nothing\n");
        }
        return new TextSource(csv.toString());
    }

    @Test
    void recordsAreSentBeforeTheEndOfTheSourceIsLookedAt() throws IOException {
        CountDownLatch sent = new CountDownLatch(1);
        HinderedSource source = new HinderedSource(longSource()) {
            @Override
            protected void beforeRead(long end) throws IOException {
                if (end > version().sizeBytes() - (1 << 20)) {
                    awaitSent();
                }
            }

            private void awaitSent() throws IOException {
                try {
                    if (!sent.await(30, TimeUnit.SECONDS)) {
                        throw new IOException("nothing was sent");
                    }
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
        };

        RunReport report = ids(source, 2, batch -> sent.countDown()).run();

        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.delivered()).isEqualTo(ROWS);
    }

    @Test
    void aRunThatGoesOnLooksForPiecesFromThereOn() throws IOException {
        TextSource source = longSource();
        List<String> sent = new ArrayList<>();
        AtomicBoolean broken = new AtomicBoolean(true);
        Function<CsvRow, String> enricher = row -> {
            if (broken.get() && row.position().recordNumber() == 15L * ROWS / 16) {
                throw new StackOverflowError();
            }
            return "";
        };
        var failed = catchThrowableOfType(
                PipelineException.class,
                () -> pipeline(source, 2, enricher, sent)
                        .rejects(RejectedRecords.counting())
                        .build()
                        .run());
        assertThat(failed.report().isBalanced()).isTrue();
        broken.set(false);
        long before = source.bytesRead();

        RunReport report = pipeline(source, 2, enricher, sent)
                .rejects(RejectedRecords.counting())
                .build()
                .run();

        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.read()).isEqualTo(ROWS);
        // The rest is a sixteenth and what was not settled before it, and is read once.
        assertThat(source.bytesRead() - before).isLessThan(source.version().sizeBytes() / 6);
    }

    /** To a destination that takes everything. */
    private static Pipeline ids(ByteSource source, int readers, Consumer<Batch<JsonRecord>> delivered) {
        return Pipeline.from(source)
                .parse(CsvParser.withHeader())
                .enrich(JsonMapping.builder().text("id").build())
                .batch(BatchSizing.fixed(100))
                .deliver((Batch<JsonRecord> batch) -> {
                    delivered.accept(batch);
                    return CompletableFuture.completedFuture(DeliveryOutcome.delivered());
                })
                .readers(readers)
                .build();
    }

    /** Whether a thread waits for those that scan. */
    private static boolean waitsForAPiece(StackTraceElement[] stack) {
        for (int i = 1; i < stack.length; i++) {
            boolean inFuture = stack[i - 1].getClassName().endsWith("FutureTask");
            if (inFuture && stack[i].getClassName().endsWith("ChunkScans")) {
                return true;
            }
        }
        return false;
    }

    @Test
    void aStopIsHeardWhileAPieceIsLookedForInVain() throws InterruptedException {
        CountDownLatch waits = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        HinderedSource source = new HinderedSource(longSource()) {
            @Override
            protected void beforeRead(long end) throws IOException {
                if (end > 10 << 20) {
                    waits.countDown();
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                }
            }
        };
        AtomicInteger delivered = new AtomicInteger();
        PipelineRun run =
                ids(source, 2, batch -> delivered.addAndGet(batch.size())).start();
        assertThat(waits.await(30, TimeUnit.SECONDS)).isTrue();
        // Once the pieces before those bytes are delivered.
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (delivered.get() < ROWS / 5
                || Thread.getAllStackTraces().values().stream().noneMatch(ReadersTest::waitsForAPiece)) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }

        run.stop();
        RunReport report = run.await();

        assertThat(report.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(report.delivered()).isEqualTo(delivered.get()).isGreaterThan(ROWS / 5);
    }

    /** As from a future that somebody else cancelled. */
    @Test
    void aSourceThatSaysItWasCancelledFailsTheRun() {
        AtomicInteger asked = new AtomicInteger();
        HinderedSource source = new HinderedSource(longSource()) {
            @Override
            protected void beforeRead(long end) {}

            @Override
            public SourceVersion version() throws IOException {
                // Once by the run; then when all pieces have been found.
                if (asked.incrementAndGet() > 1) {
                    throw new CancellationException("planted");
                }
                return super.version();
            }
        };
        var failed = catchThrowableOfType(
                PipelineException.class, () -> ids(source, 2, batch -> {}).run());
        assertThat(failed).hasMessageContaining("CancellationException");
        assertThat(failed.report().isBalanced()).isTrue();
    }

    @Test
    void aTimeOutOfTheSourceIsNoInterrupt() {
        ByteSource source = new HinderedSource(longSource()) {
            @Override
            protected void beforeRead(long end) throws IOException {
                throw new SocketTimeoutException("planted");
            }
        };
        for (int readers : new int[] {1, 2}) {
            var failed = catchThrowableOfType(
                    PipelineException.class,
                    () -> ids(source, readers, batch -> {}).run());
            assertThat(failed).hasMessageContaining("planted");
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }
    }

    @Test
    void whatStandsBeforeBytesThatCannotBeReadIsDelivered() throws IOException {
        HinderedSource source = new HinderedSource(longSource()) {
            @Override
            protected void beforeRead(long end) throws IOException {
                if (end > 10 << 20) {
                    throw new IOException("planted");
                }
            }
        };
        AtomicInteger delivered = new AtomicInteger();
        var failed = catchThrowableOfType(
                PipelineException.class,
                () -> ids(source, 2, batch -> delivered.addAndGet(batch.size())).run());
        assertThat(failed).hasMessageContaining("planted");
        assertThat(failed.report().isBalanced()).isTrue();
        // All but the mebibyte in which it is.
        long rows = ROWS * (9L << 20) / source.version().sizeBytes();
        assertThat(delivered).hasValueGreaterThan((int) rows - 300);
    }

    /** The record is neither lost nor rejected: a run that goes on begins with it at the latest. */
    @Test
    void anErrorInAnEnricherLeavesItsRecordForTheNextRun() {
        for (int readers : new int[] {1, 3}) {
            ReadersTest fresh = new ReadersTest();
            List<String> sent = new ArrayList<>();
            TextSource source = dirty();
            AtomicBoolean broken = new AtomicBoolean(true);
            Function<CsvRow, String> enricher = row -> {
                if (broken.get() && row.text("id").equals("100050")) {
                    throw new StackOverflowError();
                }
                return row.text("id");
            };
            var failed = catchThrowableOfType(
                    PipelineException.class,
                    () -> fresh.pipeline(source, readers, enricher, sent)
                            .rejects(RejectedRecords.counting())
                            .build()
                            .run());
            assertThat(failed.report().isBalanced()).isTrue();

            broken.set(false);
            RunReport report = fresh.pipeline(source, 5 - readers, enricher, sent)
                    .rejects(RejectedRecords.counting())
                    .build()
                    .run();

            assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
            assertThat(report.isBalanced()).isTrue();
            assertThat(String.join("", sent)).contains("=100050");
        }
    }

    @Test
    void aStopIsNotHeldUpByRecordsThatAreReadAhead() throws InterruptedException {
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger interrupted = new AtomicInteger();
        PipelineRun run = pipeline(
                        dirty(),
                        3,
                        row -> {
                            began.countDown();
                            try {
                                never.await();
                            } catch (InterruptedException e) {
                                interrupted.incrementAndGet();
                                throw new IllegalStateException("interrupted", e);
                            }
                            return "";
                        },
                        new ArrayList<>())
                .rejects(RejectedRecords.counting())
                .build()
                .start();
        assertThat(began.await(30, TimeUnit.SECONDS)).isTrue();

        run.stop();
        RunReport report = run.await();

        assertThat(report.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(report.rejected()).isZero();
        assertThat(report.read()).isZero();
    }
}
