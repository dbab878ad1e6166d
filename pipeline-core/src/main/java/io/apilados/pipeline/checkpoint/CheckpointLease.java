// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/**
 * The checkpoint of one source, in the hands of one run. Safe for use by many threads.
 *
 * <p>Every method that writes throws an {@link IOException} if it cannot: the run stops, and goes on from what was
 * written before when it is run again.
 */
public interface CheckpointLease extends Closeable {

    /**
     * What an earlier run left, with everything that it noted afterwards.
     *
     * @throws IOException if it is there and cannot be read
     */
    Optional<Checkpoint> load() throws IOException;

    /**
     * Puts a checkpoint in the place of the one before, at once and as a whole. It survives a crash of the machine.
     *
     * @throws IOException if it could not be written, or the lease was lost to another run
     */
    void save(Checkpoint checkpoint) throws IOException;

    /**
     * Notes how large the next batches are, before they are sent. It survives a crash of the machine.
     *
     * @throws IOException if it could not be noted: nothing of the stretch may be sent
     */
    void plan(PlannedSize size) throws IOException;

    /**
     * Notes that a batch is settled. It survives a crash of the process; of the machine if the store can do that
     * cheaply. A store that cannot note cheaply may do nothing: the batch is then sent again, with the same key.
     *
     * @throws IOException if it could not be noted
     */
    void settled(SettledBatch batch) throws IOException;

    /** Gives the lease back. */
    @Override
    void close() throws IOException;
}
