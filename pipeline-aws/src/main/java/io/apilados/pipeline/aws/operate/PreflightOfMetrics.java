// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import io.apilados.pipeline.aws.cloudwatch.CloudWatchProvisioner;
import io.apilados.pipeline.aws.cloudwatch.MetricSpec;
import io.apilados.pipeline.aws.cloudwatch.PipelineMonitoring;
import io.apilados.pipeline.aws.cloudwatch.ProvisioningPlan;
import io.apilados.pipeline.aws.cloudwatch.ProvisioningPlan.Action;
import io.apilados.pipeline.aws.cloudwatch.ProvisioningPlan.Change;
import io.apilados.pipeline.aws.cloudwatch.RunMetric;
import io.apilados.pipeline.aws.operate.CostAnalyzer.RecordsMetric;
import io.apilados.pipeline.aws.operate.PreflightCheck.Given;
import io.apilados.pipeline.aws.operate.PreflightCheck.Outcome;
import io.apilados.pipeline.metrics.PipelineMeter;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.Statistic;

/** What CloudWatch tells, of the last 30 days. */
final class PreflightOfMetrics {

    private static final Duration LOOKED_BACK = Duration.ofDays(30);
    private static final Duration PERIOD = Duration.ofHours(1);
    private static final double GOOD_HIT_RATE = 0.9;
    private static final Outcome NO_METRICS = Outcome.unknown("no monitoring was handed in");

    private final Given given;
    private final Instant now;

    PreflightOfMetrics(Given given, Instant now) {
        this.given = given;
        this.now = now;
    }

    Outcome dashboard() {
        List<Change> changes = changes();
        if (changes == null) {
            return NO_METRICS;
        }
        Change dashboard = changes.get(0);
        return Outcome.when(dashboard.action() == Action.NONE, told(dashboard));
    }

    Outcome alarms() {
        List<Change> changes = changes();
        PipelineMonitoring monitoring = given.monitoring();
        if (changes == null || monitoring == null) {
            return NO_METRICS;
        }
        List<String> wrong = new ArrayList<>();
        for (Change change : changes.subList(1, changes.size())) {
            if (change.action() != Action.NONE) {
                wrong.add(told(change));
            }
        }
        if (monitoring.alarms().stream().anyMatch(alarm -> alarm.actions().isEmpty())) {
            wrong.add("alarms tell nobody: name a topic");
        }
        return Outcome.when(
                wrong.isEmpty(),
                wrong.isEmpty() ? monitoring.alarms().size() + " alarms are there" : String.join("; ", wrong));
    }

    private @Nullable List<Change> changes() {
        CloudWatchClient client = given.cloudWatch();
        PipelineMonitoring monitoring = given.monitoring();
        if (client == null || monitoring == null) {
            return null;
        }
        ProvisioningPlan plan = CloudWatchProvisioner.of(client).plan(monitoring);
        return plan.changes();
    }

    private static String told(Change change) {
        return change.what()
                + switch (change.action()) {
                    case NONE -> " is there";
                    case CREATE -> " is missing";
                    case UPDATE -> " differs: " + String.join(", ", change.differences());
                };
    }

    Outcome costMonitoring() {
        List<Double> records = points(RunMetric.RECORDS_PROCESSED, Statistic.SUM);
        if (records == null) {
            return NO_METRICS;
        }
        PriceBook prices = given.prices();
        String known = prices == null
                ? "; no price book was handed in"
                : "; prices are of " + prices.asOf() + " for " + prices.region();
        return Outcome.when(
                !records.isEmpty() && prices != null,
                String.format(
                                Locale.ROOT,
                                "%,.0f records in 30 days",
                                records.stream()
                                        .mapToDouble(Double::doubleValue)
                                        .sum())
                        + known);
    }

    Outcome memoryTrend() {
        return recorded(RunMetric.MEMORY_UTILIZATION);
    }

    Outcome responseTime() {
        return recorded(RunMetric.REQUEST_P99);
    }

    private Outcome recorded(RunMetric metric) {
        List<Double> points = points(metric, Statistic.MAXIMUM);
        if (points == null) {
            return NO_METRICS;
        }
        String greatest = points.stream()
                .max(Comparator.naturalOrder())
                .map(value -> String.format(Locale.ROOT, ", the greatest %.1f %s", value, metric.unit()))
                .orElse("");
        return Outcome.when(
                !points.isEmpty(),
                metric.metricName() + " has data of " + points.size() + " hours in 30 days" + greatest);
    }

    Outcome answersFromCache() {
        double[] lookups = lookups();
        if (lookups == null) {
            return NO_METRICS;
        }
        return lookups[0] > 0
                ? Outcome.pass(
                        String.format(Locale.ROOT, "%,.0f lookups in 30 days were answered by the cache", lookups[0]))
                : Outcome.unknown(
                        "no lookup of the catalog's cache was counted in 30 days; say by hand what else is cached");
    }

    Outcome cacheHits() {
        double[] lookups = lookups();
        if (lookups == null) {
            return NO_METRICS;
        }
        double all = lookups[0] + lookups[1];
        if (all == 0) {
            return Outcome.unknown("no lookup was counted in 30 days");
        }
        double rate = lookups[0] / all;
        return Outcome.when(
                rate >= GOOD_HIT_RATE,
                String.format(
                        Locale.ROOT,
                        "%.1f %% of %,.0f lookups found their key in 30 days; %.0f %% are wanted",
                        100 * rate,
                        all,
                        100 * GOOD_HIT_RATE));
    }

    /** Hits and misses; null if nobody can be asked. */
    private double @Nullable [] lookups() {
        CloudWatchClient client = given.cloudWatch();
        RecordsMetric where = given.metrics();
        if (client == null || where == null) {
            return null;
        }
        Map<String, MetricSpec> metrics = new HashMap<>();
        for (String result : List.of("hit", "miss")) {
            Map<String, String> dimensions = new HashMap<>(where.dimensions());
            dimensions.put("tier", "all");
            dimensions.put("result", result);
            metrics.put(
                    result,
                    new MetricSpec(
                            where.namespace(),
                            PipelineMeter.CCT_LOOKUPS.meterName(),
                            dimensions,
                            Statistic.SUM,
                            result));
        }
        MetricValues found = values(client, metrics);
        return new double[] {found.sum("hit").doubleValue(), found.sum("miss").doubleValue()};
    }

    private @Nullable List<Double> points(RunMetric metric, Statistic statistic) {
        CloudWatchClient client = given.cloudWatch();
        RecordsMetric where = given.metrics();
        if (client == null || where == null) {
            return null;
        }
        MetricSpec spec = new MetricSpec(
                where.namespace(), metric.metricName(), where.dimensions(), statistic, metric.metricName());
        return values(client, Map.of("points", spec)).of("points");
    }

    private MetricValues values(CloudWatchClient client, Map<String, MetricSpec> metrics) {
        return MetricValues.between(client, now.minus(LOOKED_BACK).truncatedTo(ChronoUnit.HOURS), now, PERIOD, metrics);
    }
}
