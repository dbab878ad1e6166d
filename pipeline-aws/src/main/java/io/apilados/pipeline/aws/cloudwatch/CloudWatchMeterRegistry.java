// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import io.apilados.pipeline.aws.cloudwatch.MetricDataRequests.TimedSample;
import io.apilados.pipeline.control.Scheduler;
import io.micrometer.core.instrument.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;

/**
 * A registry whose meters go to CloudWatch by its API, once in each step: for services. On Lambda, where nothing runs
 * between invocations, use {@link EmfMeterRegistry}.
 *
 * <p>Each step tells what is new, under the same names and with the same units and dimensions as {@link EmfMeterRegistry}:
 * how much counters grew, the statistics of timers and summaries as one metric each (a statistic set; durations in
 * milliseconds), and what gauges say. Values that are no numbers or that CloudWatch does not take are left out, as are blank
 * tags and those beyond the thirtieth. A call has at most 1,000 data and a megabyte.
 *
 * <p>What could not be sent, after the client's own retries, is sent with the next step under its own time, up to 20,000
 * data; where an answer was lost, it may so be counted twice. What CloudWatch refuses is dropped and logged.
 *
 * <p>Safe for use by many threads. It publishes on a daemon thread of its own until it is closed, and then once more. The
 * client stays the caller's, who closes it after the registry.
 */
public final class CloudWatchMeterRegistry extends DeltaMeterRegistry {

    /** Data that are kept while CloudWatch cannot be reached; beyond it the oldest are dropped: {@value}. */
    static final int MOST_UNSENT = 20_000;

    /** Source: {@code MetricDatum} in CloudWatch's API reference, values from -2^360 to 2^360. */
    private static final double GREATEST = Math.scalb(1.0, 360);

    private static final Logger LOG = LoggerFactory.getLogger(CloudWatchMeterRegistry.class);

    private final CloudWatchClient client;
    private final String namespace;
    private final Duration step;
    private final Scheduler scheduler;
    private final Thread publisher;

    /** One at a time publishes. */
    private final ReentrantLock publishing = new ReentrantLock();

    private final Deque<TimedSample> unsent = new ArrayDeque<>();

    private CloudWatchMeterRegistry(Builder builder) {
        super(builder.clock);
        this.client = builder.client;
        this.namespace = builder.namespace;
        this.step = builder.step;
        this.scheduler = builder.scheduler;
        this.publisher = new Thread(this::publishInSteps, "pipeline-cloudwatch");
        publisher.setDaemon(true);
    }

    /**
     * A registry that publishes once a minute.
     *
     * @param environment ends the namespace {@code Apilados/Pipeline/<environment>}
     * @throws IllegalArgumentException if that cannot be part of a namespace
     */
    public static CloudWatchMeterRegistry of(CloudWatchClient client, String environment) {
        return builder(client, environment).build();
    }

    /**
     * A registry with options.
     *
     * @param environment ends the namespace {@code Apilados/Pipeline/<environment>}
     * @throws IllegalArgumentException if that cannot be part of a namespace
     */
    public static Builder builder(CloudWatchClient client, String environment) {
        return new Builder(client, CloudWatchNames.namespace(environment));
    }

    /** Where its metrics are in CloudWatch. */
    public String namespace() {
        return namespace;
    }

    private void publishInSteps() {
        try {
            while (true) {
                scheduler.pause(step);
                publish();
            }
        } catch (InterruptedException e) {
            // It is being closed, which publishes what is left.
        }
    }

    /** Publishes what is new since the last time, now; returns when it is sent, kept or dropped. */
    public void publish() {
        publishing.lock();
        try {
            if (isClosed()) {
                return;
            }
            Instant now = Instant.ofEpochMilli(clock.wallTime());
            for (MetricSample sample : take(true)) {
                if (isTaken(sample)) {
                    unsent.add(new TimedSample(now, sample));
                }
            }
            sendAll();
        } catch (RuntimeException e) {
            LOG.warn("metrics of {} could not be published", namespace, e);
        } finally {
            dropTheOldest();
            publishing.unlock();
        }
    }

