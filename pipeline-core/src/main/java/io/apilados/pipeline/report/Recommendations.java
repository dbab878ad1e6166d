// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.checkpoint.RejectReason;
import io.apilados.pipeline.report.GoalVerdict.Goal;
import io.apilados.pipeline.report.GoalVerdict.Verdict;
import io.apilados.pipeline.report.PerformanceReport.Spread;
import io.apilados.pipeline.report.RunTimeline.Change.Subject;
import io.apilados.pipeline.report.RunTimeline.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What follows from the measurements of a performance test. The thresholds are conventions of ours, each a constant;
 * where a measurement is missing, nothing is said.
 */
final class Recommendations {

    /** Half of the runs lie within so much of each other, or they are called noisy. */
    private static final double NOISY = 0.06;

    private static final double STILL_WARMING = 1.05;
    private static final double MANY_RETRIES = 0.05;
    private static final double MANY_REJECTS = 0.01;
    private static final double LONG_TAIL = 10;

    /** A percentile of 99 of fewer requests is a matter of one or two. */
    private static final long ENOUGH_FOR_TAIL = 200;

    /** Fewer points of the timeline are no share of time. */
    private static final int ENOUGH_POINTS = 4;

    private static final double MOSTLY = 0.5;
    private static final double BUSY = 0.8;
    private static final double IDLE = 0.5;

    private final PerformanceReport report;
    private final RunReport run;
    private final List<Recommendation> found = new ArrayList<>();

    private Recommendations(PerformanceReport report) {
        this.report = report;
        this.run = report.medianRun();
    }

    static List<Recommendation> of(PerformanceReport report) {
        Recommendations all = new Recommendations(report);
        all.aboutTheTest();
        all.aboutRecords();
        all.aboutRequests();
        all.aboutTheBottleneck();
        all.aboutBatches();
        all.aboutMemory();
        return List.copyOf(all.found);
    }

    private void add(String title, String advice, String evidence, Object... values) {
        found.add(new Recommendation(title, String.format(Locale.ROOT, evidence, values), advice));
    }

    private void aboutTheTest() {
        double speedUp = report.speedUp();
        Spread speed = report.spread(PerformanceMetric.RECORDS_PER_SECOND);
        if (speedUp > STILL_WARMING) {
            add(
                    "runs were still getting faster",
                    "make more runs to warm up",
                    "the second half of the runs was %.1f %% faster than the first",
                    100 * (speedUp - 1));
        } else if (speed != null && speed.relative() > NOISY) {
            add(
                    "runs vary much",
                    "make more runs, longer ones, or on a quieter machine; compare by interleaved runs",
                    "the quartiles of records/s are %.1f %% of the median apart",
                    100 * speed.relative());
        }
    }

    private void aboutRecords() {
        double share = run.read() == 0 ? 0 : (double) run.rejected() / run.read();
        if (share > MANY_REJECTS && !run.rejectReasons().isEmpty()) {
            RejectReason most = run.rejectReasons().get(0);
            add(
                    "many records are rejected",
                    "look at the first lines of that reason in the reject file; correct the data or the rule",
                    "%.1f %% of the records, most of them (%,d) for %s in the stage %s",
                    100 * share,
                    most.count(),
                    most.code(),
                    most.stage());
        }
    }

    private void aboutRequests() {
        double retries = run.requests() == 0 ? 0 : (double) run.retries() / run.requests();
        if (retries > MANY_RETRIES) {
            add(
                    "many requests are tried again",
                    "lower the rate or the greatest concurrency until the destination stops refusing, or ask for more of it",
                    "%,d retries in %,d requests, %.1f %%",
                    run.retries(),
                    run.requests(),
                    100 * retries);
        }
        long opened = run.timeline().changes().stream()
                .filter(change ->
                        change.what() == Subject.BREAKER && change.to().equals("OPEN"))
                .count();
        if (opened > 0) {
            add(
                    "the circuit breaker opened",
                    "measure again when the destination is well: this says little about the pipeline",
                    "%,d times in the median run",
                    opened);
        }
        Latencies latencies = report.latencies();
        double p50 = latencies.percentile(50).toNanos() / 1e6;
        double p99 = latencies.percentile(99).toNanos() / 1e6;
        if (latencies.count() >= ENOUGH_FOR_TAIL && p50 > 0 && p99 > LONG_TAIL * p50) {
            add(
                    "some requests take very long",
                    "look for what these wait for at the destination; lower the greatest concurrency if it queues there",
                    "p99 is %.1f ms, %.0f times p50 (%.1f ms), of %,d requests",
                    p99,
                    p99 / p50,
                    p50,
                    latencies.count());
        }
    }

