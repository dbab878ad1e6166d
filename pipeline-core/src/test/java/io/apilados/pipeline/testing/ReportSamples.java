// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import io.apilados.pipeline.checkpoint.RejectReason;
import io.apilados.pipeline.report.Latencies;
import io.apilados.pipeline.report.LatencyRecorder;
import io.apilados.pipeline.report.PerformanceGoals;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.report.RunTimeline;
import io.apilados.pipeline.report.RunTimeline.Change;
import io.apilados.pipeline.report.RunTimeline.Change.Subject;
import io.apilados.pipeline.report.RunTimeline.Point;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Reports of runs that never were, the same each time. */
public final class ReportSamples {

    private ReportSamples() {}

    /** Of a run that stopped early, with seven rejected records; its sums come out right if it delivered 90. */
    public static RunReport stopped(long delivered, String source) {
        return new RunReport(
                RunStatus.STOPPED,
                source,
                100,
                delivered,
                7,
                2,
                1,
                3,
                10,
                12,
                2,
                5000,
                Instant.parse("2026-11-20T08:00:00Z"),
                Duration.ofMillis(2500),
                1 << 20,
                null,
                null,
                List.of(new RejectReason("enrich", "unknown-key", "column cct: <none>", 7, List.of(2L, 9L))),
                List.of("catalog preloaded: 270,000 keys"),
                Latencies.NONE,
                RunTimeline.NONE,
                Map.of(),
                List.of(),
                "asked to \"stop\"");
    }

    /**
     * Of a run that completed after so many seconds, looked at each second (at most 600 times), whose destination failed
     * in the middle.
     *
     * @param seed another gives another run
     */
    public static RunReport completed(int seconds, long seed) {
        Random random = new Random(seed);
        LatencyRecorder recorder = new LatencyRecorder();
        List<Point> points = new ArrayList<>();
        long delivered = 0;
        long rejected = 0;
        long requests = 0;
        long retries = 0;
        for (int second = 1; second <= seconds; second++) {
            boolean failing = second > seconds / 2 && second < seconds / 2 + Math.max(2, seconds / 10);
            int size = Math.min(500, 100 + 10 * second);
            int made = failing ? 1 : 20 + random.nextInt(10);
            for (int i = 0; i < made; i++) {
                recorder.record(20_000_000L + Math.abs(random.nextLong() % 80_000_000L));
            }
            requests += made;
            retries += failing ? 1 : 0;
            delivered += failing ? 0 : (long) made * size;
            rejected += random.nextInt(3);
            LatencyRecorder.Late late = recorder.sinceLast();
            points.add(new Point(
                    Duration.ofSeconds(second),
                    delivered + rejected,
                    delivered,
                    rejected,
                    requests,
                    retries,
                    80 * (delivered + rejected),
                    failing ? 1 : 10,
                    size,
                    failing ? 2 : 10,
                    late.p50(),
                    late.p95(),
                    late.p99(),
                    (20L + random.nextInt(60)) << 20));
        }
        List<Change> changes = List.of(
                new Change(Duration.ofSeconds(seconds / 2), Subject.BREAKER, "OPEN"),
                new Change(Duration.ofSeconds(seconds / 2 + Math.max(1, seconds / 12)), Subject.BREAKER, "HALF_OPEN"),
                new Change(Duration.ofSeconds(seconds / 2 + Math.max(2, seconds / 10)), Subject.BREAKER, "CLOSED"));
        List<RejectReason> reasons = rejected == 0
                ? List.of()
                : List.of(new RejectReason(
                        "enrich",
                        "unknown-key",
                        "column cct: the key is not in the catalog",
                        rejected,
                        List.of(2L, 9L)));
        return new RunReport(
                        RunStatus.COMPLETED,
                        "participants.csv",
                        delivered + rejected,
                        delivered,
                        rejected,
                        0,
                        0,
                        0,
                        requests - retries,
                        requests,
                        retries,
                        80 * (delivered + rejected),
                        Instant.parse("2026-11-20T08:00:00Z").plusSeconds(seed % 10),
                        Duration.ofSeconds(seconds),
                        80L << 20,
                        0.42,
                        null,
                        reasons,
                        List.of("catalog preloaded: 270,000 keys take 4.1 MB of 400.0 MB available"),
                        recorder.total(),
                        new RunTimeline(RunTimeline.thinned(points), changes),
                        Map.of("batch", "10:100:500", "readers", "1"),
                        List.of(),
                        null)
                .judgedBy(PerformanceGoals.ofDefaults());
    }
}
