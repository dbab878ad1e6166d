// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.checkpoint.Checkpoint;
import io.apilados.pipeline.checkpoint.Counters;
import io.apilados.pipeline.checkpoint.RejectReason;
import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.Pressure;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.Latencies;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.report.RunTimeline;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Whether a run goes on and why it does not, and its counters. Safe for use by many threads. */
final class RunState {

    /** Where a {@code MemoryMonitor} begins to call memory short. */
    private static final double MOST_WITH_GARBAGE = 0.7;

    final AtomicLong requests = new AtomicLong();
    final AtomicLong retries = new AtomicLong();
    final AtomicLong arrived = new AtomicLong();

    private final Scheduler scheduler;
    private final Instant startedAt;
    private final long startNanos;
    private final AtomicLong peakHeapBytes = new AtomicLong();
    private final AtomicReference<@Nullable Ending> ending = new AtomicReference<>();
    private volatile boolean interrupted;
    private @Nullable Runnable onEnd;

    /** Why a run ends before its time. */
    private record Ending(
            RunStatus status, String reason, @Nullable Throwable fault) {}

    /** What was seen of a run beside its books. */
    record Seen(
            List<String> notes,
            @Nullable Double memoryShare,
            Latencies latencies,
            RunTimeline timeline,
            Map<String, String> settings) {}

    RunState(Scheduler scheduler) {
        this.scheduler = scheduler;
        this.startedAt = Instant.ofEpochMilli(scheduler.epochMillis());
        this.startNanos = scheduler.nanoTime();
    }

    /** What to do as soon as the run has to end. */
    void onEnd(Runnable action) {
        onEnd = action;
    }

    boolean isEnding() {
        return ending.get() != null;
    }

    void stop(String reason) {
        end(new Ending(RunStatus.STOPPED, reason, null));
    }

    void noPlaceFor(RejectedRecord record) {
        stop(record + "; there is no place for rejected records, so it stays unsettled: name one");
    }

    void interrupted() {
        interrupted = true;
        stop("its thread was interrupted");
    }

    boolean wasInterrupted() {
        return interrupted;
    }

    void fail(Throwable fault) {
        String message = fault.getMessage();
        String reason = fault instanceof IOException && message != null
                ? message
                : "code at fault: " + fault.getClass().getName();
        end(new Ending(RunStatus.FAILED, reason, fault));
    }

    /** The first reason counts; but a fault outweighs a wish to stop. */
    private void end(Ending wanted) {
        Ending before = ending.getAndUpdate(now ->
                now == null || (now.status != RunStatus.FAILED && wanted.status == RunStatus.FAILED) ? wanted : now);
        Runnable action = onEnd;
        if (before == null && action != null) {
            action.run();
        }
    }

    @Nullable Throwable fault() {
        Ending end = ending.get();
        return end == null ? null : end.fault;
    }

    /** How much of the heap is used, garbage included. */
    static long usedHeapBytes() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    void lookAtHeap() {
        long used = usedHeapBytes();
        long peak = peakHeapBytes.get();
        while (used > peak && !peakHeapBytes.compareAndSet(peak, used)) {
            peak = peakHeapBytes.get();
        }
    }

    /**
     * What was watched; or, where the old generation was never collected and so nobody knows what of the heap was in use,
     * the most that it held, which is no less. A share that is large for its garbage would say nothing.
     */
    private @Nullable Double memoryShare(@Nullable Double watched) {
        double most = (double) peakHeapBytes.get() / Runtime.getRuntime().maxMemory();
        return watched != null || most == 0 || most > MOST_WITH_GARBAGE ? watched : Double.valueOf(most);
    }

    private Duration elapsed() {
        return Duration.ofNanos(scheduler.nanoTime() - startNanos);
    }

    Progress progress(
            @Nullable Books<?> books,
            int inFlight,
            int concurrencyLimit,
            CircuitBreaker.State breaker,
            Pressure memory) {
        if (books == null) {
            return new Progress(0, 0, 0, 0, 0, 0, 0, 0, concurrencyLimit, breaker, memory, 0, 0, -1, elapsed());
        }
        Ledger.Totals totals = books.ledger.totals();
        Counters before = books.keeper.base().counters();
        return new Progress(
                before.read() + books.readBefore,
                before.delivered() + arrived.get(),
                totals.counters().rejected(),
                totals.counters().filtered(),
                requests.get(),
                retries.get(),
                inFlight,
                books.batches.batchSize(),
                concurrencyLimit,
                breaker,
                memory,
                books.bytesReadBefore - books.startByte(),
                totals.settledTo().byteOffset() - books.startByte(),
                books.sizeBytes(),
                elapsed());
    }

    /** The books are closed: draws the sum. */
    RunReport report(String source, @Nullable Books<?> books, Seen seen) {
        lookAtHeap();
        if (books == null) {
            return report(source, Counters.ZERO, 0, 0, null, List.of(), seen);
        }
        Ledger.Totals totals = books.ledger.totals();
        Counters counters = totals.counters();
        // Counted where records are read, and not where they are accounted for: so that the two can differ.
        long read = books.keeper.base().counters().read() + books.read;
        long accounted = counters.delivered() + counters.rejected() + counters.filtered() + totals.unsettled();
        if (accounted != read) {
            fail(new IOException("the numbers do not add up: read " + read + " records, but " + accounted
                    + " are accounted for; this is a defect of the pipeline, please report it"));
        } else if (!isEnding() && totals.unsettled() > 0) {
            fail(new IOException(totals.unsettled() + " records are not settled at the end of the source;"
                    + " this is a defect of the pipeline, please report it"));
        }
        return report(
                source,
                withRead(counters, read),
                totals.unsettled(),
                books.bytesRead(),
                books.resumedFrom(),
                books.ledger.rejectReasons(),
                seen);
    }

    /** An earlier run had completed already. */
    RunReport reportOf(String source, Checkpoint complete, Seen seen) {
        return report(
                source,
                complete.counters(),
                0,
                complete.position().byteOffset(),
                complete.position().recordNumber(),
                complete.rejectReasons(),
                seen);
    }

    private static Counters withRead(Counters counters, long read) {
        return new Counters(
                read,
                counters.delivered(),
                counters.rejected(),
                counters.filtered(),
                counters.oddities(),
                counters.batches(),
                counters.requests(),
                counters.retries());
    }

    private RunReport report(
            String source,
            Counters counters,
            long unsettled,
            long bytesRead,
            @Nullable Long resumedFrom,
            List<RejectReason> rejectReasons,
            Seen seen) {
        Ending end = ending.get();
        return new RunReport(
                end == null ? RunStatus.COMPLETED : end.status,
                source,
                counters.read(),
                counters.delivered(),
                counters.rejected(),
                counters.filtered(),
                unsettled,
                counters.oddities(),
                counters.batches(),
                counters.requests(),
                counters.retries(),
                bytesRead,
                startedAt,
                elapsed(),
                peakHeapBytes.get(),
                memoryShare(seen.memoryShare),
                resumedFrom,
                rejectReasons,
                seen.notes,
                seen.latencies,
                seen.timeline,
                seen.settings,
                List.of(),
                end == null ? null : end.reason);
    }
}
