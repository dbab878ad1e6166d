// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.checkpoint.CheckpointStore;
import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.RetryPolicy;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.testing.ChaosApi;
import io.apilados.pipeline.http.testing.ChaosApiProcess;
import io.apilados.pipeline.http.testing.ChaosBooks;
import io.apilados.pipeline.http.testing.ChaosPlan;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.testing.TextSource;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** A whole run against an API that misbehaves, and what the API's books and the run's own say of it. */
record ChaosRun(RunReport report, ChaosBooks books, Set<String> good, Set<String> bad, List<String> rejected) {

    /** One record in so many is bad. */
    private static final int RECORDS_TO_A_BAD_ONE = 400;

    private static final Duration TIMEOUT = Duration.ofMillis(600);

    /** The one place that says how the API is called. */
    private static HttpDelivery.Builder<JsonRecord> delivery(URI uri) {
        return HttpDelivery.to(uri)
                .timeout(TIMEOUT)
                .maxConnections(10)
                .items(ItemOutcomes.statusesInOrder("/results", "/status"))
                .followRedirects(3);
    }

    static ChaosRun play(
            ChaosApiProcess api, ChaosPlan plan, int records, ConcurrencyController concurrency, Path checkpoints)
            throws IOException {
        api.play(plan);
        List<String> ids = IntStream.rangeClosed(1, records)
                .mapToObj(i -> (i % RECORDS_TO_A_BAD_ONE == 1 ? ChaosApi.BAD : "good") + i)
                .toList();
        Set<String> bad = new TreeSet<>(
                ids.stream().filter(id -> id.startsWith(ChaosApi.BAD)).toList());
        Set<String> good = new TreeSet<>(ids);
        good.removeAll(bad);
        RejectedIds rejects = new RejectedIds();
        RunReport report;
        try (HttpDelivery<JsonRecord> delivery = delivery(api.uri()).build()) {
            report = Pipeline.from(new TextSource("id\n" + String.join("\n", ids) + "\n"))
                    .parse(CsvParser.withHeader())
                    .enrich(ChaosRun::json)
                    .batch(BatchSizing.adaptive(10, 40, 60))
                    .deliver(delivery)
                    .concurrency(concurrency)
                    .retry(new RetryPolicy(Duration.ofMillis(5), Duration.ofMillis(50), Duration.ofMinutes(2)))
                    .circuitBreaker(CircuitBreaker.builder()
                            .openTime(Duration.ofMillis(50))
                            .probeLease(TIMEOUT.multipliedBy(2))
                            .build())
                    .rejects(rejects)
                    .checkpoint(CheckpointStore.directory(checkpoints))
                    .build()
                    .run();
        }
        return new ChaosRun(report, api.books(), good, bad, rejects.ids);
    }

    private static JsonRecord json(CsvRow row) {
        return JsonRecord.ofUtf8(("{\"id\":\"" + row.text("id") + "\"}").getBytes(StandardCharsets.UTF_8));
    }

    /** The run completed, each bad record was rejected once, and every promise to the API was kept. */
    ChaosRun assertAccountedFor() {
        assertThat(report.status()).as(report.toText()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.isBalanced()).isTrue();
        assertThat(report.unsettled()).isZero();
        assertThat(report.read()).isEqualTo(good.size() + bad.size());
        assertThat(report.delivered()).isEqualTo(good.size());
        assertThat(report.rejected()).isEqualTo(bad.size());
        assertThat(rejected).containsExactlyInAnyOrderElementsOf(bad);
        assertThat(books.brokenPromises()).as("requests before Retry-After").isZero();
        assertThat(books.reusedKeys()).as("keys used for other records").isZero();
        return this;
    }

    /** Nothing is missing and nothing was applied that should not be. */
    ChaosRun assertNothingLost() {
        assertThat(new TreeSet<>(books.applied().keySet())).isEqualTo(good);
        return this;
    }

    ChaosRun assertNothingTwice() {
        assertThat(books.applied().values()).as("times applied").containsOnly(1);
        return this;
    }

    /** Remembers the ids, which are the first column. */
    private static final class RejectedIds implements RejectedRecords {
        private final List<String> ids = new ArrayList<>();

        @Override
        public void open(byte[] rawHeader, long mark) {
            ids.clear();
        }

        @Override
        public void write(RejectedRecord record) {
            ids.add(new String(record.rawCsv(), StandardCharsets.UTF_8));
        }

        @Override
        public long sync() {
            return 0;
        }

        @Override
        public void close() {
            // There is nothing to let go of.
        }
    }
}
