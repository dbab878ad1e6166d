// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import io.apilados.pipeline.aws.internal.Json;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a function did with each memory size, and which one is chosen. Immutable.
 *
 * @param functionName of the function
 * @param measuredAt when the tuning began
 * @param strategy what is chosen by
 * @param costWeight of the cost, from 0 to 1; for {@link TuningStrategy#BALANCED} only
 * @param currency of costs
 * @param trials at least one, by rising memory
 */
public record TuningResult(
        String functionName,
        Instant measuredAt,
        TuningStrategy strategy,
        double costWeight,
        String currency,
        List<MemoryTrial> trials) {

    private static final int FORMAT = 1;

    /** Standard errors that two scores have to be apart to be told apart. */
    private static final double ERRORS_APART = 2;

    public TuningResult {
        Objects.requireNonNull(functionName, "functionName");
        Objects.requireNonNull(measuredAt, "measuredAt");
        Objects.requireNonNull(strategy, "strategy");
        Objects.requireNonNull(currency, "currency");
        trials = trials.stream()
                .sorted(Comparator.comparingInt(MemoryTrial::memoryMb))
                .toList();
        if (trials.isEmpty()) {
            throw new IllegalArgumentException("trials was empty but there must be one at least");
        }
    }

    /** The chosen size; of equal ones the smallest. */
    public MemoryTrial chosen() {
        return trials.stream().min(Comparator.comparingDouble(this::score)).orElseThrow();
    }

    private double score(MemoryTrial trial) {
        double greatestCost =
                trials.stream().mapToDouble(MemoryTrial::cost).max().orElseThrow();
        double greatestTime =
                trials.stream().mapToDouble(MemoryTrial::meanMillis).max().orElseThrow();
        return strategy.score(trial.cost() / greatestCost, trial.meanMillis() / greatestTime, costWeight);
    }

    /**
     * Sizes that may as well be the right ones: their scores are within two standard errors of that of the chosen one. More
     * invocations tell them apart, or show that it makes no difference.
     */
    public List<MemoryTrial> rivals() {
        MemoryTrial chosen = chosen();
        double best = score(chosen);
        return trials.stream()
                .filter(trial -> trial.memoryMb() != chosen.memoryMb())
                .filter(trial -> {
                    double error = Math.hypot(trial.relativeError() * score(trial), chosen.relativeError() * best);
                    return score(trial) - best <= ERRORS_APART * error;
                })
                .toList();
    }

    /** The same trials, chosen from by another strategy. */
    public TuningResult by(TuningStrategy other) {
        return new TuningResult(functionName, measuredAt, other, costWeight, currency, trials);
    }

    /** A table for people. */
    public String toText() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%s by %s: %,d MB%n",
                functionName,
                strategy.name().toLowerCase(Locale.ROOT),
                chosen().memoryMb()));
        text.append(String.format(
                Locale.ROOT,
                "  %8s %6s %14s %8s %14s %10s%n",
                "MB",
                "times",
                "ms",
                "+- %",
                currency + "/million",
                "MB used"));
        for (MemoryTrial trial : trials) {
            text.append(String.format(
                    Locale.ROOT,
                    "%s %8d %6d %14.1f %8.1f %14.2f %10d%n",
                    trial.equals(chosen()) ? "*" : " ",
                    trial.memoryMb(),
                    trial.invocations(),
                    trial.meanMillis(),
                    100 * trial.relativeError(),
                    1e6 * trial.cost(),
                    trial.maxMemoryUsedMb()));
        }
        for (MemoryTrial rival : rivals()) {
            text.append(String.format(
                    Locale.ROOT, "  %,d MB may be as good: the difference is within the noise%n", rival.memoryMb()));
        }
        return text.toString();
    }

    /** All of it as one JSON object, for {@link #fromJson}. */
    public String toJson() {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("format", FORMAT);
        all.put("functionName", functionName);
        all.put("measuredAt", measuredAt.toString());
        all.put("strategy", strategy.name());
        all.put("costWeight", costWeight);
        all.put("currency", currency);
        all.put("chosenMb", chosen().memoryMb());
        List<Object> rows = new ArrayList<>();
        for (MemoryTrial trial : trials) {
            Map<String, @Nullable Object> row = new LinkedHashMap<>();
            row.put("memoryMb", trial.memoryMb());
            row.put("invocations", trial.invocations());
            row.put("meanMillis", trial.meanMillis());
            row.put("errorMillis", trial.errorMillis());
            row.put("meanBilledMillis", trial.meanBilledMillis());
            row.put("maxMemoryUsedMb", trial.maxMemoryUsedMb());
            row.put("cost", trial.cost());
            rows.add(row);
        }
        all.put("trials", rows);
        return Json.writePretty(all);
    }

    /**
     * What {@link #toJson} gave.
     *
     * @throws IOException if the text is no result
     */
    public static TuningResult fromJson(String json) throws IOException {
        Map<String, @Nullable Object> all = Json.readObject(json);
        try {
            List<MemoryTrial> trials = new ArrayList<>();
            if (number(all, "format") != FORMAT || !(all.get("trials") instanceof List<?> rows)) {
                throw new IOException("the text is no tuning result of format " + FORMAT);
            }
            for (Object row : rows) {
                if (row instanceof Map<?, ?> trial) {
                    trials.add(trial(Json.members(trial)));
                }
            }
            return new TuningResult(
                    text(all, "functionName"),
                    Instant.parse(text(all, "measuredAt")),
                    TuningStrategy.valueOf(text(all, "strategy")),
                    number(all, "costWeight"),
                    text(all, "currency"),
                    trials);
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new IOException("the text is no tuning result: " + e.getMessage(), e);
        }
    }

    private static MemoryTrial trial(Map<String, @Nullable Object> row) throws IOException {
        return new MemoryTrial(
                (int) number(row, "memoryMb"),
                (int) number(row, "invocations"),
                number(row, "meanMillis"),
                number(row, "errorMillis"),
                number(row, "meanBilledMillis"),
                (int) number(row, "maxMemoryUsedMb"),
                number(row, "cost"));
    }

    private static double number(Map<String, @Nullable Object> members, String name) throws IOException {
        if (members.get(name) instanceof Number number) {
            return number.doubleValue();
        }
        throw new IOException("member '" + name + "' of the tuning result must be a number and is not");
    }

    private static String text(Map<String, @Nullable Object> members, String name) throws IOException {
        if (members.get(name) instanceof String text) {
            return text;
        }
        throw new IOException("member '" + name + "' of the tuning result must be a string and is not");
    }

    /** A page of HTML with a chart, without script or anything from elsewhere. */
    public String toHtml() {
        return TuningResultHtml.write(this);
    }
}
