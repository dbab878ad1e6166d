// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import io.apilados.pipeline.aws.cloudwatch.MetricSpec;
import io.apilados.pipeline.control.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.Statistic;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.GetFunctionConfigurationResponse;
import software.amazon.awssdk.services.lambda.model.GetProvisionedConcurrencyConfigResponse;
import software.amazon.awssdk.services.lambda.model.ProvisionedConcurrencyConfigNotFoundException;
import software.amazon.awssdk.services.lambda.model.ProvisionedConcurrencyStatusEnum;

/**
 * Sets the memory and the time-out of a function, and how many environments are kept ready for one of its versions. Each
 * change is waited for. What is as it is to be is not written.
 *
 * <p>Needs {@code lambda:GetFunctionConfiguration}, {@code UpdateFunctionConfiguration},
 * {@code GetProvisionedConcurrencyConfig} and {@code PutProvisionedConcurrencyConfig}; for the utilization
 * {@code cloudwatch:GetMetricData}. What the client throws goes to the caller, who can call again. Safe for use by many
 * threads. The client stays the caller's.
 */
public final class LambdaConfigurator {

    /** For files of up to 10,000 records, in MB: {@value}. */
    public static final int MEMORY_MB = 1536;

    /** For larger ones: {@value}. */
    public static final int LARGE_MEMORY_MB = 2048;

    /** As long as Lambda allows. */
    public static final Duration TIMEOUT = Duration.ofSeconds(900);

    private static final long LARGE_RECORDS = 10_000;
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofMinutes(15);
    private static final Duration PERIOD = Duration.ofHours(1);

    private final LambdaClient client;
    private final String functionName;
    private final Scheduler scheduler;
    private final FunctionConfiguration configuration;

    private LambdaConfigurator(LambdaClient client, String functionName, Scheduler scheduler) {
        this.client = Objects.requireNonNull(client, "client");
        this.functionName = Objects.requireNonNull(functionName, "functionName");
        this.scheduler = Objects.requireNonNull(scheduler, "scheduler");
        this.configuration = new FunctionConfiguration(client, functionName, scheduler);
    }

    /** Of this function. */
    public static LambdaConfigurator of(LambdaClient client, String functionName) {
        return of(client, functionName, Scheduler.system());
    }

    /** Of this function; it waits by this scheduler. */
    public static LambdaConfigurator of(LambdaClient client, String functionName, Scheduler scheduler) {
        return new LambdaConfigurator(client, functionName, scheduler);
    }

    /**
     * What a function is to have.
     *
     * @param memoryMb 128 to 10,240
     * @param timeout whole seconds, 1 to 900
     */
    public record Settings(int memoryMb, Duration timeout) {
        public Settings {
            if (memoryMb < 128 || memoryMb > 10_240) {
                throw new IllegalArgumentException(
                        "memoryMb was " + memoryMb + " but it must be between 128 and 10240");
            }
            if (timeout.getNano() != 0 || timeout.toSeconds() < 1 || timeout.compareTo(TIMEOUT) > 0) {
                throw new IllegalArgumentException(
                        "timeout was " + timeout + " but it must be whole seconds, 1 to 900");
            }
        }

        /**
         * For files of so many records: {@value #MEMORY_MB} MB, beyond 10,000 records {@value #LARGE_MEMORY_MB} MB, and
         * 900 seconds. A start; {@link LambdaTuner} finds what a function really needs.
         */
        public static Settings forRecords(long records) {
            return new Settings(records > LARGE_RECORDS ? LARGE_MEMORY_MB : MEMORY_MB, TIMEOUT);
        }
    }

    /** What {@link #apply} would change, one line each; empty if all is as it is to be. */
    public List<String> plan(Settings settings) throws InterruptedException {
        GetFunctionConfigurationResponse found = configuration.awaitUpdated();
        List<String> changes = new ArrayList<>();
        if (found.memorySize() != settings.memoryMb()) {
            changes.add("memory: " + found.memorySize() + " MB -> " + settings.memoryMb() + " MB");
        }
        if (found.timeout() != settings.timeout().toSeconds()) {
            changes.add("time-out: " + found.timeout() + " s -> "
                    + settings.timeout().toSeconds() + " s");
        }
        return changes;
    }

