// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import io.apilados.pipeline.aws.cloudwatch.PipelineMonitoring;
import io.apilados.pipeline.aws.operate.CostAnalyzer.RecordsMetric;
import io.apilados.pipeline.aws.operate.PreflightReport.Finding;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.report.PerformanceReport;
import io.apilados.pipeline.report.RunReport;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.lambda.LambdaClient;

/**
 * Goes through the checklist of {@link PreflightItem}: each item passes, fails, or is unknown, and says by what. It changes
 * nothing. Whatever is handed in is looked at; items for which nothing was say what to hand in.
 *
 * <p>Immutable, and safe for use by many threads. Clients stay the caller's; a service that does not answer makes its items
 * unknown.
 */
public final class PreflightCheck {

    private final Given given;
    private final Scheduler scheduler;
    private final Map<PreflightItem, String> attested;

    private PreflightCheck(Builder builder) {
        this.given = new Given(builder);
        this.scheduler = builder.scheduler;
        this.attested = new EnumMap<>(builder.attested);
    }

    /** A check that knows of nothing yet. */
    public static Builder builder() {
        return new Builder();
    }

    /** What was handed in. */
    record Given(
            @Nullable LambdaClient lambda,
            @Nullable String functionName,
            @Nullable String qualifier,
            @Nullable CloudWatchClient cloudWatch,
            @Nullable PipelineMonitoring monitoring,
            @Nullable RecordsMetric metrics,
            @Nullable RunReport run,
            @Nullable TuningResult tuning,
            @Nullable PerformanceReport baseline,
            @Nullable PerformanceReport performance,
            @Nullable PriceBook prices,
            @Nullable CostEstimate cost) {

        Given(Builder builder) {
            this(
                    builder.lambda,
                    builder.functionName,
                    builder.qualifier,
                    builder.cloudWatch,
                    builder.monitoring,
                    builder.metrics,
                    builder.run,
                    builder.tuning,
                    builder.baseline,
                    builder.performance,
                    builder.prices,
                    builder.cost);
        }
    }

    /** Goes through all items. */
    public PreflightReport run() {
        Instant now = Instant.ofEpochMilli(scheduler.epochMillis());
        PreflightOfFunction function = new PreflightOfFunction(given, scheduler);
        PreflightOfMetrics metrics = new PreflightOfMetrics(given, now);
        PreflightOfReports reports = new PreflightOfReports(given, now);
        List<Finding> findings = new ArrayList<>();
        for (PreflightItem item : PreflightItem.values()) {
            findings.add(finding(item, function, metrics, reports));
        }
        return new PreflightReport(findings);
    }

    private Finding finding(
            PreflightItem item, PreflightOfFunction function, PreflightOfMetrics metrics, PreflightOfReports reports) {
        String said = attested.get(item);
        if (said != null) {
            return Outcome.pass("said by hand: " + said).of(item);
        }
        try {
            Outcome outcome = switch (item) {
                case MEMORY_SIZE -> function.memory();
                case COLD_START -> function.coldStart();
                case BATCH_SIZE -> reports.batchSize();
                case CATALOG_MODE -> reports.catalogMode();
                case CONNECTIONS ->
                    Outcome.unknown("no report tells of connections; HttpDelivery keeps up to 10 open unless told"
                            + " otherwise (maxConnections). Say so by hand if your delivery does");
                case RESPONSE_CACHE -> metrics.answersFromCache();
                case LEAK_DETECTION -> reports.leakDetection();
                case DASHBOARD -> metrics.dashboard();
                case ALARMS -> metrics.alarms();
                case COST_MONITORING -> metrics.costMonitoring();
                case PERFORMANCE_TESTS -> reports.performanceTests();
                case MEMORY_TREND -> metrics.memoryTrend();
                case RESPONSE_TIME -> metrics.responseTime();
                case THROUGHPUT -> reports.throughput();
                case MONTHLY_REVIEW -> Outcome.unknown("only people can tell; say by hand when it was done last");
                case COST -> reports.cost();
                case MEMORY_USAGE -> reports.memoryUsage();
                case API_EFFICIENCY -> reports.apiEfficiency();
                case BATCH_TUNING -> reports.batchTuning();
                case CACHE_HITS -> metrics.cacheHits();
                case REGRESSION_TEST -> reports.regressionTest();
            };
            return outcome.of(item);
        } catch (SdkException e) {
            return Outcome.unknown("AWS could not be asked (" + e.getClass().getSimpleName()
                            + "); check the credentials, what they allow, and the network")
                    .of(item);
        }
    }

