// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.RetryPolicy;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.enrich.CCTsEnricher;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.metrics.PipelineMeter;
import io.apilados.pipeline.metrics.PipelineMeter.Kind;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class MetricsTest {

    private static final int ROWS = 1000;

    private final VirtualScheduler time = new VirtualScheduler();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final CCTsCache cache = CCTsCache.preloaded(catalog());

    private static CCTsCatalog catalog() {
        CCTsCatalog.Builder builder = CCTsCatalog.builder();
        for (int i = 0; i < 100; i++) {
            builder.put(key(i), i);
        }
        return builder.build();
    }

    private static String key(int number) {
        return String.format("%02dDPR%04dV", 1 + number % 32, number);
    }

    /** A tenth of the rows is malformed, and of the rest a tenth has an unknown key; every fifth id is not wanted. */
    private static String csv() {
        StringBuilder text = new StringBuilder("id,cct\n");
        for (int i = 0; i < ROWS; i++) {
            text.append(i).append(',').append(i % 10 == 3 ? "unknown" : key(i % 100));
            text.append(i % 10 == 7 ? ",too many" : "").append('\n');
        }
        return text.toString();
    }

    private PipelineBuilder<JsonRecord> builder(MeterRegistry to, BatchDelivery<JsonRecord> delivery) {
        return Pipeline.from(new TextSource(csv()))
                .parse(CsvParser.withHeader())
                .filter((CsvRow row) -> !row.text("id").endsWith("5"))
                .enrich(CCTsEnricher.lookingUp("cct", cache))
                .batch(BatchSizing.fixed(50))
                .deliver(delivery)
                .concurrency(ConcurrencyController.fixed(4))
                .retry(RetryPolicy.ofDefaults())
                .rejects(RejectedRecords.counting())
                .scheduler(time)
                .metrics(to);
    }

    private double counter(PipelineMeter meter, String... tags) {
        Counter counter = registry.find(meter.meterName()).tags(tags).counter();
        return counter == null ? 0 : counter.count();
    }

    private double gauge(PipelineMeter meter, String... tags) {
        return registry.get(meter.meterName()).tags(tags).gauge().value();
    }

    private RunReport runWithTrouble() {
        int[] calls = {0};
        return builder(registry, batch -> {
                    int call = calls[0]++;
                    if (call % 4 == 1) {
                        return CompletableFuture.completedFuture(DeliveryOutcome.retry("http-500"));
                    }
                    if (call == 6) {
                        return CompletableFuture.failedFuture(new IOException("connection reset"));
                    }
                    CompletableFuture<DeliveryOutcome> later = new CompletableFuture<>();
                    var unused =
                            time.schedule(() -> later.complete(DeliveryOutcome.delivered()), Duration.ofMillis(20));
                    return later;
                })
                .build()
                .run();
    }

    @Test
    void metersSayWhatTheReportSays() {
        RunReport report = runWithTrouble();

        assertThat(report.rejected()).isPositive();
        assertThat(report.filtered()).isPositive();
        assertThat(report.retries()).isPositive();
        assertThat(counter(PipelineMeter.RECORDS_READ)).isEqualTo(report.read()).isEqualTo(ROWS);
        assertThat(counter(PipelineMeter.RECORDS, "outcome", "delivered")).isEqualTo(report.delivered());
        assertThat(counter(PipelineMeter.RECORDS, "outcome", "rejected")).isEqualTo(report.rejected());
        assertThat(counter(PipelineMeter.RECORDS, "outcome", "filtered")).isEqualTo(report.filtered());
        assertThat(counter(PipelineMeter.RECORDS, "outcome", "unsettled")).isZero();
        assertThat(counter(PipelineMeter.REJECTS, "stage", "parse") + counter(PipelineMeter.REJECTS, "stage", "enrich"))
                .isEqualTo(report.rejected());
        assertThat(counter(PipelineMeter.BYTES_READ)).isEqualTo(report.bytesRead() - "id,cct\n".length());
        assertThat(counter(PipelineMeter.RETRIES, "reason", "http-500")
                        + counter(PipelineMeter.RETRIES, "reason", "connection-broken"))
                .isEqualTo(report.retries());
        assertThat(registry.get(PipelineMeter.BATCH_SIZE.meterName()).summary().count())
                .isEqualTo(report.batches());
        assertThat(registry.get(PipelineMeter.BATCH_SIZE.meterName()).summary().totalAmount())
                .isEqualTo(report.delivered());
        assertThat(registry.find(PipelineMeter.REQUEST_DURATION.meterName()).timers().stream()
                        .mapToLong(timer -> timer.count())
                        .sum())
                .isEqualTo(report.requests())
                .isEqualTo(report.latencies().count());
        long looked = report.delivered() + counterOf("enrich");
        assertThat(counter(PipelineMeter.CCT_LOOKUPS, "tier", "all", "result", "hit")
                        + counter(PipelineMeter.CCT_LOOKUPS, "tier", "all", "result", "miss"))
                .isEqualTo(looked);
        assertThat(registry.get(PipelineMeter.RUN_DURATION.meterName())
                        .tag("status", "completed")
                        .timer()
                        .count())
                .isEqualTo(1);
        assertThat(gauge(PipelineMeter.RUNS_ACTIVE)).isZero();
        assertThat(gauge(PipelineMeter.IN_FLIGHT)).isZero();
    }

    private long counterOf(String stage) {
        return (long) counter(PipelineMeter.REJECTS, "stage", stage);
    }

    @Test
    void gaugesSayHowTheRunIsWhileItRuns() {
        List<Map<String, Double>> seen = new ArrayList<>();
        RunReport report = builder(registry, batch -> {
                    CompletableFuture<DeliveryOutcome> later = new CompletableFuture<>();
                    var unused = time.schedule(
                            () -> {
                                Map<String, Double> now = new TreeMap<>();
                                now.put("inflight", gauge(PipelineMeter.IN_FLIGHT));
                                now.put("active", gauge(PipelineMeter.RUNS_ACTIVE));
                                now.put("limit", gauge(PipelineMeter.CONCURRENCY_LIMIT));
                                now.put("size", gauge(PipelineMeter.BATCH_LIMIT));
                                now.put("lag", gauge(PipelineMeter.CHECKPOINT_LAG));
                                now.put("closed", gauge(PipelineMeter.BREAKER_STATE, "state", "closed"));
                                now.put("open", gauge(PipelineMeter.BREAKER_STATE, "state", "open"));
                                now.put("heap", gauge(PipelineMeter.MEMORY_HEAP_USED));
                                seen.add(now);
                                later.complete(DeliveryOutcome.delivered());
                            },
                            Duration.ofMillis(20));
                    return later;
                })
                .build()
                .run();

        assertThat(report.delivered()).isPositive();
        assertThat(seen).allSatisfy(now -> {
            assertThat(now.get("inflight")).isBetween(1.0, 4.0);
            assertThat(now.get("active")).isEqualTo(1);
            assertThat(now.get("limit")).isEqualTo(4);
            assertThat(now.get("size")).isEqualTo(50);
            assertThat(now.get("closed")).isEqualTo(1);
            assertThat(now.get("open")).isZero();
            assertThat(now.get("heap")).isPositive();
        });
        assertThat(seen.stream().mapToDouble(now -> now.get("inflight")).max()).hasValue(4);
        assertThat(seen.get(0).get("lag")).isPositive();
        assertThat(gauge(PipelineMeter.CHECKPOINT_LAG)).isZero();
    }

    @Test
    void whatIsEmittedIsWhatTheTableSaysAndNothingElse() {
        runWithTrouble();

        Map<String, TreeSet<String>> emitted = new TreeMap<>();
        for (Meter meter : registry.getMeters()) {
            PipelineMeter known = known(meter.getId().getName());
            assertThat(meter.getId().getType()).isEqualTo(type(known.kind()));
            assertThat(meter.getId().getDescription()).isEqualTo(known.description());
            assertThat(meter.getId().getBaseUnit()).isEqualTo(known.unit());
            emitted.computeIfAbsent(known.meterName(), unused -> new TreeSet<>())
                    .addAll(meter.getId().getTags().stream()
                            .map(tag -> tag.getKey())
                            .collect(Collectors.toList()));
        }

        Map<String, TreeSet<String>> table = new TreeMap<>();
        for (PipelineMeter meter : PipelineMeter.values()) {
            table.put(meter.meterName(), new TreeSet<>(meter.tags()));
        }
        assertThat(emitted).isEqualTo(table);
    }

    private static PipelineMeter known(String name) {
        for (PipelineMeter meter : PipelineMeter.values()) {
            if (meter.meterName().equals(name)) {
                return meter;
            }
        }
        throw new AssertionError(name + " is emitted and not in the table");
    }

    private static Meter.Type type(Kind kind) {
        return switch (kind) {
            case COUNTER -> Meter.Type.COUNTER;
            case TIMER -> Meter.Type.TIMER;
            case SUMMARY -> Meter.Type.DISTRIBUTION_SUMMARY;
            case GAUGE -> Meter.Type.GAUGE;
        };
    }

    @Test
    void theTableInTheDocsIsTheTable() throws IOException {
        StringBuilder rows = new StringBuilder();
        for (PipelineMeter meter : PipelineMeter.values()) {
            rows.append("| `").append(meter.meterName()).append("` | ");
            rows.append(meter.kind().name().toLowerCase(java.util.Locale.ROOT)).append(" | ");
            rows.append(meter.unit()).append(" | ");
            rows.append(meter.tags().stream().map(tag -> "`" + tag + "`").collect(Collectors.joining(", ")));
            rows.append(meter.tags().isEmpty() ? "| " : " | ")
                    .append(meter.description())
                    .append(" |\n");
        }
        assertThat(Files.readString(Path.of("../docs/metrics.md"), StandardCharsets.UTF_8))
                .contains(rows);
    }

    @Test
    void runsOfSeveralPipelinesAddUpInOneRegistryAndTagsTellThemApart() {
        BatchDelivery<JsonRecord> all = batch -> CompletableFuture.completedFuture(DeliveryOutcome.delivered());
        RunReport first = builder(registry, all).build().run();
        RunReport second = builder(registry, all).build().run();
        assertThat(counter(PipelineMeter.RECORDS, "outcome", "delivered"))
                .isEqualTo(first.delivered() + second.delivered());
        double before = counter(PipelineMeter.CCT_LOOKUPS, "tier", "all", "result", "hit");
        assertThat(before).isEqualTo(cache.statistics().hits());

        Pipeline.from(new TextSource(csv()))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(50))
                .deliver(batch -> CompletableFuture.completedFuture(DeliveryOutcome.delivered()))
                .rejects(RejectedRecords.counting())
                .scheduler(time)
                .metrics(registry, Map.of("pipeline", "other"))
                .build()
                .run();
        assertThat(counter(PipelineMeter.RECORDS_READ, "pipeline", "other")).isEqualTo(ROWS);
    }

    @Test
    void reasonsWithoutEndBecomeFewTimeSeries() {
        int[] calls = {0};
        RunReport report = builder(registry, batch -> {
                    int call = calls[0]++;
                    return CompletableFuture.completedFuture(
                            call % 2 == 0 && call < 300
                                    ? new DeliveryOutcome.Retry("reason-" + call, Duration.ofMillis(1), false, false)
                                    : DeliveryOutcome.delivered());
                })
                .build()
                .run();
        var counters = registry.find(PipelineMeter.RETRIES.meterName()).counters();
        assertThat(counters).hasSizeLessThanOrEqualTo(51);
        assertThat(counters.stream().mapToDouble(Counter::count).sum()).isEqualTo(report.retries());
    }
}
