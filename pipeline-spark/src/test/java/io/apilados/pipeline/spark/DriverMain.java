// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.checkpoint.SplitStore;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.Resilience;
import io.apilados.pipeline.control.RetryPolicy;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.enrich.CCTsEnricher;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.HttpDelivery;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SplitPlan;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * A driver in a process of its own, with one context for many jobs. Its settings are properties of the machine. It prints
 * {@code ready}, and for each job of its input {@code done} and the report, or {@code failed} and why. Ends with its input.
 */
final class DriverMain {

    private DriverMain() {}

    public static void main(String[] args) throws IOException, ClassNotFoundException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader jobs = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (JavaSparkContext context = new JavaSparkContext(new SparkConf())) {
            out.println("ready");
            for (String line = jobs.readLine(); line != null; line = jobs.readLine()) {
                TestJob job = TestJob.fromLine(line);
                try {
                    SparkPipeline pipeline =
                            SparkPipeline.of(context, spec(job)).splitBytes(job.splitBytes());
                    SplitPlan plan = job.plan();
                    out.println("done "
                            + (plan == null ? pipeline : pipeline.plan(plan))
                                    .run()
                                    .toJson());
                } catch (IOException | RuntimeException e) {
                    e.printStackTrace();
                    out.println("failed " + String.valueOf(e.getMessage()).replace('\n', ' '));
                }
            }
        }
    }

    static PipelineSpec<JsonRecord> spec(TestJob job) throws IOException {
        PipelineSpec.Builder<JsonRecord> spec = PipelineSpec.from(worker -> ByteSource.file(Path.of(job.csv())))
                .<JsonRecord>enrich((rows, worker) ->
                        rows.enrich(CCTsEnricher.lookingUp("cct", CCTsCache.preloaded(worker.catalog()))))
                .batch(BatchSizing.fixed(job.batch()))
                .deliver(worker -> delivery(job))
                .store(worker -> SplitStore.directory(Path.of(job.store())))
                .catalog(CCTsCatalog.load(ByteSource.file(Path.of(job.catalog()))))
                .checkpoint(job.pace())
                .resilience(worker -> Resilience.builder()
                        .rate(worker.rate())
                        .concurrency(ConcurrencyController.fixed(job.concurrency()))
                        .retry(RetryPolicy.ofDefaults().withPatience(Duration.ofSeconds(30)))
                        .build());
        RequestShares shares = job.shares();
        return (shares == null ? spec : spec.shares(shares)).build();
    }

    static BatchDelivery<JsonRecord> delivery(TestJob job) {
        BatchDelivery<JsonRecord> whole = job.api().isEmpty()
                ? batch -> CompletableFuture.completedFuture(DeliveryOutcome.delivered())
                : HttpDelivery.to(URI.create(job.api())).build();
        TestJob.Fault fault = job.fault();
        return fault == null ? whole : new FaultyDelivery<>(whole, fault);
    }
}
