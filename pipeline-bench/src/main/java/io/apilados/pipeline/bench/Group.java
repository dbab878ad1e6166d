// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Benchmarks that are run and shown together: those of one hot path. Each benchmark class belongs to exactly one, which
 * {@code GroupTest} watches over.
 */
enum Group {
    PARSE("From bytes to the fields of a row", "parse.CsvParseBenchmark"),
    DECODE("From a field to a string", "parse.FieldTextBenchmark"),
    PLAN("From a file to its splits", "parse.SplitPlanBenchmark"),
    LOOKUP("From a key to its id", "enrich.(CatalogLookup|HotTier)Benchmark", Map.of("order", "RANDOM")),
    LOAD("From a catalog's file to a table", "enrich.CatalogLoadBenchmark", Map.of("keys", "270000")),
    ENCODE("From a row to JSON", "enrich.Row(Json|Mapping)Benchmark"),
    BATCH("From records to batches", "batch.BatchFormingBenchmark"),
    PERMIT("The limit of what is in flight", "control.PermitBenchmark"),
    BREAKER("The circuit breaker", "control.BreakerBenchmark"),
    RATE("The rate limit", "control.RateLimitBenchmark"),
    REQUEST("Permit, rate limit and breaker together", "control.ResilienceBenchmark"),
    CHECKPOINT("What is settled, and keeping it", "checkpoint.(LowWaterMark|CheckpointFile)Benchmark"),
    HTTP("A batch over HTTP", "http.\\w+Benchmark", Map.of("bodyBytes", "19000")),
    INGEST("The whole job", "ingest.(\\w+\\.)*\\w+Benchmark", Map.of("rows", "20000"));

    private static final String PACKAGE = "io.apilados.pipeline.bench.";

    private final String title;
    private final Pattern classes;
    private final Map<String, String> smokeParameters;

    Group(String title, String classes) {
        this(title, classes, Map.of());
    }

    Group(String title, String classes, Map<String, String> smokeParameters) {
        this.title = title;
        this.classes = Pattern.compile(Pattern.quote(PACKAGE) + classes);
        this.smokeParameters = smokeParameters;
    }

    /** What it is called on the command line. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What it is called in a table. */
    String title() {
        return title;
    }

    /** Whether this benchmark class belongs to it. */
    boolean has(String className) {
        return classes.matcher(className).matches();
    }

    /** What finds its benchmarks among all, each called by its class and method. */
    String include() {
        return "^" + classes.pattern() + "\\.\\w+$";
    }

    /** The only values of these parameters that a smoke run tries. */
    Map<String, String> smokeParameters() {
        return smokeParameters;
    }

    /** The group of that name. */
    static Optional<Group> called(String word) {
        return Arrays.stream(values())
                .filter(group -> group.word().equals(word))
                .findFirst();
    }
}
