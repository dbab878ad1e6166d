// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link Ingest} in a process of its own with 48 MB of heap, 270,000 keys and an API that takes its time. */
class SmallHeapTest {

    private static final int KEYS = 270_000;
    private static final int LONGEST_MINUTES = 15;

    @TempDir
    private Path folder;

    @Test
    void fiftyThousandRowsArriveOnceEachInASmallHeap() throws Exception {
        assertArriveOnceEach(50_000);
    }

    @Test
    @Tag("slow")
    void aMillionRowsArriveOnceEachInASmallHeap() throws Exception {
        assertArriveOnceEach(1_000_000);
    }

    @Test
    @Tag("once")
    void aRunSlowsDownWhileSomethingElseFillsTheMemoryAndGoesOnAfterwards() throws Exception {
        IngestRun run = assertArriveOnceEach(
                150_000, IngestUnderPressureMain.class, List.of("--rate", "30"), "-Xmx64m", "-XX:+UseSerialGC");

        assertThat(run.out())
                .containsPattern(
                        "memory was short: high \\d+ times, critical [1-9]\\d* times; reading paused for [1-9]");
    }

    private void assertArriveOnceEach(int rows) throws IOException, InterruptedException {
        var unused = assertArriveOnceEach(rows, Ingest.class, List.of(), "-Xmx48m");
    }

    private IngestRun assertArriveOnceEach(int rows, Class<?> main, List<String> arguments, String... options)
            throws IOException, InterruptedException {
        SampleData data = new SampleData(KEYS);
        data.writeCatalog(folder.resolve("catalog.csv"));
        data.writeParticipants(folder.resolve("participants.csv"), rows);
        try (SlowApi api = SlowApi.answeringAfter(Duration.ofMillis(20))) {
            IngestRun run = ingest(api, main, arguments, options);

            assertThat(run.exit()).as("%s%n%s", run.out(), run.err()).isEqualTo(3);
            assertThat(run.summary()).containsEntry("status", "COMPLETED");
            assertThat(run.assertBalanced().number("read")).isEqualTo(rows);
            assertThat(run.number("unsettled")).isZero();
            assertThat((long) api.distinct()).isEqualTo(run.number("delivered"));
            assertThat(api.twice()).isZero();
            return run;
        }
    }

    private IngestRun ingest(SlowApi api, Class<?> main, List<String> arguments, String... options)
            throws IOException, InterruptedException {
        Path printed = folder.resolve("printed.txt");
        Path errors = folder.resolve("errors.txt");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of("--input", folder.resolve("participants.csv").toString()));
        command.addAll(List.of("--catalog", folder.resolve("catalog.csv").toString()));
        command.addAll(List.of("--target", api.url(), "--json"));
        command.addAll(List.of("--rejects", folder.resolve("rejects.csv").toString()));
        command.addAll(List.of("--checkpoint", folder.resolve("checkpoint").toString()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectError(errors.toFile())
                .redirectOutput(printed.toFile())
                .start();
        try {
            assertThat(process.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new IngestRun(process.exitValue(), Files.readString(printed), Files.readString(errors));
    }
}
