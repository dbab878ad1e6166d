// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * How a run went over time, for charts: points of a run of any length, at most {@value #MOST_POINTS}, and what changed
 * between them. Looked at when something happens in the run, no sooner than a tenth of a second after the last time in the
 * first minute, and twice as long whenever a run has taken twice as long: between two points nothing happened, or little.
 * Immutable.
 *
 * @param points in the order of time
 * @param changes in the order of time, at most {@value #MOST_CHANGES}; further ones are left out
 */
public record RunTimeline(List<Point> points, List<Change> changes) {

    /** No more points than this: {@value}. */
    public static final int MOST_POINTS = 600;

    /** No more changes than this: {@value}. */
    public static final int MOST_CHANGES = 500;

    /** Of a run of which nothing is known. */
    public static final RunTimeline NONE = new RunTimeline(List.of(), List.of());

    public RunTimeline {
        points = List.copyOf(points);
        changes = List.copyOf(changes);
    }

    /** Of too many points as many as there may be: two neighbours become one until they are few enough. */
    public static List<Point> thinned(List<Point> points) {
        return TimelineThinning.toAtMost(MOST_POINTS, points);
    }

    /**
     * One look.
     *
     * @param at since the run began
     * @param read records so far, as all counts here
     * @param delivered records that arrived
     * @param rejected records that were put aside
     * @param requests attempts to deliver a batch or a part of one
     * @param retries waits before a further attempt
     * @param bytesRead bytes of the source that were gone through
     * @param inFlight batches that were open
     * @param batchSize records that the next batch takes
     * @param concurrencyLimit requests that might be made at once
     * @param p50 what half of the requests since the last point took at most; zero if none ended
     * @param p95 what 95 % of them took
     * @param p99 what 99 % of them took
     * @param heapUsedBytes of the heap, garbage included
     */
    public record Point(
            Duration at,
            long read,
            long delivered,
            long rejected,
            long requests,
            long retries,
            long bytesRead,
            int inFlight,
            int batchSize,
            int concurrencyLimit,
            Duration p50,
            Duration p95,
            Duration p99,
            long heapUsedBytes) {

        public Point {
            Objects.requireNonNull(at, "at");
            Objects.requireNonNull(p50, "p50");
            Objects.requireNonNull(p95, "p95");
            Objects.requireNonNull(p99, "p99");
        }
    }

    /**
     * Something changed.
     *
     * @param at since the run began
     * @param what what changed
     * @param to what it is now: the name of a circuit breaker's state, or of a level of pressure
     */
    public record Change(Duration at, Subject what, String to) {

        /** What can change. */
        public enum Subject {
            /** The circuit breaker: CLOSED, OPEN, HALF_OPEN. */
            BREAKER,
            /** The pressure on memory: NONE, HIGH, CRITICAL. */
            MEMORY
        }

        public Change {
            Objects.requireNonNull(at, "at");
            Objects.requireNonNull(what, "what");
            Objects.requireNonNull(to, "to");
        }
    }
}
