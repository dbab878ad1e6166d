// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.SplitSession;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.checkpoint.SplitStore;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.enrich.CCTsEnricher;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.report.SplitJobReport;
import io.apilados.pipeline.report.SplitReport;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.Split;
import io.apilados.pipeline.source.SplitPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The same job without an engine: threads of this process. */
final class LocalSplits {

    private LocalSplits() {}

    static SplitPlan plan(TestJob job) throws IOException {
        ByteSource source = ByteSource.file(Path.of(job.csv()));
        return CsvParser.withHeader().plan(source, source.version(), job.splitBytes(), 1);
    }

    /** What does not depend on where the file was cut. */
    static List<Object> essence(SplitJobReport report) {
        return List.of(
                report.read(),
                report.delivered(),
                report.rejected(),
                report.filtered(),
                report.oddities(),
                report.bytes(),
                report.digest(),
                report.rejectReasons());
    }

    static SplitJobReport run(TestJob job, int threads) throws IOException, InterruptedException {
        SplitPlan plan = plan(job);
        SplitStore store = SplitStore.directory(Path.of(job.store()));
        CCTsCatalog catalog = CCTsCatalog.load(ByteSource.file(Path.of(job.catalog())));
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try (BatchDelivery<JsonRecord> delivery = DriverMain.delivery(job)) {
            List<Future<SplitReport>> all = new ArrayList<>();
            for (Split split : plan.splits()) {
                all.add(pool.submit(() -> {
                    Pipeline pipeline = Pipeline.from(ByteSource.file(Path.of(job.csv())))
                            .parse(CsvParser.withHeader())
                            .enrich(CCTsEnricher.lookingUp("cct", CCTsCache.preloaded(catalog)))
                            .batch(BatchSizing.fixed(job.batch()))
                            .deliver(delivery)
                            .build();
                    try (SplitSession session = pipeline.session(plan, split, store, job.pace())) {
                        return session.run();
                    }
                }));
            }
            for (Future<SplitReport> one : all) {
                SplitReport unused = one.get();
            }
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        } finally {
            pool.shutdownNow();
        }
        return SplitJobReport.read(plan, store);
    }
}
