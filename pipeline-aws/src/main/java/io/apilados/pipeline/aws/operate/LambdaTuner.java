// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import io.apilados.pipeline.aws.internal.Json;
import io.apilados.pipeline.control.Scheduler;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.services.lambda.LambdaClient;

/**
 * Finds the memory size of a function by trying: it sets one size after the other, invokes the function several times with
 * each, reads time, cost and memory from what Lambda writes at the end of the log, and chooses by a {@link TuningStrategy}.
 *
 * <p>The memory is restored at the end, and when something fails, the thread is interrupted, or the process is asked to end
 * (SIGTERM). Before the first change it is written down in a folder; a tuner that was killed has its function restored by the
 * next one for that function, with the same folder, before anything else. Tune a function that serves nobody meanwhile.
 *
 * <p>Functions have effects, so every invocation has {@code "dryRun": true} in its payload, unless
 * {@link Builder#deliveringForReal()} was said, and must have it in its answer: a function that does not know the word is
 * invoked once and no more.
 *
 * <p>Needs {@code lambda:GetFunctionConfiguration}, {@code UpdateFunctionConfiguration} and {@code InvokeFunction}. The
 * client has to wait as long as an invocation takes ({@link LambdaClients} makes such a client) and stays the caller's.
 * One tuning at a time; safe for use by many threads otherwise.
 */
public final class LambdaTuner {

    /** Memory sizes that are tried if nobody says otherwise, in MB. */
    private static final List<Integer> SIZES = List.of(512, 768, 1024, 1536, 2048, 3008);

    private static final String DRY_RUN = "dryRun";

    private final LambdaClient client;
    private final String functionName;
    private final PriceBook prices;
    private final List<Integer> sizes;
    private final int invocations;
    private final TuningStrategy strategy;
    private final double costWeight;
    private final String payload;
    private final boolean deliveringForReal;
    private final Path notes;
    private final Scheduler scheduler;

    private LambdaTuner(Builder builder) {
        this.client = builder.client;
        this.functionName = builder.functionName;
        this.prices = builder.prices;
        this.sizes = List.copyOf(builder.sizes);
        this.invocations = builder.invocations;
        this.strategy = builder.strategy;
        this.costWeight = builder.costWeight;
        this.payload = builder.payload();
        this.deliveringForReal = builder.deliveringForReal;
        this.notes = builder.notes;
        this.scheduler = builder.scheduler;
    }

    /**
     * A tuner of a function.
     *
     * @param functionName without version or alias
     * @param prices what time and memory cost
     * @param notes a folder where it writes down what has to be restored; the same each time
     */
    public static Builder of(LambdaClient client, String functionName, PriceBook prices, Path notes) {
        return new Builder(client, functionName, prices, notes);
    }

    /** What {@link #tune()} would do, one line for each step. Asks and changes nothing. */
    public List<String> plan() {
        List<String> steps = new ArrayList<>();
        steps.add("write the memory of " + functionName + " down in " + notes);
        for (int size : sizes) {
            steps.add("set " + size + " MB, then invoke " + invocations + " times "
                    + (deliveringForReal ? "FOR REAL" : "as a dry run"));
        }
        steps.add("choose by " + strategy + ", and restore the memory");
        return steps;
    }

    /**
     * Tries all sizes.
     *
     * @throws IllegalStateException if the function is tuned elsewhere, an invocation ended in an error, or the function
     *     does not confirm a dry run; its memory is restored. Or if that failed: then the message says what it was
     * @throws IOException if notes cannot be written or read, or a log has no report
     * @throws InterruptedException if the thread is interrupted; the memory is restored
     */
    public TuningResult tune() throws IOException, InterruptedException {
        Instant begun = Instant.ofEpochMilli(scheduler.epochMillis());
        try (TuningNote note = TuningNote.open(notes, functionName);
                TunedMemory memory = TunedMemory.begin(
                        new FunctionConfiguration(client, functionName, scheduler), functionName, note)) {
            List<MemoryTrial> trials = new ArrayList<>();
            for (int size : sizes) {
                memory.set(size);
                List<LambdaReport> reports = new ArrayList<>();
                for (int i = 1; i <= invocations; i++) {
                    reports.add(invoke(size, i));
                }
                trials.add(MemoryTrial.of(size, memory.storageMb(), memory.processor(), prices, reports));
            }
            return new TuningResult(functionName, begun, strategy, costWeight, prices.currency(), trials);
        } catch (AbortedException e) {
            // As the client has it when its thread is interrupted.
            InterruptedException interrupted =
                    new InterruptedException("the tuning of " + functionName + " was interrupted");
            interrupted.initCause(e);
            throw interrupted;
        }
    }

