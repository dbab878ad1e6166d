// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import io.apilados.pipeline.aws.internal.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A dashboard as data: widgets with metrics, two in a row. Immutable.
 *
 * <p>Source of the structure and the limits: "Dashboard Body Structure and Syntax" in CloudWatch's documentation.
 *
 * @param name letters, digits, hyphens and underscores, at most 255
 * @param widgets at most {@value #MOST_WIDGETS}, in the order they are read
 */
public record DashboardSpec(String name, List<Widget> widgets) {

    /** Widgets of one dashboard, at the most: {@value}. */
    public static final int MOST_WIDGETS = 500;

    private static final int WIDTH = 12;
    private static final int HEIGHT = 6;

    /**
     * A chart of some metrics over time.
     *
     * @param title what stands above it
     * @param period the time of one point, whole minutes
     * @param metrics 1 to 500
     */
    public record Widget(String title, Duration period, List<MetricSpec> metrics) {
        public Widget {
            metrics = List.copyOf(metrics);
            if (title.isBlank() || metrics.isEmpty() || metrics.size() > 500) {
                throw new IllegalArgumentException("a widget with the title '" + title + "' had " + metrics.size()
                        + " metrics but it must have a title and 1 to 500 metrics");
            }
            if (period.isNegative() || period.isZero() || period.toSeconds() % 60 != 0 || period.getNano() != 0) {
                throw new IllegalArgumentException(
                        "the period of widget '" + title + "' was " + period + " but it must be whole minutes");
            }
        }
    }

    public DashboardSpec {
        if (!name.matches("[A-Za-z0-9_-]{1,255}")) {
            throw new IllegalArgumentException("name was '" + name
                    + "' but a dashboard's name is 1 to 255 letters, digits, hyphens and underscores");
        }
        widgets = List.copyOf(widgets);
        if (widgets.size() > MOST_WIDGETS) {
            throw new IllegalArgumentException(widgets.size() + " widgets but a dashboard has at most " + MOST_WIDGETS);
        }
    }

    /**
     * The body that CloudWatch takes.
     *
     * @param region where the metrics are, such as {@code us-east-1}
     */
    public String toJson(String region) {
        List<Object> all = new ArrayList<>();
        for (int i = 0; i < widgets.size(); i++) {
            all.add(widget(widgets.get(i), i, region));
        }
        return Json.writePretty(Map.of("widgets", all));
    }

    private static Map<String, @Nullable Object> widget(Widget widget, int place, String region) {
        Map<String, @Nullable Object> properties = new LinkedHashMap<>();
        properties.put("title", widget.title());
        properties.put("view", "timeSeries");
        properties.put("region", region);
        properties.put("period", widget.period().toSeconds());
        properties.put(
                "metrics", widget.metrics().stream().map(DashboardSpec::metric).toList());
        Map<String, @Nullable Object> outer = new LinkedHashMap<>();
        outer.put("type", "metric");
        outer.put("x", place % 2 * WIDTH);
        outer.put("y", place / 2 * HEIGHT);
        outer.put("width", WIDTH);
        outer.put("height", HEIGHT);
        outer.put("properties", properties);
        return outer;
    }

    /** Namespace, name, then names and values of dimensions in turns, then how it is shown. */
    private static List<Object> metric(MetricSpec metric) {
        List<Object> row = new ArrayList<>(List.of(metric.namespace(), metric.name()));
        metric.dimensions().forEach((name, value) -> {
            row.add(name);
            row.add(value);
        });
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("stat", metric.statistic().toString());
        shown.put("label", metric.label());
        row.add(shown);
        return row;
    }
}
