// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import io.apilados.pipeline.aws.cloudwatch.MetricSpec;
import io.apilados.pipeline.aws.cloudwatch.PipelineMonitoring;
import io.apilados.pipeline.aws.cloudwatch.RunMetric;
import io.apilados.pipeline.report.RunReport;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.Statistic;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.GetFunctionConfigurationResponse;

/**
 * What a function costs: over a period, by what CloudWatch counted of it, or of one run, by its report and without asking
 * anybody.
 *
 * <p>Over a period it takes the sums of {@code Invocations} and {@code Duration} and the memory that the function has now.
 * The bill is a little higher: each invocation is rounded up to a millisecond, and the start of an environment, which is
 * billed, too, is not in {@code Duration}. Provisioned concurrency, logs, metrics and S3 are not in it.
 *
 * <p>Safe for use by many threads. The clients stay the caller's; what they throw goes to the caller.
 */
public final class CostAnalyzer {

    private static final Duration HOUR = Duration.ofHours(1);
    private static final int LEAST_STORAGE_MB = 512;
    private static final BigDecimal NANOS_IN_A_MILLI = BigDecimal.valueOf(1_000_000);

    private final LambdaClient lambda;
    private final CloudWatchClient cloudWatch;
    private final PriceBook prices;

    private CostAnalyzer(LambdaClient lambda, CloudWatchClient cloudWatch, PriceBook prices) {
        this.lambda = Objects.requireNonNull(lambda, "lambda");
        this.cloudWatch = Objects.requireNonNull(cloudWatch, "cloudWatch");
        this.prices = Objects.requireNonNull(prices, "prices");
    }

    /** With these clients and prices. */
    public static CostAnalyzer of(LambdaClient lambda, CloudWatchClient cloudWatch, PriceBook prices) {
        return new CostAnalyzer(lambda, cloudWatch, prices);
    }

    /**
     * Where a function's runs tell how many records they processed.
     *
     * @param namespace such as {@code Apilados/Pipeline/production}
     * @param dimensions the common tags of the function's registry
     */
    public record RecordsMetric(String namespace, Map<String, String> dimensions) {
        public RecordsMetric {
            Objects.requireNonNull(namespace, "namespace");
            dimensions = Map.copyOf(dimensions);
        }

        /**
         * Of this environment.
         *
         * @throws IllegalArgumentException if that cannot be part of a namespace
         */
        public static RecordsMetric of(String environment, Map<String, String> dimensions) {
            return new RecordsMetric(PipelineMonitoring.namespace(environment), dimensions);
        }
    }

    /**
     * What a function cost in a period, which is widened to whole hours. CloudWatch forgets after 455 days.
     *
     * @param records where its records are counted; null if they are not
     * @throws IllegalArgumentException if the period is empty
     */
    public CostEstimate over(String functionName, Instant from, Instant to, @Nullable RecordsMetric records) {
        Instant start = from.truncatedTo(ChronoUnit.HOURS);
        Instant end = to.plus(HOUR).minusNanos(1).truncatedTo(ChronoUnit.HOURS);
        if (!from.isBefore(to)) {
            throw new IllegalArgumentException("the period was " + from + " to " + to + " but it must not be empty");
        }
        GetFunctionConfigurationResponse function =
                lambda.getFunctionConfiguration(request -> request.functionName(functionName));
        Map<String, String> ofFunction = Map.of("FunctionName", functionName);
        Map<String, MetricSpec> metrics = new HashMap<>();
        metrics.put("invocations", sum("AWS/Lambda", "Invocations", ofFunction));
        metrics.put("duration", sum("AWS/Lambda", "Duration", ofFunction));
        if (records != null) {
            metrics.put(
                    "records",
                    sum(records.namespace(), RunMetric.RECORDS_PROCESSED.metricName(), records.dimensions()));
        }
        MetricValues sums = MetricValues.between(cloudWatch, start, end, HOUR, metrics);
        return CostEstimate.of(
                new LambdaUsage(
                        whole(sums, "invocations"),
                        sums.sum("duration"),
                        function.memorySize(),
                        function.ephemeralStorage() == null
                                ? LEAST_STORAGE_MB
                                : function.ephemeralStorage().size(),
                        function.architecturesAsStrings().isEmpty()
                                ? Processor.X86_64
                                : Processor.of(function.architecturesAsStrings().get(0)),
                        Duration.between(start, end),
                        records == null ? null : Long.valueOf(whole(sums, "records"))),
                prices);
    }

    private static long whole(MetricValues sums, String id) {
        return sums.sum(id).setScale(0, RoundingMode.HALF_UP).longValueExact();
    }

    private static MetricSpec sum(String namespace, String name, Map<String, String> dimensions) {
        return new MetricSpec(namespace, name, dimensions, Statistic.SUM, name);
    }

    /**
     * What one invocation that made this run costs, by the time of the run: what comes before the source is opened is not
     * in it.
     */
    public static CostEstimate ofRun(
            RunReport report, int memoryMb, int storageMb, Processor processor, PriceBook prices) {
        BigDecimal millis = BigDecimal.valueOf(report.elapsed().toNanos())
                .divide(NANOS_IN_A_MILLI)
                .setScale(0, RoundingMode.CEILING);
        long records = report.delivered() + report.rejected() + report.filtered();
        return CostEstimate.of(
                new LambdaUsage(1, millis, memoryMb, storageMb, processor, report.elapsed(), records), prices);
    }

    /** Reckons what 1,000 records of a run cost, as {@code PerformanceGoals.costPerThousand} takes it. */
    public static Function<RunReport, @Nullable Double> costPerThousand(
            int memoryMb, int storageMb, Processor processor, PriceBook prices) {
        return report -> {
            BigDecimal cost =
                    ofRun(report, memoryMb, storageMb, processor, prices).perThousandRecords();
            return cost == null ? null : cost.doubleValue();
        };
    }
}
