// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.RateLimit;
import io.apilados.pipeline.parse.CsvDialect.BareQuotes;
import io.apilados.pipeline.report.GoalVerdict.Verdict;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The command line of {@link Ingest}, read and checked. */
final class IngestOptions {

    static final String USAGE = """
            usage: ingest [options]
              --input FILE|s3://bucket/key   the CSV; without it, sample data is made and delivered to an API in this process
              --catalog FILE|s3://...        CSV with id,clave; needed with --input
              --target URL                   where batches are POSTed; needed with --input
              --key-column NAME              column that holds the school key; default cct
              --id-column NAME               column that must not be empty; default id, where there is one
              --mode auto|preload|on-demand  how the catalog is kept; default auto
              --token-env NAME               environment variable that holds the bearer token
              --per-record                   one POST for each record instead of one for each batch
              --batch MIN:INITIAL:MAX        records in a batch; default 10:100:500
              --concurrency N|adaptive       requests at once; default adaptive
              --readers N                    threads that read, parse and enrich; default 1, at most 64
              --rate N                       requests a second; default unlimited
              --charset NAME                 default UTF-8, strict
              --bare-quotes literal|reject   quotes inside of unquoted fields; default literal, counted
              --rejects FILE|s3://...        default rejects.csv
              --report FILE.html|s3://...    default none
              --checkpoint DIR|s3://...      where to write down how far it is; run again to go on; default none
              --endpoint URL                 the store for s3:// places, where it is not Amazon's
              --deadline DURATION            stop in time, such as 14m; default none
              --goals report|critical|missed only report how it did by its goals, or exit with 5 where one is critical, or
                                             critical or missed; default report
              --dry-run                      everything but delivery
              --patience DURATION            how long to wait for a failing API, such as 90s or 15m; default 15m
              --json                         the summary alone, as one JSON object on the last line of standard output
            exit: 0 completed, 2 bad usage, 3 completed with rejected records, 4 stopped before the end, 1 failed,
                  5 completed, and goals were not reached (see --goals)
            """;

    private static final Set<String> FLAGS = Set.of("--per-record", "--json", "--dry-run");
    private static final Set<String> VALUES = Set.of(
            "--input",
            "--catalog",
            "--target",
            "--key-column",
            "--id-column",
            "--mode",
            "--token-env",
            "--batch",
            "--concurrency",
            "--readers",
            "--rate",
            "--charset",
            "--bare-quotes",
            "--rejects",
            "--report",
            "--checkpoint",
            "--deadline",
            "--endpoint",
            "--goals",
            "--patience");

    private static final Pattern SHORT_DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

    private final Map<String, String> given = new HashMap<>();

    private IngestOptions() {}

    static IngestOptions parse(List<String> arguments) throws UsageException {
        IngestOptions options = new IngestOptions();
        for (int i = 0; i < arguments.size(); i++) {
            String name = arguments.get(i);
            String value = "";
            if (VALUES.contains(name)) {
                if (++i == arguments.size() || arguments.get(i).startsWith("--")) {
                    throw new UsageException(name + " needs a value; see --help");
                }
                value = arguments.get(i);
            } else if (!FLAGS.contains(name)) {
                throw new UsageException("'" + name + "' is no option; see --help");
            }
            if (options.given.put(name, value) != null) {
                throw new UsageException(name + " stands twice but may stand once");
            }
        }
        options.check();
        return options;
    }

    private void check() throws UsageException {
        if (input() != null) {
            for (String needed : dryRun() ? List.of("--catalog") : List.of("--catalog", "--target")) {
                if (!given.containsKey(needed)) {
                    throw new UsageException(needed + " is needed with --input; see --help");
                }
            }
        } else if (given.containsKey("--catalog") || given.containsKey("--target")) {
            throw new UsageException("--input is needed with --catalog and --target; see --help");
        }
        boolean inS3 =
                Stream.of(input(), catalog(), rejects(), report(), checkpoint()).anyMatch(IngestPlaces::isS3);
        if (endpoint() != null && !inS3) {
            throw new UsageException("--endpoint is for places that begin with s3://, and there is none; leave it out");
        }
        target();
        mode();
        token();
        batch();
        concurrency();
        readers();
        rate();
        charset();
        bareQuotes();
        patience();
        deadline();
        goals();
    }

    @Nullable String input() {
        return given.get("--input");
    }

    @Nullable String catalog() {
        return given.get("--catalog");
    }

    @Nullable URI target() throws UsageException {
        return address("--target");
    }