    /** How an item stands, and by what. */
    record Outcome(PreflightReport.Status status, String evidence) {
        static Outcome pass(String evidence) {
            return new Outcome(PreflightReport.Status.PASS, evidence);
        }

        static Outcome fail(String evidence) {
            return new Outcome(PreflightReport.Status.FAIL, evidence);
        }

        static Outcome unknown(String evidence) {
            return new Outcome(PreflightReport.Status.UNKNOWN, evidence);
        }

        static Outcome when(boolean passes, String evidence) {
            return passes ? pass(evidence) : fail(evidence);
        }

        Finding of(PreflightItem item) {
            return new Finding(item, status, evidence);
        }
    }

    /** Collects what there is to look at. Confined to one thread. */
    public static final class Builder {
        private @Nullable LambdaClient lambda;
        private @Nullable String functionName;
        private @Nullable String qualifier;
        private @Nullable CloudWatchClient cloudWatch;
        private @Nullable PipelineMonitoring monitoring;
        private @Nullable RecordsMetric metrics;
        private @Nullable RunReport run;
        private @Nullable TuningResult tuning;
        private @Nullable PerformanceReport baseline;
        private @Nullable PerformanceReport performance;
        private @Nullable PriceBook prices;
        private @Nullable CostEstimate cost;
        private final Map<PreflightItem, String> attested = new EnumMap<>(PreflightItem.class);
        private Scheduler scheduler = Scheduler.system();

        private Builder() {}

        /**
         * The function that is to be looked at.
         *
         * @param alias or version that is invoked; null for none
         */
        public Builder function(LambdaClient client, String name, @Nullable String alias) {
            lambda = Objects.requireNonNull(client, "client");
            functionName = Objects.requireNonNull(name, "name");
            qualifier = alias;
            return this;
        }

        /**
         * What is to be in CloudWatch.
         *
         * @param where namespace and common tags of the registry
         */
        public Builder monitoring(CloudWatchClient client, PipelineMonitoring wanted, RecordsMetric where) {
            cloudWatch = Objects.requireNonNull(client, "client");
            monitoring = Objects.requireNonNull(wanted, "wanted");
            metrics = Objects.requireNonNull(where, "where");
            return this;
        }

        /** The report of a run that is like those to come. */
        public Builder run(RunReport value) {
            run = Objects.requireNonNull(value, "run");
            return this;
        }

        /** What tuning gave. */
        public Builder tuning(TuningResult value) {
            tuning = Objects.requireNonNull(value, "tuning");
            return this;
        }

        /** The last performance test, and the one that it is compared with; null if there is none. */
        public Builder performance(PerformanceReport last, @Nullable PerformanceReport before) {
            performance = Objects.requireNonNull(last, "last");
            baseline = before;
            return this;
        }

        /** What Lambda costs. */
        public Builder prices(PriceBook value) {
            prices = Objects.requireNonNull(value, "prices");
            return this;
        }

        /** What it cost in the last month. */
        public Builder cost(CostEstimate value) {
            cost = Objects.requireNonNull(value, "cost");
            return this;
        }

        /** What only people know: that an item holds, and by what; it passes. */
        public Builder attest(PreflightItem item, String evidence) {
            if (evidence.isBlank()) {
                throw new IllegalArgumentException("the evidence for " + item + " was blank but it must say something");
            }
            attested.put(item, evidence);
            return this;
        }

        /** The clock; the system's by default. */
        public Builder scheduler(Scheduler value) {
            scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        /** The check. */
        public PreflightCheck build() {
            return new PreflightCheck(this);
        }
    }
}
