// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import io.apilados.pipeline.checkpoint.Checkpoint;
import io.apilados.pipeline.checkpoint.CheckpointLease;
import io.apilados.pipeline.checkpoint.CheckpointStore;
import io.apilados.pipeline.checkpoint.LeaseHeldException;
import io.apilados.pipeline.checkpoint.PlannedSize;
import io.apilados.pipeline.checkpoint.SettledBatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Checkpoints in memory, with a switch that makes it as if the process had been killed: from then on nothing is written,
 * and its leases are free. Confined to one thread.
 */
public final class MemoryCheckpointStore implements CheckpointStore {

    private Optional<Checkpoint> saved = Optional.empty();
    private final List<PlannedSize> plans = new ArrayList<>();
    private final List<SettledBatch> settled = new ArrayList<>();
    private final Set<String> held = new HashSet<>();
    private int life;
    private int saves;

    /** From now on what the runs under way write is lost; runs that begin from now on are not concerned. */
    public void kill() {
        life++;
        held.clear();
    }

    /** How often a checkpoint was saved. */
    public int saves() {
        return saves;
    }

    /** What a run would go on from. */
    public Optional<Checkpoint> current() {
        return saved.map(checkpoint -> checkpoint.with(plans, settled));
    }

    @Override
    public CheckpointLease acquire(String location) throws IOException {
        if (!held.add(location)) {
            throw new LeaseHeldException(location, "in memory");
        }
        return new Lease(location, life);
    }

    private final class Lease implements CheckpointLease {
        private final String location;
        private final int born;

        Lease(String location, int born) {
            this.location = location;
            this.born = born;
        }

        @Override
        public Optional<Checkpoint> load() {
            return current();
        }

        @Override
        public void save(Checkpoint checkpoint) {
            if (born == life) {
                saved = Optional.of(checkpoint);
                plans.clear();
                settled.clear();
                saves++;
            }
        }

        @Override
        public void plan(PlannedSize size) {
            if (born == life) {
                plans.add(size);
            }
        }

        @Override
        public void settled(SettledBatch batch) {
            if (born == life) {
                settled.add(batch);
            }
        }

        @Override
        public void close() {
            if (born == life) {
                held.remove(location);
            }
        }
    }
}