    /**
     * By Little's law the requests that are open at a time, on average, are those that start in a second times what one
     * takes. Near the limit, the pipeline waits for the destination; far below, for itself.
     */
    private void aboutTheBottleneck() {
        long most = setting("most concurrency");
        if (most <= 0 || run.latencies().count() == 0 || run.elapsed().isZero()) {
            return;
        }
        double perSecond = run.latencies().count() / run.seconds();
        double open = perSecond * run.latencies().mean().toNanos() / 1e9;
        String law = String.format(
                Locale.ROOT,
                "%.1f requests/s of %.1f ms each are %.1f open at a time (Little's law), of at most %,d",
                perSecond,
                run.latencies().mean().toNanos() / 1e6,
                open,
                most);
        Double limited = timeShare(point -> point.concurrencyLimit() >= most);
        Spread cpu = report.spread(PerformanceMetric.RECORDS_PER_CPU_SECOND);
        if (open > BUSY * most) {
            add(
                    "the pipeline waits for the destination",
                    "allow more requests at once, if the destination bears them; otherwise only it can make this faster",
                    "%s",
                    limited == null
                            ? law
                            : law
                                    + String.format(
                                            Locale.ROOT,
                                            "; the limit was at its greatest %.0f %% of the time",
                                            100 * limited));
        } else if (open < IDLE * most && cpu != null) {
            double busy = report.spread(PerformanceMetric.RECORDS_PER_SECOND) == null
                    ? 0
                    : cores(cpu) / Math.max(1, setting("processors"));
            if (busy > BUSY) {
                add(
                        "the pipeline waits for processors",
                        "give it more of them, or make parsing and enriching cheaper: a profiler tells where time goes",
                        "%.0f %% of the processors' time was used; %s",
                        100 * busy,
                        law);
            } else if (cores(cpu) > BUSY && setting("readers") == 1) {
                add(
                        "one thread reads as fast as it can",
                        "read the file with several threads (readers)",
                        "%.2f processors were busy of %,d, with 1 reader; %s",
                        cores(cpu),
                        setting("processors"),
                        law);
            }
        }
    }

    /** Processors that were busy at a time, of the median run of each. */
    private double cores(Spread recordsPerCpuSecond) {
        Spread speed = report.spread(PerformanceMetric.RECORDS_PER_SECOND);
        return speed == null ? 0 : speed.median() / recordsPerCpuSecond.median();
    }

    private void aboutBatches() {
        String sizes = run.settings().getOrDefault("batch", "");
        String[] parts = sizes.split(":", -1);
        if (parts.length != 3 || parts[0].equals(parts[2])) {
            return;
        }
        long most = number(parts[2]);
        Double share = timeShare(point -> point.batchSize() >= most);
        if (most > 0 && share != null && share > MOSTLY) {
            add(
                    "batches are as large as they may be",
                    "allow larger batches, if the destination takes them",
                    "the batch size was at its greatest, %,d, %.0f %% of the time",
                    most,
                    100 * share);
        }
    }

    private void aboutMemory() {
        for (GoalVerdict verdict : run.verdicts()) {
            Double measured = verdict.measured();
            boolean missed = verdict.verdict() == Verdict.MISSED || verdict.verdict() == Verdict.CRITICAL;
            if (verdict.goal() == Goal.MEMORY && missed && measured != null) {
                add(
                        "memory is short",
                        "give it more memory, hold the catalog on demand, or allow fewer and smaller batches at once",
                        "%.0f %% of the memory was in use for long, the goal is %.0f %%",
                        100 * measured,
                        100 * verdict.target());
            }
        }
    }

    /** The share of the run's time at whose end this held; null if there are too few points. */
    private @Nullable Double timeShare(Predicate<Point> holds) {
        List<Point> points = run.timeline().points();
        if (points.size() < ENOUGH_POINTS) {
            return null;
        }
        long held = 0;
        long before = 0;
        for (Point point : points) {
            long at = point.at().toNanos();
            held += holds.test(point) ? at - before : 0;
            before = at;
        }
        return before == 0 ? null : Double.valueOf((double) held / before);
    }

    private long setting(String name) {
        return number(run.settings().getOrDefault(name, ""));
    }

    /** A whole number; 0 if it is none. */
    private static long number(String text) {
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
    }
}
