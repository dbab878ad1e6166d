// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.testing;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** CloudWatch: metrics, dashboards and alarms. Safe for use by many threads. */
public final class CloudWatchStub {

    /** Datapoints in one answer, so that pages are turned; the real one has 100,800. */
    private static final int PAGE = 50;

    /** What came with PutMetricData, or was put here by a test. A single value counts once. */
    public record Datum(
            String namespace,
            String name,
            Map<String, String> dimensions,
            Instant time,
            double count,
            double sum,
            double min,
            double max,
            @Nullable String unit) {}

    private final List<Datum> data = new CopyOnWriteArrayList<>();
    private final Map<String, String> dashboards = new ConcurrentHashMap<>();
    private final Map<String, Map<String, @Nullable Object>> alarms = new ConcurrentHashMap<>();

    /** All data, in the order they came. */
    public List<Datum> data() {
        return List.copyOf(data);
    }

    /** A metric of the service itself, such as an invocation's duration. */
    public void put(String namespace, String name, Map<String, String> dimensions, Instant time, double value) {
        data.add(new Datum(namespace, name, dimensions, time, 1, value, value, value, null));
    }

    /** The bodies by name. */
    public Map<String, String> dashboards() {
        return dashboards;
    }

    /** The alarms as they were put, by name. */
    public Map<String, Map<String, @Nullable Object>> alarms() {
        return alarms;
    }

    Reply answer(AwsStub.Call call) {
        Map<String, @Nullable Object> input = call.input();
        return switch (call.operation()) {
            case "PutMetricData" -> putMetricData(input);
            case "GetMetricData" -> getMetricData(input);
            case "PutDashboard" -> {
                dashboards.put(text(input, "DashboardName"), text(input, "DashboardBody"));
                yield Reply.cbor(200, Map.of("DashboardValidationMessages", List.of()));
            }
            case "GetDashboard" -> {
                String name = text(input, "DashboardName");
                String body = dashboards.get(name);
                yield body == null
                        ? Wire.CLOUDWATCH
                                .error(404, "DashboardNotFoundError")
                                .with("x-amzn-query-error", "ResourceNotFound;Sender")
                        : Reply.cbor(200, Map.of("DashboardName", name, "DashboardBody", body));
            }
            case "PutMetricAlarm" -> {
                Map<String, @Nullable Object> alarm = new LinkedHashMap<>(input);
                // As the service has it where nothing is said; and what it says itself, it may leave out.
                alarm.putIfAbsent("ActionsEnabled", true);
                alarm.remove("TreatMissingData", "missing");
                alarms.put(text(input, "AlarmName"), alarm);
                yield Reply.cbor(200, Map.of());
            }
            case "DescribeAlarms" -> {
                List<Object> found = new ArrayList<>();
                for (Object name : (List<?>) Objects.requireNonNull(input.get("AlarmNames"))) {
                    Map<String, @Nullable Object> alarm = alarms.get(String.valueOf(name));
                    if (alarm != null) {
                        found.add(alarm);
                    }
                }
                yield Reply.cbor(200, Map.of("MetricAlarms", found));
            }
            default -> throw new IllegalStateException(call.operation() + " is not stubbed");
        };
    }

    private static String text(Map<String, @Nullable Object> input, String name) {
        return (String) Objects.requireNonNull(input.get(name), name);
    }

    private Reply putMetricData(Map<String, @Nullable Object> input) {
        List<?> given = input.get("MetricData") instanceof List<?> list ? list : List.of();
        if (given.size() > 1000) {
            throw new IllegalStateException(given.size() + " data in one call but at most 1000 may be");
        }
        for (Object element : given) {
            Map<String, @Nullable Object> datum = Wire.strings((Map<?, ?>) element);
            double count = 1;
            double sum;
            double min;
            double max;
            if (datum.get("StatisticValues") instanceof Map<?, ?> set) {
                Map<String, @Nullable Object> values = Wire.strings(set);
                count = number(values, "SampleCount");
                sum = number(values, "Sum");
                min = number(values, "Minimum");
                max = number(values, "Maximum");
                if (datum.containsKey("Value") || !(count > 0) || min > max) {
                    throw new IllegalStateException("no statistic set: " + datum);
                }
            } else {
                sum = min = max = number(datum, "Value");
            }
            data.add(new Datum(
                    text(input, "Namespace"),
                    text(datum, "MetricName"),
                    dimensions(datum.get("Dimensions")),
                    Instant.ofEpochMilli(Math.round(number(datum, "Timestamp") * 1000)),
                    count,
                    sum,
                    min,
                    max,
                    (String) datum.get("Unit")));
        }
        return Reply.cbor(200, Map.of());
    }

