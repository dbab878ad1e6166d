// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.testing.CheckpointStoreContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCheckpointStoreTest extends CheckpointStoreContract {

    @TempDir
    Path folder;

    @Override
    protected CheckpointStore store() {
        return CheckpointStore.directory(folder.resolve("checkpoints"));
    }

    private Path file(String ending) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("checkpoints"))) {
            return files.filter(path -> path.toString().endsWith(ending))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private void saveWithJournal() throws IOException {
        try (CheckpointLease lease = store().acquire("x")) {
            lease.save(FULL);
            lease.settled(new SettledBatch(1, 11, 2, List.of()));
            lease.settled(new SettledBatch(3, 33, 4, List.of()));
        }
    }

    private Checkpoint load() throws IOException {
        try (CheckpointLease lease = store().acquire("x")) {
            return lease.load().orElseThrow();
        }
    }

    @Test
    void everyCutOfTheJournalGivesAWholeBeginningOfIt() throws IOException {
        saveWithJournal();
        byte[] whole = Files.readAllBytes(file(".journal"));
        List<SettledBatch> all = load().settled();
        assertThat(all).hasSize(3);
        for (int length = 0; length <= whole.length; length++) {
            Files.write(file(".journal"), Arrays.copyOf(whole, length));
            List<SettledBatch> some = load().settled();
            assertThat(all).startsWith(some.toArray(SettledBatch[]::new));
            assertThat(some).isNotEmpty();
        }
    }

    @Test
    void aJournalOfAnotherCheckpointDoesNotCount() throws IOException {
        saveWithJournal();
        byte[] old = Files.readAllBytes(file(".journal"));
        try (CheckpointLease lease = store().acquire("x")) {
            var unused = lease.load();
            lease.save(FULL);
        }
        Files.write(file(".journal"), old);
        assertThat(load()).isEqualTo(FULL);
    }

    @Test
    void aJournalWhoseCheckpointWasDeletedIsNotTakenForTheNextOnes() throws IOException {
        try (CheckpointLease lease = store().acquire("x")) {
            assertThat(lease.load()).isEmpty();
            lease.save(FULL);
            lease.settled(new SettledBatch(1, 11, 2, List.of()));
        }
        byte[] checkpoint = Files.readAllBytes(file(".checkpoint"));
        Path path = file(".checkpoint");
        Files.delete(path);
        try (CheckpointLease lease = store().acquire("x")) {
            assertThat(lease.load()).isEmpty();
        }
        // As after a kill between saving the first checkpoint, which has the same number again, and beginning its
        // journal.
        Files.write(path, checkpoint);
        assertThat(load()).isEqualTo(FULL);
    }

    @Test
    void aDamagedCheckpointIsToldAndNeverGuessedAt() throws IOException {
        saveWithJournal();
        Path checkpoint = file(".checkpoint");
        byte[] whole = Files.readAllBytes(checkpoint);
        for (int at = 0; at < whole.length; at += 7) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 1;
            Files.write(checkpoint, damaged);
            // The number of the checkpoint is not covered by the checksum: with another one only the journal is lost.
            try {
                assertThat(load().settled()).startsWith(FULL.settled().get(0));
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("the checkpoint cannot be read");
            }
        }
        Files.write(checkpoint, Arrays.copyOf(whole, whole.length / 2));
        assertThatThrownBy(this::load)
                .hasMessageContaining("the checkpoint cannot be read")
                .hasMessageContaining("delete it to begin anew");
    }

    @Test
    void aTemporaryFileThatACrashLeftIsInTheWayOfNothing() throws IOException {
        saveWithJournal();
        Files.writeString(folder.resolve("checkpoints").resolve("x-8cdc1683.checkpoint.tmp"), "half");
        assertThat(load().settled()).hasSize(3);
        try (CheckpointLease lease = store().acquire("x")) {
            lease.save(FULL);
        }
        assertThat(load()).isEqualTo(FULL);
    }

    @Test
    void aHolderOnAnotherMachineThatLivedAMomentAgoIsBelieved() throws IOException {
        saveWithJournal();
        Path lock = file(".lock");
        Files.writeString(lock, "process 1 on elsewhere, alive at " + System.currentTimeMillis() + "\n");
        assertThatThrownBy(() -> store().acquire("x"))
                .isInstanceOf(LeaseHeldException.class)
                .hasMessageContaining("process 1 on elsewhere");
        Files.writeString(
                lock,
                "process 1 on elsewhere, alive at " + (System.currentTimeMillis() - 60_000) + "\n",
                StandardOpenOption.TRUNCATE_EXISTING);
        store().acquire("x").close();
    }

    @Test
    void aThreadThatIsInterruptedSavesAllTheSame() throws IOException {
        try (CheckpointLease lease = store().acquire("y")) {
            Thread.currentThread().interrupt();
            lease.save(FULL);
            lease.plan(FULL.sizes().get(0));
            lease.save(FULL);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        try (CheckpointLease lease = store().acquire("y")) {
            assertThat(lease.load()).contains(FULL);
        }
    }

    @Test
    void whoeverEndsLeavesNoSignOfLife() throws IOException {
        saveWithJournal();
        assertThat(file(".lock")).isEmptyFile();
    }

    @Test
    void anAttemptOfTheSameProcessDoesNotOpenTheLockForOthers() throws Exception {
        try (CheckpointLease lease = store().acquire("x")) {
            lease.save(FULL);
            assertThat(anotherProcessGetsTheLease()).isFalse();
            assertThatThrownBy(() -> store().acquire("x"))
                    .isInstanceOf(LeaseHeldException.class)
                    .hasMessageContaining("in this process");
            assertThat(anotherProcessGetsTheLease()).isFalse();
        }
        assertThat(anotherProcessGetsTheLease()).isTrue();
        store().acquire("x").close();
    }

    private boolean anotherProcessGetsTheLease() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        LeaseProbe.class.getName(),
                        folder.resolve("checkpoints").toString())
                .inheritIO()
                .start();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        int exit = process.exitValue();
        assertThat(exit).isBetween(LeaseProbe.HAS_IT, LeaseProbe.REFUSED);
        return exit == LeaseProbe.HAS_IT;
    }

    /** Another process: tells by its exit code whether it got the lease of {@code x}. */
    static final class LeaseProbe {

        static final int HAS_IT = 10;
        static final int REFUSED = 11;

        private LeaseProbe() {}

        /** Takes the folder. */
        public static void main(String[] args) throws IOException {
            int exit = HAS_IT;
            try (CheckpointLease lease =
                    CheckpointStore.directory(Path.of(args[0])).acquire("x")) {
                lease.load();
            } catch (LeaseHeldException e) {
                exit = REFUSED;
            }
            System.exit(exit);
        }
    }

    @Test
    void aFileInThePlaceOfTheFolderIsTold() throws IOException {
        Files.writeString(folder.resolve("checkpoints"), "");
        assertThatThrownBy(() -> store().acquire("x")).hasMessageContaining("is no folder");
    }
}
