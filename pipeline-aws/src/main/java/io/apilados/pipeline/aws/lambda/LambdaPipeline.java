// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import io.apilados.pipeline.PipelineBuilder;
import io.apilados.pipeline.PipelineConfigurationException;
import io.apilados.pipeline.PipelineException;
import io.apilados.pipeline.PipelineListener;
import io.apilados.pipeline.RunStart;
import io.apilados.pipeline.aws.cloudwatch.EmfMeterRegistry;
import io.apilados.pipeline.aws.cloudwatch.RunMetrics;
import io.apilados.pipeline.aws.lambda.ObjectResult.Status;
import io.apilados.pipeline.checkpoint.CheckpointStore;
import io.apilados.pipeline.checkpoint.LeaseHeldException;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.source.ByteSource;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Runs a pipeline for an object in S3 within the time that an invocation has, from where the last one came to. What
 * handlers are made of; usable without one, too.
 *
 * <p>A run is known by bucket, key, and version or content, so events may come twice and in any order: an object that was
 * read to its end is recognized by its checkpoint and not read again, and of two invocations with the same object one is
 * refused. Checkpoints of finished runs have to be kept for as long as their events may come again.
 *
 * <p>Safe for use by many threads, if the function is.
 */
public final class LambdaPipeline {

    /** No run begins with less time than this. */
    static final Duration LEAST_TIME = Duration.ofMillis(250);

    private static final int MOST_FRAMES = 12;

    private final PipelineFunction<?> function;
    private final Function<S3EventObject, ByteSource> sources;
    private final CheckpointStore checkpoints;
    private final @Nullable EmfMeterRegistry metrics;
    private final Reserve reserve;
    private final Scheduler scheduler;

    private LambdaPipeline(Builder builder) {
        this.function = builder.function;
        this.sources = builder.sources;
        this.checkpoints = builder.checkpoints;
        this.metrics = builder.metrics;
        this.reserve = builder.reserve;
        this.scheduler = builder.scheduler;
    }

    /**
     * A pipeline with options.
     *
     * @param sources where the bytes of an object are; an object with a version is to be read in that version
     * @param checkpoints where to write down how far a run is: a place that outlives the environment, such as S3
     * @param function how the pipeline is made
     * @param <T> what a record is
     */
    public static <T> Builder builder(
            Function<S3EventObject, ByteSource> sources, CheckpointStore checkpoints, PipelineFunction<T> function) {
        return new Builder(sources, checkpoints, function);
    }

    /**
     * Reads an object from where an earlier run came to, for as long as there is time.
     *
     * @param timeLeft how long the invocation may still take, now and whenever it is asked
     * @return what came of it; a run that breaks is a result, too
     */
    public ObjectResult process(S3EventObject object, Supplier<Duration> timeLeft) {
        return process(object, timeLeft, false);
    }

    /**
     * Reads an object from its beginning, for as long as there is time, and does everything but delivery: no checkpoint,
     * rejected record or metric is kept.
     *
     * @param timeLeft how long the invocation may still take, now and whenever it is asked
     */
    public ObjectResult dryRun(S3EventObject object, Supplier<Duration> timeLeft) {
        return process(object, timeLeft, true);
    }

    private ObjectResult process(S3EventObject object, Supplier<Duration> timeLeft, boolean dryRun) {
        if (budget(timeLeft).compareTo(LEAST_TIME) < 0) {
            return new ObjectResult(object, Status.UNFINISHED, 0, null, "there was no time left to begin");
        }
        try (MetricsPulse unused = MetricsPulse.start(dryRun ? null : metrics, scheduler)) {
            return processNow(object, timeLeft, dryRun);
        } catch (IOException e) {
            return new ObjectResult(object, statusOf(e), 0, null, problem(e));
        } catch (PipelineConfigurationException e) {
            return new ObjectResult(object, Status.FAILED, 0, null, e.getMessage());
        } catch (RuntimeException e) {
            log(object, e);
            return new ObjectResult(
                    object,
                    Status.FAILED,
                    0,
                    null,
                    "code at fault: " + e.getClass().getName());
        }
    }

    private ObjectResult processNow(S3EventObject object, Supplier<Duration> timeLeft, boolean dryRun)
            throws IOException {
        Seen seen = new Seen();
        PipelineBuilder<?> pipeline = function.pipeline(object, new IdentifiedSource(sources.apply(object), object))
                .checkpoint(location -> checkpoints.acquire(object.identity()))
                .listener(seen);
        if (dryRun) {
            pipeline.dryRun();
        } else if (metrics != null) {
            pipeline.metrics(metrics).listener(RunMetrics.in(metrics));
        }
        Duration budget = budget(timeLeft);
        if (budget.compareTo(LEAST_TIME) < 0) {
            return new ObjectResult(object, Status.UNFINISHED, 0, null, "making the pipeline took all of the time");
        }
        try {
            RunReport report = pipeline.deadline(budget).build().run();
            return new ObjectResult(
                    object, statusOf(report, seen.begun), seen.settled.sum(), report, report.endReason());
        } catch (PipelineException e) {
            Throwable cause = e.getCause();
            Status status = cause instanceof IOException broken ? statusOf(broken) : Status.FAILED;
            if (cause != null && !(cause instanceof IOException)) {
                log(object, cause);
            }
            return new ObjectResult(object, status, seen.settled.sum(), seen.begun ? e.report() : null, e.getMessage());
        }
    }

