// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import io.apilados.pipeline.aws.s3.S3CheckpointStore;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.RateLimit;
import io.apilados.pipeline.lambda.IngestSettings.Continued;
import io.apilados.pipeline.lambda.IngestSettings.Mode;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Understands settings, and gathers what is wrong with them. Confined to one thread. */
final class SettingsReader {

    private static final URI NOWHERE = URI.create("http://127.0.0.1:1/");
    private static final URI NO_PLACE = URI.create("s3://none/");
    private static final int MOST_CONCURRENCY = 1000;
    private static final Duration PATIENCE = Duration.ofMinutes(15);
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

    private final Map<String, String> values;
    private final List<String> problems = new ArrayList<>();

    SettingsReader(Map<String, String> values) {
        this.values = values;
    }

    /**
     * The store, which the environment alone says, because a document is read from it.
     *
     * @throws IllegalArgumentException if it is no address
     */
    static @Nullable URI endpoint(Map<String, String> environment) {
        SettingsReader reader = new SettingsReader(environment);
        URI endpoint = reader.address(IngestSetting.PIPELINE_ENDPOINT, "http");
        reader.throwIfWrong();
        return endpoint;
    }

    IngestSettings read() {
        checkNames();
        boolean dryRun = flag(IngestSetting.PIPELINE_DRY_RUN);
        boolean perRecord = flag(IngestSetting.PIPELINE_PER_RECORD);
        URI checkpoints = needed(IngestSetting.PIPELINE_CHECKPOINTS, "s3", NO_PLACE);
        URI rejects = address(IngestSetting.PIPELINE_REJECTS, "s3");
        URI target = dryRun ? NOWHERE : needed(IngestSetting.PIPELINE_TARGET, "http", NOWHERE);
        IngestSettings settings = new IngestSettings(
                needed(IngestSetting.PIPELINE_CATALOG, "s3", NO_PLACE),
                target,
                checkpoints,
                rejects == null ? Places.below(checkpoints, "rejects/") : rejects,
                address(IngestSetting.PIPELINE_REPORTS, "s3"),
                text(IngestSetting.PIPELINE_TOKEN_SECRET),
                text(IngestSetting.PIPELINE_TOKEN_FIELD),
                tokenVariable(),
                text(IngestSetting.PIPELINE_KEY_COLUMN, "cct"),
                text(IngestSetting.PIPELINE_ID_COLUMN),
                word(IngestSetting.PIPELINE_MODE, Mode.values(), Mode.PRELOAD),
                perRecord,
                batch(perRecord),
                concurrency(),
                rate(),
                duration(IngestSetting.PIPELINE_PATIENCE, PATIENCE),
                charset(),
                dryRun,
                text(IngestSetting.PIPELINE_CONTINUATION) == null
                        ? null
                        : word(IngestSetting.PIPELINE_CONTINUATION, Continued.values(), Continued.ANSWERED),
                lease(),
                text(IngestSetting.PIPELINE_ENDPOINT) == null,
                environment());
        throwIfWrong();
        return settings;
    }

