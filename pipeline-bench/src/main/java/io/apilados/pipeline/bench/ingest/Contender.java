// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.ingest;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.PipelineBuilder;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.checkpoint.CheckpointStore;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.RateLimit;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.enrich.Enricher;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.HttpDelivery;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.source.ByteSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
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
 *
 * <p>Further arguments: {@code --readers N} reads with several threads, {@code --jackson yes} makes a record class of
 * each row and has Jackson write it, {@code --checkpoints off} keeps none.
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
        Path rejected = Path.of(options.get("rejects"));
        Path checkpoints = rejected.resolveSibling(rejected.getFileName() + ".checkpoints");
        try (HarnessRejects rejects = new HarnessRejects(rejected)) {
            CCTsCatalog catalog = CCTsCatalog.load(ByteSource.file(Path.of(options.get("catalog"))));
            CCTsCache schools = CCTsCache.preloaded(catalog);
            if (options.containsKey("jackson")) {
                try (BatchDelivery<MappedParticipant> delivery = new JacksonBody().delivery()) {
                    run(options, row -> MappedParticipant.of(row, schools), delivery, rejects, checkpoints, figures);
                }
            } else {
                try (BatchDelivery<JsonRecord> delivery = delivery(options)) {
                    run(options, ParticipantsMapping.with(schools), delivery, rejects, checkpoints, figures);
                }
            }
        } finally {
            delete(checkpoints);
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
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

    private static <T> void run(
            Map<String, String> options,
            Enricher<CsvRow, T> mapping,
            BatchDelivery<T> delivery,
            HarnessRejects rejects,
            Path checkpoints,
            Figures figures)
            throws IOException {
        PipelineBuilder<T> pipeline = Pipeline.from(ByteSource.file(Path.of(options.get("input"))))
                .parse(CsvParser.withHeader().nulls("NA"))
                .enrich(mapping)
                .batch(BatchSizing.fixed(Integer.parseInt(options.getOrDefault("batch", "100"))))
                .deliver(delivery)
                .concurrency(ConcurrencyController.fixed(Integer.parseInt(options.getOrDefault("concurrency", "10"))))
                .rate(RateLimit.disabled())
                .rejects(rejects)
                .readers(Integer.parseInt(options.getOrDefault("readers", "1")))
                .listener(figures);
        if (options.getOrDefault("checkpoints", "on").equals("on")) {
            pipeline.checkpoint(CheckpointStore.directory(checkpoints));
        }
        if (options.getOrDefault("metrics", "off").equals("on")) {
            Metered.inMemory(pipeline);
        }
        System.out.println(figures.result(pipeline.build().run()));
    }
    // </job>

    /** In a class of its own, so that nothing of it is loaded by who asks for no metrics. */
    private static final class Metered {
        static void inMemory(PipelineBuilder<?> pipeline) {
            pipeline.metrics(new SimpleMeterRegistry());
        }
    }
}
