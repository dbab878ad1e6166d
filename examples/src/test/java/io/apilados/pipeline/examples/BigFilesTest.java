// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.examples.BigFileMain.Fault;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files far larger than the memory that there is, in a JVM of its own with a heap of 64 MiB. */
class BigFilesTest {

    private static final long MEBIBYTE = 1L << 20;
    private static final long GIBIBYTE = 1L << 30;
    private static final long LONGEST_MINUTES = 30;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource
    void fileAsLargeAsTheHeapCostsItsFaultAlone(Fault fault) throws Exception {
        assertCostsItsFaultAlone(fault, 64 * MEBIBYTE);
    }

    @Tag("slow")
    @ParameterizedTest
    @EnumSource
    void fileOfTwoGibibytesCostsItsFaultAlone(Fault fault) throws Exception {
        assertCostsItsFaultAlone(fault, 2 * GIBIBYTE);
    }

    @Tag("slow")
    @ParameterizedTest
    @EnumSource
    void fileOfTenGibibytesCostsItsFaultAlone(Fault fault) throws Exception {
        assertCostsItsFaultAlone(fault, 10 * GIBIBYTE);
    }

    private void assertCostsItsFaultAlone(Fault fault, long bytes) throws Exception {
        IngestRun run = inItsOwnJvm(fault, bytes);

        assertThat(run.exit()).as(run.out()).isZero();
        List<String> lines = run.out().lines().toList();
        long rows = number(lines, "rows ");
        assertThat(rows).isGreaterThan(bytes / 64);
        assertThat(run.summary()).containsEntry("status", "COMPLETED");
        assertThat(run.assertBalanced().number("read")).isEqualTo(rows);
        assertThat(run.number("bytesRead")).isGreaterThan(bytes - MEBIBYTE);
        List<String> rejected =
                lines.stream().filter(line -> line.startsWith("rejected ")).toList();
        switch (fault) {
            case NONE -> assertThat(rejected).isEmpty();
            case OPEN_QUOTE_IN_ROW_10 -> assertThat(rejected).containsExactly("rejected 11 broken-quote");
            case LARGE_ROW_IN_THE_MIDDLE -> {
                long blocksBefore = 1 + (rows - 1) / BigFileMain.ROWS_IN_BLOCK / 2;
                long line = 2 + blocksBefore * BigFileMain.ROWS_IN_BLOCK;
                assertThat(rejected).containsExactly("rejected " + line + " record-too-large");
            }
        }
        assertThat(run.number("rejected")).isEqualTo(rejected.size());
        assertThat(run.number("delivered")).isEqualTo(rows - rejected.size());
        assertThat(number(lines, "counted ")).isEqualTo(rows - rejected.size());
    }

    private static long number(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> Long.parseLong(line.substring(name.length())))
                .findFirst()
                .orElseThrow();
    }

    private IngestRun inItsOwnJvm(Fault fault, long bytes) throws IOException, InterruptedException {
        File printed = folder.resolve("printed.txt").toFile();
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        BigFileMain.class.getName(),
                        fault.name(),
                        Long.toString(bytes),
                        folder.resolve("rejects.csv").toString())
                .redirectErrorStream(true)
                .redirectOutput(printed)
                .start();
        try {
            assertThat(process.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new IngestRun(process.exitValue(), Files.readString(printed.toPath()), "");
    }
}
