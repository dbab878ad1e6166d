// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.PipelineBuilder;
import io.apilados.pipeline.PipelineException;
import io.apilados.pipeline.PipelineRun;
import io.apilados.pipeline.ProgressDisplay;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.RetryPolicy;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.enrich.CCTsEnricher;
import io.apilados.pipeline.enrich.CCTsLoader;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.enrich.UnknownKeys;
import io.apilados.pipeline.http.HttpDelivery;
import io.apilados.pipeline.parse.CsvDialect;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.report.GoalVerdict;
import io.apilados.pipeline.report.GoalVerdict.Verdict;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.source.ByteSource;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The mission in one runnable: participants from CSV, a catalog of school keys, an API. Without {@code --input} it runs
 * by itself, on sample data and an API in the same process. See {@code --help}.
 */
public final class Ingest {

    static final int COMPLETED = 0;
    static final int FAILED = 1;
    static final int BAD_USAGE = 2;
    static final int COMPLETED_WITH_REJECTS = 3;
    static final int STOPPED = 4;
    static final int GOALS_NOT_REACHED = 5;

    private static final int SAMPLE_KEYS = 270_000;
    private static final int SAMPLE_PARTICIPANTS = 100_000;
    private static final int LEAST_CONNECTIONS = 10;

    /** How many unknown keys a dry run names. */
    private static final int TOP_KEYS = 10;

    /** What a dry run takes a request to last. */
    private static final double ASSUMED_REQUEST_SECONDS = 0.2;

    /** The target of a dry run, which is never called. */
    private static final URI NOWHERE = URI.create("http://127.0.0.1:1/");

    private final IngestOptions options;
    private final PrintStream out;
    private final PrintStream err;

    private Ingest(IngestOptions options, PrintStream out, PrintStream err) {
        this.options = options;
        this.out = out;
        this.err = err;
    }

