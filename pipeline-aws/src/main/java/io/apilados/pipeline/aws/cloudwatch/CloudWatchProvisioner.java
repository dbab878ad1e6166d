// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import io.apilados.pipeline.aws.cloudwatch.AlarmSpec.MissingData;
import io.apilados.pipeline.aws.cloudwatch.ProvisioningPlan.Action;
import io.apilados.pipeline.aws.cloudwatch.ProvisioningPlan.Change;
import io.apilados.pipeline.aws.internal.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.CloudWatchException;
import software.amazon.awssdk.services.cloudwatch.model.DashboardValidationMessage;
import software.amazon.awssdk.services.cloudwatch.model.Dimension;
import software.amazon.awssdk.services.cloudwatch.model.MetricAlarm;
import software.amazon.awssdk.services.cloudwatch.model.PutMetricAlarmRequest;

/**
 * Puts the dashboard and the alarms of a {@link PipelineMonitoring} into CloudWatch. It looks first at what is there, and
 * writes only what differs: a second time nothing. Other dashboards and alarms are not touched, nor is anything deleted.
 *
 * <p>Needs {@code cloudwatch:GetDashboard}, {@code PutDashboard}, {@code DescribeAlarms} and {@code PutMetricAlarm}. What
 * the client throws goes to the caller, who can call again. Safe for use by many threads. The client stays the caller's.
 */
public final class CloudWatchProvisioner {

    private static final int NOT_FOUND = 404;

    private final CloudWatchClient client;

    private CloudWatchProvisioner(CloudWatchClient client) {
        this.client = client;
    }

    /** For the region of this client. */
    public static CloudWatchProvisioner of(CloudWatchClient client) {
        return new CloudWatchProvisioner(Objects.requireNonNull(client, "client"));
    }

    /** What {@link #apply} would write. Writes nothing. */
    public ProvisioningPlan plan(PipelineMonitoring monitoring) {
        List<Change> changes = new ArrayList<>();
        changes.add(dashboard(monitoring.dashboard()));
        Map<String, MetricAlarm> known = new HashMap<>();
        client.describeAlarms(request -> request.alarmNames(
                        monitoring.alarms().stream().map(AlarmSpec::name).toList()))
                .metricAlarms()
                .forEach(alarm -> known.put(alarm.alarmName(), alarm));
        for (AlarmSpec alarm : monitoring.alarms()) {
            changes.add(alarm(alarm.toRequest(), known.get(alarm.name())));
        }
        return new ProvisioningPlan(changes);
    }

    /**
     * Writes what differs.
     *
     * @return what it wrote
     * @throws IllegalStateException if CloudWatch finds fault with the dashboard; the message says what
     */
    public ProvisioningPlan apply(PipelineMonitoring monitoring) {
        ProvisioningPlan plan = plan(monitoring);
        List<Change> changes = plan.changes();
        if (changes.get(0).action() != Action.NONE) {
            DashboardSpec dashboard = monitoring.dashboard();
            List<DashboardValidationMessage> faults = client.putDashboard(request ->
                            request.dashboardName(dashboard.name()).dashboardBody(dashboard.toJson(region())))
                    .dashboardValidationMessages();
            if (!faults.isEmpty()) {
                throw new IllegalStateException("CloudWatch took the dashboard " + dashboard.name() + " with faults: "
                        + faults.stream()
                                .map(fault -> fault.dataPath() + ": " + fault.message())
                                .toList());
            }
        }
        for (int i = 0; i < monitoring.alarms().size(); i++) {
            if (changes.get(i + 1).action() != Action.NONE) {
                client.putMetricAlarm(monitoring.alarms().get(i).toRequest());
            }
        }
        return plan;
    }

    private String region() {
        return client.serviceClientConfiguration().region().id();
    }

    private Change dashboard(DashboardSpec wanted) {
        String json = wanted.toJson(region());
        String what = "dashboard " + wanted.name();
        String known;
        try {
            known = client.getDashboard(request -> request.dashboardName(wanted.name()))
                    .dashboardBody();
        } catch (CloudWatchException e) {
            if (e.statusCode() != NOT_FOUND) {
                throw e;
            }
            return new Change(what, Action.CREATE, List.of(), json);
        }
        List<String> differences = differences(widgets(known), widgets(json));
        return new Change(what, differences.isEmpty() ? Action.NONE : Action.UPDATE, differences, json);
    }

