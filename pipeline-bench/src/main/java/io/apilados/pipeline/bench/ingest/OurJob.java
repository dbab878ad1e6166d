// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.ingest;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.PipelineBuilder;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.bench.ingest.peers.IngestJob;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.enrich.CCTsEnricher;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.source.ByteSource;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The library, with everything at its defaults but the size of batches. */
public final class OurJob implements IngestJob {

    private static final int BATCH = 100;

    private final int readers;
    private final @Nullable MeterRegistry meters;

    /** Reads with so many threads. */
    public OurJob(int readers) {
        this(readers, null);
    }

    /** Reads with so many threads and has meters in this registry. */
    public OurJob(int readers, @Nullable MeterRegistry meters) {
        this.readers = readers;
        this.meters = meters;
    }

    @Override
    public long run(Path csv, Path catalog, Path rejects) throws IOException {
        CCTsCatalog schools = CCTsCatalog.load(ByteSource.file(catalog));
        try (BatchDelivery<JsonRecord> sink = new NullSink()) {
            PipelineBuilder<JsonRecord> pipeline = Pipeline.from(ByteSource.file(csv))
                    .parse(CsvParser.withHeader())
                    .enrich(CCTsEnricher.lookingUp("cct", CCTsCache.preloaded(schools)))
                    .batch(BatchSizing.fixed(BATCH))
                    .deliver(sink)
                    .rejects(RejectedRecords.csv(rejects))
                    .readers(readers);
            if (meters != null) {
                pipeline.metrics(meters);
            }
            return pipeline.build().run().delivered();
        }
    }
}
