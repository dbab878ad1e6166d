// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.report.GoalVerdict.Goal;
import io.apilados.pipeline.report.GoalVerdict.Verdict;
import io.apilados.pipeline.testing.ReportSamples;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PerformanceGoalsTest {

    private static Map<Goal, Verdict> verdicts(RunReport report, PerformanceGoals goals) {
        Map<Goal, Verdict> verdicts = new TreeMap<>();
        goals.judge(report).forEach(verdict -> verdicts.put(verdict.goal(), verdict.verdict()));
        return verdicts;
    }

    @Test
    void theDefaultsJudgeByTheirTable() {
        assertThat(verdicts(ReportSamples.completed(60, 1), PerformanceGoals.ofDefaults()))
                .containsEntry(Goal.EXECUTION_TIME, Verdict.MET)
                .containsEntry(Goal.MEMORY, Verdict.MET)
                .containsEntry(Goal.SUCCESS_RATE, Verdict.MET)
                .containsEntry(Goal.API_RESPONSE, Verdict.MET)
                .containsEntry(Goal.COST_PER_THOUSAND, Verdict.UNKNOWN);
        assertThat(verdicts(ReportSamples.completed(301, 1), PerformanceGoals.ofDefaults()))
                .containsEntry(Goal.EXECUTION_TIME, Verdict.MISSED);
        assertThat(verdicts(ReportSamples.completed(601, 1), PerformanceGoals.ofDefaults()))
                .containsEntry(Goal.EXECUTION_TIME, Verdict.CRITICAL);
        // 90 of the 98 that were to arrive did.
        assertThat(verdicts(ReportSamples.stopped(90, "a.csv"), PerformanceGoals.ofDefaults()))
                .containsEntry(Goal.SUCCESS_RATE, Verdict.CRITICAL)
                .containsEntry(Goal.MEMORY, Verdict.UNKNOWN)
                .containsEntry(Goal.API_RESPONSE, Verdict.UNKNOWN);
    }

    @Test
    void aValueAtTheMarkIsOnItsGoodSide() {
        RunReport report = ReportSamples.completed(300, 1);
        assertThat(verdicts(
                        report,
                        PerformanceGoals.ofDefaults()
                                .executionTime(Duration.ofSeconds(300), Duration.ofSeconds(300))
                                .memory(0.42, 0.42)))
                .containsEntry(Goal.EXECUTION_TIME, Verdict.MET)
                .containsEntry(Goal.MEMORY, Verdict.MET);
        assertThat(verdicts(
                        report,
                        PerformanceGoals.ofDefaults()
                                .executionTime(Duration.ofSeconds(200), Duration.ofSeconds(300))
                                .memory(0.30, 0.41)
                                .apiResponse(Duration.ofMillis(1), Duration.ofMillis(200))
                                .successRate(1.0, 0.5)
                                .costPerThousand(0.1, 0.2, ran -> 0.15)))
                .containsEntry(Goal.EXECUTION_TIME, Verdict.MISSED)
                .containsEntry(Goal.MEMORY, Verdict.CRITICAL)
                .containsEntry(Goal.API_RESPONSE, Verdict.MISSED)
                .containsEntry(Goal.SUCCESS_RATE, Verdict.MISSED)
                .containsEntry(Goal.COST_PER_THOUSAND, Verdict.MISSED);
    }

    @Test
    void marksThatMakeNoSenseAreRefused() {
        PerformanceGoals goals = PerformanceGoals.ofDefaults();
        assertThatThrownBy(() -> goals.executionTime(Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("execution time had the target 2.0 and was critical from 1.0");
        assertThatThrownBy(() -> goals.memory(0.8, 1.1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> goals.successRate(0.9, 0.95)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> goals.apiResponse(Duration.ZERO, Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> goals.costPerThousand(Double.NaN, 1, report -> null))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aCostThatCannotBeToldIsNotKnown() throws IOException {
        for (Function<RunReport, @Nullable Double> cost : List.<Function<RunReport, @Nullable Double>>of(
                report -> (double) (1 / report.filtered()), report -> Double.NaN, report -> Double.POSITIVE_INFINITY)) {
            RunReport judged = ReportSamples.completed(60, 1)
                    .judgedBy(PerformanceGoals.ofDefaults().costPerThousand(0.1, 0.25, cost));
            assertThat(judged.verdicts())
                    .filteredOn(verdict -> verdict.goal() == Goal.COST_PER_THOUSAND)
                    .allSatisfy(verdict -> assertThat(verdict.verdict()).isEqualTo(Verdict.UNKNOWN))
                    .hasSize(1);
            assertThat(RunReport.fromJson(judged.toJson())).isEqualTo(judged);
        }
    }
}
