// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The disk fills up in the middle of a run: it fails and says on which file, and with more room a run goes on. */
@Tag("once")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class FullDiskTest {

    @TempDir
    private Path folder;

    private DirtySource source;

    @BeforeEach
    void writeSource() throws IOException {
        source = DirtySource.write(folder, 12_000, 10, 21);
    }

    @Test
    void failsClearlyAndGoesOnLaterWhenTheDiskUnderTheCheckpointIsFull() throws Exception {
        // One page each for the lock, the checkpoint and the journal: nothing for more of either of the last two.
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), 3);
                Ingestion ingestion = new Ingestion(folder, source, 22)
                        .checkpointIn(disk.folder())
                        .batches("10:10:10")) {
            assertFailsOnAndGoesOn(disk, ingestion, disk.folder() + "/participants.csv-");
        }
    }

    @Test
    void failsClearlyAndGoesOnLaterWhenTheDiskUnderTheRejectFileIsFull() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), 2);
                Ingestion ingestion = new Ingestion(folder, source, 23)
                        .rejectsIn(disk.folder().resolve("rejects.csv"))
                        .batches("10:10:10")) {
            assertFailsOnAndGoesOn(disk, ingestion, ingestion.rejects().toString());
        }
    }

    private void assertFailsOnAndGoesOn(SmallDisk disk, Ingestion ingestion, String file)
            throws IOException, InterruptedException {
        assertFailsOn(file, ingestion.start());
        assertThat(ingestion.ledger().timesApplied())
                .as("records applied before")
                .isNotEmpty();
        assertFailsOn(file, ingestion.start());
        disk.enlarge();
        IngestProcess last = ingestion.complete();
        assertThat(last.exitCode()).as(last.describe()).isEqualTo(IngestProcess.COMPLETED_WITH_REJECTS);
        ingestion.assertNothingLost();
    }

    /** One line, which names the file and says what happened to it and what to do. */
    private static void assertFailsOn(String file, IngestProcess run) throws InterruptedException {
        assertThat(run.exitCode()).as(run.describe()).isEqualTo(IngestProcess.FAILED);
        assertThat(run.errors())
                .as(run.describe())
                .singleElement()
                .asString()
                .contains(file)
                .contains("could not be written")
                .contains("free space")
                .contains("run again");
    }
}
