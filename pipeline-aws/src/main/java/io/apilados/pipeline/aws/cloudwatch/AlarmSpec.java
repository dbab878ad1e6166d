// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import software.amazon.awssdk.services.cloudwatch.model.ComparisonOperator;
import software.amazon.awssdk.services.cloudwatch.model.PutMetricAlarmRequest;

/**
 * An alarm as data: a metric that is beyond a threshold for some periods in a row. Immutable.
 *
 * <p>Source of the rules: {@code PutMetricAlarm} in CloudWatch's API reference.
 *
 * @param name unique in account and region, at most 255 characters
 * @param description what it means and what to do, at most 1,024 characters
 * @param metric what is looked at
 * @param period of one point: whole minutes
 * @param evaluationPeriods points in a row that have to be beyond the threshold, 1 or more; all of them within a week
 * @param comparison which side of the threshold is beyond
 * @param threshold in the metric's unit
 * @param missingData what a point without data is taken for
 * @param actions ARNs of what is told, such as an SNS topic; at most 5
 */
public record AlarmSpec(
        String name,
        String description,
        MetricSpec metric,
        Duration period,
        int evaluationPeriods,
        ComparisonOperator comparison,
        double threshold,
        MissingData missingData,
        List<String> actions) {

    private static final Duration LONGEST = Duration.ofDays(7);
    private static final int MOST_ACTIONS = 5;

    private static final Set<ComparisonOperator> COMPARISONS = Set.of(
            ComparisonOperator.GREATER_THAN_THRESHOLD,
            ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            ComparisonOperator.LESS_THAN_THRESHOLD,
            ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD);

    /** What a point without data is taken for. */
    public enum MissingData {
        /** For a good one: where nothing happening is no news. */
        NOT_BREACHING("notBreaching"),
        /** For a bad one: where data have to come. */
        BREACHING("breaching"),
        /** For nothing: the points before it count. */
        MISSING("missing"),
        /** For no reason to leave the state that the alarm is in. */
        IGNORE("ignore");

        private final String word;

        MissingData(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    public AlarmSpec {
        if (name.isBlank() || name.length() > 255) {
            throw new IllegalArgumentException("name was '" + name + "' but an alarm's name has 1 to 255 characters");
        }
        if (description.length() > 1024) {
            throw new IllegalArgumentException("the description of " + name + " had " + description.length()
                    + " characters but it may have 1,024");
        }
        Objects.requireNonNull(metric, "metric");
        if (period.toSeconds() < 60 || period.toSeconds() % 60 != 0 || period.getNano() != 0) {
            throw new IllegalArgumentException(
                    "the period of " + name + " was " + period + " but it must be whole minutes");
        }
        if (evaluationPeriods < 1 || period.multipliedBy(evaluationPeriods).compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(name + " had " + evaluationPeriods + " periods of " + period
                    + " but there must be 1 or more, within a week");
        }
        if (!COMPARISONS.contains(comparison)) {
            throw new IllegalArgumentException(
                    "the comparison of " + name + " was " + comparison + " but it must be one of " + COMPARISONS);
        }
        if (!Double.isFinite(threshold)) {
            throw new IllegalArgumentException(
                    "the threshold of " + name + " was " + threshold + " but it must be finite");
        }
        Objects.requireNonNull(missingData, "missingData");
        actions = List.copyOf(actions);
        if (actions.size() > MOST_ACTIONS) {
            throw new IllegalArgumentException(
                    name + " had " + actions.size() + " actions but there may be at most " + MOST_ACTIONS);
        }
    }

    PutMetricAlarmRequest toRequest() {
        return PutMetricAlarmRequest.builder()
                .alarmName(name)
                .alarmDescription(description)
                .namespace(metric.namespace())
                .metricName(metric.name())
                .dimensions(MetricDataRequests.dimensions(metric.dimensions()))
                .statistic(metric.statistic())
                .period(Math.toIntExact(period.toSeconds()))
                .evaluationPeriods(evaluationPeriods)
                .comparisonOperator(comparison)
                .threshold(threshold)
                .treatMissingData(missingData.word())
                .actionsEnabled(true)
                .alarmActions(actions)
                .build();
    }
}