    /**
     * Changes what differs, and waits until it is in force.
     *
     * @return what it changed
     * @throws IllegalStateException if the update failed or does not come to its end
     */
    public List<String> apply(Settings settings) throws InterruptedException {
        List<String> changes = plan(settings);
        if (!changes.isEmpty()) {
            configuration.update(request -> request.memorySize(settings.memoryMb())
                    .timeout(Math.toIntExact(settings.timeout().toSeconds())));
        }
        return changes;
    }

    /** What {@link #provision} would change; empty if it is so. */
    public List<String> planProvisioning(String qualifier, int environments) {
        checkProvisioning(qualifier, environments);
        int now = provisioned(qualifier);
        return now == environments
                ? List.of()
                : List.of("environments kept ready for " + qualifier + ": " + now + " -> " + environments);
    }

    /**
     * Keeps environments ready, and waits until they are.
     *
     * @param qualifier a version or an alias; not {@code $LATEST}
     * @param environments 1 or more
     * @return what it changed
     * @throws IllegalStateException if they do not become ready; the message says why
     */
    public List<String> provision(String qualifier, int environments) throws InterruptedException {
        List<String> changes = planProvisioning(qualifier, environments);
        if (!changes.isEmpty()) {
            client.putProvisionedConcurrencyConfig(request -> request.functionName(functionName)
                    .qualifier(qualifier)
                    .provisionedConcurrentExecutions(environments));
            awaitReady(qualifier);
        }
        return changes;
    }

    private static void checkProvisioning(String qualifier, int environments) {
        if (qualifier.isBlank() || qualifier.equals("$LATEST")) {
            throw new IllegalArgumentException(
                    "qualifier was '" + qualifier + "' but it must be a published version or an alias");
        }
        if (environments < 1) {
            throw new IllegalArgumentException("environments was " + environments + " but it must be 1 or more");
        }
    }

    /** How many environments are to be kept ready for a version or an alias; 0 if nothing is configured. */
    int provisioned(String qualifier) {
        try {
            return client.getProvisionedConcurrencyConfig(
                            request -> request.functionName(functionName).qualifier(qualifier))
                    .requestedProvisionedConcurrentExecutions();
        } catch (ProvisionedConcurrencyConfigNotFoundException e) {
            return 0;
        }
    }

    private void awaitReady(String qualifier) throws InterruptedException {
        long deadline = scheduler.nanoTime() + PATIENCE.toNanos();
        while (true) {
            GetProvisionedConcurrencyConfigResponse now = client.getProvisionedConcurrencyConfig(
                    request -> request.functionName(functionName).qualifier(qualifier));
            if (now.status() == ProvisionedConcurrencyStatusEnum.READY) {
                return;
            }
            boolean failed = now.status() == ProvisionedConcurrencyStatusEnum.FAILED;
            if (failed || scheduler.nanoTime() >= deadline) {
                throw new IllegalStateException("function " + functionName + ", " + qualifier + ": "
                        + now.availableProvisionedConcurrentExecutions() + " of "
                        + now.requestedProvisionedConcurrentExecutions() + " environments are ready"
                        + (failed ? " and no more will be (" + now.statusReason() + ")" : " after " + PATIENCE)
                        + "; look into it, then call again");
            }
            scheduler.pause(BETWEEN_LOOKS);
        }
    }

    /**
     * The greatest share of the environments kept ready that was in use, from 0 to 1, in the hours from and to which this
     * is.
     *
     * @return empty if CloudWatch has no data of it
     */
    public OptionalDouble utilization(CloudWatchClient cloudWatch, String qualifier, Instant from, Instant to) {
        MetricSpec metric = new MetricSpec(
                "AWS/Lambda",
                "ProvisionedConcurrencyUtilization",
                Map.of("FunctionName", functionName, "Resource", functionName + ":" + qualifier),
                Statistic.MAXIMUM,
                "utilization");
        return MetricValues.between(
                        cloudWatch, from.truncatedTo(ChronoUnit.HOURS), to, PERIOD, Map.of("utilization", metric))
                .of("utilization")
                .stream()
                .mapToDouble(Double::doubleValue)
                .max();
    }
}
