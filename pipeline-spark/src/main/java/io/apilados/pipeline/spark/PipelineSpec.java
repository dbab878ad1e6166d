// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import io.apilados.pipeline.PipelineConfigurationException;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.checkpoint.CheckpointPace;
import io.apilados.pipeline.checkpoint.SplitStore;
import io.apilados.pipeline.control.Resilience;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.source.ByteSource;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a worker builds the pipeline for a split: data, and factories that hold data. It travels by Java serialization, and
 * no live object with it.
 *
 * <pre>{@code
 * PipelineSpec<JsonRecord> spec = PipelineSpec.from(worker -> ByteSource.file(Path.of(csv)))
 *         .enrich((rows, worker) -> rows.enrich(CCTsEnricher.lookingUp("cct", CCTsCache.preloaded(worker.catalog()))))
 *         .batch(BatchSizing.fixed(500))
 *         .deliver(worker -> HttpDelivery.to(URI.create(api)).build())
 *         .store(worker -> SplitStore.directory(Path.of(folder)))
 *         .catalog(catalog)
 *         .shares(RequestShares.divided(50, 10))
 *         .build();
 * }</pre>
 *
 * <p>Immutable.
 *
 * @param <T> what a record is when it is delivered
 */
public final class PipelineSpec<T> implements Serializable {

    private static final long serialVersionUID = 1L;

    final WorkerFactory<ByteSource> source;
    final WorkerFactory<CsvParser> parser;
    final RecordSteps<T> steps;
    final int batchRecords;
    final long batchBytes;
    final WorkerFactory<BatchDelivery<T>> delivery;
    final WorkerFactory<SplitStore> store;
    final @Nullable WorkerFactory<Resilience> resilience;
    final @Nullable WorkerFactory<MeterRegistry> meters;
    final @Nullable RequestShares shares;
    final byte @Nullable [] catalog;
    final CheckpointPace pace;

    private PipelineSpec(
            Builder<T> builder,
            RecordSteps<T> steps,
            BatchSizing sizing,
            WorkerFactory<BatchDelivery<T>> delivery,
            WorkerFactory<SplitStore> store) {
        this.source = builder.source;
        this.parser = builder.parser;
        this.steps = steps;
        this.batchRecords = sizing.max();
        this.batchBytes = sizing.maxBytes();
        this.delivery = delivery;
        this.store = store;
        this.resilience = builder.resilience;
        this.meters = builder.meters;
        this.shares = builder.shares;
        this.catalog = builder.catalog;
        this.pace = builder.pace;
    }

    /** Begins with where the bytes are; every executor must find the same there. */
    public static Builder<CsvRow> from(WorkerFactory<ByteSource> source) {
        return new Builder<>(Objects.requireNonNull(source, "source"));
    }

    BatchSizing sizing() {
        BatchSizing fixed = BatchSizing.fixed(batchRecords);
        return batchBytes == Long.MAX_VALUE ? fixed : fixed.withMaxBytes(batchBytes);
    }

    /**
     * Settings of a specification, in the order of the path. Confined to one thread.
     *
     * @param <T> what a record is at this point
     */
    public static final class Builder<T> {

        private final WorkerFactory<ByteSource> source;
        private WorkerFactory<CsvParser> parser = worker -> CsvParser.withHeader();
        private @Nullable RecordSteps<T> steps;
        private @Nullable BatchSizing sizing;
        private @Nullable WorkerFactory<BatchDelivery<T>> delivery;
        private @Nullable WorkerFactory<SplitStore> store;
        private @Nullable WorkerFactory<Resilience> resilience;
        private @Nullable WorkerFactory<MeterRegistry> meters;
        private @Nullable RequestShares shares;
        private byte @Nullable [] catalog;
        private CheckpointPace pace = CheckpointPace.DEFAULT;

        private Builder(WorkerFactory<ByteSource> source) {
            this.source = source;
        }

        /** How bytes become rows; {@link CsvParser#withHeader()} by default. */
        public Builder<T> parse(WorkerFactory<CsvParser> value) {
            parser = Objects.requireNonNull(value, "parser");
            return this;
        }

