// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.checkpoint.Checkpoint;
import io.apilados.pipeline.checkpoint.CheckpointLease;
import io.apilados.pipeline.checkpoint.Counters;
import io.apilados.pipeline.checkpoint.PlannedSize;
import io.apilados.pipeline.checkpoint.SettledBatch;
import io.apilados.pipeline.checkpoint.SplitCheckpoint;
import io.apilados.pipeline.checkpoint.SplitObjects;
import java.io.IOException;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoint of a split, which several attempts may have at once. It is never saved as complete from here: that it is
 * only when the report is published.
 *
 * <p>What was settled and what is planned is not noted between two checkpoints: the sizes of a split's batches are fixed,
 * and a batch that is sent again has the same key.
 */
final class SplitLease implements CheckpointLease {

    private final SplitObjects objects;
    private final SplitRejects rejects;
    private final SplitCourse course;
    private final long keySumBefore;
    private final LongSupplier keySum;
    private volatile boolean abandoned;
    private @Nullable SplitCheckpoint last;

    /**
     * A lease that nobody is kept from having, too.
     *
     * @param keySumBefore of what the attempt goes on from
     * @param keySum of what this attempt has settled
     */
    SplitLease(SplitObjects objects, SplitRejects rejects, SplitCourse course, long keySumBefore, LongSupplier keySum) {
        this.objects = objects;
        this.rejects = rejects;
        this.course = course;
        this.keySumBefore = keySumBefore;
        this.keySum = keySum;
    }

    /** From now on nothing is saved. */
    void abandon() {
        abandoned = true;
    }

    /** What was saved last by this attempt, or was not because another one is further; null if nothing was. */
    @Nullable SplitCheckpoint last() {
        return last;
    }

    @Override
    public Optional<Checkpoint> load() {
        return Optional.empty();
    }

    @Override
    public void save(Checkpoint checkpoint) throws IOException {
        if (abandoned) {
            return;
        }
        rejects.store(checkpoint.rejectsMark());
        SplitCheckpoint split = new SplitCheckpoint(
                open(checkpoint),
                keySumBefore + keySum.getAsLong(),
                course.limit().records(),
                course.limit().bytes());
        objects.save(split);
        last = split;
    }

    /** Without what belongs to the attempt, and not to the split. */
    private static Checkpoint open(Checkpoint of) {
        Counters counters = of.counters();
        return new Checkpoint(
                of.fingerprint(),
                of.position(),
                false,
                new Counters(
                        counters.read(),
                        counters.delivered(),
                        counters.rejected(),
                        counters.filtered(),
                        counters.oddities(),
                        counters.batches(),
                        0,
                        0),
                of.rejectsMark(),
                of.rejectReasons(),
                of.sizes(),
                of.settled());
    }

    @Override
    public void plan(PlannedSize size) {
        // The size is fixed.
    }

    @Override
    public void settled(SettledBatch batch) {
        // As said above.
    }

    @Override
    public void close() {
        // Nobody waits for it.
    }
}
