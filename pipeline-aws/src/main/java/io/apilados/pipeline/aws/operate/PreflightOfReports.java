// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import io.apilados.pipeline.aws.operate.PreflightCheck.Given;
import io.apilados.pipeline.aws.operate.PreflightCheck.Outcome;
import io.apilados.pipeline.report.Comparison;
import io.apilados.pipeline.report.GoalVerdict;
import io.apilados.pipeline.report.GoalVerdict.Goal;
import io.apilados.pipeline.report.GoalVerdict.Verdict;
import io.apilados.pipeline.report.PerformanceGoals;
import io.apilados.pipeline.report.PerformanceReport;
import io.apilados.pipeline.report.Recommendation;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunTimeline.Point;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;

/** What reports tell: of a run, of performance tests, of cost. */
record PreflightOfReports(Given given, Instant now) {

    private static final Duration A_MONTH = Duration.ofDays(31);

    /** The batch size counts as held at its largest if it was there more often than this. */
    private static final double OFTEN = 0.5;

    /** As caches that were chosen say so in their notes: with the memory that there was, or with a reason. */
    private static final Pattern CHOSEN = Pattern.compile("catalog (preloaded: .* available|on demand \\(.*\\)).*");

    private static final Pattern CATALOG = Pattern.compile("catalog (preloaded|on demand).*");

    private static final Outcome NO_RUN = Outcome.unknown("no report of a run was handed in");
    private static final Outcome NO_TEST = Outcome.unknown("no report of a performance test was handed in");

    private Outcome ofRun(Function<RunReport, Outcome> look) {
        RunReport run = given.run();
        return run == null ? NO_RUN : look.apply(run);
    }

    Outcome batchSize() {
        return ofRun(run -> {
            String batch = run.settings().getOrDefault("batch", "");
            String[] sizes = batch.split(":");
            List<Point> points = run.timeline().points();
            if (sizes.length != 3 || points.isEmpty()) {
                return Outcome.unknown("the report does not tell of batch sizes");
            }
            if (sizes[0].equals(sizes[2])) {
                return Outcome.fail("the batch size is fixed at " + sizes[0]);
            }
            long atLargest = points.stream()
                    .filter(point -> Integer.toString(point.batchSize()).equals(sizes[2]))
                    .count();
            double share = (double) atLargest / points.size();
            return Outcome.when(
                    share <= OFTEN,
                    String.format(Locale.ROOT, "sizes %s, at its largest in %.0f %% of the run", batch, 100 * share));
        });
    }

    Outcome catalogMode() {
        return ofRun(run -> run.notes().stream()
                .filter(note -> CATALOG.matcher(note).matches())
                .findFirst()
                .map(note -> Outcome.when(CHOSEN.matcher(note).matches(), note))
                .orElseGet(() -> Outcome.unknown("the report does not tell of a catalog")));
    }

    Outcome leakDetection() {
        return ofRun(run -> {
            Double share = run.memoryShare();
            return share == null
                    ? Outcome.fail("nobody watched the memory of the run; give the pipeline a MemoryMonitor")
                    : Outcome.pass(String.format(
                            Locale.ROOT, "memory was watched: at most %.0f %% in use for long", 100 * share));
        });
    }

    Outcome memoryUsage() {
        return ofRun(run -> byGoal(goalOf(run, Goal.MEMORY)));
    }

    Outcome apiEfficiency() {
        return ofRun(run -> byGoal(goalOf(run, Goal.API_RESPONSE)));
    }

    private static GoalVerdict goalOf(RunReport run, Goal goal) {
        RunReport judged = run.verdicts().isEmpty() ? run.judgedBy(PerformanceGoals.ofDefaults()) : run;
        return judged.verdicts().stream()
                .filter(verdict -> verdict.goal() == goal)
                .findFirst()
                .orElseGet(() -> PerformanceGoals.ofDefaults().judge(goal, null));
    }

    private static Outcome byGoal(GoalVerdict verdict) {
        String evidence = verdict.goal().title() + " " + verdict.measured() + " "
                + verdict.goal().unit() + ", target " + verdict.target() + ", critical " + verdict.critical();
        return verdict.verdict() == Verdict.UNKNOWN
                ? Outcome.unknown(verdict.goal().title() + " was not measured")
                : Outcome.when(verdict.verdict() == Verdict.MET, evidence);
    }

    Outcome cost() {
        CostEstimate cost = given.cost();
        return cost == null
                ? Outcome.unknown("no cost estimate was handed in")
                : byGoal(cost.judgedBy(PerformanceGoals.ofDefaults()));
    }

    Outcome performanceTests() {
        PerformanceReport last = given.performance();
        if (last == null) {
            return NO_TEST;
        }
        long days = Duration.between(last.measuredAt(), now).toDays();
        return Outcome.when(
                days <= A_MONTH.toDays(), "the last test was " + days + " days ago, at " + last.measuredAt());
    }

    Outcome throughput() {
        PerformanceReport last = given.performance();
        PerformanceReport before = given.baseline();
        if (last == null || before == null) {
            return Outcome.unknown("two reports of performance tests are needed: the last, and its baseline");
        }
        Comparison comparison = last.compare(before);
        String evidence = comparison.toText();
        return switch (comparison.verdict()) {
            case SLOWER -> Outcome.fail(evidence);
            case FASTER, NO_DIFFERENCE -> Outcome.pass(evidence);
            case INCONCLUSIVE -> Outcome.unknown(evidence);
        };
    }

    Outcome regressionTest() {
        PerformanceReport last = given.performance();
        PerformanceReport before = given.baseline();
        if (last == null) {
            return NO_TEST;
        }
        return Outcome.when(
                before != null,
                before == null
                        ? "the test of " + last.measuredAt() + " has no baseline"
                        : "the test of " + last.measuredAt() + " is compared with that of " + before.measuredAt());
    }

    Outcome batchTuning() {
        PerformanceReport last = given.performance();
        if (last == null) {
            return NO_TEST;
        }
        return last.recommendations().stream()
                .filter(recommendation -> recommendation.title().contains("batch"))
                .findFirst()
                .map(PreflightOfReports::advised)
                .orElseGet(() -> Outcome.pass("the performance test of " + last.measuredAt() + " found nothing"));
    }

    private static Outcome advised(Recommendation recommendation) {
        return Outcome.fail(recommendation.title() + ": " + recommendation.evidence() + "; " + recommendation.advice());
    }
}
