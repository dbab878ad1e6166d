// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

/**
 * The figures of whole runs that go to CloudWatch, one value for each run: with {@code Sum}, {@code Average} and
 * {@code SampleCount} of the same metric. They are of a run by itself, without those that it went on from.
 */
public enum RunMetric {
    /** How long a run took. */
    EXECUTION_TIME("ExecutionTime", "milliseconds", "From the opening of the source to the end of the run"),
    /** Records that came to their end. */
    RECORDS_PROCESSED("RecordsProcessed", "records", "Records that were delivered, rejected or filtered"),
    /** Records that arrived. */
    RECORDS_DELIVERED("RecordsDelivered", "records", "Records that arrived"),
    /** Records that were put aside. */
    RECORDS_REJECTED("RecordsRejected", "records", "Records that were put aside with a reason"),
    /** Records that another run has to settle. */
    RECORDS_UNSETTLED("RecordsUnsettled", "records", "Records that were read and are left for the next run"),
    /** Delivered records as a share. */
    SUCCESS_RATE(
            "SuccessRate",
            "percent",
            "Delivered records of those that were delivered or rejected; 0 if records were read and none came to its end"),
    /** How fast it was. */
    RECORDS_PER_SECOND("RecordsPerSecond", "records/second", "Processed records by the time that the run took"),
    /** How long most requests took. */
    REQUEST_P99("RequestDurationP99", "milliseconds", "What 99 % of the requests took at most"),
    /** Requests that were made again. */
    RETRIES("Retries", "requests", "Waits before a further attempt"),
    /** How often the breaker opened. */
    BREAKER_OPENINGS("BreakerOpenings", "openings", "How often the circuit breaker opened"),
    /** Memory in use. */
    MEMORY_UTILIZATION(
            "MemoryUtilization",
            "percent",
            "The largest share of the memory that was in use for long: of the heap, or of the container's limit"),
    /** Runs that broke. */
    RUNS_FAILED("RunsFailed", "runs", "1 for a run that broke, 0 for every other");

    private final String metricName;
    private final String unit;
    private final String description;

    RunMetric(String metricName, String unit, String description) {
        this.metricName = metricName;
        this.unit = unit;
        this.description = description;
    }

    /** Its name in CloudWatch. */
    public String metricName() {
        return metricName;
    }

    /** What it is measured in. */
    public String unit() {
        return unit;
    }

    /** What it means, in one sentence. */
    public String description() {
        return description;
    }
}
