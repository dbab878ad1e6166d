// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** Keeps checkpoints, one for each source. Safe for use by many threads. */
public interface CheckpointStore {

    /**
     * Takes the lease on a source's checkpoint: one run at a time has it. A run that crashed has it no longer, so that
     * running again is all it takes to go on.
     *
     * @param location where the source is
     * @throws LeaseHeldException if another run has it and lives
     * @throws IOException if the store cannot be reached, or what it holds cannot be read
     */
    CheckpointLease acquire(String location) throws IOException;

    /** A folder on a disk; it is made if it is not there. */
    static CheckpointStore directory(Path folder) {
        return new FileCheckpointStore(folder);
    }
}
