// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.aws.testing.AwsStub;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.MemoryUsage;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsEnricher;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.testing.ScriptedDelivery;
import io.apilados.pipeline.testing.ScriptedDelivery.Reply;
import io.apilados.pipeline.testing.ScriptedMemoryMonitor;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;

/** Dashboards and alarms ask only for what runs emit, or what Lambda does. */
@Timeout(60)
class DashboardMetricsTest {

    /** Source: "Types of metrics for Lambda functions" in Lambda's documentation; dimension FunctionName. */
    private static final Set<String> OF_LAMBDA = Set.of(
            "Invocations",
            "Errors",
            "DeadLetterErrors",
            "DestinationDeliveryFailures",
            "Throttles",
            "Duration",
            "PostRuntimeExtensionsDuration",
            "IteratorAge",
            "ConcurrentExecutions",
            "ProvisionedConcurrencyInvocations",
            "ProvisionedConcurrencySpilloverInvocations",
            "RecursiveInvocationsDropped");

    /** A metric is its namespace, its name and all of its dimensions. */
    private record Metric(String namespace, String name, Map<String, String> dimensions) {}

    private final VirtualScheduler time = new VirtualScheduler();

    /** A run that fails in every manner that a figure tells of: keys, loads and requests, but in the end completes. */
    private RunReport run(MeterRegistry registry, Runnable inTheMiddle) {
        StringBuilder csv = new StringBuilder("id,cct\n");
        for (int i = 0; i < 2000; i++) {
            csv.append(i).append(",01DPR").append(1000 + i % 700).append("V\n");
        }
        AtomicInteger loads = new AtomicInteger();
        CCTsCache cache = CCTsCache.onDemand(keys -> {
                    if (loads.incrementAndGet() == 1) {
                        throw new IOException("not now");
                    }
                    Map<String, Integer> known = new HashMap<>();
                    keys.stream()
                            .filter(key -> !key.contains("DPR10"))
                            .forEach(key -> known.put(key, key.hashCode() & 0xffff));
                    return known;
                })
                .scheduler(time)
                .build();
        ScriptedMemoryMonitor memory = new ScriptedMemoryMonitor();
        memory.use(new MemoryUsage(
                1, 2, 4, 0, 0, 0, OptionalLong.of(5), OptionalLong.of(10), OptionalLong.of(1), Duration.ZERO, 2, 0));
        AtomicInteger requests = new AtomicInteger();
        return Pipeline.from(new TextSource(csv.toString()))
                .parse(CsvParser.withHeader())
                .enrich(CCTsEnricher.lookingUp("cct", cache))
                .batch(BatchSizing.fixed(50))
                .deliver(new ScriptedDelivery<JsonRecord>(time, batch -> {
                    int request = requests.incrementAndGet();
                    if (request == 10) {
                        inTheMiddle.run();
                    }
                    return Reply.of(
                            request % 10 == 3 ? DeliveryOutcome.retry("http-503") : DeliveryOutcome.delivered());
                }))
                .concurrency(ConcurrencyController.fixed(2))
                .rejects(RejectedRecords.counting())
                .scheduler(time)
                .memory(memory)
                .metrics(registry)
                .listener(RunMetrics.in(registry))
                .build()
                .run();
    }

    private static Set<Metric> asked(PipelineMonitoring monitoring) {
        return Stream.concat(
                        monitoring.dashboard().widgets().stream().flatMap(widget -> widget.metrics().stream()),
                        monitoring.alarms().stream().map(AlarmSpec::metric))
                .map(spec -> new Metric(spec.namespace(), spec.name(), spec.dimensions()))
                .collect(Collectors.toSet());
    }

    @Test
    void aServicesRunEmitsAllThatItsDashboardAndAlarmsAskFor() throws IOException {
        Set<Metric> emitted = new HashSet<>();
        try (AwsStub stub = AwsStub.start();
                CloudWatchClient client = stub.cloudWatchClient()) {
            CloudWatchMeterRegistry registry = CloudWatchMeterRegistry.of(client, "test");
            registry.config().commonTags("Pipeline", "participants");

            RunReport report = run(registry, registry::publish);
            registry.close();

            assertThat(report.delivered()).isPositive();
            assertThat(report.rejected()).isPositive();
            stub.cloudWatch()
                    .data()
                    .forEach(datum -> emitted.add(
                            new Metric(datum.namespace(), datum.name(), new TreeMap<>(datum.dimensions()))));
        }
        assertThat(emitted)
                .containsAll(asked(PipelineMonitoring.ofService("test")
                        .dimension("Pipeline", "participants")
                        .build()));
    }

