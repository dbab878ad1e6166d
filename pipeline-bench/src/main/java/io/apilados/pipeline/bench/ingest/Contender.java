// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.ingest;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.PipelineListener;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.checkpoint.CheckpointStore;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.RateLimit;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.HttpDelivery;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.source.ByteSource;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The library as one of the contenders of the peers' benchmark: reads {@code --input}, looks up schools in
 * {@code --catalog}, and delivers to nothing or to {@code --url}, with checkpoints and a reject file. Ends with one line
 * of figures.
 */
public final class Contender {

    private Contender() {}

    /** Takes the arguments that every contender takes, as pairs of name and value. */
    public static void main(String[] args) throws IOException {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i + 1 < args.length; i += 2) {
            options.put(args[i].substring(2), args[i + 1]);
        }
        Figures figures = new Figures(Long.parseLong(options.get("t0")));
        Path checkpoints = Files.createTempDirectory("contender");
        try (BatchDelivery<JsonRecord> delivery = delivery(options);
                HarnessRejects rejects = new HarnessRejects(Path.of(options.get("rejects")))) {
            RunReport report = run(options, delivery, rejects, checkpoints, figures);
            System.out.println(figures.result(report));
        } finally {
            delete(checkpoints);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    // <job>
    private static BatchDelivery<JsonRecord> delivery(Map<String, String> options) {
        return options.getOrDefault("sink", "null").equals("null")
                ? new NullSink()
                : HttpDelivery.to(URI.create(options.get("url")))
                        .bearerToken(() -> options.get("token"))
                        .build();
    }

    private static RunReport run(
            Map<String, String> options,
            BatchDelivery<JsonRecord> delivery,
            HarnessRejects rejects,
            Path checkpoints,
            PipelineListener figures)
            throws IOException {
        CCTsCatalog catalog = CCTsCatalog.load(ByteSource.file(Path.of(options.get("catalog"))));
        return Pipeline.from(ByteSource.file(Path.of(options.get("input"))))
                .parse(CsvParser.withHeader())
                .enrich(ParticipantsMapping.with(CCTsCache.preloaded(catalog)))
                .batch(BatchSizing.fixed(Integer.parseInt(options.getOrDefault("batch", "100"))))
                .deliver(delivery)
                .concurrency(ConcurrencyController.fixed(Integer.parseInt(options.getOrDefault("concurrency", "10"))))
                .rate(RateLimit.disabled())
                .checkpoint(CheckpointStore.directory(checkpoints))
                .rejects(rejects)
                .readers(Integer.parseInt(options.getOrDefault("readers", "1")))
                .listener(figures)
                .build()
                .run();
    }
    // </job>
}