    private @Nullable URI address(String name) throws UsageException {
        String value = given.get(name);
        if (value == null) {
            return null;
        }
        try {
            URI uri = new URI(value);
            boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            if (http && uri.getHost() != null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // The same answer as for any other address that is none; the address itself may hold secrets.
        }
        throw new UsageException(name + " must be an address that begins with http:// or https:// and names a host");
    }

    String keyColumn() {
        return given.getOrDefault("--key-column", "cct");
    }

    String idColumn() {
        return given.getOrDefault("--id-column", "id");
    }

    /** Whether the user named the id column, so that it has to be there. */
    boolean requiresIdColumn() {
        return given.containsKey("--id-column");
    }

    /** How the catalog is kept. */
    enum Mode {
        AUTO,
        PRELOAD,
        ON_DEMAND
    }

    Mode mode() throws UsageException {
        String value = given.getOrDefault("--mode", "auto");
        return switch (value) {
            case "auto" -> Mode.AUTO;
            case "preload" -> Mode.PRELOAD;
            case "on-demand" -> Mode.ON_DEMAND;
            default ->
                throw new UsageException(
                        "--mode was '" + value + "' but it must be one of auto and preload and on-demand");
        };
    }

    @Nullable String token() throws UsageException {
        String name = given.get("--token-env");
        if (name == null) {
            return null;
        }
        String token = System.getenv(name);
        if (token == null || token.isBlank()) {
            throw new UsageException("--token-env names the variable " + name + ", which is not set; set it");
        }
        return token;
    }

    boolean perRecord() {
        return given.containsKey("--per-record");
    }

    boolean json() {
        return given.containsKey("--json");
    }

    BatchSizing batch() throws UsageException {
        if (perRecord()) {
            if (given.containsKey("--batch")) {
                throw new UsageException("--batch and --per-record exclude each other; leave one out");
            }
            return BatchSizing.fixed(100);
        }
        String value = given.get("--batch");
        if (value == null) {
            return BatchSizing.ofDefaults();
        }
        String[] parts = value.split(":", -1);
        if (parts.length != 3) {
            throw new UsageException("--batch was '" + value + "' but it must be MIN:INITIAL:MAX, such as 10:100:500");
        }
        try {
            return BatchSizing.adaptive(
                    Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
        } catch (NumberFormatException e) {
            throw new UsageException("--batch was '" + value + "' but it must be three whole numbers, MIN:INITIAL:MAX");
        } catch (IllegalArgumentException e) {
            throw new UsageException("--batch: " + e.getMessage());
        }
    }

    ConcurrencyController concurrency() throws UsageException {
        String value = given.getOrDefault("--concurrency", "adaptive");
        if (value.equals("adaptive")) {
            return ConcurrencyController.ofDefaults();
        }
        try {
            int limit = Integer.parseInt(value);
            if (limit >= 1 && limit <= 1000) {
                return ConcurrencyController.fixed(limit);
            }
        } catch (NumberFormatException e) {
            // The same answer as for a number out of range.
        }
        throw new UsageException("--concurrency was '" + value + "' but it must be adaptive or between 1 and 1000");
    }

    int readers() throws UsageException {
        String value = given.getOrDefault("--readers", "1");
        try {
            int threads = Integer.parseInt(value);
            if (threads >= 1 && threads <= 64) {
                return threads;
            }
        } catch (NumberFormatException e) {
            // The same answer as for a number out of range.
        }
        throw new UsageException("--readers was '" + value + "' but it must be between 1 and 64");
    }

    RateLimit rate() throws UsageException {
        Double perSecond = requestsPerSecond();
        return perSecond == null ? RateLimit.disabled() : RateLimit.perSecond(perSecond);
    }

    /** Null if there is no limit. */
    @Nullable Double requestsPerSecond() throws UsageException {
        String value = given.get("--rate");
        if (value == null) {
            return null;
        }
        try {
            double perSecond = Double.parseDouble(value);
            var unused = RateLimit.perSecond(perSecond);
            return perSecond;
        } catch (IllegalArgumentException e) {
            throw new UsageException(
                    "--rate was '" + value + "' but it must be more than 0 and at most 1000000 requests a second");
        }
    }

    Charset charset() throws UsageException {
        String value = given.get("--charset");
        if (value == null) {
            return StandardCharsets.UTF_8;
        }
        try {
            return Charset.forName(value);
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            throw new UsageException("--charset was '" + value + "' but there is no such charset; try ISO-8859-1");
        }
    }

    BareQuotes bareQuotes() throws UsageException {
        String value = given.getOrDefault("--bare-quotes", "literal");
        return switch (value) {
            case "literal" -> BareQuotes.LITERAL;
            case "reject" -> BareQuotes.REJECT;
            default -> throw new UsageException("--bare-quotes was '" + value + "' but it must be literal or reject");
        };
    }

    boolean dryRun() {
        return given.containsKey("--dry-run");
    }

    @Nullable String checkpoint() {
        return given.get("--checkpoint");
    }

    @Nullable URI endpoint() throws UsageException {
        return address("--endpoint");
    }

    @Nullable Duration deadline() throws UsageException {
        String value = given.get("--deadline");
        if (value == null) {
            return null;
        }
        Duration deadline = duration("--deadline", value);
        if (deadline.isZero()) {
            throw new UsageException("--deadline was '" + value + "' but it must be more than zero");
        }
        return deadline;
    }

    @Nullable String rejects() {
        return given.get("--rejects");
    }

    /** From which verdict on the process ends with an exit code of its own; {@link Verdict#UNKNOWN} means never. */
    Verdict goals() throws UsageException {
        String value = given.getOrDefault("--goals", "report");
        return switch (value) {
            case "report" -> Verdict.UNKNOWN;
            case "critical" -> Verdict.CRITICAL;
            case "missed" -> Verdict.MISSED;
            default ->
                throw new UsageException("--goals was '" + value + "' but it must be report, critical or missed");
        };
    }

    @Nullable String report() {
        return given.get("--report");
    }

    Duration patience() throws UsageException {
        String value = given.get("--patience");
        return value == null ? Duration.ofMinutes(15) : duration("--patience", value);
    }

    /** {@code 90s}, {@code 15m}, {@code 500ms}, {@code 2h}, or as ISO 8601 has it. */
    private static Duration duration(String name, String value) throws UsageException {
        Matcher matcher = SHORT_DURATION.matcher(value.toLowerCase(Locale.ROOT));
        if (matcher.matches()) {
            long amount = Long.parseLong(matcher.group(1));
            return switch (matcher.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                default -> Duration.ofHours(amount);
            };
        }
        try {
            Duration iso = Duration.parse(value);
            if (!iso.isNegative()) {
                return iso;
            }
        } catch (DateTimeParseException e) {
            // The same answer as for a negative one.
        }
        throw new UsageException(name + " was '" + value + "' but it must be a duration such as 90s, 15m or PT1H");
    }
}
