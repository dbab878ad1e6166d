// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.report.RunReport;
import java.net.URI;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.services.s3.S3Client;

/** Reads an object and delivers it to nobody; a process of its own. Arguments: endpoint, ranges at once. */
final class SmallMemoryMain {

    private SmallMemoryMain() {}

    public static void main(String[] args) {
        PlantedCredentials.give();
        try (S3Client client = S3Clients.create(URI.create(args[0]))) {
            RunReport report = Pipeline.from(
                            S3ByteSource.of(client, "b", "generated.csv").withRangesAtOnce(Integer.parseInt(args[1])))
                    .parse(CsvParser.withHeader())
                    .enrich((CsvRow row) -> row.text(0))
                    .batch(BatchSizing.fixed(500))
                    .deliver(batch -> CompletableFuture.completedFuture(DeliveryOutcome.delivered()))
                    .build()
                    .run();
            System.out.printf(
                    Locale.ROOT,
                    "read %d, delivered %d, peak heap %.0f MiB of %.0f, %.1f s, %s at once%n",
                    report.read(),
                    report.delivered(),
                    (double) report.peakHeapBytes() / (1 << 20),
                    (double) Runtime.getRuntime().maxMemory() / (1 << 20),
                    report.seconds(),
                    args[1]);
        }
    }
}
