// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.batch.BatchLimit;
import io.apilados.pipeline.batch.SizePlan;
import io.apilados.pipeline.checkpoint.Checkpoint;
import io.apilados.pipeline.checkpoint.CheckpointLease;
import io.apilados.pipeline.checkpoint.CheckpointPace;
import io.apilados.pipeline.checkpoint.PlannedSize;
import io.apilados.pipeline.checkpoint.SettledBatch;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.source.SourcePosition;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a run goes on from, and when it writes down how far it is. Without a store it goes on from nothing and writes
 * nothing.
 *
 * <p>Boundaries of batches are not written one by one: what is written before it is used is how large the batches of the
 * next stretch are. A run that goes on reads the stretch again with the same sizes and so cuts the same batches, up to
 * where the last stretch ends: nothing beyond that can have been sent. A stretch is as long as about a quarter of a
 * second of work, and is superseded when the adaptation would like another size; but not so often that writing it
 * durably, which takes milliseconds, takes a notable share of the time.
 *
 * <p>The plan belongs to the reading thread and shares only the list of sizes, guarded by itself; everything else is
 * guarded by the ledger's lock.
 */
final class CheckpointKeeper implements SizePlan, Closeable {

    private static final long STRETCH_NANOS = 250_000_000L;

    /** A size is superseded no sooner than so many times as long as writing the last one down took. */
    private static final int PLANNING_SHARE = 20;

    private static final int SHORTEST_STRETCH = 16;
    private static final int LONGEST_STRETCH = 4096;

    private final @Nullable CheckpointLease lease;
    private final Checkpoint base;
    private final Scheduler scheduler;
    private final RunState state;
    private final CheckpointPace pace;
    private final long paceNanos;
    private final Map<Long, SettledBatch> settledBefore = new HashMap<>();

    private final List<PlannedSize> sizes = new ArrayList<>();
    private @Nullable PlannedSize current;

    /** Batches of an earlier run may have been sent up to here, so up to here they are cut as it cut them. */
    private final long replayedUntil;

    private int stretch = SHORTEST_STRETCH;
    private long stretchBegan;
    private long plannedNanos;
    private long planningNanos;

    private long savedNanos;
    private long savedAtByte;
    private long savedBatches;
    private long longestSaveNanos;

    CheckpointKeeper(@Nullable CheckpointLease lease, Checkpoint base, Scheduler scheduler, RunState state) {
        this(lease, base, scheduler, state, CheckpointPace.DEFAULT);
    }

    CheckpointKeeper(
            @Nullable CheckpointLease lease,
            Checkpoint base,
            Scheduler scheduler,
            RunState state,
            CheckpointPace pace) {
        this.pace = pace;
        this.paceNanos = TimeUnit.NANOSECONDS.convert(pace.time());
        this.savedBatches = base.counters().batches();
        this.lease = lease;
        this.base = base;
        this.scheduler = scheduler;
        this.state = state;
        this.sizes.addAll(base.sizes());
        long until = 0;
        for (PlannedSize size : sizes) {
            until = Math.max(until, size.untilRecord());
        }
        this.replayedUntil = until;
        for (SettledBatch batch : base.settled()) {
            settledBefore.put(batch.firstRecord(), batch);
        }
    }

    /** What the run goes on from. */
    Checkpoint base() {
        return base;
    }

    /** The batch of an earlier run that begins with this record and is settled; null if there is none. */
    @Nullable SettledBatch settledBefore(long firstRecord) {
        return settledBefore.isEmpty() ? null : settledBefore.remove(firstRecord);
    }

    /** The batches of earlier runs that are settled, above {@code position}, and that were not come to again. */
    List<SettledBatch> settledAhead(SourcePosition position) {
        List<SettledBatch> ahead = new ArrayList<>();
        for (SettledBatch batch : settledBefore.values()) {
            if (batch.firstRecord() >= position.recordNumber()) {
                ahead.add(batch);
            }
        }
        return ahead;
    }

    @Override
    public BatchLimit limitFrom(SourcePosition first, BatchLimit wanted) {
        CheckpointLease held = lease;
        if (held == null) {
            return wanted;
        }
        long record = first.recordNumber();
        PlannedSize planned = record < replayedUntil ? plannedFor(record) : current;
        if (planned == null || !planned.covers(record)) {
            lengthenOrShortenStretch();
        } else if (record < replayedUntil || planned.limit().isSameAs(wanted) || !isTimeToSupersede()) {
            return planned.limit();
        }
        return plan(held, record, wanted);
    }

    private BatchLimit plan(CheckpointLease held, long record, BatchLimit wanted) {
        PlannedSize next = new PlannedSize(record, record + (long) stretch * wanted.records(), wanted);
        long began = scheduler.nanoTime();
        try {
            held.plan(next);
        } catch (IOException e) {
            // The run is ending now, and nothing further is sent: the size does not matter any more.
            state.fail(e);
            return wanted;
        }
        plannedNanos = scheduler.nanoTime();
        planningNanos = plannedNanos - began;
        synchronized (sizes) {
            sizes.add(next);
        }
        current = next;
        return wanted;
    }

    private boolean isTimeToSupersede() {
        return scheduler.nanoTime() - plannedNanos >= PLANNING_SHARE * planningNanos;
    }

    private @Nullable PlannedSize plannedFor(long record) {
        synchronized (sizes) {
            PlannedSize last = null;
            for (PlannedSize size : sizes) {
                if (size.covers(record)) {
                    last = size;
                }
            }
            return last;
        }
    }

    private void lengthenOrShortenStretch() {
        long now = scheduler.nanoTime();
        stretch = now - stretchBegan < STRETCH_NANOS
                ? Math.min(LONGEST_STRETCH, 2 * stretch)
                : Math.max(SHORTEST_STRETCH, stretch / 2);
        stretchBegan = now;
    }

    /** The sizes that a run going on from {@code position} needs. */
    List<PlannedSize> sizesFrom(SourcePosition position) {
        synchronized (sizes) {
            List<PlannedSize> needed = new ArrayList<>();
            for (PlannedSize size : sizes) {
                if (size.untilRecord() > position.recordNumber()) {
                    needed.add(size);
                }
            }
            sizes.clear();
            sizes.addAll(needed);
            return needed;
        }
    }

    boolean isKept() {
        return lease != null;
    }

    void settled(SettledBatch batch) throws IOException {
        if (lease != null) {
            lease.settled(batch);
        }
    }

    /**
     * Whether enough has happened since the last time.
     *
     * @param batches that are settled, in all
     */
    boolean isDue(SourcePosition reached, long batches) {
        return lease != null
                && (reached.byteOffset() - savedAtByte >= pace.bytes()
                        || batches - savedBatches >= pace.batches()
                        || scheduler.nanoTime() - savedNanos >= paceNanos);
    }

    void save(Checkpoint checkpoint, SourcePosition reached) throws IOException {
        if (lease != null) {
            long began = scheduler.nanoTime();
            lease.save(checkpoint);
            savedNanos = scheduler.nanoTime();
            savedAtByte = reached.byteOffset();
            savedBatches = checkpoint.counters().batches();
            longestSaveNanos = Math.max(longestSaveNanos, savedNanos - began);
        }
    }

    /** The longest that saving has taken. */
    long longestSaveNanos() {
        return longestSaveNanos;
    }

    @Override
    public void close() throws IOException {
        if (lease != null) {
            lease.close();
        }
    }
}
