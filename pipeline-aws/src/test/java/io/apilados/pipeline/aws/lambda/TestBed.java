// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.PipelineBuilder;
import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.checkpoint.CheckpointLease;
import io.apilados.pipeline.checkpoint.CheckpointStore;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceVersion;
import io.apilados.pipeline.testing.MemoryCheckpointStore;
import io.apilados.pipeline.testing.ScriptedDelivery;
import io.apilados.pipeline.testing.ScriptedDelivery.Reply;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * Objects in memory, an API that takes a tenth of a second for a batch of ten and two at once, and a checkpoint for each
 * run: all in virtual time. Confined to one thread.
 */
final class TestBed implements PipelineFunction<String> {

    private final VirtualScheduler time = new VirtualScheduler();
    private final Stores stores = new Stores();
    private final Map<String, TextSource> objects = new HashMap<>();
    private final Map<String, String> tags = new HashMap<>();
    private final List<String> arrived = new ArrayList<>();
    private Duration latency = Duration.ofMillis(200);
    private Function<Batch<String>, DeliveryOutcome> answer = batch -> DeliveryOutcome.delivered();
    private int made;
    private int puts;

    /** Checkpoints of each run in a store of their own. */
    static final class Stores implements CheckpointStore {
        private final Map<String, MemoryCheckpointStore> stores = new HashMap<>();

        @Override
        public CheckpointLease acquire(String location) throws IOException {
            return stores.computeIfAbsent(location, unused -> new MemoryCheckpointStore())
                    .acquire(location);
        }

        void forget() {
            stores.clear();
        }
    }

    /** Puts an object with so many rows there, and says what an event says of it. */
    S3EventObject put(String key, int rows) {
        StringBuilder csv = new StringBuilder("id\n");
        for (int i = 0; i < rows; i++) {
            csv.append(key).append('-').append(puts).append('-').append(i).append('\n');
        }
        objects.put(key, new TextSource(csv.toString()));
        tags.put(key, "tag" + ++puts);
        return new S3EventObject("enrolments", key, null, "tag" + puts, null);
    }

    void answering(Function<Batch<String>, DeliveryOutcome> value) {
        answer = value;
    }

    void taking(Duration value) {
        latency = value;
    }

    VirtualScheduler time() {
        return time;
    }

    Stores checkpoints() {
        return stores;
    }

    List<String> arrived() {
        return arrived;
    }

    /** How many pipelines were made. */
    int made() {
        return made;
    }

    LambdaPipeline pipeline() {
        return builder().build();
    }

    LambdaPipeline.Builder builder() {
        return LambdaPipeline.builder(this::source, stores, this).scheduler(time);
    }

    private ByteSource source(S3EventObject object) {
        return new ByteSource() {
            @Override
            public String location() {
                return object.location();
            }

            @Override
            public SourceVersion version() throws IOException {
                TextSource there = objects.get(object.key());
                if (there == null) {
                    throw new FileNotFoundException(location() + ": is not there");
                }
                return new SourceVersion(
                        location(), there.version().sizeBytes(), "etag:\"" + tags.get(object.key()) + "\"", true);
            }

            @Override
            public InputStream open(SourceVersion version, long byteOffset) {
                return Objects.requireNonNull(objects.get(object.key())).open(version, byteOffset);
            }
        };
    }

    @Override
    public PipelineBuilder<String> pipeline(S3EventObject object, ByteSource source) {
        made++;
        return Pipeline.from(source)
                .parse(CsvParser.withHeader())
                .enrich(row -> row.text("id"))
                .batch(BatchSizing.fixed(10))
                .deliver(new ScriptedDelivery<>(time, this::reply))
                .concurrency(ConcurrencyController.fixed(2))
                .rejects(RejectedRecords.counting())
                .scheduler(time);
    }

    private Reply reply(Batch<String> batch) {
        DeliveryOutcome outcome = answer.apply(batch);
        if (outcome.equals(DeliveryOutcome.delivered())) {
            arrived.addAll(batch.records());
        }
        return Reply.of(outcome).after(latency);
    }
}
