// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;

/**
 * A log that takes lines in the embedded metric format, and believes none that is not as the specification in the user
 * guide of CloudWatch has it.
 */
final class EmfLog {

    /** The longest event of a log that was ever the limit. */
    private static final int MOST_BYTES = 256 * 1024;

    private static final Set<String> UNITS = Set.of(
            "Seconds",
            "Milliseconds",
            "Microseconds",
            "Bytes",
            "Kilobytes",
            "Megabytes",
            "Percent",
            "Count",
            "Count/Second",
            "Bytes/Second",
            "None");

    private final List<byte[]> writes = new ArrayList<>();

    /** One value of a metric, or the statistics of several. */
    record Told(
            String namespace,
            String name,
            Map<String, String> dimensions,
            String unit,
            long timestamp,
            double count,
            double sum,
            double min,
            double max) {}

    /** What is written here is one event for each call. */
    PrintStream output() {
        return new PrintStream(
                new OutputStream() {
                    @Override
                    public void write(int b) {
                        write(new byte[] {(byte) b}, 0, 1);
                    }

                    @Override
                    public void write(byte[] bytes, int from, int length) {
                        ByteArrayOutputStream copy = new ByteArrayOutputStream();
                        copy.write(bytes, from, length);
                        writes.add(copy.toByteArray());
                    }
                },
                false,
                StandardCharsets.UTF_8);
    }

    int documents() {
        return writes.size();
    }

    void clear() {
        writes.clear();
    }

    /** Everything that was told, in order. */
    List<Told> told() {
        List<Told> told = new ArrayList<>();
        for (byte[] event : writes) {
            read(event, told);
        }
        return told;
    }

    /** What was told of a metric whose dimensions have these values among them. */
    List<Told> told(String name, String... values) {
        return told().stream()
                .filter(t -> t.name().equals(name) && t.dimensions().values().containsAll(List.of(values)))
                .toList();
    }

    double sum(String name, String... values) {
        return told(name, values).stream().mapToDouble(Told::sum).sum();
    }

    private static void read(byte[] event, List<Told> told) {
        String text = new String(event, StandardCharsets.UTF_8);
        assertThat(event).hasSizeLessThan(MOST_BYTES);
        assertThat(text).endsWith("\n").doesNotContain("NaN", "Infinity");
        assertThat(text.indexOf('\n')).isEqualTo(text.length() - 1);
        JsonNode root = JsonNode.parser().parse(text);
        JsonNode metadata = member(root, "_aws");
        long timestamp = Long.parseLong(member(metadata, "Timestamp").asNumber());
        Set<String> referenced = new HashSet<>(Set.of("_aws"));
        for (JsonNode directive : member(metadata, "CloudWatchMetrics").asArray()) {
            String namespace = member(directive, "Namespace").asString();
            assertThat(namespace).matches("Apilados/Pipeline/.{1,200}");
            List<JsonNode> sets = member(directive, "Dimensions").asArray();
            assertThat(sets).hasSize(1);
            Map<String, String> dimensions = dimensions(root, sets.get(0), referenced);
            List<JsonNode> metrics = member(directive, "Metrics").asArray();
            assertThat(metrics).hasSizeBetween(1, 100);
            for (JsonNode metric : metrics) {
                String name = member(metric, "Name").asString();
                String unit = member(metric, "Unit").asString();
                assertThat(referenced.add(name)).as("is there once: " + name).isTrue();
                assertThat(name).matches("[ -~]{1,255}");
                assertThat(UNITS).contains(unit);
                told.add(value(member(root, name), new Told(namespace, name, dimensions, unit, timestamp, 1, 0, 0, 0)));
            }
        }
        assertThat(root.asObject().keySet()).isEqualTo(referenced);
    }

    private static Map<String, String> dimensions(JsonNode root, JsonNode set, Set<String> referenced) {
        assertThat(set.asArray()).hasSizeLessThanOrEqualTo(30);
        Map<String, String> dimensions = new TreeMap<>();
        for (JsonNode key : set.asArray()) {
            String name = key.asString();
            String value = member(root, name).asString();
            assertThat(referenced.add(name)).isTrue();
            assertThat(name).matches("[ -~&&[^:]][ -~]{0,254}").isNotBlank();
            assertThat(value).matches("[ -~]{1,1024}").isNotBlank();
            dimensions.put(name, value);
        }
        return dimensions;
    }

    private static Told value(JsonNode value, Told of) {
        if (value.isNumber()) {
            double number = Double.parseDouble(value.asNumber());
            return with(of, 1, number, number, number);
        }
        assertThat(value.asObject().keySet()).containsExactlyInAnyOrder("Min", "Max", "Sum", "Count");
        return with(of, number(value, "Count"), number(value, "Sum"), number(value, "Min"), number(value, "Max"));
    }

    private static Told with(Told of, double count, double sum, double min, double max) {
        return new Told(of.namespace(), of.name(), of.dimensions(), of.unit(), of.timestamp(), count, sum, min, max);
    }

    private static double number(JsonNode value, String name) {
        return Double.parseDouble(member(value, name).asNumber());
    }

    private static JsonNode member(JsonNode object, String name) {
        return Objects.requireNonNull(object.asObject().get(name), name);
    }
}
