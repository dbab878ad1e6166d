// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * Whether an engine pays, and how many workers are enough: arithmetic, before anything is deployed. Immutable.
 *
 * <p>Three things bound a job, and the slowest of them is its time: the rate that the destination takes, {@code requests /
 * rate}; the requests under way (Little's law), {@code requests x latency / requests at once}; and reading and encoding,
 * {@code records / (records a second of a core x cores)}. Workers help with the second and the third. An engine pays when a
 * single machine is bounded by one of these and not by the first.
 *
 * @param job what is to be done
 * @param machine one machine, which is also what a worker is
 */
public record ScalingEstimate(Job job, Machine machine) {

    /** A machine alone that needs no more than this times the least time is as good as any number: {@value}. */
    public static final double WORTH_IT = 1.5;

    /**
     * What is to be done.
     *
     * @param bytes of all files
     * @param recordBytes of a record in the file, in the mean
     * @param batchRecords records in a request
     * @param requestsPerSecond what the destination takes of all workers together
     * @param latency of a request, in the mean
     */
    public record Job(long bytes, double recordBytes, int batchRecords, double requestsPerSecond, Duration latency) {
        public Job {
            if (bytes < 1 || !(recordBytes > 0) || batchRecords < 1 || !(requestsPerSecond > 0)) {
                throw new IllegalArgumentException("bytes was " + bytes + ", recordBytes " + recordBytes
                        + ", batchRecords " + batchRecords + " and requestsPerSecond " + requestsPerSecond
                        + " but all must be more than zero");
            }
            if (latency.isNegative() || latency.isZero()) {
                throw new IllegalArgumentException("latency was " + latency + " but it must be more than zero");
            }
        }

        /** How many records there are. */
        public double records() {
            return bytes / recordBytes;
        }

        /** How many requests it takes, nothing sent twice. */
        public double requests() {
            return records() / batchRecords;
        }
    }

    /**
     * One machine.
     *
     * @param cores that read and encode
     * @param recordsPerCoreSecond records that one core reads, enriches, encodes and sends in a second: measure it with
     *     {@link io.apilados.pipeline.PerformanceTester}, or take {@link #RECORDS_PER_CORE_SECOND}
     * @param requestsAtOnce the most requests that it has under way
     * @param dollarsPerHour what it costs
     */
    public record Machine(int cores, double recordsPerCoreSecond, int requestsAtOnce, double dollarsPerHour) {

        /**
         * A careful figure: {@value}. Two cores sent 389,000 records of 150 bytes a second over HTTP to an API on the same
         * machine (docs/benchmarks.md).
         */
        public static final double RECORDS_PER_CORE_SECOND = 100_000;

        public Machine {
            if (cores < 1 || !(recordsPerCoreSecond > 0) || requestsAtOnce < 1 || !(dollarsPerHour >= 0)) {
                throw new IllegalArgumentException(
                        "cores was " + cores + ", recordsPerCoreSecond " + recordsPerCoreSecond
                                + ", requestsAtOnce " + requestsAtOnce + " and dollarsPerHour " + dollarsPerHour
                                + " but the first three must be more than zero, and the price not less");
            }
        }
    }

    /** The time that no number of workers goes below: the destination's. */
    public Duration leastTime() {
        return seconds(job.requests() / job.requestsPerSecond());
    }

    /** The time that so many machines take, 1 or more. */
    public Duration time(int machines) {
        if (machines < 1) {
            throw new IllegalArgumentException("machines was " + machines + " but it must be 1 or more");
        }
        return seconds(Math.max(job.requests() / job.requestsPerSecond(), secondsOfOne() / machines));
    }

    /** What one machine would take if the destination had no limit. */
    private double secondsOfOne() {
        double waiting = job.requests() * job.latency().toNanos() / 1e9 / machine.requestsAtOnce();
        double working = job.records() / (machine.recordsPerCoreSecond() * machine.cores());
        return Math.max(waiting, working);
    }

    /** As many machines as it takes to be as fast as the destination allows; more bring nothing. */
    public int machinesThatHelp() {
        return (int) Math.max(1, Math.ceil(secondsOfOne() * job.requestsPerSecond() / job.requests() - 1e-9));
    }

    /** Whether several machines are notably faster than one. */
    public boolean engineSpeedsUp() {
        return time(1).toNanos() > WORTH_IT * leastTime().toNanos();
    }

    /** What so many machines cost for the time that they take, in dollars; the destination's own price not included. */
    public double dollars(int machines) {
        return machines * machine.dollarsPerHour() * time(machines).toNanos() / 3.6e12;
    }

    private static Duration seconds(double seconds) {
        return seconds > Long.MAX_VALUE / 1e9
                ? Duration.ofSeconds((long) seconds)
                : Duration.ofNanos((long) (seconds * 1e9));
    }

    /** In a sentence, for people. */
    @Override
    public String toString() {
        String facts = String.format(
                Locale.ROOT,
                "%.3g requests at %s a second take %s at the least; one machine takes %s",
                job.requests(),
                job.requestsPerSecond(),
                leastTime().truncatedTo(ChronoUnit.SECONDS),
                time(1).truncatedTo(ChronoUnit.SECONDS));
        return engineSpeedsUp()
                ? facts + ", and " + machinesThatHelp() + " are as fast as the destination allows"
                : facts + ", and an engine would not be notably faster";
    }
}
