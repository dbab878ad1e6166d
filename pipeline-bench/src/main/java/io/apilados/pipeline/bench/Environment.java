// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What figures depend on: when, on what and with which versions they were measured. Nothing that names the machine.
 *
 * @param facts what, and its value, in the order in which they are shown
 */
record Environment(Map<String, String> facts) {

    private static final String UNKNOWN = "unknown";
    private static final long PATIENCE_SECONDS = 10;

    /** What holds now. */
    static Environment now() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put(
                "date",
                DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT)
                        .format(Instant.now().atOffset(ZoneOffset.UTC)));
        facts.put("commit", commit(Path.of("")));
        facts.put("JDK", System.getProperty("java.vm.vendor") + " " + Runtime.version());
        facts.put("CPU", cpuModel(Path.of("/proc/cpuinfo")));
        facts.put("processors", String.valueOf(Runtime.getRuntime().availableProcessors()));
        facts.put(
                "heap",
                "at most " + (Runtime.getRuntime().maxMemory() >> 20) + " MiB, the JVM's default, unless a benchmark"
                        + " sets it");
        facts.put(
                "load at the start",
                String.format(
                        Locale.ROOT,
                        "%.1f",
                        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
        facts.put("libraries", String.join(", ", Libraries.versions()));
        return new Environment(facts);
    }

    String markdown() {
        StringBuilder text = new StringBuilder("| what | value |\n|---|---|\n");
        facts.forEach((name, value) ->
                text.append("| ").append(name).append(" | ").append(value).append(" |\n"));
        return text.toString();
    }

    /** The commit that a folder is at, and whether there is more than that in it; unknown where that cannot be told. */
    static String commit(Path folder) {
        String head = git(folder, "rev-parse", "--short=12", "HEAD");
        if (head.isEmpty()) {
            return UNKNOWN;
        }
        return git(folder, "status", "--porcelain").isEmpty() ? head : head + " and local changes";
    }

    /** What git says; nothing if it fails or is not there. */
    private static String git(Path folder, String... words) {
        List<String> command = new ArrayList<>(List.of("git", "--no-optional-locks"));
        command.addAll(List.of(words));
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder.toAbsolutePath().toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (InputStream in = process.getInputStream()) {
                String said = new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
                boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
                return ended && process.exitValue() == 0 ? said : "";
            }
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    /** As Linux says it; elsewhere the architecture alone. */
    static String cpuModel(Path cpuInfo) {
        String architecture = System.getProperty("os.arch", UNKNOWN);
        try {
            return Files.readAllLines(cpuInfo).stream()
                    .filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip() + " (" + architecture + ")")
                    .findFirst()
                    .orElse(architecture);
        } catch (IOException e) {
            return architecture;
        }
    }
}
