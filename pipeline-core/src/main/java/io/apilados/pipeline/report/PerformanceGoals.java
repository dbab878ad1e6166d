// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.report.GoalVerdict.Goal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a run is to reach. For each goal there is a target and a value from which on it is critical. By default:
 *
 * <table>
 * <caption>The defaults</caption>
 * <tr><th>goal<th>target<th>critical
 * <tr><td>execution time<td>at most 5 min<td>over 10 min
 * <tr><td>memory<td>at most 70 %<td>over 85 %
 * <tr><td>success rate<td>at least 99 %<td>under 95 %
 * <tr><td>API response, 95 % of the requests<td>at most 500 ms<td>over 2,000 ms
 * <tr><td>cost of 1,000 records<td>at most 0.10 USD<td>over 0.25 USD
 * </table>
 *
 * <p>Immutable; each setter gives another value. What is not known is not judged: memory without a monitor, and the cost
 * as long as nobody says how to reckon it.
 */
public final class PerformanceGoals {

    private static final PerformanceGoals DEFAULTS = new PerformanceGoals(
            Map.of(
                    Goal.EXECUTION_TIME, new Marks(300, 600),
                    Goal.MEMORY, new Marks(0.70, 0.85),
                    Goal.SUCCESS_RATE, new Marks(0.99, 0.95),
                    Goal.API_RESPONSE, new Marks(500, 2000),
                    Goal.COST_PER_THOUSAND, new Marks(0.10, 0.25)),
            null);

    private final Map<Goal, Marks> marks;

    /** Null if nobody says how to reckon it. */
    private final @Nullable Function<RunReport, @Nullable Double> costPerThousand;

    private record Marks(double target, double critical) {}

    private PerformanceGoals(Map<Goal, Marks> marks, @Nullable Function<RunReport, @Nullable Double> costPerThousand) {
        this.marks = new EnumMap<>(marks);
        this.costPerThousand = costPerThousand;
    }

    /** The table above. */
    public static PerformanceGoals ofDefaults() {
        return DEFAULTS;
    }

    /** The goals that these verdicts were given by; of what was reckoned, the results. */
    static PerformanceGoals of(List<GoalVerdict> verdicts) {
        Map<Goal, Marks> marks = new EnumMap<>(Goal.class);
        for (GoalVerdict verdict : verdicts) {
            marks.put(verdict.goal(), new Marks(verdict.target(), verdict.critical()));
        }
        return new PerformanceGoals(marks.isEmpty() ? DEFAULTS.marks : marks, null);
    }

    /**
     * How long a run may take.
     *
     * @throws IllegalArgumentException unless {@code 0 < target <= critical}
     */
    public PerformanceGoals executionTime(Duration target, Duration critical) {
        return with(Goal.EXECUTION_TIME, seconds(target), seconds(critical), Double.MAX_VALUE);
    }

    /**
     * Which share of the memory may be in use for long: the live set of what the heap can hold, or the resident set of the
     * container's limit.
     *
     * @throws IllegalArgumentException unless {@code 0 < target <= critical <= 1}
     */
    public PerformanceGoals memory(double target, double critical) {
        return with(Goal.MEMORY, target, critical, 1);
    }

    /**
     * Which share of the records that were to be delivered has to arrive; filtered ones do not count.
     *
     * @throws IllegalArgumentException unless {@code 0 < critical <= target <= 1}
     */
    public PerformanceGoals successRate(double target, double critical) {
        return with(Goal.SUCCESS_RATE, target, critical, 1);
    }

    /**
     * How long 95 % of the requests may take at most.
     *
     * @throws IllegalArgumentException unless {@code 0 < target <= critical}
     */
    public PerformanceGoals apiResponse(Duration target, Duration critical) {
        return with(Goal.API_RESPONSE, 1000 * seconds(target), 1000 * seconds(critical), Double.MAX_VALUE);
    }

    /**
     * What 1,000 records may cost, in US dollars.
     *
     * @param cost reckons what 1,000 records of a run cost; null, or what is no finite number, or an exception if it cannot
     *     tell
     * @throws IllegalArgumentException unless {@code 0 < target <= critical}
     */
    public PerformanceGoals costPerThousand(
            double target, double critical, Function<RunReport, @Nullable Double> cost) {
        PerformanceGoals changed = with(Goal.COST_PER_THOUSAND, target, critical, Double.MAX_VALUE);
        return new PerformanceGoals(changed.marks, Objects.requireNonNull(cost, "cost"));
    }

    private PerformanceGoals with(Goal goal, double target, double critical, double most) {
        double low = goal.moreIsBetter() ? critical : target;
        double high = goal.moreIsBetter() ? target : critical;
        if (!(low > 0 && low <= high && high <= most)) {
            throw new IllegalArgumentException("the goal " + goal.title() + " had the target " + target
                    + " and was critical from " + critical + " but both must be more than 0"
                    + (most == 1 ? " and at most 1" : "") + ", and the target no worse");
        }
        Map<Goal, Marks> changed = new EnumMap<>(marks);
        changed.put(goal, new Marks(target, critical));
        return new PerformanceGoals(changed, costPerThousand);
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }

    /** How a run did, in the order of the table. */
    public List<GoalVerdict> judge(RunReport report) {
        List<GoalVerdict> verdicts = new ArrayList<>();
        for (Map.Entry<Goal, Marks> entry : marks.entrySet()) {
            Goal goal = entry.getKey();
            Marks mark = entry.getValue();
            verdicts.add(GoalVerdict.of(goal, measured(goal, report), mark.target, mark.critical));
        }
        return List.copyOf(verdicts);
    }

    /** A function that cannot tell, for instance because nothing was delivered, ends no run. */
    private @Nullable Double cost(RunReport report) {
        Function<RunReport, @Nullable Double> reckoning = costPerThousand;
        try {
            return reckoning == null ? null : reckoning.apply(report);
        } catch (RuntimeException e) {
            return null;
        }
    }

    /**
     * How a figure that was measured elsewhere does by one of these goals.
     *
     * @param measured in the goal's unit; null if it is not known
     */
    public GoalVerdict judge(Goal goal, @Nullable Double measured) {
        Marks mark = Objects.requireNonNull(marks.get(goal), () -> "no goal " + goal);
        return GoalVerdict.of(goal, measured, mark.target, mark.critical);
    }

    private @Nullable Double measured(Goal goal, RunReport report) {
        return switch (goal) {
            case EXECUTION_TIME -> report.seconds();
            case MEMORY -> report.memoryShare();
            case SUCCESS_RATE -> report.successRate();
            case API_RESPONSE ->
                report.latencies().count() == 0
                        ? null
                        : report.latencies().percentile(95).toNanos() / 1e6;
            case COST_PER_THOUSAND -> cost(report);
        };
    }
}