    private static double number(Map<String, @Nullable Object> map, String name) {
        return ((Number) Objects.requireNonNull(map.get(name), name)).doubleValue();
    }

    private static Map<String, String> dimensions(@Nullable Object given) {
        Map<String, String> dimensions = new TreeMap<>();
        if (given instanceof List<?> list) {
            for (Object element : list) {
                Map<String, @Nullable Object> dimension = Wire.strings((Map<?, ?>) element);
                dimensions.put(text(dimension, "Name"), text(dimension, "Value"));
            }
        }
        return dimensions;
    }

    /** Single metrics by exact name and dimensions; page by page. */
    private Reply getMetricData(Map<String, @Nullable Object> input) {
        Instant from = Instant.ofEpochMilli(Math.round(number(input, "StartTime") * 1000));
        Instant to = Instant.ofEpochMilli(Math.round(number(input, "EndTime") * 1000));
        int skip = input.get("NextToken") instanceof String token ? Integer.parseInt(token) : 0;
        boolean more = false;
        List<Object> results = new ArrayList<>();
        for (Object element : (List<?>) Objects.requireNonNull(input.get("MetricDataQueries"))) {
            Map<String, @Nullable Object> query = Wire.strings((Map<?, ?>) element);
            Map<String, @Nullable Object> stat =
                    Wire.strings((Map<?, ?>) Objects.requireNonNull(query.get("MetricStat")));
            Map<String, @Nullable Object> metric = Wire.strings((Map<?, ?>) Objects.requireNonNull(stat.get("Metric")));
            long period = (long) number(stat, "Period");
            TreeMap<Instant, List<Datum>> byPeriod = new TreeMap<>(Collections.reverseOrder());
            for (Datum datum : data) {
                if (datum.namespace().equals(metric.get("Namespace"))
                        && datum.name().equals(metric.get("MetricName"))
                        && datum.dimensions().equals(dimensions(metric.get("Dimensions")))
                        && !datum.time().isBefore(from)
                        && datum.time().isBefore(to)) {
                    long start = Math.floorDiv(datum.time().getEpochSecond(), period) * period;
                    byPeriod.computeIfAbsent(Instant.ofEpochSecond(start), unused -> new ArrayList<>())
                            .add(datum);
                }
            }
            List<Object> times = new ArrayList<>();
            List<Object> values = new ArrayList<>();
            int at = 0;
            for (Map.Entry<Instant, List<Datum>> one : byPeriod.entrySet()) {
                if (at >= skip && at < skip + PAGE) {
                    times.add(one.getKey());
                    values.add(statistic(text(stat, "Stat"), one.getValue()));
                }
                at++;
            }
            more |= at > skip + PAGE;
            results.add(
                    Map.of("Id", text(query, "Id"), "StatusCode", "Complete", "Timestamps", times, "Values", values));
        }
        return Reply.cbor(
                200,
                more
                        ? Map.of("MetricDataResults", results, "NextToken", Integer.toString(skip + PAGE))
                        : Map.of("MetricDataResults", results));
    }

    private static double statistic(String stat, List<Datum> data) {
        double count = data.stream().mapToDouble(Datum::count).sum();
        double sum = data.stream().mapToDouble(Datum::sum).sum();
        return switch (stat) {
            case "Sum" -> sum;
            case "SampleCount" -> count;
            case "Average" -> sum / count;
            case "Maximum" -> data.stream().mapToDouble(Datum::max).max().orElseThrow();
            case "Minimum" -> data.stream().mapToDouble(Datum::min).min().orElseThrow();
            default -> throw new IllegalStateException("the statistic " + stat + " is not stubbed");
        };
    }
}
