// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.PerformanceTester;
import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.report.PerformanceReport;
import io.apilados.pipeline.source.ByteSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A build that fails when the pipeline became slower; the first time it stores what later builds compare with. */
public final class PerformanceAlone {

    private PerformanceAlone() {}

    private static Pipeline pipeline(Path csv) {
        return Pipeline.from(ByteSource.file(csv))
                .parse(CsvParser.withHeader())
                .enrich(row -> row.text("id"))
                .batch(BatchSizing.fixed(500))
                .deliver(BatchDelivery.<String>blocking(batch -> DeliveryOutcome.delivered()))
                .build();
    }

    /** Takes the file of the baseline; without one, compares with nothing. */
    public static void main(String[] args) throws IOException {
        Path csv = Files.createTempFile("performance", ".csv");
        try {
            Files.writeString(
                    csv,
                    IntStream.range(0, 10_000)
                            .mapToObj(i -> i + ",7\n")
                            .collect(Collectors.joining("", "id,age\n", "")));
            PerformanceReport now =
                    PerformanceTester.builder().warmUp(10).build().run(() -> pipeline(csv));
            System.out.print(now.toText());
            Path baseline = args.length == 0 ? null : Path.of(args[0]);
            if (baseline != null && Files.exists(baseline)) {
                var comparison = now.compare(PerformanceReport.fromJson(Files.readString(baseline)));
                System.out.println(comparison.toText());
                comparison.throwIfSlower();
            } else if (baseline != null) {
                Files.writeString(baseline, now.toJson());
            }
        } finally {
            Files.delete(csv);
        }
    }
}
