// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.report.PerformanceRegressionException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every example does what it says, from its main. */
@Timeout(120)
class ExamplesRunTest {

    @Test
    void quickStartCompletes() throws Exception {
        CountingApi.sendAtOnce();

        String printed = printedBy(() -> QuickStart.main(new String[0]));

        try {
            assertThat(printed)
                    .startsWith("COMPLETED")
                    .contains("read 5,000 = delivered ")
                    .contains("+ filtered 0 + unsettled 0")
                    .doesNotContain("DOES NOT ADD UP");
        } finally {
            Path input = Path.of(printed.lines().findFirst().orElseThrow().replaceFirst("^\\w+ +", ""));
            delete(input.resolveSibling(""));
        }
    }

    @Test
    void customPipelineRegistersWhoCanBeRegistered() throws Exception {
        assertThat(printedBy(() -> CustomPipeline.main(new String[0])).lines())
                .anySatisfy(line -> assertThat(line).startsWith("COMPLETED"))
                .contains(
                        "registered: 2",
                        "  read 6 = delivered 2 + rejected 3 + filtered 1 + unsettled 0",
                        // Carmen is too young, Bruno's age is no number, and Ana stands there already.
                        "rejected at line 4 (byte 57), enrich: too-young: column age: expected 3 or more")
                .noneSatisfy(line -> assertThat(line).containsAnyOf("Ana", "Bruno", "Carmen"));
    }

    @Test
    void tracedIngestIsOneTraceOfRunBatchesAndRequests() throws Exception {
        assertThat(printedBy(() -> TracedIngest.main(new String[0])).lines())
                .containsExactly(
                        "pipeline.batch: 10", "pipeline.request: 10", "pipeline.run: 1", "traces at the API: 1");
    }

    @Test
    void theFiveInterfacesWorkAlone() throws Exception {
        assertThat(printedBy(() -> BatchesAlone.main(new String[0])))
                .isEqualToIgnoringNewLines("10000 records arrived in batches");
        assertThat(printedBy(() -> ConcurrencyAlone.main(new String[0])).lines())
                .containsExactly("never more than 4 at once: true", "permits out at the end: 0");
        assertThat(printedBy(() -> CatalogAlone.main(new String[0])).lines())
                .startsWith("preloaded: 7, unknown: -1", "on demand: 8, loader asked 1 time")
                .anyMatch(line -> line.startsWith("chosen: "));
        assertThat(printedBy(() -> CircuitBreakerAlone.main(new String[0])))
                .isEqualToIgnoringNewLines("5 done in 9 calls, and the gate is CLOSED");
        assertThat(printedBy(() -> MemoryAlone.main(new String[0]))).contains("leak: INSUFFICIENT_DATA");
    }

    @Test
    void performanceAloneStoresABaselineAndAFarBetterOneFailsTheBuild(@TempDir Path folder) throws Exception {
        Path baseline = folder.resolve("baseline.json");

        assertThat(printedBy(() -> PerformanceAlone.main(new String[] {baseline.toString()})))
                .contains("20 runs after 10 to warm up, 10,000 records each", "records/s");

        String ofNow = Files.readString(baseline);
        Files.writeString(baseline, ofNow.replaceAll("\"read\":10000,\"seconds\"", "\"read\":10000000,\"seconds\""));
        assertThatThrownBy(() -> printedBy(() -> PerformanceAlone.main(new String[] {baseline.toString()})))
                .isInstanceOf(PerformanceRegressionException.class)
                .hasMessageStartingWith("SLOWER");
    }

    @Test
    void ingestWithoutArgumentsMakesItsOwnDataAndDeliversIt() throws IOException {
        CountingApi.sendAtOnce();

        IngestRun run = IngestRun.of();

        Path folder = folderOf(run);
        try {
            assertThat(run.exit()).isIn(Ingest.COMPLETED, Ingest.COMPLETED_WITH_REJECTS);
            assertThat(run.out())
                    .startsWith("COMPLETED")
                    .contains("read 100,000 = delivered ")
                    .contains("+ filtered 0 + unsettled 0")
                    .contains("HTML report: " + folder.resolve("report.html"))
                    .doesNotContain("DOES NOT ADD UP");
            assertThat(folder.resolve("report.html")).content().startsWithIgnoringCase("<!doctype html>");
            assertThat(folder.resolve("rejects.csv")).isNotEmptyFile();
            assertThat(run.errors()).containsExactly("sample data: " + folder);
        } finally {
            delete(folder);
        }
    }

    @Test
    void ingestWithoutArgumentsTellsTheSummaryAsJsonWhenAsked() throws IOException {
        CountingApi.sendAtOnce();

        IngestRun run = IngestRun.of("--json", "--concurrency", "8", "--batch", "500:500:500");

        try {
            assertThat(run.exit()).isEqualTo(Ingest.COMPLETED_WITH_REJECTS);
            assertThat(run.out().lines()).hasSize(1);
            assertThat(run.assertBalanced().number("read")).isEqualTo(100_000);
            assertThat(run.number("delivered")).isGreaterThan(99_000);
            // The API refuses now and then for overload, and that costs a retry and no record.
            assertThat(run.number("retries")).isPositive();
        } finally {
            delete(folderOf(run));
        }
    }

    @Test
    void helpNamesEveryOptionAndExitCode() {
        IngestRun run = IngestRun.of("--help");

        assertThat(run.exit()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .contains(List.of("--input", "--catalog", "--target", "--key-column", "--id-column", "--mode"))
                .contains(List.of("--token-env", "--per-record", "--batch", "--concurrency", "--rate", "--charset"))
                .contains(List.of("--bare-quotes", "--rejects", "--report", "--patience", "--json"))
                .contains(List.of("--checkpoint", "--deadline", "--dry-run", "--readers", "--goals"))
                .contains(List.of(
                        "0 completed", "1 failed", "2 bad usage", "3 completed with", "4 stopped", "5 completed, and"));
    }

    private static Path folderOf(IngestRun run) {
        return Path.of(run.err()
                .lines()
                .filter(line -> line.startsWith("sample data: "))
                .findFirst()
                .orElseThrow()
                .substring("sample data: ".length()));
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static String printedBy(Example example) throws Exception {
        PrintStream standardOut = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            example.run();
        } finally {
            System.setOut(standardOut);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    @FunctionalInterface
    private interface Example {
        void run() throws Exception;
    }
}
