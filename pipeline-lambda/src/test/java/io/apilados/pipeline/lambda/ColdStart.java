// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.source.ByteSource;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Measures what it costs from the start of the process, under Lambda's runtime client, until the first record arrives at the
 * API, in processor time; beside a bare handler that makes a client for S3 and fetches one object. Each is run from the
 * built zip, with and without an archive of classes, in turns.
 *
 * <p>Run by {@code mvn verify -Pslow -pl pipeline-lambda -am}, or by itself with the number of rounds.
 */
final class ColdStart {

    private static final int ROWS = 1000;

    /** Keys as the town's are, and as many more as are wanted: the town's end with the first letter. */
    private static final String LETTERS = "VABCDEFGHIJKLMNOPQRSTUWXYZ0123456789";

    private static final int MOST_WITH_A_LETTER = 10_000;
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Path java;
    private final String classPath;
    private final Path work;
    private final int keys;

    /** Medians in milliseconds of processor time. */
    record Medians(String what, double bare, double function) {
        double ratio() {
            return function / bare;
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT, "%-40s bare %5.0f ms, function %5.0f ms: %.2f", what, bare, function, ratio());
        }
    }

    /**
     * On one JVM.
     *
     * @param keys how many keys the catalog has, as it was saved
     */
    ColdStart(Path java, String classPath, Path work, int keys) {
        this.java = java;
        this.classPath = classPath;
        this.work = work;
        this.keys = keys;
    }

    static ColdStart of(Path java, Path work, int keys) throws IOException {
        Path bare = Deployment.jarOf(work.resolve("bare.jar"), BareHandler.class);
        String path = Deployment.classPath("pipeline-function.zip", "lib", work.resolve("function"));
        return new ColdStart(java, path + File.pathSeparator + bare, work, keys);
    }

    /** Without an archive. */
    Medians plain(int rounds) throws Exception {
        return measure("plain", rounds, List.of(), List.of());
    }

    /** With one of its own for each handler, made by a run like those that follow. */
    Medians withArchive(int rounds) throws Exception {
        return measure(
                "with an archive",
                rounds,
                List.of(archiveOf(BareHandler.class)),
                List.of(archiveOf(IngestS3Handler.class)));
    }

    private boolean cachesAheadOfTime() throws IOException {
        return Files.readString(java.resolve("../../release")).contains("JAVA_VERSION=\"25");
    }

    /** Makes an archive; returns the option that uses it. */
    private String archiveOf(Class<?> handler) throws Exception {
        Path archive = work.resolve(handler.getSimpleName() + ".archive");
        if (!cachesAheadOfTime()) {
            long unused = run(handler, List.of("-XX:ArchiveClassesAtExit=" + archive));
            return "-XX:SharedArchiveFile=" + archive;
        }
        String recorded = "-XX:AOTConfiguration=" + archive + ".recorded";
        long unused = run(handler, List.of("-XX:AOTMode=record", recorded));
        FunctionProcess.runToEnd(java, List.of("-XX:AOTMode=create", recorded, "-XX:AOTCache=" + archive), classPath);
        return "-XX:AOTCache=" + archive;
    }

    private Medians measure(String how, int rounds, List<String> bareOptions, List<String> functionOptions)
            throws Exception {
        List<Long> bare = new ArrayList<>();
        List<Long> function = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            bare.add(run(BareHandler.class, bareOptions));
            function.add(run(IngestS3Handler.class, functionOptions));
        }
        String what = (cachesAheadOfTime() ? "JDK 25" : "JDK 17") + ", " + keys + " keys, " + how;
        return new Medians(what, median(bare), median(function));
    }

    private static double median(List<Long> values) {
        long[] sorted = values.stream().mapToLong(Long::longValue).sorted().toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2.0;
    }

    /** One process; returns its processor time in milliseconds when the first record arrived, or the answer did. */
    private long run(Class<?> handler, List<String> options) throws Exception {
        AtomicLong atFirst = new AtomicLong(-1);
        try (Town town = new Town(Duration.ZERO)) {
            town.s3.put(Town.BUCKET, "catalog.csv", savedCatalog());
            String event = town.putFile("participants.csv", ROWS);
            FunctionProcess process = town.with(FunctionProcess.start(
                    java, options, classPath, handler.getName(), town.lambda, town.environment()));
            town.api.onFirst(() -> atFirst.set(process.cpuMillis()));
            RuntimeApi.Answer answer = town.lambda.invoke(event, MINUTE);
            long atEnd = process.cpuMillis();
            if (answer.failed()) {
                throw new AssertionError(answer.body());
            }
            process.terminate();
            return handler == BareHandler.class ? atEnd : atFirst.get();
        }
    }

    private byte[] savedCatalog() throws IOException {
        Path file = work.resolve("catalog-" + keys + ".packed");
        if (!Files.exists(file)) {
            Path csv = work.resolve("catalog.csv");
            StringBuilder text = new StringBuilder("id,clave\n");
            for (int i = 0; i < keys; i++) {
                char last = LETTERS.charAt(i / MOST_WITH_A_LETTER);
                text.append(i)
                        .append(',')
                        .append(Town.key(i % MOST_WITH_A_LETTER), 0, 9)
                        .append(last)
                        .append('\n');
            }
            Files.writeString(csv, text);
            CCTsCatalog.load(ByteSource.file(csv)).saveTo(file);
        }
        return Files.readAllBytes(file);
    }

    /** Prints medians on all JVMs of the machine. */
    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length == 0 ? 7 : Integer.parseInt(arguments[0]);
        int[] sizes = arguments.length < 2
                ? new int[] {1000}
                : Arrays.stream(arguments[1].split(","))
                        .mapToInt(Integer::parseInt)
                        .toArray();
        for (Path java : Jvms.all()) {
            for (int keys : sizes) {
                ColdStart start = of(java, Files.createTempDirectory("cold-start"), keys);
                System.out.println(start.plain(rounds));
                System.out.println(start.withArchive(rounds));
            }
        }
    }
}
