// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench;

import io.apilados.pipeline.bench.http.CpuProfiler;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs benchmarks, and writes what they found to {@code target/benchmarks}: as JSON, and as a table in Markdown.
 *
 * <pre>
 * mvn -q -pl pipeline-bench -am test-compile exec:exec
 * mvn -q -pl pipeline-bench -am test-compile exec:exec -Dbench=parse
 * mvn -q -pl pipeline-bench -am test-compile exec:exec -Dbench=smoke
 * </pre>
 *
 * <p>What stands in {@code -Djmh.args} goes to JMH and overrules what is set here. Where it names benchmarks, those are
 * run, whatever the groups are. Bytes
 * allocated and processor time are always measured.
 */
public final class Benchmarks {

    private static final Path FOLDER = Path.of("target", "benchmarks");

    private final RunRequest request;
    private final CommandLineOptions jmh;
    private final PrintStream out;

    private Benchmarks(RunRequest request, CommandLineOptions jmh, PrintStream out) {
        this.request = request;
        this.jmh = jmh;
        this.out = out;
    }

    /** See above. Exits with 1 if a benchmark failed, and with 2 if what was asked for is not understood. */
    @SuppressWarnings("SystemOut")
    public static void main(String[] args) throws IOException {
        try {
            System.exit(run(FOLDER, System.out, args) ? 0 : 1);
        } catch (CommandLineOptionException e) {
            System.err.println(
                    "Expected all, smoke or names of groups, and options of JMH after them: " + e.getMessage());
            System.exit(2);
        }
    }

    /**
     * Runs what is asked for.
     *
     * @return whether nothing failed
     */
    static boolean run(Path folder, PrintStream out, String... args) throws IOException, CommandLineOptionException {
        RunRequest request = RunRequest.of(args);
        CommandLineOptions jmh = new CommandLineOptions(request.jmhOptions().toArray(String[]::new));
        if (jmh.shouldHelp()) {
            jmh.showHelp();
            return true;
        }
        return new Benchmarks(request, jmh, out).run(folder);
    }

    private boolean run(Path folder) throws IOException {
        Environment environment = Environment.now();
        List<RunResult> results = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        if (request.smoke()) {
            // Its figures are not for keeping: it need not wait until nobody else measures on this machine.
            System.setProperty("jmh.ignoreLock", "true");
        }
        for (Map.Entry<String, Options> part : parts().entrySet()) {
            try {
                results.addAll(new Runner(part.getValue()).run());
            } catch (RunnerException e) {
                failures.add(part.getKey() + ": " + e.getMessage());
            }
        }
        Files.createDirectories(folder);
        Path json = folder.resolve(request.name() + ".json");
        ResultFormatFactory.getInstance(ResultFormatType.JSON, json.toString()).writeOut(results);
        Path table = folder.resolve(request.name() + ".md");
        String markdown = environment.markdown()
                + ResultTable.markdown(results.stream().map(Measured::of).toList());
        Files.writeString(table, markdown);
        out.print(markdown);
        out.println();
        out.println("Written to " + table + " and " + json);
        failures.forEach(failure -> out.println("FAILED " + failure));
        return failures.isEmpty() && !results.isEmpty();
    }

    /** One part for each group, by its name, so that one that fails takes only itself along. */
    private Map<String, Options> parts() {
        Map<String, Options> parts = new LinkedHashMap<>();
        if (!jmh.getIncludes().isEmpty()) {
            parts.put(String.join(" ", jmh.getIncludes()), options(Optional.empty()));
            return parts;
        }
        request.groups().forEach(group -> parts.put(group.word(), options(Optional.of(group))));
        return parts;
    }

    private Options options(Optional<Group> group) {
        ChainedOptionsBuilder options = new OptionsBuilder().parent(jmh).shouldFailOnError(true);
        if (lacks("gc", GCProfiler.class)) {
            options.addProfiler(GCProfiler.class);
        }
        if (lacks("cpu", CpuProfiler.class)) {
            options.addProfiler(CpuProfiler.class);
        }
        group.ifPresent(chosen -> options.include(chosen.include()));
        if (request.smoke()) {
            shorten(options);
            group.ifPresent(chosen -> chosen.smokeParameters().forEach((name, value) -> {
                if (!jmh.getParameter(name).hasValue()) {
                    options.param(name, value);
                }
            }));
        }
        return options.build();
    }

    private boolean lacks(String word, Class<?> profiler) {
        return jmh.getProfilers().stream()
                .noneMatch(named -> List.of(word, profiler.getName()).contains(named.getKlass()));
    }

    /** What was set by hand stays. */
    private void shorten(ChainedOptionsBuilder options) {
        if (!jmh.getForkCount().hasValue()) {
            options.forks(1);
        }
        if (!jmh.getWarmupIterations().hasValue()) {
            options.warmupIterations(3);
        }
        if (!jmh.getWarmupTime().hasValue()) {
            options.warmupTime(TimeValue.milliseconds(300));
        }
        if (!jmh.getMeasurementIterations().hasValue()) {
            options.measurementIterations(3);
        }
        if (!jmh.getMeasurementTime().hasValue()) {
            options.measurementTime(TimeValue.milliseconds(150));
        }
    }
}