        /**
         * What becomes of rows.
         *
         * @throws IllegalStateException if a delivery was set before, which is of other records
         */
        @SuppressWarnings("unchecked")
        public <O> Builder<O> enrich(RecordSteps<O> value) {
            if (delivery != null) {
                throw new IllegalStateException(
                        "deliver was set before enrich but it must come after: enrich decides what a" + " record is");
            }
            Builder<O> next = (Builder<O>) this;
            next.steps = Objects.requireNonNull(value, "steps");
            return next;
        }

        /** How large batches are: a fixed size, because every attempt at a split must cut the same batches. */
        public Builder<T> batch(BatchSizing value) {
            sizing = Objects.requireNonNull(value, "sizing");
            return this;
        }

        /** Where batches go; made once for each executor, shared by its tasks, and closed when no task uses it any more. */
        public Builder<T> deliver(WorkerFactory<BatchDelivery<T>> value) {
            delivery = Objects.requireNonNull(value, "delivery");
            return this;
        }

        /** Where reports, rejected records and checkpoints are; driver and executors must find the same there. */
        public Builder<T> store(WorkerFactory<SplitStore> value) {
            store = Objects.requireNonNull(value, "store");
            return this;
        }

        /** How often a task saves how far it is; {@link CheckpointPace#DEFAULT} by default. */
        public Builder<T> checkpoint(CheckpointPace value) {
            pace = Objects.requireNonNull(value, "pace");
            return this;
        }

        /**
         * A catalog for {@link Worker#catalog()}: travels packed, 12 bytes a key, once to each executor. None by default.
         */
        public Builder<T> catalog(CCTsCatalog value) {
            ByteArrayOutputStream packed = new ByteArrayOutputStream();
            try {
                value.saveTo(packed);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            catalog = packed.toByteArray();
            return this;
        }

        /** A rate that all executors keep to together; by default each finds by itself what the destination bears. */
        public Builder<T> shares(RequestShares value) {
            shares = Objects.requireNonNull(value, "shares");
            return this;
        }

        /**
         * Concurrency, circuit breaker and retries, one for each executor; by default those of
         * {@link Resilience#builder()} with {@link Worker#rate()}. Give it that rate, too, where there are shares.
         */
        public Builder<T> resilience(WorkerFactory<Resilience> value) {
            resilience = Objects.requireNonNull(value, "resilience");
            return this;
        }

        /** Where meters go; one registry for each executor, which is closed with it. Nowhere by default. */
        public Builder<T> meters(WorkerFactory<MeterRegistry> value) {
            meters = Objects.requireNonNull(value, "meters");
            return this;
        }

        /**
         * The specification.
         *
         * @throws PipelineConfigurationException with every problem, if there is one: what is missing, a batch size that
         *     is not fixed, a member that cannot be serialized
         */
        public PipelineSpec<T> build() {
            Map<String, @Nullable Object> required = new LinkedHashMap<>();
            required.put("source", source);
            required.put("parse", parser);
            required.put("enrich", steps);
            required.put("batch", sizing);
            required.put("deliver", delivery);
            required.put("store", store);
            List<String> problems = new ArrayList<>();
            required.forEach((name, value) -> {
                if (value == null) {
                    problems.add(name + " was not set but it is needed");
                }
            });
            Map<String, @Nullable Object> travelling = new LinkedHashMap<>(required);
            travelling.remove("batch");
            travelling.put("resilience", resilience);
            travelling.put("meters", meters);
            travelling.forEach((name, value) -> {
                String problem = value == null ? null : SpecMembers.problemOf(name, value);
                if (problem != null) {
                    problems.add(problem);
                }
            });
            BatchSizing batches = sizing;
            if (batches != null && batches.min() != batches.max()) {
                problems.add("batch was " + batches.min() + " to " + batches.max() + " records but it must be fixed, as"
                        + " BatchSizing.fixed(100) is: a task that is run again would cut other batches, and records"
                        + " would be delivered under new keys");
            }
            if (problems.isEmpty() && steps != null && batches != null && delivery != null && store != null) {
                return new PipelineSpec<>(this, steps, batches, delivery, store);
            }
            throw new PipelineConfigurationException("the specification cannot be built", problems);
        }
    }
}