    /** Runs it and ends the process with the exit code. */
    public static void main(String[] args) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.exit(run(List.of(args), out, System.err));
    }

    /** Runs it; returns the exit code. */
    static int run(List<String> args, PrintStream out, PrintStream err) {
        if (args.contains("--help")) {
            out.print(IngestOptions.USAGE);
            return COMPLETED;
        }
        try {
            return new Ingest(IngestOptions.parse(args), out, err).run();
        } catch (UsageException e) {
            err.println("ingest: " + e.getMessage());
            return BAD_USAGE;
        } catch (PipelineException | IOException e) {
            err.println("ingest: " + e.getMessage());
            return FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            err.println("ingest: interrupted");
            return STOPPED;
        }
    }

    private int run() throws UsageException, IOException, InterruptedException {
        try (IngestPlaces places = new IngestPlaces(options.endpoint(), options.readers())) {
            return run(places);
        }
    }

    private int run(IngestPlaces places) throws UsageException, IOException, InterruptedException {
        String input = options.input();
        if (input != null) {
            String catalog = Objects.requireNonNull(options.catalog());
            ByteSource inputSource = places.existing("--input", input);
            ByteSource catalogSource = places.existing("--catalog", catalog);
            String rejects = options.rejects() == null ? "rejects.csv" : options.rejects();
            places.checkOutput("--rejects", rejects, input, catalog);
            if (options.report() != null) {
                places.checkOutput("--report", options.report(), input, catalog, rejects);
            }
            return ingest(
                    places, inputSource, catalogSource, options.target(), options.token(), rejects, options.report());
        }
        try (Sandbox sandbox = Sandbox.start(SAMPLE_KEYS, SAMPLE_PARTICIPANTS)) {
            err.println("sample data: " + sandbox.folder());
            String rejects = options.rejects() == null ? sandbox.rejects().toString() : options.rejects();
            places.checkOutput("--rejects", rejects);
            String report = options.report();
            if (report != null) {
                places.checkOutput("--report", report, rejects);
            }
            return ingest(
                    places,
                    ByteSource.file(sandbox.participants()),
                    ByteSource.file(sandbox.catalog()),
                    sandbox.target(),
                    SampleApi.TOKEN,
                    rejects,
                    report == null ? sandbox.folder().resolve("report.html").toString() : report);
        }
    }

    private int ingest(
            IngestPlaces places,
            ByteSource input,
            ByteSource catalogSource,
            @Nullable URI target,
            @Nullable String token,
            String rejects,
            @Nullable String htmlReport)
            throws UsageException, IOException, InterruptedException {
        CsvParser parser = parser();
        UnknownKeys ccts = new UnknownKeys(cache(catalogSource));
        RunReport report;
        try (HttpDelivery<JsonRecord> delivery = delivery(target == null ? NOWHERE : target, token)) {
            PipelineBuilder<JsonRecord> builder = Pipeline.from(input)
                    .parse(parser)
                    .enrich(enricher(ccts))
                    .batch(options.dryRun() ? BatchSizing.fixed(options.batch().initial()) : options.batch())
                    .deliver(delivery)
                    .concurrency(options.concurrency())
                    .rate(options.rate())
                    .readers(options.readers())
                    .retry(RetryPolicy.ofDefaults().withPatience(options.patience()))
                    .rejects(places.rejects(rejects));
            String checkpoint = options.checkpoint();
            if (checkpoint != null) {
                builder.checkpoint(places.checkpoints(checkpoint));
            }
            Duration deadline = options.deadline();
            if (deadline != null) {
                builder.deadline(deadline);
            }
            if (options.dryRun()) {
                builder.dryRun();
            }
            builder.listener(progress());
            report = watch(builder.build().start());
        }
        int code = byGoals(report, tell(report, places, rejects, htmlReport));
        if (options.dryRun() && !options.json()) {
            tellDryRun(report, ccts);
        }
        if (options.json()) {
            out.println(report.toSummaryJson());
        }
        return code;
    }

    private CCTsCache cache(ByteSource catalog) throws UsageException, IOException {
        return switch (options.mode()) {
            case AUTO -> CCTsCache.auto(catalog).build();
            case PRELOAD -> CCTsCache.preloaded(CCTsCatalog.load(catalog));
            case ON_DEMAND -> CCTsCache.onDemand(CCTsLoader.scanning(catalog)).build();
        };
    }

    /** What a real run has before it. */
    private void tellDryRun(RunReport report, UnknownKeys ccts) throws UsageException {
        out.println("dry run: nothing was sent, and no rejected record was kept");
        for (UnknownKeys.UnknownKey key : ccts.top(TOP_KEYS)) {
            out.println("  unknown key " + key.key() + ": " + key.count() + " records");
        }
        int atOnce = options.concurrency().maxLimit();
        double seconds = (double) report.batches() * ASSUMED_REQUEST_SECONDS / atOnce;
        Double rate = options.requestsPerSecond();
        if (rate != null) {
            seconds = Math.max(seconds, report.batches() / rate);
        }
        out.printf(
                Locale.ROOT,
                "  a real run makes about %,d requests in about %,.0f s, if each takes %.1f s and %d are made at once%n",
                report.batches(),
                seconds,
                ASSUMED_REQUEST_SECONDS,
                atOnce);
    }

    private CsvParser parser() throws UsageException {
        try {
            return CsvParser.withHeader()
                    .dialect(CsvDialect.RFC_4180.withBareQuotes(options.bareQuotes()))
                    .charset(options.charset());
        } catch (IllegalArgumentException e) {
            throw new UsageException("--charset: " + e.getMessage());
        }
    }

    private CCTsEnricher enricher(CCTsCache ccts) {
        CCTsEnricher enricher = CCTsEnricher.lookingUp(options.keyColumn(), ccts);
        return options.requiresIdColumn()
                ? enricher.requiringId(options.idColumn())
                : enricher.requiringIdWherePresent(options.idColumn());
    }

    private HttpDelivery<JsonRecord> delivery(URI target, @Nullable String token) throws UsageException {
        HttpDelivery.Builder<JsonRecord> builder;
        try {
            builder = HttpDelivery.to(target);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--target: " + e.getMessage());
        }
        builder.maxConnections(Math.max(LEAST_CONNECTIONS, options.concurrency().maxLimit()));
        if (token != null) {
            Supplier<String> always = () -> token;
            builder.bearerToken(always);
        }
        return (options.perRecord() ? builder.perRecord() : builder).build();
    }

    private ProgressDisplay progress() {
        ProgressDisplay.Builder display = ProgressDisplay.builder();
        return (ProgressDisplay.isOnTerminal() ? display.terminal(err) : display.lines(err::println)).build();
    }

    /** Waits for the end of a run. A request to end the process, such as SIGTERM, stops it first. */
    private RunReport watch(PipelineRun run) throws InterruptedException {
        Thread stopper = new Thread(() -> stopAndWait(run), "stop-at-exit");
        Runtime.getRuntime().addShutdownHook(stopper);
        try {
            return reportOf(run);
        } finally {
            forget(stopper);
        }
    }

    private RunReport reportOf(PipelineRun run) throws InterruptedException {
        try {
            return run.await();
        } catch (PipelineException e) {
            return e.report();
        }
    }

    /** The process ends: the run stops, and the process with the exit code that says how. */
    private void stopAndWait(PipelineRun run) {
        run.stop();
        int code = STOPPED;
        try {
            RunReport report = reportOf(run);
            out.print(options.json() ? report.toSummaryJson() + System.lineSeparator() : report.toText());
            code = exitCode(report);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        out.flush();
        Runtime.getRuntime().halt(code);
    }

    private static void forget(Thread stopper) throws InterruptedException {
        try {
            Runtime.getRuntime().removeShutdownHook(stopper);
        } catch (IllegalStateException e) {
            // The process is ending already: the hook tells the rest, and ends it.
            stopper.join();
        }
    }

    private int tell(RunReport report, IngestPlaces places, String rejects, @Nullable String htmlReport)
            throws IOException {
        if (htmlReport != null) {
            places.report(htmlReport, report);
        }
        if (!options.json() && (report.read() > 0 || report.status() != RunStatus.FAILED)) {
            out.print(report.toText());
            if (report.rejected() > 0 && !options.dryRun()) {
                out.println("rejected records: " + rejects);
            }
            if (htmlReport != null) {
                out.println("HTML report: " + htmlReport);
            }
        }
        return exitCode(report);
    }

    /** Where that was wished for, a run that completed and did not reach its goals has an exit code of its own. */
    private int byGoals(RunReport report, int code) throws UsageException {
        Verdict from = options.goals();
        Verdict worst = report.worstVerdict();
        boolean counts = from != Verdict.UNKNOWN && (worst == Verdict.CRITICAL || worst == from);
        if (report.status() != RunStatus.COMPLETED || !counts) {
            return code;
        }
        for (GoalVerdict verdict : report.verdicts()) {
            if (verdict.verdict() == Verdict.CRITICAL || verdict.verdict() == from) {
                err.printf(
                        Locale.ROOT,
                        "ingest: goal %s: %s, measured %s, target %s%n",
                        verdict.goal().title(),
                        verdict.verdict(),
                        verdict.measured(),
                        verdict.target());
            }
        }
        return GOALS_NOT_REACHED;
    }

    /** The exit code that says how a run ended; where it did not complete, also a line that says why. */
    private int exitCode(RunReport report) {
        return switch (report.status()) {
            case COMPLETED -> report.rejected() == 0 ? COMPLETED : COMPLETED_WITH_REJECTS;
            case STOPPED -> {
                err.println("ingest: stopped: " + report.endReason());
                yield STOPPED;
            }
            case FAILED -> {
                err.println("ingest: " + report.endReason());
                yield FAILED;
            }
        };
    }
}
