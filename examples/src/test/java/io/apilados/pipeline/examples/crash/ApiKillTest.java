// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.examples.crash.Events.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The API is killed with SIGKILL while a run delivers to it, and comes back on the same port with its ledger. */
@Tag("once")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class ApiKillTest {

    private static final int REQUESTS_BETWEEN = 300;

    /** Fewer are in flight than open the circuit breaker when they fail at once: the run goes on at once. */
    @Test
    void runGoesOnAndLosesNothingWhenTheApiIsKilledAndReplacedAtOnce(@TempDir Path folder) throws Exception {
        killApi(folder, 3, 4, true);
    }

    /** While the API is away the circuit breaker opens, and asks again after 30 s. */
    @Test
    @Tag("slow")
    void runGoesOnAndLosesNothingWhenTheApiIsKilledAndStartedAnew(@TempDir Path folder) throws Exception {
        killApi(folder, 4, Ingestion.IN_FLIGHT, false);
    }

    private static void killApi(Path folder, int kills, int concurrency, boolean standsBy)
            throws IOException, InterruptedException {
        DirtySource source = DirtySource.write(folder, 20_000, 3, 11);
        try (Ingestion ingestion = new Ingestion(folder, source, 12)
                .concurrency(concurrency)
                .batches("10:10:10")
                .patience("2m")) {
            IngestProcess run = ingestion.start();
            for (int i = 0; i < kills; i++) {
                assertThat(ingestion.events().await(run, Kind.RECEIVED, REQUESTS_BETWEEN))
                        .as(run.describe())
                        .isTrue();
                ingestion.replaceApi(standsBy);
            }
            assertThat(run.exitCode()).as(run.describe()).isEqualTo(IngestProcess.COMPLETED_WITH_REJECTS);
            ingestion.assertNothingLost();
        }
    }
}