    @Test
    void aFunctionsRunEmitsAllThatItsDashboardAndAlarmsAskForAndLambdaTheRest() {
        EmfLog log = new EmfLog();
        EmfMeterRegistry registry =
                EmfMeterRegistry.builder("test").output(log.output()).build();
        registry.config().commonTags("Pipeline", "participants");

        run(registry, () -> {});
        registry.flushWithoutGauges();

        Set<Metric> emitted = log.told().stream()
                .map(told -> new Metric(told.namespace(), told.name(), told.dimensions()))
                .collect(Collectors.toSet());
        Set<Metric> asked = asked(PipelineMonitoring.ofFunction("test", "ingest")
                .dimension("Pipeline", "participants")
                .build());
        List<Metric> ofLambda = new ArrayList<>();
        for (Metric metric : asked) {
            if (metric.namespace().equals("AWS/Lambda")) {
                ofLambda.add(metric);
            } else {
                assertThat(emitted).contains(metric);
            }
        }
        assertThat(ofLambda).hasSize(5).allSatisfy(metric -> {
            assertThat(OF_LAMBDA).contains(metric.name());
            assertThat(metric.dimensions()).isEqualTo(Map.of("FunctionName", "ingest"));
        });
    }

    @Test
    void theWidgetsAreThoseOfAPipeline() {
        assertThat(PipelineMonitoring.ofFunction("test", "ingest")
                        .build()
                        .dashboard()
                        .widgets())
                .extracting(widget -> widget.title().replaceAll(":.*", "").replaceAll(" invocations", " performance"))
                .containsOnly("Lambda performance", "Processing", "Cache", "Delivery", "Memory");
    }

    /** Source: "Dashboard Body Structure and Syntax" in CloudWatch's documentation. */
    @Test
    void theBodyHasTheDocumentedStructure() throws IOException {
        for (PipelineMonitoring monitoring : List.of(
                PipelineMonitoring.ofFunction("test", "ingest").build(),
                PipelineMonitoring.ofService("test").dimension("Pipeline", "p").build())) {
            JsonNode body = new ObjectMapper().readTree(monitoring.dashboard().toJson("eu-west-1"));

            assertThat(body.properties()).extracting(Map.Entry::getKey).containsExactly("widgets");
            assertThat(body.path("widgets")).hasSizeBetween(5, 500);
            Set<String> places = new HashSet<>();
            for (JsonNode widget : body.path("widgets")) {
                assertThat(widget.properties())
                        .extracting(Map.Entry::getKey)
                        .containsExactlyInAnyOrder("type", "x", "y", "width", "height", "properties");
                assertThat(widget.path("type").asText()).isEqualTo("metric");
                assertThat(widget.path("x").asInt()).isBetween(0, 23);
                assertThat(widget.path("x").asInt() + widget.path("width").asInt())
                        .isBetween(1, 24);
                assertThat(widget.path("height").asInt()).isBetween(1, 1000);
                assertThat(places.add(widget.path("x") + "," + widget.path("y")))
                        .isTrue();
                JsonNode properties = widget.path("properties");
                assertThat(properties.properties())
                        .extracting(Map.Entry::getKey)
                        .containsExactlyInAnyOrder("title", "view", "region", "period", "metrics");
                assertThat(properties.path("view").asText()).isIn("timeSeries", "singleValue", "gauge", "bar", "pie");
                assertThat(properties.path("region").asText()).isEqualTo("eu-west-1");
                assertThat(properties.path("period").asInt() % 60).isZero();
                assertThat(properties.path("metrics")).hasSizeBetween(1, 500);
                properties.path("metrics").forEach(DashboardMetricsTest::assertRow);
            }
        }
    }

    /** Namespace, name, pairs of dimensions, and last how it is shown. */
    private static void assertRow(JsonNode row) {
        assertThat(row.isArray()).isTrue();
        assertThat(row.size() % 2).as(row.toString()).isEqualTo(1);
        for (int i = 0; i < row.size() - 1; i++) {
            assertThat(row.get(i).isTextual()).isTrue();
            assertThat(row.get(i).asText()).isNotBlank();
        }
        JsonNode shown = row.get(row.size() - 1);
        assertThat(shown.properties()).extracting(Map.Entry::getKey).containsExactlyInAnyOrder("stat", "label");
        assertThat(shown.path("stat").asText()).isIn("SampleCount", "Average", "Sum", "Minimum", "Maximum");
    }
}