    private LambdaReport invoke(int size, int number) throws IOException, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("the tuning of " + functionName + " was interrupted");
        }
        LambdaInvocation answer = LambdaInvocation.of(client, functionName, payload);
        String which = "function " + functionName + ", invocation " + number + " with " + size + " MB: ";
        if (answer.error() != null) {
            throw new IllegalStateException(which + "it ended in an error (" + answer.error()
                    + "); see its log, and mend that or leave this size out");
        }
        if (!deliveringForReal && !confirmsDryRun(answer.payload())) {
            throw new IllegalStateException(
                    which + "its answer has no \"dryRun\": true, so it may have delivered for real;"
                            + " nothing more is invoked. Have it obey dryRun in its event and say so in its answer");
        }
        LambdaReport report = answer.report();
        if (report.memoryMb() != size) {
            throw new IllegalStateException(which + "it ran with " + report.memoryMb()
                    + " MB; somebody else changes its configuration, so tune it when nobody does");
        }
        return report;
    }

    private static boolean confirmsDryRun(String answer) {
        try {
            return Boolean.TRUE.equals(Json.readObject(answer).get(DRY_RUN));
        } catch (IOException e) {
            return false;
        }
    }

    /** Collects the settings of a tuner. Confined to one thread. */
    public static final class Builder {
        private final LambdaClient client;
        private final String functionName;
        private final PriceBook prices;
        private final Path notes;
        private List<Integer> sizes = SIZES;
        private int invocations = 10;
        private TuningStrategy strategy = TuningStrategy.BALANCED;
        private double costWeight = 0.5;
        private Map<String, @Nullable Object> event = Map.of();
        private boolean deliveringForReal;
        private Scheduler scheduler = Scheduler.system();

        private Builder(LambdaClient client, String functionName, PriceBook prices, Path notes) {
            this.client = Objects.requireNonNull(client, "client");
            this.functionName = Objects.requireNonNull(functionName, "functionName");
            this.prices = Objects.requireNonNull(prices, "prices");
            this.notes = Objects.requireNonNull(notes, "notes");
        }

        /**
         * The sizes in MB; 512, 768, 1024, 1536, 2048 and 3008 by default.
         *
         * @throws IllegalArgumentException unless there are 1 to 50, each from 128 to 10,240
         */
        public Builder sizes(int... megabytes) {
            if (megabytes.length == 0
                    || megabytes.length > 50
                    || Arrays.stream(megabytes).anyMatch(size -> size < 128 || size > 10_240)) {
                throw new IllegalArgumentException("sizes were " + Arrays.toString(megabytes)
                        + " but there must be 1 to 50, each from 128 to 10240 MB");
            }
            sizes = List.copyOf(new TreeSet<>(Arrays.stream(megabytes).boxed().toList()));
            return this;
        }

        /**
         * Invocations with each size; 10 by default. Of five or more the highest fifth and the lowest are left out.
         *
         * @throws IllegalArgumentException unless it is 3 to 1,000
         */
        public Builder invocations(int value) {
            if (value < 3 || value > 1000) {
                throw new IllegalArgumentException("invocations was " + value + " but it must be between 3 and 1000");
            }
            invocations = value;
            return this;
        }

        /** What is chosen by; {@link TuningStrategy#BALANCED} by default. */
        public Builder strategy(TuningStrategy value) {
            strategy = Objects.requireNonNull(value, "strategy");
            return this;
        }

        /**
         * The weight of the cost beside that of the time, for {@link TuningStrategy#BALANCED}; 0.5 by default.
         *
         * @throws IllegalArgumentException unless it is 0 to 1
         */
        public Builder costWeight(double value) {
            if (!(value >= 0 && value <= 1)) {
                throw new IllegalArgumentException("costWeight was " + value + " but it must be between 0 and 1");
            }
            costWeight = value;
            return this;
        }

        /**
         * What the function is invoked with, a JSON object; empty by default.
         *
         * @throws IllegalArgumentException if it is none
         */
        public Builder event(String json) {
            try {
                event = Json.readObject(json);
            } catch (IOException e) {
                throw new IllegalArgumentException("event: " + e.getMessage(), e);
            }
            return this;
        }

        /** The event goes to the function as it is, which delivers for real, each time it is invoked. */
        public Builder deliveringForReal() {
            deliveringForReal = true;
            return this;
        }

        /** The clock, and what waits for updates; the system's by default. */
        public Builder scheduler(Scheduler value) {
            scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        private String payload() {
            Map<String, @Nullable Object> all = Json.members(event);
            if (!deliveringForReal) {
                all.put(DRY_RUN, true);
            }
            return Json.write(all);
        }

        /** The tuner. */
        public LambdaTuner build() {
            return new LambdaTuner(this);
        }
    }
}
