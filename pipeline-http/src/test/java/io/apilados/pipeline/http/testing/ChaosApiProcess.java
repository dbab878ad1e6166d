// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http.testing;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A {@link ChaosApi} in a process of its own. Confined to one thread. */
public final class ChaosApiProcess implements AutoCloseable {

    private final Process process;
    private final BufferedReader lines;
    private final int port;

    private ChaosApiProcess(Process process) throws IOException {
        this.process = process;
        this.lines = process.inputReader(StandardCharsets.UTF_8);
        this.port = Integer.parseInt(line());
    }

    /**
     * Starts one with the class path of this process. It is calm until {@link #play}.
     *
     * @throws IOException if it does not come up; what it says of that goes to this process's standard error
     */
    public static ChaosApiProcess start() throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new ChaosApiProcess(new ProcessBuilder(
                        java,
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ChaosApi.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Where it listens, on this machine alone. */
    public int port() {
        return port;
    }

    /** Where it takes records. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + port + "/records");
    }

    /** Begins new books under another plan. Nothing may be on its way to the API. */
    public void play(ChaosPlan plan) throws IOException {
        tell("play " + plan.toLine());
        String answer = line();
        if (!answer.equals(ChaosApi.READY)) {
            throw new IOException("the chaos API said " + answer + " to a plan");
        }
    }

    /** Waits up to ten seconds until no connection is open; returns how many still are. */
    public int openConnections() throws IOException {
        tell("quiet");
        return Integer.parseInt(line());
    }

    /** The books of the plan that plays. */
    public ChaosBooks books() throws IOException {
        tell("books");
        Map<String, Long> counts = new HashMap<>();
        Map<ChaosMode, Long> served = new EnumMap<>(ChaosMode.class);
        Map<Integer, Long> statuses = new HashMap<>();
        Map<String, Integer> applied = new HashMap<>();
        List<ChaosBooks.Second> seconds = new ArrayList<>();
        for (String line = line(); !line.equals("end"); line = line()) {
            String[] words = line.split(" ", -1);
            switch (words[0]) {
                case "served" -> served.put(ChaosMode.valueOf(words[1]), Long.valueOf(words[2]));
                case "status" -> statuses.put(Integer.valueOf(words[1]), Long.valueOf(words[2]));
                case "applied" -> applied.put(words[2], Integer.valueOf(words[1]));
                case "second" ->
                    seconds.add(new ChaosBooks.Second(
                            Long.parseLong(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3])));
                default -> counts.put(words[0], Long.valueOf(words[1]));
            }
        }
        return new ChaosBooks(
                counts.getOrDefault("requests", 0L),
                served,
                statuses,
                applied,
                counts.getOrDefault("broken", 0L),
                counts.getOrDefault("reused", 0L),
                counts.getOrDefault("connections", 0L),
                seconds);
    }

    private void tell(String command) throws IOException {
        OutputStream commands = process.getOutputStream();
        commands.write((command + "\n").getBytes(StandardCharsets.UTF_8));
        commands.flush();
    }

    private String line() throws IOException {
        String line = lines.readLine();
        if (line == null) {
            throw new EOFException("the chaos API has ended; its standard error says why");
        }
        return line;
    }

    /** Ends the process. */
    @Override
    public void close() {
        process.destroyForcibly();
    }
}
