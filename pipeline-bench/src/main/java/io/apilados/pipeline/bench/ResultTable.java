// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * Results as tables in Markdown, one for each group. Which parameter tells the contenders apart is seen from its values:
 * it is the one of which a value begins with {@value #OURS}, or the one called {@value #LIBRARY}. The value called so, or
 * else the first that begins so, is what the others are compared with, where benchmark, method and all other parameters
 * are the same.
 */
final class ResultTable {

    private static final String OURS = "OURS";
    private static final String LIBRARY = "library";

    private static final String NONE = "–";
    private static final double A_MILLION = 1e6;

    private final List<Measured> all;
    /** The parameter that tells contenders apart, by class. */
    private final Map<String, String> contenders = new LinkedHashMap<>();

    private ResultTable(List<Measured> all) {
        this.all = all;
        for (Measured one : all) {
            one.parameters().forEach((name, value) -> {
                if (value.startsWith(OURS) || name.equals(LIBRARY)) {
                    contenders.put(one.className(), name);
                }
            });
        }
    }

    /** The tables, in the order of the groups, and what belongs to none of them last. */
    static String markdown(List<Measured> results) {
        return new ResultTable(results).markdown();
    }

    private String markdown() {
        StringBuilder text = new StringBuilder();
        List<Measured> left = new ArrayList<>(all);
        for (Group group : Group.values()) {
            List<Measured> here =
                    all.stream().filter(one -> group.has(one.className())).toList();
            if (!here.isEmpty()) {
                append(text, group.title() + " (`" + group.word() + "`)", here);
                left.removeAll(here);
            }
        }
        if (!left.isEmpty()) {
            append(text, "Others", left);
        }
        return text.toString();
    }

    private void append(StringBuilder text, String title, List<Measured> rows) {
        text.append("\n### ").append(title).append("\n\n");
        text.append(
                "| benchmark | with | who | score | ± | unit | x ours | CPU, µs | CPU x ours | bytes allocated |\n");
        text.append("|---|---|---|---:|---:|---|---:|---:|---:|---:|\n");
        for (Measured row : rows) {
            text.append("| ")
                    .append(String.join(
                            " | ",
                            benchmark(row),
                            others(row),
                            contender(row).orElse(NONE),
                            number(row.score()),
                            number(row.halfRange()),
                            row.unit(),
                            ratio(row, one -> one.moreIsBetter() ? 1 / one.score() : one.score()),
                            number(row.cpuMicros()),
                            ratio(row, Measured::cpuMicros),
                            number(whole(row.allocatedBytes()))))
                    .append(" |\n");
        }
    }

    private static String benchmark(Measured row) {
        String simpleName = row.className().substring(row.className().lastIndexOf('.') + 1);
        return simpleName.replaceFirst("Benchmark$", "") + "." + row.method();
    }

    private Optional<String> contender(Measured row) {
        return Optional.ofNullable(contenders.get(row.className())).map(row.parameters()::get);
    }

    /** The parameters that do not tell contenders apart. */
    private String others(Measured row) {
        String text = row.parameters().entrySet().stream()
                .filter(entry -> !entry.getKey().equals(contenders.get(row.className())))
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining(", "));
        return text.isEmpty() ? NONE : text;
    }

    /** How many times as much of something it takes as ours. */
    private String ratio(Measured row, ToDoubleFunction<Measured> what) {
        double ratio = base(row)
                .map(ours -> what.applyAsDouble(row) / what.applyAsDouble(ours))
                .orElse(Double.NaN);
        return Double.isFinite(ratio) ? String.format(Locale.ROOT, "%.2f", ratio) : NONE;
    }

    private Optional<Measured> base(Measured row) {
        List<Measured> ours = all.stream()
                .filter(one -> one.className().equals(row.className())
                        && one.method().equals(row.method())
                        && others(one).equals(others(row))
                        && contender(one).orElse("").startsWith(OURS))
                .toList();
        return ours.stream()
                .filter(one -> contender(one).orElse("").equals(OURS))
                .findFirst()
                .or(() -> ours.stream().findFirst());
    }

    /** Less than half a byte is what the profiler itself allocates. */
    private static double whole(double bytes) {
        return bytes < 0.5 ? 0 : bytes;
    }

    /** Three digits that tell something. */
    private static String number(double value) {
        if (Double.isNaN(value)) {
            return NONE;
        }
        double size = Math.abs(value);
        if (size < 0.0005) {
            return "0";
        }
        if (size >= A_MILLION) {
            return String.format(Locale.ROOT, "%.1f M", value / A_MILLION);
        }
        return String.format(Locale.ROOT, size < 1 ? "%.3f" : size < 10 ? "%.2f" : size < 100 ? "%.1f" : "%.0f", value);
    }
}
