// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.ingest.peers;

import io.apilados.pipeline.bench.data.Participants;
import io.apilados.pipeline.bench.ingest.OurJob;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
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
 * The whole job from a file to a destination that takes everything, the loading of the catalog of {@value #SCHOOLS} keys
 * included.
 *
 * <pre>mvn -q -pl pipeline-bench -am test-compile exec:exec -Dbench=ingest</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 4, time = 3)
@Measurement(iterations = 5, time = 3)
@Fork(value = 2, jvmArgsAppend = "-Xmx512m")
public class IngestBenchmark {

    private static final int SCHOOLS = 20_000;

    /** Who does it. */
    public enum Library {
        /** The library with one reading thread. */
        OURS {
            @Override
            IngestJob job() {
                return new OurJob(1);
            }
        },
        /** The library with one reading thread and with meters. */
        OURS_METERED {
            @Override
            IngestJob job() {
                return new OurJob(1, new SimpleMeterRegistry());
            }
        },
        /** The library with two. */
        OURS_TWO_READERS {
            @Override
            IngestJob job() {
                return new OurJob(2);
            }
        },
        /** Commons CSV, a map and Jackson. */
        HANDWRITTEN_LOOP {
            @Override
            IngestJob job() {
                return new HandwrittenLoop();
            }
        },
        EASY_BATCH {
            @Override
            IngestJob job() {
                return new EasyBatchJob();
            }
        },
        SPRING_BATCH {
            @Override
            IngestJob job() {
                return new SpringBatchJob();
            }
        };

        abstract IngestJob job();
    }

    /** Who does it. */
    @Param
    public Library library = Library.OURS;

    /** How many rows the file has. */
    @Param("200000")
    public int rows = 200_000;

    private Path folder = Path.of("");
    private Path csv = Path.of("");
    private Path catalog = Path.of("");
    private Path rejects = Path.of("");
    private IngestJob job = (csv, catalog, rejects) -> 0;

    /** Writes the files, and checks that the job delivers what can be delivered and puts the rest aside. */
    @Setup
    public void setUp() throws Exception {
        folder = Files.createTempDirectory("ingest");
        csv = folder.resolve("participants.csv");
        catalog = folder.resolve("catalog.csv");
        rejects = folder.resolve("rejects.csv");
        Participants.Written written = write();
        job = library.job();
        long delivered = job.run(csv, catalog, rejects);
        if (delivered != written.deliverable()) {
            throw new IllegalStateException(
                    library + " delivered " + delivered + " of " + written.deliverable() + " participants");
        }
        if (Files.size(rejects) < 100L * (written.unknownKeys() + written.malformed())) {
            throw new IllegalStateException(library + " did not put aside what it did not deliver");
        }
    }

    private Participants.Written write() throws IOException {
        Participants participants = new Participants(SCHOOLS);
        try (BufferedWriter schools = Files.newBufferedWriter(catalog);
                BufferedWriter out = Files.newBufferedWriter(csv)) {
            participants.writeCatalog(schools);
            return participants.writeRows(out, rows, Participants.Quality.AS_FOUND);
        }
    }

    /** Deletes the files. */
    @TearDown
    public void tearDown() throws IOException {
        for (Path file : new Path[] {csv, catalog, rejects, folder}) {
            Files.deleteIfExists(file);
        }
    }

    /** One file. */
    @Benchmark
    public long file() throws Exception {
        return job.run(csv, catalog, rejects);
    }
}
