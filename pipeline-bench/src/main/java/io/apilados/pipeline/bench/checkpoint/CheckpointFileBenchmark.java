// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.checkpoint;

import io.apilados.pipeline.batch.BatchLimit;
import io.apilados.pipeline.checkpoint.Checkpoint;
import io.apilados.pipeline.checkpoint.CheckpointLease;
import io.apilados.pipeline.checkpoint.CheckpointStore;
import io.apilados.pipeline.checkpoint.Counters;
import io.apilados.pipeline.checkpoint.PlannedSize;
import io.apilados.pipeline.checkpoint.SettledBatch;
import io.apilados.pipeline.source.SourcePosition;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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
 * A settled batch is noted, which has to survive a crash of the process, and a checkpoint is saved, which has to survive
 * a crash of the machine. Both are done to the disk of the folder for temporary files ({@code java.io.tmpdir}); the time to
 * save is that disk's. By hand means as many bytes as ours writes, forced to the disk at the same moments, without JSON,
 * checksum and lease.
 *
 * <pre>mvn -q -pl pipeline-bench -am test-compile exec:exec -Dbench=checkpoint -Djmh.args="CheckpointFile"</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class CheckpointFileBenchmark {

    private static final int SETTLED = 10;
    private static final int BATCH = 100;

    /** Where progress is kept. */
    interface Store extends Closeable {
        void note() throws IOException;

        void save() throws IOException;
    }

    /** Who keeps it. */
    public enum Library {
        OURS {
            @Override
            Store open(Path folder) throws IOException {
                return new OurStore(folder);
            }
        },
        BY_HAND {
            @Override
            Store open(Path folder) throws IOException {
                return new PlainStore(folder);
            }
        };

        abstract Store open(Path folder) throws IOException;
    }

    private static SettledBatch settled(int number) {
        return new SettledBatch(1L + number * BATCH, 0x0123456789abcdefL * number, BATCH, List.of());
    }

    private static Checkpoint checkpoint() {
        List<SettledBatch> above = new ArrayList<>();
        for (int i = 0; i < SETTLED; i++) {
            above.add(settled(i));
        }
        return new Checkpoint(
                "0123456789abcdef0123456789abcdef",
                new SourcePosition(150_000_000, 1_000_000, 1_000_001),
                false,
                new Counters(1_000_000, 994_000, 6_000, 0, 0, 9_940, 9_960, 20),
                700_000,
                List.of(),
                List.of(new PlannedSize(1_000_000, 1_010_000, new BatchLimit(BATCH, Long.MAX_VALUE))),
                above);
    }

    private static final class OurStore implements Store {
        private final CheckpointLease lease;
        private final SettledBatch batch = settled(0);
        private final Checkpoint checkpoint = checkpoint();

        OurStore(Path folder) throws IOException {
            lease = CheckpointStore.directory(folder).acquire("memory");
        }

        @Override
        public void note() throws IOException {
            lease.settled(batch);
        }

        @Override
        public void save() throws IOException {
            lease.save(checkpoint);
        }

        @Override
        public void close() throws IOException {
            lease.close();
        }
    }

    /** Appends to one file; writes, forces and renames another, and begins the first anew. */
    private static final class PlainStore implements Store {
        private final Path folder;
        private final byte[] line;
        private final byte[] whole;
        private FileChannel journal;

        PlainStore(Path folder) throws IOException {
            this.folder = folder;
            try (OurStore ours = new OurStore(folder)) {
                ours.save();
                whole = new byte[sizeOfFile(folder, ".checkpoint")];
                int empty = sizeOfFile(folder, ".journal");
                ours.note();
                line = new byte[sizeOfFile(folder, ".journal") - empty];
            }
            journal = created(folder.resolve("journal"));
        }

        private static int sizeOfFile(Path folder, String ending) throws IOException {
            try (Stream<Path> files = Files.list(folder)) {
                return (int) files.filter(file -> file.toString().endsWith(ending))
                        .findFirst()
                        .orElseThrow()
                        .toFile()
                        .length();
            }
        }

        private static FileChannel created(Path file) throws IOException {
            return FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        }

        @Override
        public void note() throws IOException {
            journal.write(ByteBuffer.wrap(line));
        }

        @Override
        public void save() throws IOException {
            Path temporary = folder.resolve("checkpoint.tmp");
            try (FileChannel channel = created(temporary)) {
                channel.write(ByteBuffer.wrap(whole));
                channel.force(true);
            }
            Files.move(temporary, folder.resolve("checkpoint"), StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
            journal.close();
            journal = created(folder.resolve("journal"));
        }

        @Override
        public void close() throws IOException {
            journal.close();
        }
    }

    /** Who keeps it. */
    @Param
    public Library library = Library.OURS;

    private Path folder = Path.of("");

    @SuppressWarnings("NullAway.Init")
    private Store store;

    /** Makes a folder. */
    @Setup
    public void setUp() throws IOException {
        folder = Files.createTempDirectory("checkpoints");
        store = library.open(folder);
    }

    /** Begins a journal anew, so that no iteration pays for the one before. */
    @Setup(Level.Iteration)
    public void begin() throws IOException {
        store.save();
    }

    /** Deletes it. */
    @TearDown
    public void tearDown() throws IOException {
        store.close();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    /** One settled batch is noted. */
    @Benchmark
    public void note() throws IOException {
        store.note();
    }

    /** One checkpoint is saved. */
    @Benchmark
    public void save() throws IOException {
        store.save();
    }
}
