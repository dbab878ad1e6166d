// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.report.GoalVerdict.Goal;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** How a report says numbers to people, in the page as in the text. */
final class ReportWords {

    /** Enough to get rid of what binary fractions leave behind, such as 28.999999999999996 for 29. */
    private static final MathContext EXACT = new MathContext(12, RoundingMode.HALF_EVEN);

    private static final int DIGITS = 4;

    private ReportWords() {}

    static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** What was measured, rounded to four digits so that it never looks better than it was. */
    static String measured(GoalVerdict verdict) {
        Double measured = verdict.measured();
        RoundingMode worse = verdict.goal().moreIsBetter() ? RoundingMode.FLOOR : RoundingMode.CEILING;
        return measured == null ? "not known" : amount(verdict.goal(), measured, worse);
    }

    static String target(GoalVerdict verdict) {
        return (verdict.goal().moreIsBetter() ? "at least " : "at most ")
                + amount(verdict.goal(), verdict.target(), RoundingMode.HALF_EVEN);
    }

    static String critical(GoalVerdict verdict) {
        return (verdict.goal().moreIsBetter() ? "under " : "over ")
                + amount(verdict.goal(), verdict.critical(), RoundingMode.HALF_EVEN);
    }

    private static String amount(Goal goal, double value, RoundingMode rounding) {
        if (!Double.isFinite(value)) {
            return "not known";
        }
        boolean share = goal.unit().isEmpty();
        BigDecimal exact = new BigDecimal(share ? value * 100 : value, EXACT);
        // At a million four digits would be too few to be told apart from rounding by hand.
        int digits = Math.max(DIGITS, exact.precision() - exact.scale());
        BigDecimal rounded = exact.round(new MathContext(digits, rounding)).stripTrailingZeros();
        int decimals = Math.min(12, Math.max(goal.unit().equals("USD") ? 2 : 0, rounded.scale()));
        String plain = Math.abs(value) >= 1e15
                ? String.format(Locale.ROOT, "%.3e", value)
                : String.format(Locale.ROOT, "%,." + decimals + "f", rounded);
        return plain + " " + (share ? "%" : goal.unit());
    }

    static String share(double value) {
        return String.format(Locale.ROOT, "%.1f %%", Math.floor(value * 1000) / 10);
    }

    /** A short time to three digits, a long one to the second. */
    static String time(Duration time) {
        if (time.compareTo(Duration.ofMinutes(2)) < 0) {
            return time.isZero() ? "0 s" : Quantity.SECONDS.text(ChartPoints.seconds(time));
        }
        String clock = time.toMinutesPart() + " min " + time.toSecondsPart() + " s";
        return time.toHours() == 0 ? clock : number(time.toHours()) + " h " + clock;
    }

    static String bytes(long value) {
        return Quantity.BYTES.text(value);
    }

    static String moment(Instant moment) {
        return moment.truncatedTo(ChronoUnit.SECONDS)
                .toString()
                .replace("T", " ")
                .replace("Z", " UTC");
    }

    static String lines(List<Long> lines) {
        return lines.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }
}
