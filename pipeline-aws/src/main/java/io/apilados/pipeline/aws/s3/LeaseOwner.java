// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who has a lease, and for how long without a word.
 *
 * @param id of this lease and no other
 * @param term after so long without a write it has it no longer
 * @param host for people
 * @param processes which numbers of processes these are: the start of the machine, and the container; empty if that
 *     cannot be told
 * @param pid number of the process
 * @param started when the process started, in milliseconds since the epoch; 0 if that cannot be told
 */
record LeaseOwner(String id, Duration term, String host, String processes, long pid, long started) {

    private static final int WORDS = 6;

    static LeaseOwner here(Duration term) {
        ProcessHandle self = ProcessHandle.current();
        return new LeaseOwner(
                UUID.randomUUID().toString(), term, hostName(), processTable(), self.pid(), started(self));
    }

    private static long started(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    private static String hostName() {
        String name = System.getenv("HOSTNAME");
        String host = name == null || name.isBlank() ? firstLine("/etc/hostname") : name;
        return host.isBlank() ? "localhost" : host.strip().replaceAll("\\s", "_");
    }

    /** A machine that is copied while it runs keeps both of these, and then the process is its copy's own, and lives. */
    private static String processTable() {
        String boot = firstLine("/proc/sys/kernel/random/boot_id");
        try {
            String namespace =
                    Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
            return boot.isBlank() ? "" : boot + "/" + namespace;
        } catch (IOException | RuntimeException e) {
            return "";
        }
    }

    private static String firstLine(String file) {
        try {
            return Files.readString(Path.of(file)).lines().findFirst().orElse("");
        } catch (IOException | RuntimeException e) {
            return "";
        }
    }

    /** Whether its process can be looked for from here, and is gone. */
    boolean hasDied() {
        if (processes.isEmpty() || started == 0 || !processes.equals(processTable())) {
            return false;
        }
        Optional<ProcessHandle> process = ProcessHandle.of(pid);
        return process.isEmpty() || !process.get().isAlive() || started(process.get()) != started;
    }

    String describe() {
        return "process " + pid + " on " + host + "; if it has died, its lease ends by itself " + term.toSeconds()
                + " s after its last write";
    }

    String toLine() {
        return String.join(
                " ",
                id,
                Long.toString(term.toMillis()),
                host,
                processes.isEmpty() ? "-" : processes,
                Long.toString(pid),
                Long.toString(started));
    }

    /** Null if the line is none. */
    static @Nullable LeaseOwner fromLine(String line) {
        String[] words = line.split(" ");
        if (words.length != WORDS) {
            return null;
        }
        try {
            return new LeaseOwner(
                    words[0],
                    Duration.ofMillis(Long.parseLong(words[1])),
                    words[2],
                    words[3].equals("-") ? "" : words[3],
                    Long.parseLong(words[4]),
                    Long.parseLong(words[5]));
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
