// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.parse;

import io.apilados.pipeline.bench.data.MemorySource;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.source.SplitPlan;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
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
 * A plan of splits on one thread, in microseconds for a MiB: how fast a file is gone over to find where its records
 * start. 1,000 are 1,049 MB a second.
 *
 * <pre>mvn -q -pl pipeline-bench -am test-compile exec:exec -Dbench=plan</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class SplitPlanBenchmark {

    private static final int MEBIBYTES = 64;
    private static final long TARGET_BYTES = 4 << 20;

    /** What is between quotes. */
    public enum Quotes {
        /** Nothing. */
        NONE,
        /** 6 % of the records have a field of 2 to 8 lines that look like records. */
        MULTI_LINE,
        /** Every field. */
        ALL
    }

    /** What is between quotes. */
    @Param
    public Quotes quotes = Quotes.NONE;

    private MemorySource source = new MemorySource(new byte[0]);

    /** Makes the file. */
    @Setup
    public void setUp() throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        ByteArrayOutputStream csv = new ByteArrayOutputStream((MEBIBYTES << 20) + 1_024);
        csv.writeBytes("id,cct,nombre,nota\n".getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; csv.size() < MEBIBYTES << 20; i++) {
            csv.writeBytes(row(i, random).getBytes(StandardCharsets.US_ASCII));
        }
        source = new MemorySource(csv.toByteArray());
    }

    private String row(int number, SplittableRandom random) {
        String rest = "x".repeat(random.nextInt(90));
        if (quotes == Quotes.ALL) {
            return "\"P" + number + "\",\"01DPR0001V\",\"Ana\",\"" + rest + "\"\n";
        }
        boolean lines = quotes == Quotes.MULTI_LINE && random.nextInt(100) < 6;
        String note =
                lines ? "\"" + ("P" + number + ",01DPR0001V,falsa,1\n").repeat(2 + random.nextInt(7)) + "\"" : rest;
        return "P" + number + ",01DPR0001V,Ana," + note + "\n";
    }

    /** One plan. */
    @Benchmark
    @OperationsPerInvocation(MEBIBYTES)
    public SplitPlan mebibyte() throws IOException {
        return CsvParser.withHeader().plan(source, source.version(), TARGET_BYTES, 1);
    }
}
