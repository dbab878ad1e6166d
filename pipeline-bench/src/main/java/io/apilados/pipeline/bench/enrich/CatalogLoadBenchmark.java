// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.enrich;

import io.apilados.pipeline.bench.data.CatalogKeys;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RecordReader;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourcePosition;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * From a catalog's file to a table that answers. {@code cpuMillis} by {@code loads} is what the loading thread took of
 * the CPU for one load, the time to compare by where others use the machine, too; the collector's is not in it. The
 * serial collector, as in a small container, and the heap touched beforehand, so that no page fault of its first use is
 * in it.
 *
 * <pre>mvn -q -pl pipeline-bench -am test-compile exec:exec -Dbench=load</pre>
 *
 * <p>What the first load in a fresh JVM takes, most of it for code that is not compiled yet:
 *
 * <pre>mvn -q -pl pipeline-bench -am test-compile exec:exec -Djmh.args="CatalogLoad -bm ss -wi 0 -i 1 -f 10"</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 2,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g", "-XX:+UseSerialGC", "-XX:+AlwaysPreTouch"})
public class CatalogLoadBenchmark {

    /** From what to what. */
    public enum Way {
        /** The library's CSV reader, each field a string, into a {@code HashMap}. */
        CSV_TO_HASH_MAP,
        /** Lines split at the comma, with no care for quotes, into a {@code HashMap}: the strictest rival. */
        SPLIT_TO_HASH_MAP,
        OURS_CSV_TO_PACKED,
        OURS_SAVED_TO_PACKED
    }

    /** What the loading thread took of the CPU. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Cpu {
        private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        private long nanos;

        /** How many loads there were. */
        public long loads;

        /** Begins to count. */
        @Setup(Level.Iteration)
        public void reset() {
            nanos = 0;
            loads = 0;
        }

        /** For all of them. */
        public double cpuMillis() {
            return nanos / 1e6;
        }
    }

    /** From what to what. */
    @Param
    public Way way = Way.OURS_CSV_TO_PACKED;

    /** How many keys; the second is the whole national catalog. */
    @Param({"270000", "597685"})
    public int keys;

    private Path folder = Path.of("");
    private Path csv = Path.of("");
    private Path saved = Path.of("");

    /** Writes the files. */
    @Setup
    public void setUp() throws IOException {
        folder = Files.createTempDirectory("catalog-load");
        csv = folder.resolve("catalog.csv");
        saved = folder.resolve("catalog.packed");
        List<String> all = CatalogKeys.random(keys);
        try (BufferedWriter out = Files.newBufferedWriter(csv)) {
            out.write("id,clave\n");
            for (int id = 0; id < keys; id++) {
                out.write(1000 + id + "," + all.get(id) + "\n");
            }
        }
        if (way == Way.OURS_SAVED_TO_PACKED) {
            // Not loaded from the CSV: a first load must find nothing compiled that loads.
            CCTsCatalog.Builder catalog = CCTsCatalog.builder();
            for (int id = 0; id < keys; id++) {
                catalog.put(all.get(id), 1000 + id);
            }
            catalog.build().saveTo(saved);
        }
    }

    /** Deletes the files. */
    @TearDown
    public void tearDown() throws IOException {
        Files.deleteIfExists(saved);
        Files.delete(csv);
        Files.delete(folder);
    }

    /** One load. */
    @Benchmark
    public Object load(Cpu cpu) throws IOException {
        long start = cpu.threads.getCurrentThreadCpuTime();
        Object table = loaded();
        cpu.nanos += cpu.threads.getCurrentThreadCpuTime() - start;
        cpu.loads++;
        return table;
    }

    private Object loaded() throws IOException {
        return switch (way) {
            case CSV_TO_HASH_MAP -> csvToHashMap();
            case SPLIT_TO_HASH_MAP -> splitToHashMap();
            case OURS_CSV_TO_PACKED -> CCTsCatalog.load(ByteSource.file(csv));
            case OURS_SAVED_TO_PACKED -> CCTsCatalog.load(ByteSource.file(saved));
        };
    }

    private Map<String, Integer> csvToHashMap() throws IOException {
        Map<String, Integer> map = new HashMap<>();
        ByteSource source = ByteSource.file(csv);
        try (RecordReader<CsvRow> reader =
                CsvParser.withHeader().open(source, source.version(), SourcePosition.START)) {
            while (reader.advance() == RecordReader.Step.RECORD) {
                map.put(
                        reader.record().text(1),
                        Integer.parseInt(reader.record().text(0)));
            }
        }
        return map;
    }

    private Map<String, Integer> splitToHashMap() throws IOException {
        Map<String, Integer> map = new HashMap<>();
        try (BufferedReader reader = Files.newBufferedReader(csv)) {
            reader.readLine();
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                int comma = line.indexOf(',');
                map.put(line.substring(comma + 1), Integer.parseInt(line.substring(0, comma)));
            }
        }
        return map;
    }
}
