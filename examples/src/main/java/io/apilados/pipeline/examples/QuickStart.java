// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.enrich.CCTsEnricher;
import io.apilados.pipeline.http.HttpDelivery;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.source.ByteSource;
import java.io.IOException;

/** The mission in fifteen lines: a CSV, a catalog of school keys, an API. */
public final class QuickStart {

    private QuickStart() {}

    /** Runs it on sample data. */
    public static void main(String[] args) throws IOException {
        try (Sandbox sandbox = Sandbox.start(1_000, 5_000)) {
            CCTsCatalog catalog = CCTsCatalog.load(ByteSource.file(sandbox.catalog()));
            try (var api = HttpDelivery.to(sandbox.target())
                    .bearerToken(() -> SampleApi.TOKEN)
                    .build()) {
                var report = Pipeline.from(ByteSource.file(sandbox.participants()))
                        .parse(CsvParser.withHeader())
                        .enrich(CCTsEnricher.lookingUp("cct", CCTsCache.preloaded(catalog)))
                        .batch(BatchSizing.between(10, 500))
                        .deliver(api)
                        .rejects(RejectedRecords.csv(sandbox.rejects()))
                        .build()
                        .run();
                System.out.print(report.toText());
            }
        }
    }
}
