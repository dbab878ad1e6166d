// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether a performance test went faster or slower than another, and how sure that is. Immutable.
 *
 * <p>The ratio of the speeds is the median of the ratios of every run of one to every run of the other; its interval
 * inverts the rank test of Mann and Whitney. A few disturbed runs move neither much.
 *
 * <p>With the default rule and 20 runs each, in simulations, a run time that is 10 % longer is called slower, and equal
 * ones no different, at least 19 times of 20 each, up to a noise of 6 % (standard deviation of a run), or of 5 % if one run
 * in ten takes 30 % longer besides, or if both become slower by 5 % from the first run to the last. With 10 runs it holds
 * up to 4 %, and without such outliers only. Beyond, {@link Verdict#INCONCLUSIVE} becomes frequent. What differs between
 * the two tests as a whole, such as another machine or another load on it, is no noise of the runs and no interval tells
 * of it: compare on one machine, best by interleaved runs.
 *
 * @param verdict what is to be made of it
 * @param rule how the two were compared
 * @param ratio the speed as a multiple of the baseline's: 0.9 is 10 % slower
 * @param low lower end of the interval; zero if so few runs cannot give the confidence
 * @param high upper end of the interval; infinity if so few runs cannot give the confidence
 * @param notes what else differs between the two, one sentence each
 */
public record Comparison(
        Verdict verdict, ComparisonRule rule, double ratio, double low, double high, List<String> notes) {

    /** What differs between two machines or JVMs. */
    private static final Set<String> ENVIRONMENT = Set.of("java", "processors", "heap");

    /** What is to be made of it. */
    public enum Verdict {
        /** Faster by the smallest effect or more, and the interval excludes that it is not faster. */
        FASTER,
        /** Slower by the smallest effect or more, and the interval excludes that it is not slower. */
        SLOWER,
        /** Neither, and the interval lies within twice the smallest effect. */
        NO_DIFFERENCE,
        /** The runs do not tell: they vary too much, or are too few. Make more of them, or on a quieter machine. */
        INCONCLUSIVE
    }

    public Comparison {
        Objects.requireNonNull(verdict, "verdict");
        Objects.requireNonNull(rule, "rule");
        notes = List.copyOf(notes);
    }

    static Comparison of(PerformanceReport baseline, PerformanceReport candidate, ComparisonRule rule) {
        RankShift shift = RankShift.between(
                logs("baseline", baseline, rule), logs("candidate", candidate, rule), rule.confidence());
        return of(shift, rule, notes(baseline, candidate));
    }

    private static Comparison of(RankShift shift, ComparisonRule rule, List<String> notes) {
        return new Comparison(
                judge(shift, Math.log1p(rule.smallestEffect())),
                rule,
                Math.exp(shift.estimate()),
                Math.exp(shift.low()),
                Math.exp(shift.high()),
                notes);
    }

    /** All in logarithms, so that twice as fast is as far from equal as half as fast. */
    static Verdict judge(RankShift shift, double smallest) {
        if (shift.low() > 0 && shift.estimate() >= smallest) {
            return Verdict.FASTER;
        }
        if (shift.high() < 0 && shift.estimate() <= -smallest) {
            return Verdict.SLOWER;
        }
        return shift.low() >= -2 * smallest && shift.high() <= 2 * smallest
                ? Verdict.NO_DIFFERENCE
                : Verdict.INCONCLUSIVE;
    }

    private static double[] logs(String name, PerformanceReport report, ComparisonRule rule) {
        double[] logs = new double[report.samples().size()];
        for (int i = 0; i < logs.length; i++) {
            Double speed = rule.metric().of(report.samples().get(i));
            if (speed == null) {
                throw new IllegalArgumentException("run " + (i + 1) + " of the " + name + " tells no "
                        + rule.metric().unit() + "; compare by another metric, or by runs that do more");
            }
            logs[i] = Math.log(speed);
        }
        return logs;
    }

    private static List<String> notes(PerformanceReport baseline, PerformanceReport candidate) {
        List<String> notes = new ArrayList<>();
        RunReport from = baseline.medianRun();
        RunReport to = candidate.medianRun();
        if (from.read() != to.read()) {
            notes.add(String.format(Locale.ROOT, "the baseline read %,d records, this %,d", from.read(), to.read()));
        }
        if (!Objects.equals(from.successRate(), to.successRate())) {
            notes.add("the success rate was " + share(from.successRate()) + " and is " + share(to.successRate()));
        }
        to.settings().forEach((name, value) -> {
            String before = from.settings().get(name);
            if (before != null && !before.equals(value)) {
                notes.add((ENVIRONMENT.contains(name) ? "measured on another machine or JVM, " : "") + name + " was "
                        + before + " and is " + value);
            }
        });
        return notes;
    }

    private static String share(@Nullable Double value) {
        return value == null ? "not known" : String.format(Locale.ROOT, "%.2f %%", 100 * value);
    }

    /**
     * For builds: does nothing unless it is slower. {@link Verdict#INCONCLUSIVE} passes; a build that wants to be sure
     * looks at {@link #verdict()}.
     *
     * @throws PerformanceRegressionException if it is {@link Verdict#SLOWER}; its message is {@link #toText()}
     */
    public void throwIfSlower() {
        if (verdict == Verdict.SLOWER) {
            throw new PerformanceRegressionException(this);
        }
    }

    /** For people, on one line. */
    public String toText() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%s: %.3f times the baseline's %s, with %.3g %% confidence from %.3f to %.3f",
                verdict,
                ratio,
                rule.metric().unit(),
                100 * rule.confidence(),
                low,
                high));
        if (verdict == Verdict.INCONCLUSIVE) {
            text.append(String.format(
                    Locale.ROOT,
                    "; too wide to tell a difference of %.3g %%: make more runs, or on a quieter machine",
                    200 * rule.smallestEffect()));
        }
        notes.forEach(note -> text.append("; ").append(note));
        return text.toString();
    }
}