    private void throwIfWrong() {
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException("the function cannot be set up: " + String.join("; ", problems));
        }
    }

    /** A setting that nobody knows is a mistake in writing. */
    private void checkNames() {
        Set<String> known =
                Arrays.stream(IngestSetting.values()).map(Enum::name).collect(Collectors.toSet());
        values.keySet().stream()
                .filter(name -> name.startsWith("PIPELINE_") && !known.contains(name))
                .filter(name -> !name.equals(text(IngestSetting.PIPELINE_TOKEN_ENV)))
                .sorted()
                .forEach(name -> problems.add(name + " is no setting"));
    }

    private @Nullable String text(IngestSetting setting) {
        String value = values.get(setting.name());
        return value == null || value.isBlank() ? null : value.strip();
    }

    private String text(IngestSetting setting, String byDefault) {
        String value = text(setting);
        return value == null ? byDefault : value;
    }

    private void wrong(IngestSetting setting, String rule) {
        problems.add(setting + " was '" + text(setting) + "' but it must be " + rule);
    }

    private boolean flag(IngestSetting setting) {
        String value = text(setting, "false");
        if (!value.equals("true") && !value.equals("false")) {
            wrong(setting, "true or false");
        }
        return value.equals("true");
    }

    private URI needed(IngestSetting setting, String scheme, URI instead) {
        URI uri = address(setting, scheme);
        if (uri == null && text(setting) == null) {
            problems.add(setting + " is not set but it is needed: " + setting.meaning());
        }
        return uri == null ? instead : uri;
    }

    /** The address itself may hold secrets, so it is never told. */
    private @Nullable URI address(IngestSetting setting, String scheme) {
        String value = text(setting);
        if (value == null) {
            return null;
        }
        try {
            URI uri = new URI(value);
            String given = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
            if (uri.getRawAuthority() != null && (given.equals(scheme) || given.equals(scheme + "s"))) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // The same answer as for any other address that is none.
        }
        problems.add(setting + " must be an address that begins with " + scheme + ":// and names a "
                + (scheme.equals("s3") ? "bucket" : "host"));
        return null;
    }

    private <E extends Enum<E>> E word(IngestSetting setting, E[] words, E byDefault) {
        String value = text(setting);
        if (value == null) {
            return byDefault;
        }
        List<String> known = new ArrayList<>();
        for (E word : words) {
            String name = word.name().toLowerCase(Locale.ROOT).replace('_', '-');
            if (name.equals(value)) {
                return word;
            }
            known.add(name);
        }
        wrong(setting, "one of " + String.join(", ", known));
        return byDefault;
    }

    private @Nullable String tokenVariable() {
        String name = text(IngestSetting.PIPELINE_TOKEN_ENV);
        if (name != null && text(IngestSetting.PIPELINE_TOKEN_SECRET) != null) {
            problems.add("PIPELINE_TOKEN_ENV and PIPELINE_TOKEN_SECRET are both set; leave one out");
        }
        if (name != null && values.getOrDefault(name, "").isBlank()) {
            problems.add("PIPELINE_TOKEN_ENV names a variable that is not set; set it");
        }
        return name;
    }

    private BatchSizing batch(boolean perRecord) {
        String value = text(IngestSetting.PIPELINE_BATCH);
        if (perRecord) {
            if (value != null) {
                problems.add("PIPELINE_BATCH and PIPELINE_PER_RECORD exclude each other; leave one out");
            }
            return BatchSizing.fixed(100);
        }
        if (value == null) {
            return BatchSizing.ofDefaults();
        }
        String[] parts = value.split(":", -1);
        try {
            if (parts.length == 3) {
                return BatchSizing.adaptive(
                        Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
            }
            wrong(IngestSetting.PIPELINE_BATCH, "MIN:INITIAL:MAX, such as 10:100:500");
        } catch (NumberFormatException e) {
            wrong(IngestSetting.PIPELINE_BATCH, "three whole numbers, MIN:INITIAL:MAX");
        } catch (IllegalArgumentException e) {
            problems.add(IngestSetting.PIPELINE_BATCH + ": " + e.getMessage());
        }
        return BatchSizing.ofDefaults();
    }

    private int concurrency() {
        String value = text(IngestSetting.PIPELINE_CONCURRENCY, "adaptive");
        if (value.equals("adaptive")) {
            return 0;
        }
        try {
            int limit = Integer.parseInt(value);
            if (limit >= 1 && limit <= MOST_CONCURRENCY) {
                return limit;
            }
        } catch (NumberFormatException e) {
            // The same answer as for a number out of range.
        }
        wrong(IngestSetting.PIPELINE_CONCURRENCY, "adaptive or between 1 and " + MOST_CONCURRENCY);
        return 0;
    }

    private double rate() {
        String value = text(IngestSetting.PIPELINE_RATE);
        if (value == null) {
            return 0;
        }
        try {
            double perSecond = Double.parseDouble(value);
            var unused = RateLimit.perSecond(perSecond);
            return perSecond;
        } catch (IllegalArgumentException e) {
            wrong(IngestSetting.PIPELINE_RATE, "more than 0 and at most 1000000 requests a second");
            return 0;
        }
    }

    private Duration duration(IngestSetting setting, Duration byDefault) {
        String value = text(setting);
        if (value == null) {
            return byDefault;
        }
        Matcher matcher = DURATION.matcher(value.toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            wrong(setting, "a duration such as 90s or 15m");
            return byDefault;
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            default -> Duration.ofHours(amount);
        };
    }

    private Duration lease() {
        Duration lease = duration(IngestSetting.PIPELINE_LEASE, LEASE);
        if (lease.compareTo(S3CheckpointStore.SHORTEST_TERM) < 0) {
            wrong(IngestSetting.PIPELINE_LEASE, "3s or more");
        }
        return lease;
    }

    private Charset charset() {
        String value = text(IngestSetting.PIPELINE_CHARSET, "UTF-8");
        try {
            return Charset.forName(value);
        } catch (IllegalArgumentException e) {
            wrong(IngestSetting.PIPELINE_CHARSET, "a charset, such as UTF-8 or ISO-8859-1");
            return StandardCharsets.UTF_8;
        }
    }

    private @Nullable String environment() {
        String value = text(IngestSetting.PIPELINE_ENVIRONMENT, "default");
        return value.equals("none") ? null : value;
    }
}
