// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.PipelineException;
import io.apilados.pipeline.PipelineRun;
import io.apilados.pipeline.deliver.RetryPolicy;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.enrich.CCTsEnricher;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.HttpDelivery;
import io.apilados.pipeline.parse.CsvDialect;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.source.ByteSource;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
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

    private static final int SAMPLE_KEYS = 270_000;
    private static final int SAMPLE_PARTICIPANTS = 100_000;
    private static final int LEAST_CONNECTIONS = 10;

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
        String input = options.input();
        if (input != null) {
            return ingest(
                    existing("--input", input),
                    existing("--catalog", Objects.requireNonNull(options.catalog())),
                    Objects.requireNonNull(options.target()),
                    options.token(),
                    Path.of(options.rejects() == null ? "rejects.csv" : options.rejects()),
                    options.report());
        }
        try (Sandbox sandbox = Sandbox.start(SAMPLE_KEYS, SAMPLE_PARTICIPANTS)) {
            err.println("sample data: " + sandbox.folder());
            String report = options.report();
            return ingest(
                    ByteSource.file(sandbox.participants()),
                    ByteSource.file(sandbox.catalog()),
                    sandbox.target(),
                    SampleApi.TOKEN,
                    options.rejects() == null ? sandbox.rejects() : Path.of(options.rejects()),
                    report == null ? sandbox.folder().resolve("report.html").toString() : report);
        }
    }

    /** A source that can be opened. One that cannot is a fault of the command line, told before anything else. */
    private static ByteSource existing(String option, String place) throws UsageException {
        if (place.startsWith("s3://")) {
            throw new UsageException(option + ": s3:// is not available yet; give a file");
        }
        try {
            ByteSource source = ByteSource.file(Path.of(place));
            var unused = source.version();
            return source;
        } catch (InvalidPathException | IOException e) {
            throw new UsageException(option + " " + e.getMessage());
        }
    }

    private int ingest(
            ByteSource input,
            ByteSource catalogSource,
            URI target,
            @Nullable String token,
            Path rejects,
            @Nullable String htmlReport)
            throws UsageException, IOException, InterruptedException {
        CsvParser parser = parser();
        CCTsCache ccts = CCTsCache.preloaded(CCTsCatalog.load(catalogSource));
        RunReport report;
        try (HttpDelivery<JsonRecord> delivery = delivery(target, token)) {
            PipelineRun run = Pipeline.from(input)
                    .parse(parser)
                    .enrich(enricher(ccts))
                    .batch(options.batch())
                    .deliver(delivery)
                    .concurrency(options.concurrency())
                    .rate(options.rate())
                    .retry(RetryPolicy.ofDefaults().withPatience(options.patience()))
                    .rejects(RejectedRecords.csv(rejects))
                    .build()
                    .start();
            report = watch(run);
        }
        return tell(report, rejects, htmlReport);
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
        HttpDelivery.Builder<JsonRecord> builder = HttpDelivery.to(target)
                .maxConnections(
                        Math.max(LEAST_CONNECTIONS, options.concurrency().maxLimit()));
        if (token != null) {
            Supplier<String> always = () -> token;
            builder.bearerToken(always);
        }
        return (options.perRecord() ? builder.perRecord() : builder).build();
    }

    private RunReport watch(PipelineRun run) throws InterruptedException {
        try (ProgressDisplay display = new ProgressDisplay(run, err, ProgressDisplay.onTerminal())) {
            return run.await();
        } catch (PipelineException e) {
            err.println("ingest: " + e.getMessage());
            return e.report();
        }
    }

    private int tell(RunReport report, Path rejects, @Nullable String htmlReport) throws IOException {
        if (htmlReport != null) {
            Files.writeString(Path.of(htmlReport), report.toHtml());
        }
        if (options.json()) {
            out.println(report.toJson());
        } else if (report.read() > 0 || report.status() != RunStatus.FAILED) {
            out.print(report.toText());
            if (report.rejected() > 0) {
                out.println("rejected records: " + rejects);
            }
            if (htmlReport != null) {
                out.println("HTML report: " + htmlReport);
            }
        }
        return switch (report.status()) {
            case COMPLETED -> report.rejected() == 0 ? COMPLETED : COMPLETED_WITH_REJECTS;
            case STOPPED -> {
                err.println("ingest: stopped: " + report.endReason());
                yield STOPPED;
            }
            case FAILED -> FAILED;
        };
    }
}