    private void dropTheOldest() {
        int dropped = 0;
        while (unsent.size() > MOST_UNSENT) {
            unsent.remove();
            dropped++;
        }
        if (dropped > 0) {
            LOG.warn("too many data of {} wait to be sent; {} of the oldest are dropped", namespace, dropped);
        }
    }

    /** Data that wait for the next step. */
    int unsentData() {
        publishing.lock();
        try {
            return unsent.size();
        } finally {
            publishing.unlock();
        }
    }

    private static boolean isTaken(MetricSample sample) {
        return !sample.name().isBlank()
                && Math.abs(sample.sum()) <= GREATEST
                && Math.abs(sample.min()) <= GREATEST
                && Math.abs(sample.max()) <= GREATEST;
    }

    private void sendAll() {
        for (List<TimedSample> part : MetricDataRequests.parts(namespace, new ArrayList<>(unsent))) {
            try {
                client.putMetricData(MetricDataRequests.request(namespace, part));
            } catch (SdkException e) {
                if (!isRefused(e)) {
                    LOG.warn(
                            "{} data of {} could not be sent ({}); they are kept for the next step",
                            unsent.size(),
                            namespace,
                            code(e));
                    return;
                }
                LOG.warn("CloudWatch refused {} data of {} ({}); they are dropped", part.size(), namespace, code(e));
            }
            part.forEach(sent -> unsent.remove());
        }
    }

    /** Whether the same data would be refused again. */
    private static boolean isRefused(SdkException e) {
        return e instanceof AwsServiceException answer
                && answer.statusCode() / 100 == 4
                && !answer.isThrottlingException()
                && !answer.isClockSkewException();
    }

    private static String code(SdkException e) {
        return e instanceof AwsServiceException answer && answer.awsErrorDetails() != null
                ? "HTTP " + answer.statusCode() + " " + answer.awsErrorDetails().errorCode()
                : e.getClass().getSimpleName();
    }

    /** Publishes once more, and takes no more. */
    @Override
    public void close() {
        if (isClosed()) {
            return;
        }
        publishing.lock();
        try {
            // Not in the middle of a call, whose data would be sent twice.
            publisher.interrupt();
            publish();
            super.close();
        } finally {
            publishing.unlock();
        }
    }

    /** The options of a registry. Confined to one thread. */
    public static final class Builder {

        private final CloudWatchClient client;
        private final String namespace;
        private Duration step = Duration.ofMinutes(1);
        private Clock clock = Clock.SYSTEM;
        private Scheduler scheduler = Scheduler.system();

        private Builder(CloudWatchClient client, String namespace) {
            this.client = Objects.requireNonNull(client, "client");
            this.namespace = namespace;
        }

        /**
         * How often it publishes: a minute by default, which is also CloudWatch's resolution.
         *
         * @throws IllegalArgumentException unless it is 1 s to 1 h
         */
        public Builder step(Duration value) {
            if (value.compareTo(Duration.ofSeconds(1)) < 0 || value.compareTo(Duration.ofHours(1)) > 0) {
                throw new IllegalArgumentException("step was " + value + " but it must be 1 s to 1 h");
            }
            step = value;
            return this;
        }

        /** The clock of the data; the system's by default. */
        public Builder clock(Clock value) {
            clock = Objects.requireNonNull(value, "clock");
            return this;
        }

        /** What waits for the next step; the system's by default. */
        public Builder scheduler(Scheduler value) {
            scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        /** The registry, which has begun. Close it. */
        public CloudWatchMeterRegistry build() {
            CloudWatchMeterRegistry registry = new CloudWatchMeterRegistry(this);
            registry.publisher.start();
            return registry;
        }
    }
}