    /** Where code was at fault; what it said may hold a record's text. */
    private static void log(S3EventObject object, Throwable fault) {
        String trace = Arrays.stream(fault.getStackTrace())
                .limit(MOST_FRAMES)
                .map(StackTraceElement::toString)
                .collect(Collectors.joining(" < "));
        LoggerFactory.getLogger(LambdaPipeline.class)
                .error("{}: {} at {}", object, fault.getClass().getName(), trace);
    }

    private Duration budget(Supplier<Duration> timeLeft) {
        Duration left = timeLeft.get();
        return left.minus(reserve.of(left));
    }

    private static Status statusOf(RunReport report, boolean begun) {
        if (report.status() == RunStatus.COMPLETED) {
            return begun ? Status.COMPLETED : Status.COMPLETED_BEFORE;
        }
        return report.stoppedForDeadline() ? Status.UNFINISHED : Status.STOPPED;
    }

    private static Status statusOf(IOException failure) {
        if (failure instanceof LeaseHeldException) {
            return Status.BUSY;
        }
        return failure instanceof IdentifiedSource.SupersededException ? Status.SUPERSEDED : Status.FAILED;
    }

    private static String problem(IOException failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getName() : message;
    }

    /** Ends an invocation: metrics are written before the environment is frozen. */
    void endInvocation() {
        if (metrics != null) {
            metrics.flushWithoutGauges();
        }
    }

    PipelineFunction<?> function() {
        return function;
    }

    /** Whether a run began at all, or found that another had done everything; and what it did itself. */
    private static final class Seen implements PipelineListener {
        private final LongAdder settled = new LongAdder();
        private volatile boolean begun;

        @Override
        public void runStarted(RunStart start) {
            begun = true;
        }

        @Override
        public void batchDelivered(int records) {
            settled.add(records);
        }

        @Override
        public void recordRejected(RejectedRecord record) {
            settled.increment();
        }
    }

    /** How much of the time that is left is kept for what comes after the run. */
    @FunctionalInterface
    private interface Reserve {
        Duration of(Duration left);
    }

    /** The options of a pipeline. Confined to one thread. */
    public static final class Builder {

        private static final Duration LEAST_RESERVE = Duration.ofMillis(300);
        private static final Duration MOST_RESERVE = Duration.ofSeconds(10);
        private static final int RESERVED_PART = 20;

        private final Function<S3EventObject, ByteSource> sources;
        private final CheckpointStore checkpoints;
        private final PipelineFunction<?> function;
        private @Nullable EmfMeterRegistry metrics;
        private Reserve reserve = Builder::twentieth;
        private Scheduler scheduler = Scheduler.system();

        private Builder(
                Function<S3EventObject, ByteSource> sources,
                CheckpointStore checkpoints,
                PipelineFunction<?> function) {
            this.sources = Objects.requireNonNull(sources, "sources");
            this.checkpoints = Objects.requireNonNull(checkpoints, "checkpoints");
            this.function = Objects.requireNonNull(function, "function");
        }

        private static Duration twentieth(Duration left) {
            Duration part = left.dividedBy(RESERVED_PART);
            Duration most = part.compareTo(MOST_RESERVE) > 0 ? MOST_RESERVE : part;
            return most.compareTo(LEAST_RESERVE) < 0 ? LEAST_RESERVE : most;
        }

        /** Where metrics go: written every minute of a run, and at the end of an invocation. Nowhere by default. */
        public Builder metrics(EmfMeterRegistry value) {
            metrics = Objects.requireNonNull(value, "metrics");
            return this;
        }

        /**
         * How much time is kept for what comes after a run: the answer, and telling who goes on. By default a twentieth of
         * what is left, 300 ms to 10 s. What a run needs to settle what is on its way, and for its last checkpoint, it
         * keeps itself: see {@link PipelineBuilder#deadline}.
         *
         * @throws IllegalArgumentException if it is negative
         */
        public Builder reserve(Duration value) {
            if (value.isNegative()) {
                throw new IllegalArgumentException("reserve was " + value + " but it must not be negative");
            }
            reserve = left -> value;
            return this;
        }

        /** The clock of the metrics; the system's by default. */
        Builder scheduler(Scheduler value) {
            scheduler = value;
            return this;
        }

        /** The pipeline. */
        public LambdaPipeline build() {
            return new LambdaPipeline(this);
        }
    }
}
