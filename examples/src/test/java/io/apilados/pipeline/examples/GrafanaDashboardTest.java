// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.enrich.CCTsEnricher;
import io.apilados.pipeline.metrics.PipelineMeter;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.source.ByteSource;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard asks for what a run gives to Prometheus, and for all of it. */
class GrafanaDashboardTest {

    private static final Path DASHBOARD = Path.of("../docs/grafana-dashboard.json");
    private static final Pattern METRIC = Pattern.compile("(pipeline_\\w+)\\{([^}]*)}");
    private static final Pattern LABEL = Pattern.compile("(\\w+)(?:=~|!=|=)");
    private static final Pattern BY = Pattern.compile("by \\((\\w+)\\)");

    @TempDir
    private Path folder;

    /** The names that a scrape has, and the labels of each. */
    private Map<String, Set<String>> scraped() throws IOException {
        SampleData data = new SampleData(500);
        data.writeCatalog(folder.resolve("catalog.csv"));
        data.writeParticipants(folder.resolve("participants.csv"), 5_000);
        CCTsCatalog catalog = CCTsCatalog.load(ByteSource.file(folder.resolve("catalog.csv")));
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        AtomicInteger calls = new AtomicInteger();
        Pipeline.from(ByteSource.file(folder.resolve("participants.csv")))
                .parse(CsvParser.withHeader())
                .enrich(CCTsEnricher.lookingUp("cct", CCTsCache.preloaded(catalog)))
                .batch(BatchSizing.fixed(100))
                .deliver(batch -> CompletableFuture.completedFuture(
                        calls.incrementAndGet() == 3 ? DeliveryOutcome.retry("http-500") : DeliveryOutcome.delivered()))
                .rejects(RejectedRecords.counting())
                .metrics(registry)
                .build()
                .run();
        Map<String, Set<String>> names = new HashMap<>();
        Pattern line = Pattern.compile("(\\w+)(?:\\{(.*)})? .*");
        registry.scrape().lines().filter(text -> !text.startsWith("#")).forEach(text -> {
            Matcher sample = line.matcher(text);
            assertThat(sample.matches()).as(text).isTrue();
            Set<String> labels = names.computeIfAbsent(sample.group(1), unused -> new HashSet<>());
            Matcher label = LABEL.matcher(sample.group(2) == null ? "" : sample.group(2));
            while (label.find()) {
                labels.add(label.group(1));
            }
        });
        return names;
    }

    private static List<String> expressions() throws IOException {
        List<String> expressions = new ArrayList<>();
        try (JsonParser json = new JsonFactory().createParser(Files.readString(DASHBOARD))) {
            while (json.nextToken() != null) {
                if (json.currentToken() == JsonToken.FIELD_NAME
                        && json.currentName().equals("expr")) {
                    json.nextToken();
                    expressions.add(json.getText());
                }
            }
        }
        return expressions;
    }

    @Test
    void asksForWhatRunsEmitAndForAllOfIt() throws IOException {
        Map<String, Set<String>> scraped = scraped();
        Set<String> asked = new TreeSet<>();
        for (String expression : expressions()) {
            Matcher metric = METRIC.matcher(expression);
            int found = 0;
            while (metric.find()) {
                found++;
                String name = metric.group(1);
                asked.add(name);
                assertThat(scraped).as(expression).containsKey(name);
                Matcher label = LABEL.matcher(metric.group(2));
                while (label.find()) {
                    if (!label.group(1).equals("job")) {
                        assertThat(scraped.get(name)).as(expression).contains(label.group(1));
                    }
                }
                Matcher by = BY.matcher(expression);
                while (by.find()) {
                    assertThat(scraped.get(name)).as(expression).contains(by.group(1));
                }
            }
            assertThat(found).as(expression).isPositive();
        }
        for (PipelineMeter meter : PipelineMeter.values()) {
            String prefix = meter.meterName().replace('.', '_');
            assertThat(asked).as(meter.meterName()).anyMatch(name -> name.startsWith(prefix));
        }
    }
}
