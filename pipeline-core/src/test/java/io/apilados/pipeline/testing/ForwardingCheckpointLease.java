// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import io.apilados.pipeline.checkpoint.Checkpoint;
import io.apilados.pipeline.checkpoint.CheckpointLease;
import io.apilados.pipeline.checkpoint.PlannedSize;
import io.apilados.pipeline.checkpoint.SettledBatch;
import java.io.IOException;
import java.util.Optional;

/** Does what another lease does; override what is to be otherwise. */
public class ForwardingCheckpointLease implements CheckpointLease {

    private final CheckpointLease lease;

    protected ForwardingCheckpointLease(CheckpointLease lease) {
        this.lease = lease;
    }

    @Override
    public Optional<Checkpoint> load() throws IOException {
        return lease.load();
    }

    @Override
    public void save(Checkpoint checkpoint) throws IOException {
        lease.save(checkpoint);
    }

    @Override
    public void plan(PlannedSize size) throws IOException {
        lease.plan(size);
    }

    @Override
    public void settled(SettledBatch batch) throws IOException {
        lease.settled(batch);
    }

    @Override
    public void close() throws IOException {
        lease.close();
    }
}
