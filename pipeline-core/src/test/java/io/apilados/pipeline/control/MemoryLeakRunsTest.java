// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.control.MemoryLoad.Result;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real JVMs with a heap of 128 MB and the system's clock: {@link MemoryLoad} says what they do. */
@Tag("proof")
class MemoryLeakRunsTest {

    private static final Path JVMS = Path.of("/usr/lib/jvm");
    private static final List<String> COLLECTORS = List.of("G1", "Serial");

    /** Seconds of a run without a leak; eight JVMs of that length side by side make an hour by default. */
    private static final int QUIET_SECONDS = Integer.getInteger("pipeline.memory.quietSeconds", 450);

    @TempDir
    Path folder;

    private record Run(String name, Process process, Path output) {
        Result result(long atMostSeconds) throws IOException, InterruptedException {
            if (!process.waitFor(atMostSeconds, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(name + " did not end within " + atMostSeconds + " s");
            }
            String text = Files.readString(output, UTF_8);
            assertThat(process.exitValue()).as(name + " said " + text).isZero();
            return MemoryLoad.parse(text);
        }
    }

    private Run start(Path jdk, String collector, String mode, int seconds, int liveMegabytes, int seed)
            throws IOException {
        String name = jdk.getFileName() + " " + collector + " " + mode + " " + liveMegabytes + " MB, seed " + seed;
        Path output = folder.resolve(name.replace(' ', '-'));
        Process process = new ProcessBuilder(
                        jdk.resolve("bin/java").toString(),
                        "-Xmx128m",
                        "-XX:+Use" + collector + "GC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        MemoryLoad.class.getName(),
                        mode,
                        Integer.toString(seconds),
                        Integer.toString(liveMegabytes),
                        Integer.toString(seed))
                .redirectOutput(output.toFile())
                .redirectError(Redirect.DISCARD)
                .start();
        return new Run(name, process, output);
    }

    private static Path thisJdk() {
        return Path.of(System.getProperty("java.home"));
    }

    /** The JDK that runs the tests, and others of this machine from 17 on. */
    private static Set<Path> everyJdk() throws IOException {
        Set<Path> found = new TreeSet<>();
        found.add(thisJdk().toRealPath());
        if (Files.isDirectory(JVMS)) {
            try (Stream<Path> folders = Files.list(JVMS)) {
                for (Path candidate : folders.toList()) {
                    if (Files.isExecutable(candidate.resolve("bin/java")) && version(candidate) >= 17) {
                        found.add(candidate.toRealPath());
                    }
                }
            }
        }
        return found;
    }

    /** The number in JAVA_VERSION="17.0.15" of the JDK's release file; 0 without one. */
    private static int version(Path jdk) throws IOException {
        Path release = jdk.resolve("release");
        if (!Files.isReadable(release)) {
            return 0;
        }
        return Files.readAllLines(release).stream()
                .filter(line -> line.startsWith("JAVA_VERSION=\""))
                .map(line -> line.substring(14).split("[^0-9]")[0])
                .mapToInt(Integer::parseInt)
                .findFirst()
                .orElse(0);
    }

    private static void assertLeakFound(Result result, String name) {
        assertThat(result.suspected()).as(name).isEqualTo(1);
        assertThat(result.bytesPerSecond() / (1 << 20)).as(name).isBetween(0.4, 1.2);
    }

    @Test
    void findsALeakUnderGarbageAndNoneWhereThereIsNone() throws Exception {
        Run leaks = start(thisJdk(), "Serial", "leak", 60, 30, 1);
        Run quiet = start(thisJdk(), "G1", "steady", 10, 30, 1);
        assertThat(quiet.result(60).suspected()).isZero();
        assertLeakFound(leaks.result(90), leaks.name());
    }

    /** Some of G1's runs on 25 take longer: near its limit it leaves up to 20 MB of garbage, now more, now less. */
    @Test
    @Tag("slow")
    void findsEveryLeakWithinAMinuteAndMostWithinThirtySeconds() throws Exception {
        int all = 0;
        int inTime = 0;
        for (int seed = 1; seed <= 3; seed++) {
            List<Run> runs = new ArrayList<>();
            for (Path jdk : everyJdk()) {
                for (String collector : COLLECTORS) {
                    runs.add(start(jdk, collector, "leak", 60, 30, seed));
                }
            }
            for (Run run : runs) {
                Result result = run.result(120);
                assertLeakFound(result, run.name());
                all++;
                inTime += result.seconds() <= 30 ? 1 : 0;
            }
        }
        assertThat(inTime).isGreaterThanOrEqualTo(all * 3 / 4);
    }

    @Test
    @Tag("slow")
    void suspectsNothingInAnHourWithoutALeak() throws Exception {
        List<Run> runs = new ArrayList<>();
        for (Path jdk : everyJdk()) {
            for (String collector : COLLECTORS) {
                int near = collector.equals("G1") ? 66 : 56;
                runs.add(start(jdk, collector, "steady", QUIET_SECONDS, near, 1));
                runs.add(start(jdk, collector, "warmup", QUIET_SECONDS / 2, 30, 2));
                runs.add(start(jdk, collector, "waves", QUIET_SECONDS / 2, 30, 3));
            }
        }
        for (Run run : runs) {
            Result result = run.result(QUIET_SECONDS + 120);
            assertThat(result.suspected()).as(run.name()).isZero();
            assertThat(result.judged()).as(run.name()).isGreaterThan(result.asked() / 2);
        }
    }
}
