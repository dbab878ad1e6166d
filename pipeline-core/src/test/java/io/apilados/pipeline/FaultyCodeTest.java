// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.checkpoint.Checkpoint;
import io.apilados.pipeline.checkpoint.CheckpointLease;
import io.apilados.pipeline.checkpoint.CheckpointStore;
import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.RateLimit;
import io.apilados.pipeline.control.RetryPolicy;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.parse.RejectedRecordException;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.testing.ForwardingCheckpointLease;
import io.apilados.pipeline.testing.ForwardingCircuitBreaker;
import io.apilados.pipeline.testing.MemoryCheckpointStore;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The caller's own code throws what it is not declared to: runs end all the same, and their books add up. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class FaultyCodeTest {

    private static final int ROWS = 100;

    @TempDir
    private Path folder;

    private final VirtualScheduler time = new VirtualScheduler();
    private final MemoryCheckpointStore store = new MemoryCheckpointStore();

    private static String rows(int count) {
        return IntStream.range(0, count).mapToObj(i -> i + "\n").collect(Collectors.joining("", "id\n", ""));
    }

    /** Five of every ten are rejected. */
    private static String wanted(CsvRow row) {
        if (row.integer("id") % 10 < 5) {
            throw new RejectedRecordException("odd", "it is odd");
        }
        return row.text("id");
    }

    private static PipelineBuilder<String> pipeline(int rows) {
        return pipeline(rows, batch -> CompletableFuture.completedFuture(DeliveryOutcome.delivered()));
    }

    private static PipelineBuilder<String> pipeline(int rows, BatchDelivery<String> delivery) {
        return Pipeline.from(new TextSource(rows(rows)))
                .parse(CsvParser.withHeader())
                .enrich(FaultyCodeTest::wanted)
                .batch(BatchSizing.fixed(5))
                .deliver(delivery);
    }

    private static RunReport failed(PipelineBuilder<String> pipeline) {
        RunReport report = catchThrowableOfType(
                        PipelineException.class, () -> pipeline.build().run())
                .report();
        assertThat(report.status()).isEqualTo(RunStatus.FAILED);
        assertAddsUp(report);
        return report;
    }

    private static void assertAddsUp(RunReport report) {
        assertThat(report.delivered() + report.rejected() + report.filtered() + report.unsettled())
                .isEqualTo(report.read());
    }

    /** The run that goes on has every record once. */
    private static void assertCompletes(int rows, RejectedRecords rejects, CheckpointStore checkpoints) {
        RunReport report =
                pipeline(rows).rejects(rejects).checkpoint(checkpoints).build().run();
        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.read()).isEqualTo(rows);
        assertThat(report.rejected()).isEqualTo(rows / 2);
    }

    /** Passes on what the file takes, and throws once. */
    private static final class FaultySink implements RejectedRecords {
        private final RejectedRecords file;
        private final Throwable fault;
        private final int faultAt;
        private int writes;

        FaultySink(RejectedRecords file, Throwable fault, int faultAt) {
            this.file = file;
            this.fault = fault;
            this.faultAt = faultAt;
        }

        @Override
        public void open(byte[] rawHeader, long mark) throws IOException {
            file.open(rawHeader, mark);
        }

        @Override
        public void write(RejectedRecord record) throws IOException {
            if (++writes == faultAt) {
                if (fault instanceof Error error) {
                    throw error;
                }
                throw (RuntimeException) fault;
            }
            file.write(record);
        }

        @Override
        public long sync() throws IOException {
            return file.sync();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 23, 50})
    void noRejectedRecordIsLostWhenTheirPlaceIsAtFault(int faultAt) throws IOException {
        Path file = folder.resolve("rejects.csv");
        for (Throwable fault :
                new Throwable[] {new UncheckedIOException(new IOException("full")), new OutOfMemoryError("test")}) {
            MemoryCheckpointStore checkpoints = new MemoryCheckpointStore();
            RejectedRecords sink = new FaultySink(RejectedRecords.csv(file), fault, faultAt);

            RunReport first = failed(pipeline(ROWS).rejects(sink).checkpoint(checkpoints));
            assertThat(first.rejected()).isEqualTo(faultAt - 1);

            assertCompletes(ROWS, RejectedRecords.csv(file), checkpoints);
            assertThat(Files.readAllLines(file)).hasSize(1 + ROWS / 2).doesNotHaveDuplicates();
        }
    }

    /** Throws an error when it is told of a record, or of records, for the third time. */
    private static PipelineListener faulty(boolean ofRejected) {
        AtomicInteger told = new AtomicInteger();
        return new PipelineListener() {
            @Override
            public void recordsRead(long records, long filtered, long bytes) {
                tell(!ofRejected);
            }

            @Override
            public void recordRejected(RejectedRecord record) {
                tell(ofRejected);
            }

            private void tell(boolean counts) {
                if (counts && told.incrementAndGet() >= 3) {
                    throw new NoClassDefFoundError("test");
                }
            }
        };
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void noRecordIsLostWhenAListenerThrowsAnError(boolean ofRejected) throws IOException {
        Path file = folder.resolve("rejects.csv");
        failed(pipeline(ROWS)
                .rejects(RejectedRecords.csv(file))
                .checkpoint(store)
                .listener(faulty(ofRejected)));

        assertCompletes(ROWS, RejectedRecords.csv(file), store);
        assertThat(Files.readAllLines(file)).hasSize(1 + ROWS / 2).doesNotHaveDuplicates();
    }

    /** Throws at the save with this number. */
    private static final class FaultyLease extends ForwardingCheckpointLease {
        private final int faultAt;
        private int saves;

        FaultyLease(CheckpointLease lease, int faultAt) {
            super(lease);
            this.faultAt = faultAt;
        }

        @Override
        public void save(Checkpoint checkpoint) throws IOException {
            if (++saves == faultAt) {
                throw new IllegalStateException("test");
            }
            super.save(checkpoint);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void nothingIsCountedTwiceWhenTheStoreIsAtFault(int faultAt) {
        int rows = 6_000;
        CheckpointStore faulty = location -> new FaultyLease(store.acquire(location), faultAt);
        // Each batch takes longer than what lies between two checkpoints.
        BatchDelivery<String> slow = batch -> {
            time.advance(Duration.ofSeconds(2));
            return CompletableFuture.completedFuture(DeliveryOutcome.delivered());
        };
        RunReport first = failed(pipeline(rows, slow)
                .rejects(RejectedRecords.counting())
                .checkpoint(faulty)
                .scheduler(time));
        assertThat(first.read()).isLessThan(rows);

        assertCompletes(rows, RejectedRecords.counting(), store);
    }

    /** Where parts wait for their moment when it happens, nobody asks for another batch any more. */
    @ParameterizedTest
    @CsvSource({"4, 3", "4, 4", "4, 5", "4, 6", "5, 5", "5, 6", "5, 7", "5, 8", "12, 1", "12, 9"})
    void aBreakerThatIsAtFaultFromSomeCallOnEndsTheRun(int rows, int faultAt) {
        AtomicInteger calls = new AtomicInteger();
        CircuitBreaker faulty = new ForwardingCircuitBreaker(CircuitBreaker.ofDefaults()) {
            @Override
            public Optional<Permit> tryAcquire() {
                if (calls.incrementAndGet() >= faultAt) {
                    throw new IllegalStateException("test");
                }
                return super.tryAcquire();
            }
        };
        RunReport report = failed(Pipeline.from(new TextSource(rows(rows)))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(1))
                .deliver(BatchDelivery.<String>blocking(batch -> DeliveryOutcome.delivered()))
                .concurrency(ConcurrencyController.fixed(4))
                .rate(RateLimit.perSecond(100))
                .circuitBreaker(faulty));
        assertThat(report.endReason()).contains("IllegalStateException");
    }

    @Test
    void patienceAndDeadlineMayBeEndless() {
        Duration endless = ChronoUnit.FOREVER.getDuration();
        AtomicInteger calls = new AtomicInteger();
        RunReport report = Pipeline.from(new TextSource(rows(ROWS)))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(1))
                .deliver(BatchDelivery.<String>blocking(batch -> calls.incrementAndGet() < 30
                        ? DeliveryOutcome.retry("it is down")
                        : DeliveryOutcome.delivered()))
                .concurrency(ConcurrencyController.fixed(4))
                .circuitBreaker(
                        CircuitBreaker.builder().openTime(Duration.ofMillis(1)).build())
                .retry(RetryPolicy.ofDefaults()
                        .withBackoff(Duration.ofMillis(1), Duration.ofMillis(2))
                        .withPatience(endless))
                .deadline(endless)
                .build()
                .run();
        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.delivered()).isEqualTo(ROWS);
    }
}
