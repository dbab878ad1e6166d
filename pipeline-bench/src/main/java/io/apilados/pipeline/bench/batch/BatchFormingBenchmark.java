// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.batch;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchProcessor;
import io.apilados.pipeline.batch.BatchSample;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.source.SourcePosition;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Records are submitted one at a time and leave in batches that a destination takes at once. An operation is 100 records:
 * one batch at the size that everybody begins with. The destination says that a batch took it 5 ms and 20 µs a record,
 * so that an adaptation has something to find out; nothing waits for that time.
 *
 * <pre>mvn -q -pl pipeline-bench -am test-compile exec:exec -Dbench=batch</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class BatchFormingBenchmark {

    private static final int RECORDS = 10_000;
    private static final int BATCH = 100;
    private static final int RECORD_BYTES = 400;
    private static final long NANOS_A_BATCH = 5_000_000;
    private static final long NANOS_A_RECORD = 20_000;

    /** A record and where it comes from. */
    record Submitted(JsonRecord record, SourcePosition position, byte[] rawCsv) {}

    /** Takes records, and counts those that have left in batches. */
    interface Former {
        void submit(Submitted record) throws InterruptedException;

        long left();
    }

    /** Who forms batches. */
    public enum Processor {
        /** Always 100. */
        OURS {
            @Override
            Former start() {
                return new OurFormer(BatchSizing.fixed(BATCH), batch -> batch.size());
            }
        },
        /** Between 10 and 500. */
        OURS_ADAPTIVE {
            @Override
            Former start() {
                return new OurFormer(BatchSizing.adaptive(10, BATCH, 500), batch -> batch.size());
            }
        },
        /** Always 100, and each batch is asked for its idempotency key. */
        OURS_WITH_KEY {
            @Override
            Former start() {
                return new OurFormer(
                        BatchSizing.fixed(BATCH), batch -> batch.key().isEmpty() ? 0 : batch.size());
            }
        },
        /** By hand: a list that leaves when it is full, and neither bytes nor keys. */
        ARRAY_LIST {
            @Override
            Former start() {
                return new ListFormer();
            }
        };

        abstract Former start();
    }

    private static final class OurFormer implements Former {
        private final BatchProcessor<JsonRecord> processor;
        private final ToLongFunction<Batch<JsonRecord>> count;
        private long nanos;
        private long left;

        @SuppressWarnings("this-escape")
        OurFormer(BatchSizing sizing, ToLongFunction<Batch<JsonRecord>> count) {
            this.count = count;
            this.processor = BatchProcessor.<JsonRecord>to(this::handle)
                    .sizing(sizing)
                    .fingerprint("0123456789abcdef0123456789abcdef")
                    .build();
        }

        private CompletionStage<BatchSample> handle(Batch<JsonRecord> batch) {
            left += count.applyAsLong(batch);
            long start = nanos;
            nanos += NANOS_A_BATCH + batch.size() * NANOS_A_RECORD;
            return CompletableFuture.completedFuture(
                    new BatchSample(batch.size(), batch.bytes(), start, nanos, BatchSample.Outcome.CLEAN));
        }

        @Override
        public void submit(Submitted record) throws InterruptedException {
            processor.submit(record.record, record.position, record.rawCsv);
        }

        @Override
        public long left() {
            return left;
        }
    }

    private static final class ListFormer implements Former {
        private List<Submitted> gathered = new ArrayList<>(BATCH);
        private long left;

        @Override
        public void submit(Submitted record) {
            gathered.add(record);
            if (gathered.size() == BATCH) {
                left += gathered.size();
                gathered = new ArrayList<>(BATCH);
            }
        }

        @Override
        public long left() {
            return left;
        }
    }

    /** Who forms batches. */
    @Param
    public Processor processor = Processor.OURS;

    private final List<Submitted> records = new ArrayList<>();
    private Former former = new ListFormer();

    /** Makes the records, and checks that what was submitted leaves. */
    @Setup
    public void setUp() throws InterruptedException {
        byte[] json = ("{\"id\":\"" + "x".repeat(RECORD_BYTES) + "\"}").getBytes(StandardCharsets.US_ASCII);
        byte[] rawCsv = "x".repeat(RECORD_BYTES / 2).getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < RECORDS; i++) {
            records.add(new Submitted(
                    JsonRecord.ofUtf8(json), new SourcePosition((long) i * RECORD_BYTES, i + 1L, i + 2L), rawCsv));
        }
        former = processor.start();
        long left = submitAll();
        if (left > RECORDS || left < RECORDS - 500) {
            throw new IllegalStateException(processor + " let " + left + " of " + RECORDS + " leave");
        }
    }

    /** All records. */
    @Benchmark
    @OperationsPerInvocation(RECORDS / BATCH)
    public long hundredRecords() throws InterruptedException {
        return submitAll();
    }

    private long submitAll() throws InterruptedException {
        for (Submitted record : records) {
            former.submit(record);
        }
        return former.left();
    }
}