    /** Everything of a dashboard by where it stands: widgets by their titles. */
    private static Map<String, @Nullable Object> widgets(String body) {
        Map<String, @Nullable Object> parts = new LinkedHashMap<>();
        try {
            Map<String, @Nullable Object> dashboard = Json.readObject(body);
            if (dashboard.remove("widgets") instanceof List<?> widgets) {
                for (Object widget : widgets) {
                    parts.put("widget " + parts.size() + title(widget), widget);
                }
            }
            parts.putAll(dashboard);
        } catch (IOException e) {
            // Whatever it is, it is not what it is to be.
            parts.put("body", "no JSON");
        }
        return parts;
    }

    private static String title(@Nullable Object widget) {
        return widget instanceof Map<?, ?> members && members.get("properties") instanceof Map<?, ?> properties
                ? " '" + properties.get("title") + "'"
                : "";
    }

    private static Change alarm(PutMetricAlarmRequest wanted, @Nullable MetricAlarm known) {
        Map<String, @Nullable Object> described = describe(wanted);
        String json = Json.writePretty(described);
        String what = "alarm " + wanted.alarmName();
        if (known == null) {
            return new Change(what, Action.CREATE, List.of(), json);
        }
        List<String> differences = differences(describe(known), described);
        return new Change(what, differences.isEmpty() ? Action.NONE : Action.UPDATE, differences, json);
    }

    private static List<String> differences(Map<String, @Nullable Object> known, Map<String, @Nullable Object> wanted) {
        List<String> differences = new ArrayList<>();
        wanted.forEach((name, value) -> {
            if (!known.containsKey(name)) {
                differences.add(name + ": is missing");
            } else if (!Objects.equals(known.get(name), value)) {
                boolean isShort = !(value instanceof Map);
                differences.add(name + (isShort ? ": " + known.get(name) + " -> " + value : ": differs"));
            }
        });
        for (String name : known.keySet()) {
            if (!wanted.containsKey(name)) {
                differences.add(name + ": is too many");
            }
        }
        return differences;
    }

    private static Map<String, @Nullable Object> describe(PutMetricAlarmRequest alarm) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("AlarmDescription", alarm.alarmDescription());
        all.put("Namespace", alarm.namespace());
        all.put("MetricName", alarm.metricName());
        all.put("Dimensions", dimensions(alarm.dimensions()));
        all.put("Statistic", alarm.statisticAsString());
        all.put("Period", alarm.period());
        all.put("EvaluationPeriods", alarm.evaluationPeriods());
        all.put("ComparisonOperator", alarm.comparisonOperatorAsString());
        all.put("Threshold", alarm.threshold());
        all.put("TreatMissingData", alarm.treatMissingData());
        all.put("ActionsEnabled", alarm.actionsEnabled());
        all.put("AlarmActions", alarm.alarmActions());
        return all;
    }

    private static Map<String, @Nullable Object> describe(MetricAlarm alarm) {
        Map<String, @Nullable Object> all = describe(PutMetricAlarmRequest.builder()
                .alarmDescription(alarm.alarmDescription())
                .namespace(alarm.namespace())
                .metricName(alarm.metricName())
                .dimensions(alarm.dimensions())
                .statistic(alarm.statistic())
                .period(alarm.period())
                .evaluationPeriods(alarm.evaluationPeriods())
                .comparisonOperator(alarm.comparisonOperator())
                .threshold(alarm.threshold())
                .treatMissingData(
                        alarm.treatMissingData() == null ? MissingData.MISSING.word() : alarm.treatMissingData())
                .actionsEnabled(alarm.actionsEnabled())
                .alarmActions(alarm.alarmActions())
                .build());
        // What ours never have: an alarm that has one of them is another alarm.
        if (alarm.datapointsToAlarm() != null) {
            all.put("DatapointsToAlarm", alarm.datapointsToAlarm());
        }
        if (alarm.extendedStatistic() != null) {
            all.put("ExtendedStatistic", alarm.extendedStatistic());
        }
        if (alarm.hasMetrics() && !alarm.metrics().isEmpty()) {
            all.put("Metrics", alarm.metrics().size());
        }
        if (alarm.unit() != null) {
            all.put("Unit", alarm.unitAsString());
        }
        return all;
    }

    private static Map<String, String> dimensions(List<Dimension> dimensions) {
        Map<String, String> named = new TreeMap<>();
        dimensions.forEach(dimension -> named.put(dimension.name(), dimension.value()));
        return named;
    }
}
