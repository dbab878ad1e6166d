// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.config.NamingConvention;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names, dimensions and units as CloudWatch takes them: names of metrics as they are, all of it in ASCII and no longer than
 * the API's model allows.
 *
 * <p>Source: the API reference of CloudWatch, {@code MetricDatum} and {@code Dimension}.
 */
final class CloudWatchNames implements NamingConvention {

    /** What the namespace of all metrics begins with. */
    static final String NAMESPACE_PREFIX = "Apilados/Pipeline/";

    /** Dimensions of one metric, at the most: {@value}. */
    static final int MOST_DIMENSIONS = 30;

    private static final int LONGEST_NAME = 255;
    private static final int LONGEST_VALUE = 1024;

    /** {@code Apilados/Pipeline/<environment>}. */
    static String namespace(String environment) {
        if (!environment.matches("[A-Za-z0-9._/#-]{1,200}")) {
            throw new IllegalArgumentException("environment was '" + environment
                    + "' but it must be 1 to 200 of the characters A-Z a-z 0-9 . _ / # -, such as production");
        }
        return NAMESPACE_PREFIX + environment;
    }

    @Override
    public String name(String name, Meter.Type type, @Nullable String baseUnit) {
        return ascii(name, LONGEST_NAME);
    }

    @Override
    public String tagKey(String key) {
        String name = ascii(key, LONGEST_NAME);
        return name.startsWith(":") ? "_" + name.substring(1) : name;
    }

    @Override
    public String tagValue(String value) {
        return ascii(value, LONGEST_VALUE);
    }

    private static String ascii(String text, int longest) {
        StringBuilder ascii = new StringBuilder(Math.min(text.length(), longest));
        for (int i = 0; i < text.length() && i < longest; i++) {
            char c = text.charAt(i);
            ascii.append(c >= 0x20 && c < 0x7f ? c : '_');
        }
        return ascii.toString();
    }

    /** Tags as dimensions: without those that are blank, and without those beyond the most that there may be. */
    static Map<String, String> dimensions(List<Tag> tags) {
        Map<String, String> dimensions = new LinkedHashMap<>();
        for (Tag tag : tags) {
            if (!tag.getKey().isBlank() && !tag.getValue().isBlank() && dimensions.size() < MOST_DIMENSIONS) {
                dimensions.put(tag.getKey(), tag.getValue());
            }
        }
        return dimensions;
    }

    /** CloudWatch's word for a unit; things that are counted are a {@code Count}. */
    static String unit(@Nullable String baseUnit) {
        if (baseUnit == null) {
            return "None";
        }
        return switch (baseUnit) {
            case "bytes" -> "Bytes";
            case "percent" -> "Percent";
            case "milliseconds" -> "Milliseconds";
            case "seconds" -> "Seconds";
            case "level" -> "None";
            default -> baseUnit.endsWith("/second") ? "Count/Second" : "Count";
        };
    }
}
