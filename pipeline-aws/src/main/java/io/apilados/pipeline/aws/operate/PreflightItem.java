// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

/** What is looked at before a pipeline is deployed, when it runs, and from month to month. */
public enum PreflightItem {
    /** By {@link LambdaTuner}. */
    MEMORY_SIZE(Phase.BEFORE_DEPLOYMENT, "the function's memory is the one that tuning chose"),
    /** SnapStart or provisioned concurrency. */
    COLD_START(Phase.BEFORE_DEPLOYMENT, "environments start fast or are kept ready"),
    /** Adaptive, and not at its bound. */
    BATCH_SIZE(Phase.BEFORE_DEPLOYMENT, "the batch size adapts and is not held at its largest"),
    /** AUTO. */
    CATALOG_MODE(Phase.BEFORE_DEPLOYMENT, "how the catalog is held is chosen by itself"),
    /** Keep-alive. */
    CONNECTIONS(Phase.BEFORE_DEPLOYMENT, "connections to the API are pooled"),
    /** Of the catalog. */
    RESPONSE_CACHE(Phase.BEFORE_DEPLOYMENT, "answers are cached"),
    /** By a memory monitor. */
    LEAK_DETECTION(Phase.BEFORE_DEPLOYMENT, "memory is watched for leaks"),
    /** In CloudWatch. */
    DASHBOARD(Phase.AFTER_DEPLOYMENT, "the dashboard is there as described"),
    /** In CloudWatch. */
    ALARMS(Phase.AFTER_DEPLOYMENT, "the alarms are there as described and tell somebody"),
    /** Records and prices. */
    COST_MONITORING(Phase.AFTER_DEPLOYMENT, "cost can be reckoned: processed records are counted, prices are known"),
    /** By reports of a performance test. */
    PERFORMANCE_TESTS(Phase.AFTER_DEPLOYMENT, "performance is tested regularly"),
    /** In CloudWatch. */
    MEMORY_TREND(Phase.AFTER_DEPLOYMENT, "memory over time is recorded"),
    /** In CloudWatch. */
    RESPONSE_TIME(Phase.AFTER_DEPLOYMENT, "the API's response time is recorded"),
    /** By a comparison. */
    THROUGHPUT(Phase.AFTER_DEPLOYMENT, "throughput is no lower than the baseline's"),
    /** By people. */
    MONTHLY_REVIEW(Phase.MONTHLY, "performance is reviewed each month"),
    /** By goals. */
    COST(Phase.MONTHLY, "1,000 records cost no more than the goal"),
    /** By goals. */
    MEMORY_USAGE(Phase.MONTHLY, "memory in use is within the goal"),
    /** By goals. */
    API_EFFICIENCY(Phase.MONTHLY, "the API answers within the goal"),
    /** By recommendations. */
    BATCH_TUNING(Phase.MONTHLY, "nothing speaks for other batch sizes"),
    /** By hits. */
    CACHE_HITS(Phase.MONTHLY, "the catalog's cache answers most lookups"),
    /** By a comparison. */
    REGRESSION_TEST(Phase.MONTHLY, "performance is compared with a baseline");

    /** When it is looked at. */
    public enum Phase {
        /** Before a pipeline is deployed. */
        BEFORE_DEPLOYMENT,
        /** When it runs. */
        AFTER_DEPLOYMENT,
        /** From month to month. */
        MONTHLY
    }

    private final Phase phase;
    private final String title;

    PreflightItem(Phase phase, String title) {
        this.phase = phase;
        this.title = title;
    }

    /** When it is looked at. */
    public Phase phase() {
        return phase;
    }

    /** What holds if it passes. */
    public String title() {
        return title;
    }
}
