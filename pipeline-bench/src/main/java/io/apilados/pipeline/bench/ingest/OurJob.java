// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.ingest;

import io.apilados.pipeline.Pipeline;
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
import java.io.IOException;
import java.nio.file.Path;

/** The library, with everything at its defaults but the size of batches. */
public final class OurJob implements IngestJob {

    private static final int BATCH = 100;

    private final int readers;

    /** Reads with so many threads. */
    public OurJob(int readers) {
        this.readers = readers;
    }

    @Override
    public long run(Path csv, Path catalog, Path rejects) throws IOException {
        CCTsCatalog schools = CCTsCatalog.load(ByteSource.file(catalog));
        try (BatchDelivery<JsonRecord> sink = new NullSink()) {
            return Pipeline.from(ByteSource.file(csv))
                    .parse(CsvParser.withHeader())
                    .enrich(CCTsEnricher.lookingUp("cct", CCTsCache.preloaded(schools)))
                    .batch(BatchSizing.fixed(BATCH))
                    .deliver(sink)
                    .rejects(RejectedRecords.csv(rejects))
                    .readers(readers)
                    .build()
                    .run()
                    .delivered();
        }
    }
}
