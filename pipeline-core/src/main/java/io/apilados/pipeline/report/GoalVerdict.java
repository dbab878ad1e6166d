// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a run did by one of its {@link PerformanceGoals}. Immutable.
 *
 * @param goal which one
 * @param verdict how it did
 * @param measured what was measured, in the goal's unit; null if it is not known
 * @param target at least as good is {@link Verdict#MET}
 * @param critical worse is {@link Verdict#CRITICAL}
 */
public record GoalVerdict(
        Goal goal, Verdict verdict, @Nullable Double measured, double target, double critical) {

    /** What is judged. */
    public enum Goal {
        /** From the opening of the source to the end, in seconds. */
        EXECUTION_TIME("execution time", "s", false),
        /** The largest share of the memory that was in use for long, from 0 to 1. */
        MEMORY("memory", "", false),
        /** Delivered records as a share of those that were to be, from 0 to 1. */
        SUCCESS_RATE("success rate", "", true),
        /** What 95 % of the requests took at most, in milliseconds. */
        API_RESPONSE("API response", "ms", false),
        /** US dollars. */
        COST_PER_THOUSAND("cost of 1,000 records", "USD", false);

        private final String title;
        private final String unit;
        private final boolean moreIsBetter;

        Goal(String title, String unit, boolean moreIsBetter) {
            this.title = title;
            this.unit = unit;
            this.moreIsBetter = moreIsBetter;
        }

        /** For people. */
        public String title() {
            return title;
        }

        /** What it is measured in; empty for a share from 0 to 1. */
        public String unit() {
            return unit;
        }

        /** Whether more is better. */
        public boolean moreIsBetter() {
            return moreIsBetter;
        }
    }

    /** How it did. */
    public enum Verdict {
        /** As good as the target, or better. */
        MET,
        /** Worse than the target. */
        MISSED,
        /** Worse than what is critical. */
        CRITICAL,
        /** Not known. */
        UNKNOWN
    }

    public GoalVerdict {
        Objects.requireNonNull(goal, "goal");
        Objects.requireNonNull(verdict, "verdict");
    }

    static GoalVerdict of(Goal goal, @Nullable Double measured, double target, double critical) {
        Double known = measured == null || Double.isFinite(measured) ? measured : null;
        return new GoalVerdict(goal, judge(goal, known, target, critical), known, target, critical);
    }

    private static Verdict judge(Goal goal, @Nullable Double measured, double target, double critical) {
        if (measured == null) {
            return Verdict.UNKNOWN;
        }
        int sign = goal.moreIsBetter() ? -1 : 1;
        if (sign * measured <= sign * target) {
            return Verdict.MET;
        }
        return sign * measured <= sign * critical ? Verdict.MISSED : Verdict.CRITICAL;
    }
}
