// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.apilados.pipeline.examples.Ingest;
import io.apilados.pipeline.examples.crash.Events.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One run of {@link Ingest} in a process of its own. */
final class IngestProcess implements AutoCloseable {

    static final int COMPLETED = 0;
    static final int FAILED = 1;
    static final int COMPLETED_WITH_REJECTS = 3;
    static final int STOPPED = 4;

    /** What the system says of a process that SIGKILL ended. */
    static final int KILLED = 128 + 9;

    /** Of one that SIGTERM ended before it could stop, or after it was done. */
    static final int TERMINATED = 128 + 15;

    private static final String TOKEN_VARIABLE = "INGEST_TOKEN";
    private static final long ENDS_WITHIN_SECONDS = 120;

    private final int number;
    private final Process process;
    private final Path out;
    private final Path err;

    private IngestProcess(int number, Process process, Path out, Path err) {
        this.number = number;
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /** Starts one. The arguments are the same for every run; which run it is, only the token tells the API. */
    static IngestProcess start(int number, List<String> arguments, Path folder, Events events) throws IOException {
        Path out = folder.resolve("run-" + number + ".out");
        Path err = folder.resolve("run-" + number + ".err");
        List<String> command = JavaCommand.of(Ingest.class.getName(), arguments.toArray(String[]::new));
        command.addAll(List.of("--token-env", TOKEN_VARIABLE, "--json"));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        // The machine would tell of these on standard error.
        builder.environment().keySet().removeAll(Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        builder.environment().put(TOKEN_VARIABLE, LedgerApi.TOKEN + number);
        Process process = builder.start();
        CompletableFuture<Process> unused =
                process.onExit().whenComplete((ended, failure) -> events.add(Kind.ENDED, number));
        return new IngestProcess(number, process, out, err);
    }

    int number() {
        return number;
    }

    /** SIGTERM: it is to stop by itself. */
    void stop() {
        process.destroy();
    }

    /** SIGKILL. */
    void kill() {
        process.destroyForcibly();
    }

    @Override
    public void close() {
        kill();
    }

    /** Waits for its end. */
    int exitCode() throws InterruptedException {
        if (!process.waitFor(ENDS_WITHIN_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("it does not end; " + describe());
        }
        return process.exitValue();
    }

    /** The lines on standard error, the progress left out. */
    List<String> errors() {
        return text(err)
                .lines()
                .filter(line -> !line.isBlank() && !line.contains(" records/s"))
                .toList();
    }

    /** The numbers and texts of the summary, which is the last line on standard output. */
    Map<String, String> summary() {
        List<String> lines = text(out).lines().toList();
        if (lines.isEmpty()) {
            throw new AssertionError("no summary; " + describe());
        }
        Map<String, String> members = new LinkedHashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(lines.get(lines.size() - 1))) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                if (parser.currentToken().isStructStart()) {
                    parser.skipChildren();
                } else {
                    members.put(name, parser.getText());
                }
            }
        } catch (IOException e) {
            throw new AssertionError("the summary is no JSON; " + describe(), e);
        }
        return members;
    }

    /** Checks the sum that must come out right however it ended. */
    void assertBalanced() {
        long accounted = number("delivered") + number("rejected") + number("filtered") + number("unsettled");
        assertThat(accounted).as(describe()).isEqualTo(number("read"));
    }

    private long number(String member) {
        String value = summary().get(member);
        assertThat(value).as(member + " of " + describe()).isNotNull();
        return Long.parseLong(String.valueOf(value));
    }

    /** For the message of an assertion: which run it is, and what it said. */
    String describe() {
        return "run " + number + (process.isAlive() ? " lives" : " ended with " + process.exitValue())
                + ", standard error:\n" + text(err) + "\nstandard output:\n" + text(out);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
