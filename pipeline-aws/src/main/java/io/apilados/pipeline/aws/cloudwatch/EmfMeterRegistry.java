// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import io.micrometer.core.instrument.Clock;
import java.io.PrintStream;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * A registry whose meters go to CloudWatch by way of the log: whenever it is told to, it writes lines in the embedded
 * metric format, from which CloudWatch Logs makes metrics. There is no call of an API, nothing that runs beside the
 * program, and nothing that is lost when a Lambda environment is frozen after a flush.
 *
 * <p>Each flush tells what is new: how much counters grew, and count, sum, least and greatest of timers and summaries, as
 * one metric each; durations in milliseconds. What did not change is left out, and so are values that are no numbers,
 * blank tags, and tags beyond the thirtieth. Percentiles and histograms that a meter asks for are not kept.
 *
 * <p>Dimensions of all metrics are common tags: {@code registry.config().commonTags("Pipeline", "participants")}. Each
 * combination of values is a metric of its own, and paid for.
 *
 * <p>Safe for use by many threads.
 */
public final class EmfMeterRegistry extends DeltaMeterRegistry {

    private final String namespace;
    private final Supplier<PrintStream> output;

    private EmfMeterRegistry(Builder builder) {
        super(builder.clock);
        this.namespace = builder.namespace;
        this.output = builder.output;
    }

    /**
     * A registry that writes to standard output.
     *
     * @param environment ends the namespace {@code Apilados/Pipeline/<environment>}
     * @throws IllegalArgumentException if that cannot be part of a namespace
     */
    public static EmfMeterRegistry of(String environment) {
        return builder(environment).build();
    }

    /**
     * A registry with options.
     *
     * @param environment ends the namespace {@code Apilados/Pipeline/<environment>}
     * @throws IllegalArgumentException if that cannot be part of a namespace
     */
    public static Builder builder(String environment) {
        return new Builder(CloudWatchNames.namespace(environment));
    }

    /** Where its metrics are in CloudWatch. */
    public String namespace() {
        return namespace;
    }

    /** Writes what is new since the last flush, and what gauges say now. */
    public void flush() {
        write(take(true));
    }

    /** Writes what is new since the last flush, without gauges: for when nothing is under way of which they could tell. */
    public void flushWithoutGauges() {
        write(take(false));
    }

    private void write(List<MetricSample> samples) {
        if (samples.isEmpty()) {
            return;
        }
        PrintStream to = output.get();
        for (byte[] document : new EmfDocuments(namespace, clock.wallTime()).of(samples)) {
            // In one call: Lambda makes an event of the log of each.
            to.write(document, 0, document.length);
        }
        to.flush();
    }

    /** Flushes, and takes no more. */
    @Override
    public void close() {
        if (!isClosed()) {
            flush();
        }
        super.close();
    }

    /** The options of a registry. Confined to one thread. */
    public static final class Builder {

        private final String namespace;
        private Clock clock = Clock.SYSTEM;
        private Supplier<PrintStream> output = () -> System.out;

        private Builder(String namespace) {
            this.namespace = namespace;
        }

        /** Where the lines go; by default to what standard output is when they are written. */
        public Builder output(PrintStream value) {
            Objects.requireNonNull(value, "output");
            output = () -> value;
            return this;
        }

        /** The clock; the system's by default. */
        public Builder clock(Clock value) {
            clock = Objects.requireNonNull(value, "clock");
            return this;
        }

        /** The registry. */
        public EmfMeterRegistry build() {
            return new EmfMeterRegistry(this);
        }
    }
}
