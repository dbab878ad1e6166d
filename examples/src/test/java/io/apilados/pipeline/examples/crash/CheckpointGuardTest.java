// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.examples.crash.Events.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the checkpoint keeps from happening: two runs over one source at once, and going on in another file. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class CheckpointGuardTest {

    @TempDir
    private Path folder;

    @Test
    void secondRunIsRefusedAndSendsNothingWhileTheFirstLives() throws Exception {
        DirtySource source = DirtySource.write(folder, 2000, 3, 31);
        try (Ingestion ingestion = new Ingestion(folder, source, 32)) {
            ingestion.api().hold();
            IngestProcess first = ingestion.start();
            assertThat(ingestion.events().await(first, Kind.RECEIVED, 1))
                    .as(first.describe())
                    .isTrue();

            assertRefused("another run of it is under way", ingestion);

            ingestion.api().release();
            assertThat(first.exitCode()).as(first.describe()).isEqualTo(IngestProcess.COMPLETED_WITH_REJECTS);
            ingestion.complete();
            ingestion.assertNothingLost();
        }
    }

    @Test
    void runOverAChangedSourceIsRefusedAndSendsNothingAndTheFormerSourceGoesOn() throws Exception {
        DirtySource source = DirtySource.write(folder, 12_000, 3, 41);
        try (Ingestion ingestion = new Ingestion(folder, source, 42)) {
            IngestProcess first = ingestion.start();
            assertThat(ingestion.events().await(first, Kind.RECEIVED, 60))
                    .as(first.describe())
                    .isTrue();
            first.kill();
            assertThat(first.exitCode()).as(first.describe()).isEqualTo(IngestProcess.KILLED);
            byte[] former = Files.readAllBytes(source.file());
            FileTime modified = Files.getLastModifiedTime(source.file());

            Files.writeString(source.file(), "P0,09DPR0001A,Ana,\n", StandardOpenOption.APPEND);
            assertRefused("has changed since the checkpoint", ingestion);
            Files.write(source.file(), former);
            Files.setLastModifiedTime(source.file(), FileTime.fromMillis(modified.toMillis() + 1000));
            assertRefused("has changed since the checkpoint", ingestion);

            Files.setLastModifiedTime(source.file(), modified);
            ingestion.complete();
            ingestion.assertNothingLost();
        }
    }

    private static void assertRefused(String why, Ingestion ingestion) throws IOException, InterruptedException {
        IngestProcess run = ingestion.start();
        assertThat(run.exitCode()).as(run.describe()).isEqualTo(IngestProcess.FAILED);
        assertThat(run.errors()).as(run.describe()).singleElement().asString().contains(why);
        assertThat(ingestion.ledger().requestsOf(run.number()))
                .as("its requests")
                .isZero();
    }
}
