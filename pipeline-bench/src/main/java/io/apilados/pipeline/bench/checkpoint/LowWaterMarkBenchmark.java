// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.checkpoint;

import io.apilados.pipeline.checkpoint.LowWaterMark;
import io.apilados.pipeline.checkpoint.Segment;
import io.apilados.pipeline.source.SourcePosition;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
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
 * Ten batches of 100 records are under way and come to their ends; after each it is known below which position all is
 * settled. Ours counts every record, and holds what was rejected; the map knows nothing but where batches begin.
 *
 * <pre>mvn -q -pl pipeline-bench -am test-compile exec:exec -Dbench=checkpoint -Djmh.args="LowWaterMark"</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class LowWaterMarkBenchmark {

    private static final int IN_FLIGHT = 10;
    private static final int BATCH = 100;
    private static final int RECORD_BYTES = 150;

    /** Knows how far everything is settled; batches are called by where they stand among the ten. */
    interface Tracker {
        void begin(int batch, long firstRecord);

        /** Returns the number of the first record that is not known to be settled, or comes next. */
        long end(int batch);
    }

    /** Who knows it. */
    public enum Library {
        OURS {
            @Override
            Tracker tracker() {
                return new Segments();
            }
        },
        /** By hand: the numbers of the first records of open batches, in order. */
        TREE_MAP {
            @Override
            Tracker tracker() {
                return new FirstRecords();
            }
        };

        abstract Tracker tracker();
    }

    /** In which order batches come to their ends. */
    public enum Order {
        FIRST_FIRST,
        /** Nothing can be passed before all have ended. */
        LAST_FIRST
    }

    private static SourcePosition position(long record) {
        return new SourcePosition(record * RECORD_BYTES, record, record + 1);
    }

    private static final class Segments implements Tracker {
        private final LowWaterMark mark = new LowWaterMark(position(1));
        private final Segment[] open = new Segment[IN_FLIGHT];

        @Override
        public void begin(int batch, long firstRecord) {
            Segment segment = new Segment(position(firstRecord));
            for (long record = firstRecord; record < firstRecord + BATCH; record++) {
                segment.addOpen(record);
            }
            segment.endAt(position(firstRecord + BATCH), 0);
            open[batch] = segment;
            mark.add(segment);
        }

        @Override
        public long end(int batch) {
            open[batch].delivered(BATCH);
            while (mark.pass() != null) {
                // Passes what it can.
            }
            return mark.position().recordNumber();
        }
    }

    private static final class FirstRecords implements Tracker {
        private final TreeMap<Long, Integer> open = new TreeMap<>();
        private final long[] firstRecords = new long[IN_FLIGHT];
        private long next;

        @Override
        public void begin(int batch, long firstRecord) {
            firstRecords[batch] = firstRecord;
            open.put(firstRecord, batch);
            next = firstRecord + BATCH;
        }

        @Override
        public long end(int batch) {
            open.remove(firstRecords[batch]);
            return open.isEmpty() ? next : open.firstKey();
        }
    }

    /** Who knows it. */
    @Param
    public Library library = Library.OURS;

    /** In which order batches come to their ends. */
    @Param
    public Order order = Order.FIRST_FIRST;

    private Tracker tracker = new FirstRecords();
    private long next = 1;

    /** Begins, and checks that the position is where it ought to be after each batch. */
    @Setup
    public void setUp() {
        tracker = library.tracker();
        for (int round = 0; round < 3; round++) {
            long first = next;
            begin();
            for (int i = 0; i < IN_FLIGHT; i++) {
                long found = end(i);
                long passed = order == Order.FIRST_FIRST || i == IN_FLIGHT - 1 ? i + 1 : 0;
                if (found != first + passed * BATCH) {
                    throw new IllegalStateException(library + " is at record " + found + " after " + i);
                }
            }
        }
    }

    /** Ten batches. */
    @Benchmark
    @OperationsPerInvocation(IN_FLIGHT)
    public long batch() {
        begin();
        long settled = 0;
        for (int i = 0; i < IN_FLIGHT; i++) {
            settled += end(i);
        }
        return settled;
    }

    private void begin() {
        for (int i = 0; i < IN_FLIGHT; i++) {
            tracker.begin(i, next);
            next += BATCH;
        }
    }

    private long end(int i) {
        return tracker.end(order == Order.FIRST_FIRST ? i : IN_FLIGHT - 1 - i);
    }
}
